use super::*;
use crate::error::PlanError;
use crate::features::synthetic::{Lcm, World, plain_world};

fn spec(world: &World, truth: Vec<f64>) -> ReplaySpec<'_> {
    let names = world.table.candidates().iter().map(|c| c.symbol.clone());
    ReplaySpec {
        truth: names.zip(truth).collect(),
        hit_threshold: 6.0,
        hits: None,
        tail: Tail::TwoSided,
        table: &world.table,
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
    assert_eq!(curves, run(&spec(&world, world.robust_z.clone())).unwrap());
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
