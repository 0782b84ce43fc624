//! Reports of made-up effects.

use std::collections::BTreeMap;

use super::*;
use crate::screen::{
    CellState, Perturbation, PlannedState, RowId, RowSource, RowValues, ScreenCell, ScreenError,
    ScreenPlan, Target, test_shifts,
};

const KIND: Perturbation = Perturbation::KnockOut;

struct Rows(Vec<RowValues>);

impl RowSource for Rows {
    fn each(
        &self,
        each: &mut dyn FnMut(RowValues) -> Result<(), ScreenError>,
    ) -> Result<(), ScreenError> {
        self.0.iter().cloned().try_for_each(each)
    }

    fn get(&self, ids: &[RowId]) -> Result<Vec<RowValues>, ScreenError> {
        let of = |id: &RowId| self.0.iter().find(|row| row.id == *id).cloned();
        Ok(ids.iter().filter_map(of).collect())
    }
}

fn target(gene: &str) -> Target {
    Target { genes: vec![gene.to_owned()], tokens: vec![0], singles: Vec::new() }
}

/// `n` cells of four donors; the goal is the only measure.
fn plan(targets: Vec<Target>, n: usize, goal: bool) -> ScreenPlan {
    let state = CellState { column: "state".into(), value: "goal".into() };
    ScreenPlan {
        embedding: "mean".into(),
        measures: vec![if goal { "goal" } else { "cosine" }.into()],
        cells: (0..n)
            .map(|row| ScreenCell { row, donor: Some(format!("d{}", row % 4)), null: false })
            .collect(),
        states: if goal { vec![PlannedState { state, rows: vec![0] }] } else { Vec::new() },
        targets,
        perturbations: vec![KIND],
        unknown_genes: Vec::new(),
        shards: Vec::new(),
        forwards: 0,
        flop: 0.0,
        longest: 0,
    }
}

fn values(target: usize, values: Vec<f64>) -> RowValues {
    let cells = (0..values.len() as u32).collect();
    RowValues { id: RowId { target, perturbation: KIND }, cells, values, truncated: 0 }
}

/// Spread around a centre, the same for every target.
fn around(centre: f64, n: usize) -> Vec<f64> {
    (0..n).map(|cell| centre + ((cell * 3) % 7) as f64 * 0.01 - 0.03).collect()
}

fn three() -> (ScreenPlan, Rows) {
    let plan = plan(["a", "b", "c"].map(target).to_vec(), 20, true);
    let rows = [0.0, 0.5, -0.001].into_iter().enumerate();
    (plan, Rows(rows.map(|(target, centre)| values(target, around(centre, 20))).collect()))
}

#[test]
fn p_and_q_are_those_of_the_reference_and_the_goal_ranks() {
    let (plan, rows) = three();
    let report = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    let groups: BTreeMap<usize, Vec<f64>> =
        rows.0.iter().map(|row| (row.id.target, row.values.clone())).collect();
    for (target, test) in test_shifts(&groups) {
        let effect = report.rows[target].effects[0];
        assert_eq!(effect.p, Some(test.p));
        assert_eq!(effect.q, Some(test.fdr));
        assert_eq!(effect.mean, Some(test.mean));
    }
    let ranks: Vec<_> = report.rows.iter().map(|row| row.rank).collect();
    assert_eq!(ranks, [Some(2), Some(1), Some(3)]);
    assert_eq!(report.ranked()[0].id.target, 1);
    assert!(report.rows[1].significant && report.rows[1].donors_agreeing == 4);
    assert!(report.rows[1].effects[0].p_donor.unwrap() < 0.01);
    assert_eq!((report.n_cells, report.n_donors), (20, 4));
}

