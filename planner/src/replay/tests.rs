use super::*;
use crate::error::PlanError;
use crate::features::synthetic::{Lcm, World, plain_world};

fn spec(world: &World, truth: Vec<f64>) -> ReplaySpec<'_> {
    let names = world.table.candidates().iter().map(|c| c.symbol.clone());
    ReplaySpec {
        truth: names.zip(truth).collect(),
        scale: ScoreScale::RobustZ,
        hit_threshold: 6.0,
        hits: None,
        tail: Tail::TwoSided,
        table: &world.table,
        cold: None,
        rounds: 4,
        batch: 12,
        seeds: (0..6).collect(),
        strategies: vec![Strategy::Default, Strategy::Ridge, Strategy::Prior, Strategy::Random],
    }
}

fn final_recall(curves: &[StrategyCurve], name: &str) -> f64 {
    *curves.iter().find(|c| c.name == name).unwrap().recall().last().unwrap()
}

#[test]
fn strategies_that_learn_beat_chance_on_a_planted_effect() {
    let world = plain_world(300, 21, 1.2, Lcm::Informative);
    let curves = run(&spec(&world, world.robust_z.clone())).unwrap();
    let hits = curves[0].total_hits as f64;
    let (_, low, high) = random_band(300, curves[0].total_hits, 48);
    assert!(final_recall(&curves, "default") * hits > high as f64, "{curves:?}");
    assert!(final_recall(&curves, "ridge") * hits > high as f64);
    let random = final_recall(&curves, "random") * hits;
    assert!((low as f64..=high as f64).contains(&random));
    let again = run(&spec(&world, world.robust_z.clone())).unwrap();
    let hits = |curves: &[StrategyCurve]| -> Vec<Vec<Vec<usize>>> {
        curves.iter().map(|c| c.hits_per_round.clone()).collect()
    };
    assert_eq!(hits(&curves), hits(&again));
}

#[test]
fn with_permuted_labels_every_strategy_falls_to_chance() {
    let world = plain_world(300, 22, 1.2, Lcm::Informative);
    // 7 and 300 have no common factor, so this is a permutation that joins each gene's features
    // to another gene's effect.
    let permuted: Vec<f64> = (0..300).map(|i| world.robust_z[(7 * i + 13) % 300]).collect();
    let curves = run(&spec(&world, permuted)).unwrap();
    let hits = curves[0].total_hits;
    let (_, low, high) = random_band(300, hits, 48);
    for curve in &curves {
        let found = final_recall(&curves, &curve.name) * hits as f64;
        assert!((low as f64..=high as f64).contains(&found), "{}: {found}", curve.name);
    }
}

#[test]
fn candidates_outside_the_screen_are_never_offered_and_the_pool_can_run_dry() {
    let world = plain_world(60, 23, 1.0, Lcm::Absent);
    let mut spec = spec(&world, world.robust_z.clone());
    spec.truth.truncate(30);
    spec.hit_threshold = 0.0;
    for curve in run(&spec).unwrap() {
        assert_eq!(curve.total_genes, 30);
        for per_round in &curve.hits_per_round {
            assert_eq!(per_round, &[12, 12, 6, 0], "{}", curve.name);
        }
    }
}

#[test]
fn hits_called_by_another_rule_replace_the_threshold() {
    let world = plain_world(40, 24, 1.0, Lcm::Absent);
    let mut spec = spec(&world, world.robust_z.clone());
    spec.hits = Some(["G0003".to_owned(), "not in the screen".to_owned()].into());
    assert_eq!(run(&spec).unwrap()[0].total_hits, 1);
    spec.truth[2].1 = f64::NAN;
    assert!(matches!(run(&spec), Err(PlanError::NotFinite { .. })));
    spec.truth.clear();
    assert_eq!(run(&spec), Err(PlanError::NoCandidates));
}

#[test]
fn scores_of_any_unit_and_centre_give_the_replay_of_the_robust_z() {
    let world = plain_world(200, 25, 1.2, Lcm::Absent);
    let hits = |scale: f64, shift: f64| {
        let scores = world.robust_z.iter().map(|z| scale * z + shift).collect();
        let strong = world.table.candidates().iter().zip(&world.robust_z);
        let strong = strong.filter(|(_, z)| z.abs() >= 6.0).map(|(c, _)| c.symbol.clone());
        let spec = ReplaySpec {
            hits: Some(strong.collect()),
            scale: ScoreScale::Any,
            strategies: vec![Strategy::Default, Strategy::Learn, Strategy::Cold],
            ..spec(&world, scores)
        };
        let curves = run(&spec).unwrap();
        curves.into_iter().map(|c| c.hits_per_round).collect::<Vec<_>>()
    };
    let one = hits(1.0, 0.0);
    assert_eq!(one, hits(0.25, 0.0));
    assert_eq!(one[0], one[2], "without an archive cold is the default");
}

#[test]
fn with_permuted_features_every_strategy_falls_to_chance() {
    let world = plain_world(300, 26, 1.2, Lcm::Absent);
    let moved: Vec<usize> = (0..300).map(|i| (7 * i + 13) % 300).collect();
    let table = world.table.permuted(&moved).unwrap();
    let spec = ReplaySpec { table: &table, ..spec(&world, world.robust_z.clone()) };
    let curves = run(&spec).unwrap();
    let hits = curves[0].total_hits;
    let (_, low, high) = random_band(300, hits, 48);
    for curve in &curves {
        let found = final_recall(&curves, &curve.name) * hits as f64;
        assert!((low as f64..=high as f64).contains(&found), "{}: {found}", curve.name);
    }
    assert!(world.table.permuted(&[0; 300]).is_err());
}
