//! From effects cell by cell to the table.

use std::collections::BTreeSet;

use super::background::{Background, backgrounds};
use super::confounding::{confounding, matched};
use super::expression::TargetExpression;
use super::joint::Singles;
use super::row::{Split, by_donor, effect, null_test};
use super::table::{Report, ReportOptions, ReportRow};
use crate::screen::{Perturbation, RowSource, RowValues, ScreenError, ScreenPlan};
use crate::stats::{TwoComponents, benjamini_hochberg, fit_two_components};

/// Coverage below which a target's effect says little about the state.
const LOW_COVERAGE: f64 = 0.1;
/// Correlation with expression from which on the ranking may be explained by it.
const STRONG_CORRELATION: f64 = 0.5;

/// Summarises a finished screen; `expression` has one entry per target, or none.
///
/// # Errors
/// Whatever `source` refuses.
pub fn summarise(
    plan: &ScreenPlan,
    source: &dyn RowSource,
    expression: &[TargetExpression],
    options: &ReportOptions,
) -> Result<Report, ScreenError> {
    let backgrounds = backgrounds(plan, source)?;
    let singles = Singles::load(plan, source)?;
    let n_cells = plan.cells.iter().filter(|cell| !cell.null).count();
    let mut rows = Vec::new();
    let mut cosines = Vec::new();
    source.each(&mut |values| {
        let none = Vec::new();
        let background = backgrounds.get(&values.id.perturbation).unwrap_or(&none);
        let summary = Summary { plan, background, n_cells, options };
        let mut row = summary.row(&values);
        singles.fill(&mut row, &values, plan);
        row.expression = expression.get(values.id.target).copied();
        if plan.states.is_empty() {
            cosines.push(Split::new(&values, &plan.cells, 1).measure(0, false));
        }
        rows.push(row);
        Ok(())
    })?;
    let mut report = Report {
        measures: plan.measures.clone(),
        has_goal: !plan.states.is_empty(),
        targets: plan.targets.clone(),
        n_cells,
        n_null: plan.cells.len() - n_cells,
        n_donors: donors(plan),
        noise_floor: options.noise_floor,
        confounding: Vec::new(),
        warnings: Vec::new(),
        rows,
    };
    for &kind in &plan.perturbations {
        adjust(&mut report.rows, kind, plan.measures.len());
        rank(&mut report, kind, options);
        impact(&mut report.rows, &cosines, kind, plan);
        matched(&mut report.rows, kind);
        report.confounding.extend(confounding(&report.rows, kind));
    }
    report.rows.iter_mut().for_each(|row| decide(row, options));
    report.warnings = warnings(&report, plan);
    Ok(report)
}

struct Summary<'a> {
    plan: &'a ScreenPlan,
    background: &'a [Background],
    n_cells: usize,
    options: &'a ReportOptions,
}

impl Summary<'_> {
    fn row(&self, values: &RowValues) -> ReportRow {
        let split = Split::new(values, &self.plan.cells, self.plan.measures.len());
        let donors = split.donors();
        let first = split.measure(0, false);
        let tested = first.len() >= self.options.min_detections.max(1);
        let nothing = Background::default();
        let effects = (0..self.plan.measures.len()).map(|measure| {
            let background = self.background.get(measure).unwrap_or(&nothing);
            effect(&split.measure(measure, false), &donors, background, tested)
        });
        let effects: Vec<_> = effects.collect();
        let by_donor = by_donor(&first, &donors);
        let centre = match self.plan.states.is_empty() {
            true => self.background.first().map_or(0.0, Background::mean),
            false => 0.0,
        };
        let whole = effects.first().and_then(|e| e.mean).unwrap_or(centre) - centre;
        let agree = by_donor.iter().filter(|donor| (donor.mean - centre) * whole > 0.0).count();
        ReportRow {
            id: values.id,
            rank: None,
            n_cells: first.len(),
            n_donors: by_donor.len(),
            n_truncated: values.truncated,
            coverage: first.len() as f64 / self.n_cells.max(1) as f64,
            effects,
            donors_agreeing: agree,
            by_donor,
            significant: false,
            expression: None,
            matched: None,
            impact_share: None,
            impact: None,
            null: null_test(&first, &split.measure(0, true)),
            singles: Vec::new(),
            joint_minus_sum: None,
        }
    }
}