#[test]
fn an_effect_of_one_donor_is_significant_over_cells_but_not_over_donors() {
    let plan = plan(["a", "b"].map(target).to_vec(), 40, true);
    let of_one = (0..40).map(|cell| if cell % 4 == 0 { 1.0 } else { 0.0001 * cell as f64 });
    let rows = Rows(vec![values(0, of_one.collect()), values(1, around(0.0, 40))]);
    let report = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    let effect = report.rows[0].effects[0];
    let cells_say_yes = effect.over_cells.unwrap().low > 0.1;
    assert!(cells_say_yes && effect.p_donor.unwrap() > 0.1, "{effect:?}");
    assert!(!report.rows[0].significant);
    let donors: Vec<_> = report.rows[0].by_donor.iter().map(|d| (d.n_cells, d.mean)).collect();
    assert_eq!((donors.len(), donors[0]), (4, (10, 1.0)));
}

#[test]
fn few_detections_and_the_noise_floor_keep_a_row_from_being_significant() {
    let (mut plan, mut rows) = three();
    plan.targets.push(target("d"));
    rows.0.push(values(3, vec![9.0, 9.1, 9.2]));
    let report = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    let few = &report.rows[3];
    assert_eq!((few.rank, few.effects[0].p, few.significant), (Some(4), None, false));
    let floor = ReportOptions { noise_floor: Some(0.6), ..ReportOptions::default() };
    let report = summarise(&plan, &rows, &[], &floor).unwrap();
    assert!(report.rows.iter().all(|row| !row.significant));
}

#[test]
fn null_cells_are_tested_against_and_kept_out_of_everything_else() {
    let (mut plan, mut rows) = three();
    let alone = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    for row in 20..30 {
        plan.cells.push(ScreenCell { row, donor: None, null: true });
    }
    for row in &mut rows.0 {
        row.cells.extend(20..30);
        row.values.extend(around(0.0, 10));
    }
    let report = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    for (with, without) in report.rows.iter().zip(&alone.rows) {
        assert_eq!((&with.effects, with.n_cells), (&without.effects, without.n_cells));
    }
    let null = report.rows[1].null.unwrap();
    assert!((null.difference - 0.5).abs() < 0.02 && null.n_cells == 10 && null.p < 1e-3);
    assert!(report.rows[0].null.unwrap().q.unwrap() > 0.5);
}

#[test]
fn without_a_goal_the_least_similar_rank_first_and_the_mixture_names_the_impact() {
    let plan = plan((0..12).map(|n| target(&format!("g{n}"))).collect(), 20, false);
    let centre = |n: usize| if n < 3 { 0.6 } else { 0.95 } + n as f64 * 0.001;
    let rows = Rows((0..12).map(|n| values(n, around(centre(n), 20))).collect());
    let report = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    assert_eq!(report.rows[0].rank, Some(1));
    let impact: Vec<bool> = report.rows.iter().map(|row| row.impact.unwrap()).collect();
    assert_eq!(impact, (0..12).map(|n| n < 3).collect::<Vec<_>>());
    assert_eq!(report.rows[0].impact_share, Some(1.0));
}

#[test]
fn a_pair_is_compared_with_its_singles_in_the_same_cells() {
    let mut targets = ["a", "b"].map(target).to_vec();
    let genes = vec!["a".to_owned(), "b".to_owned()];
    targets.push(Target { genes, tokens: vec![0, 1], singles: vec![0, 1] });
    let a = values(0, vec![0.1, 0.2, 0.9]);
    let b = RowValues { cells: vec![0, 1], ..values(1, vec![0.3, 0.4]) };
    let joint = RowValues { cells: vec![0, 1], ..values(2, vec![1.0, 1.2]) };
    let rows = Rows(vec![a, b, joint]);
    let shifts = plan(targets.clone(), 3, true);
    let report = summarise(&shifts, &rows, &[], &ReportOptions::default()).unwrap();
    let close = |found: &[f64], expected: [f64; 2]| {
        found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
    };
    assert!(close(&report.rows[2].singles, [0.15, 0.35]));
    assert!((report.rows[2].joint_minus_sum.unwrap() - (1.1 - 0.5)).abs() < 1e-12);
    let cosines = plan(targets, 3, false);
    let report = summarise(&cosines, &rows, &[], &ReportOptions::default()).unwrap();
    assert!((report.rows[2].joint_minus_sum.unwrap() - (1.1 - (1.0 - 0.85 - 0.65))).abs() < 1e-12);
}