/// q-values over the targets of one perturbation; rows that were not tested stay out.
fn adjust(rows: &mut [ReportRow], kind: Perturbation, measures: usize) {
    let of = |row: &&mut ReportRow| row.id.perturbation == kind;
    for measure in 0..measures {
        let mut p = Vec::new();
        let mut p_donor = Vec::new();
        for row in rows.iter_mut().filter(of) {
            p.extend(row.effects[measure].p);
            p_donor.extend(row.effects[measure].p_donor);
        }
        let mut q = benjamini_hochberg(&p).into_iter();
        let mut q_donor = benjamini_hochberg(&p_donor).into_iter();
        for effect in rows.iter_mut().filter(of).map(|row| &mut row.effects[measure]) {
            effect.q = effect.p.and_then(|_| q.next());
            effect.q_donor = effect.p_donor.and_then(|_| q_donor.next());
        }
    }
    let nulls = |rows: &mut [ReportRow]| -> Vec<f64> {
        rows.iter_mut().filter(of).filter_map(|row| row.null.map(|null| null.p)).collect()
    };
    let mut q = benjamini_hochberg(&nulls(rows)).into_iter();
    for null in rows.iter_mut().filter(of).filter_map(|row| row.null.as_mut()) {
        null.q = q.next();
    }
}

/// Towards the goal first; without a goal the least similar first; those seen in too few cells to
/// be tested after all others. Ties by target.
fn rank(report: &mut Report, kind: Perturbation, options: &ReportOptions) {
    let sign = if report.has_goal { -1.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..report.rows.len())
        .filter(|&row| {
            report.rows[row].id.perturbation == kind && report.rows[row].mean().is_some()
        })
        .collect();
    let key = |row: usize| sign * report.rows[row].mean().unwrap_or(0.0);
    let few = |row: usize| report.rows[row].n_cells < options.min_detections;
    order.sort_by(|&a, &b| few(a).cmp(&few(b)).then(key(a).total_cmp(&key(b))).then(a.cmp(&b)));
    for (place, row) in order.into_iter().enumerate() {
        report.rows[row].rank = Some(place + 1);
    }
}

/// The mixture of mean cosines, whose component of lower mean is the impact.
fn impact(rows: &mut [ReportRow], cosines: &[Vec<f64>], kind: Perturbation, plan: &ScreenPlan) {
    if cosines.is_empty() {
        return;
    }
    let means: Vec<f64> =
        rows.iter().filter(|row| row.id.perturbation == kind).filter_map(ReportRow::mean).collect();
    let Some(mixture): Option<TwoComponents> = fit_two_components(&means) else { return };
    for row in rows.iter_mut().filter(|row| row.id.perturbation == kind) {
        let values = &cosines[plan.place(row.id)];
        row.impact = row.mean().map(|mean| mixture.is_impact(mean));
        let inside = values.iter().filter(|value| mixture.is_impact(**value)).count();
        row.impact_share = row.mean().map(|_| inside as f64 / values.len().max(1) as f64);
    }
}

fn decide(row: &mut ReportRow, options: &ReportOptions) {
    let small = row.q().is_some_and(|q| q < options.q);
    let floor = options.noise_floor.unwrap_or(0.0);
    let beyond = row.mean().is_some_and(|mean| mean.abs() > floor);
    row.significant = small && beyond && row.n_cells >= options.min_detections;
}

fn donors(plan: &ScreenPlan) -> usize {
    let start = plan.cells.iter().filter(|cell| !cell.null);
    start.filter_map(|cell| cell.donor.as_ref()).collect::<BTreeSet<_>>().len()
}

fn warnings(report: &Report, plan: &ScreenPlan) -> Vec<String> {
    let mut found = Vec::new();
    match report.n_donors {
        0 => found.push(
            "No donor column: cells are taken as independent, so that q values are too small \
             wherever cells share a donor."
                .to_owned(),
        ),
        1 | 2 => found.push(format!(
            "{} donors: no test over donors is possible below three.",
            report.n_donors
        )),
        _ => {}
    }
    let measured = report.rows.iter().filter(|row| row.n_cells > 0);
    let (n, low) = measured
        .fold((0, 0), |(n, low), row| (n + 1, low + usize::from(row.coverage < LOW_COVERAGE)));
    if low * 2 > n {
        found.push(format!(
            "{low} of {n} perturbations could be done in fewer than a tenth of the start cells."
        ));
    }
    let truncated = report.rows.iter().filter(|row| row.n_truncated > row.n_cells).count();
    if truncated > 0 {
        found.push(format!(
            "{truncated} perturbations are beyond the model's context in more cells than they \
             could be done in."
        ));
    }
    for strong in report.confounding.iter().filter(|c| c.spearman.abs() >= STRONG_CORRELATION) {
        found.push(format!(
            "The effects of {} go with {} (Spearman {:.2}): look at the expression-matched column.",
            strong.perturbation, strong.with, strong.spearman
        ));
    }
    if !plan.unknown_genes.is_empty() {
        found.push(format!(
            "{} genes are not in the model's vocabulary: {}.",
            plan.unknown_genes.len(),
            shortened(&plan.unknown_genes)
        ));
    }
    found
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, …") } else { shown }
}