fn expressed(mean: f64) -> TargetExpression {
    TargetExpression {
        detection_rate: mean / 10.0,
        mean_rank: Some(100.0 - mean),
        mean_expression: mean,
        goal_minus_start: Some(-mean),
    }
}

#[test]
fn a_ranking_that_expression_explains_says_so() {
    let plan = plan((0..80).map(|n| target(&format!("g{n}"))).collect(), 20, true);
    let rows = Rows((0..80).map(|n| values(n, around(n as f64 * 0.01, 20))).collect());
    let expression: Vec<_> = (0..80).map(|n| expressed(n as f64 * 0.1)).collect();
    let report = summarise(&plan, &rows, &expression, &ReportOptions::default()).unwrap();
    assert_eq!(report.confounding.len(), 4);
    for found in &report.confounding {
        let expected = if ["mean rank", "differential expression"].contains(&found.with.as_str()) {
            -1.0
        } else {
            1.0
        };
        assert!((found.spearman - expected).abs() < 1e-9, "{found:?}");
    }
    assert!(report.warnings.iter().any(|warning| warning.contains("mean expression")));
    let matched = report.rows[40].matched.unwrap();
    assert_eq!((matched.n, matched.percentile), (50, 0.5));
    assert!((matched.mean - 0.4).abs() < 0.02);
}

#[test]
fn a_ranking_is_evaluated_beside_the_baselines() {
    let plan = plan((0..40).map(|n| target(&format!("g{n}"))).collect(), 20, true);
    let rows = Rows((0..40).map(|n| values(n, around(n as f64 * 0.01, 20))).collect());
    let expression: Vec<_> = (0..40).map(|n| expressed(((n * 17) % 40) as f64)).collect();
    let report = summarise(&plan, &rows, &expression, &ReportOptions::default()).unwrap();
    let positive: Vec<bool> = (0..40).map(|n| n >= 36).collect();
    let found: Vec<Evaluation> = rankings(&report.ranked_rows(KIND), report.has_goal, 1)
        .iter()
        .filter_map(|ranking| evaluate(ranking, &positive, 1))
        .collect();
    let names: Vec<&str> = found.iter().map(|e| e.ranking.as_str()).collect();
    let expected = [
        "screen",
        "screen, either direction",
        "random",
        "detection rate",
        "mean expression",
        "differential expression",
    ];
    assert_eq!(names, expected);
    let screen = &found[0];
    assert_eq!((screen.n, screen.positives), (40, 4));
    assert_eq!(screen.auroc.unwrap().estimate, 1.0);
    assert_eq!(screen.enrichment[0], Enrichment { k: 10, value: 4.0 });
    assert!((screen.mrr.unwrap() - (1.0 + 0.5 + 1.0 / 3.0 + 0.25) / 4.0).abs() < 1e-12);
    let chance = found[2].auroc.unwrap();
    assert!(chance.low <= chance.estimate && chance.estimate <= chance.high);
    assert!(
        evaluate(&rankings(&report.ranked_rows(KIND), report.has_goal, 1)[0], &[false; 40], 1)
            .is_none()
    );
}

#[test]
fn the_consensus_of_equal_tables_is_their_order() {
    let (plan, rows) = three();
    let report = summarise(&plan, &rows, &[], &ReportOptions::default()).unwrap();
    let table = report.ranked_table();
    let found = consensus(&[table.clone(), table.clone()]);
    let order: Vec<&str> = found.iter().map(|row| row.genes[0].as_str()).collect();
    assert_eq!(order, ["b", "a", "c"]);
    assert_eq!((found[0].score, found[0].n_significant, found[0].n_agreeing), (1.0, 2, 2));
    assert!(found[0].helps && !found[2].helps);
    let same = agreement(&table, &table);
    assert_eq!((same.n, same.top_overlap), (3, 3));
    assert!((same.spearman.unwrap() - 1.0).abs() < 1e-12);
}
