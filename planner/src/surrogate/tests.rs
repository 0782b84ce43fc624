use faer::Mat;

use super::*;
use crate::features::synthetic::{Lcm, World, plain_world};
use crate::surrogate::linalg::{cholesky, gather};
use crate::surrogate::posterior::{Hyper, residuals};
use crate::target::Tail;

fn measure(world: &World, count: usize) -> Vec<Observed> {
    (0..count)
        .map(|candidate| Observed { candidate, robust_z: world.robust_z[candidate], se: None })
        .collect()
}

fn training(world: &World, count: usize) -> TrainingSet {
    TrainingSet::new(&world.table, &measure(world, count), Tail::TwoSided).unwrap()
}

fn fit(world: &World, count: usize, batch: usize) -> SurrogateReport {
    BlockGp { batch }.fit(&world.table, &training(world, count)).unwrap().report
}

#[test]
fn the_dual_posterior_equals_ridge_regression_in_weight_space() {
    let world = plain_world(40, 1, 1.0, Lcm::Absent);
    let data = training(&world, 25);
    let hyper = Hyper { weights: vec![0.3, 0.1, 0.2], noise: 0.7, prior_slope: 0.3 };
    let posterior = Posterior::condition(&world.table, &data, hyper.clone()).unwrap();
    let got = posterior.latent(&[30, 35]).unwrap();

    let columns: Vec<(usize, usize)> = world
        .table
        .data()
        .iter()
        .enumerate()
        .flat_map(|(b, block)| (0..block.values.ncols()).map(move |j| (b, j)))
        .collect();
    let f = |rows: &[usize]| {
        Mat::from_fn(rows.len(), columns.len(), |i, k| {
            let (b, j) = columns[k];
            world.table.data()[b].values[(rows[i], j)] * hyper.weights[b].sqrt()
        })
    };
    let x = f(&data.rows);
    let mut a = x.transpose() * &x;
    for i in 0..columns.len() {
        for j in 0..columns.len() {
            a[(i, j)] = a[(i, j)] / hyper.noise + if i == j { 1.0 } else { 0.0 };
        }
    }
    let inverse = cholesky(&a).unwrap().inverse();
    let (constant, r) = residuals(&world.table, &data, 0.3);
    let r = Mat::from_fn(r.len(), 1, |i, _| r[i] / hyper.noise);
    let weights = &inverse * (x.transpose() * r);
    let (mean, sd) = data.scale();
    // Candidates are in symbol order here, so rows are candidates.
    let star = f(&[30, 35]);
    let covariance = &star * &inverse * star.transpose();
    let predicted = &star * weights;
    for (i, row) in [30, 35].into_iter().enumerate() {
        let standard = constant + 0.3 * world.table.prior_rows()[row] + predicted[(i, 0)];
        assert!((got.mean[i] - (mean + sd * standard)).abs() < 1e-9);
        assert!((got.sd[i] - sd * covariance[(i, i)].sqrt()).abs() < 1e-9);
    }
    let (joint_mean, joint) = posterior.joint(&[30, 35]).unwrap();
    assert_eq!(joint_mean, got.mean);
    assert!((joint[1] - sd * sd * covariance[(0, 1)]).abs() < 1e-9);
}

#[test]
fn a_measurement_with_a_huge_standard_error_counts_as_none() {
    let world = plain_world(40, 2, 1.0, Lcm::Absent);
    let hyper = Hyper { weights: vec![0.3, 0.1, 0.2], noise: 0.5, prior_slope: 0.0 };
    let relative_sd = |observed: &[Observed]| {
        let data = TrainingSet::new(&world.table, observed, Tail::TwoSided).unwrap();
        let posterior = Posterior::condition(&world.table, &data, hyper.clone()).unwrap();
        posterior.latent(&[3]).unwrap().sd[0] / posterior.scale.1
    };
    let mut observed = measure(&world, 20);
    observed.iter_mut().for_each(|o| o.se = Some(0.0));
    let precise = relative_sd(&observed);
    observed[3].se = Some(1e6);
    let vague = relative_sd(&observed);
    observed.remove(3);
    assert!(vague > precise);
    assert!((vague - relative_sd(&observed)).abs() < 1e-6);
}

#[test]
fn an_informative_in_silico_screen_earns_weight() {
    for seed in 0..5 {
        let world = plain_world(150, seed, 1.0, Lcm::Informative);
        let model = fit(&world, 100, 100).model.unwrap();
        assert!(model.active && model.weight > 0.0, "seed {seed}: {model:?}");
        assert!(model.log_bayes_factor > 3.0);
        assert!(model.share_of_prior_variance > 0.2 && model.share_of_prior_variance < 1.0);
    }
}

#[test]
fn a_useless_in_silico_screen_is_switched_off_exactly_and_changes_nothing() {
    let mut off = 0;
    for seed in 0..10 {
        let world = plain_world(150, seed, 1.0, Lcm::Noise);
        let report = fit(&world, 100, 100);
        let model = report.model.unwrap();
        assert_eq!(model.active, model.log_bayes_factor > 0.0);
        if !model.active {
            off += 1;
            assert_eq!(model.weight, 0.0);
            assert!(model.explanation.contains("less likely"));
            let without = fit(&plain_world(150, seed, 1.0, Lcm::Absent), 100, 100);
            assert_eq!(report.log_evidence, without.log_evidence);
            assert_eq!(report.blocks[..3], without.blocks[..3]);
        }
    }
    assert!(off >= 6, "only {off} of 10 useless screens were switched off");
}

#[test]
fn signal_is_claimed_when_planted_and_not_in_pure_noise() {
    assert!(fit(&plain_world(150, 3, 1.5, Lcm::Absent), 100, 24).signal_found);
    let claimed = (0..8)
        .filter(|&seed| fit(&plain_world(150, seed, 0.0, Lcm::Absent), 40, 24).signal_found)
        .count();
    assert!(claimed <= 1, "{claimed} of 8 noise data sets were called signal");
}

#[test]
fn the_block_that_carries_the_effect_gets_the_largest_weight_gain() {
    let report = fit(&plain_world(150, 4, 1.5, Lcm::Absent), 120, 24);
    let weight = |name: &str| report.blocks.iter().find(|b| b.name == name).unwrap().weight;
    assert!(weight("a") > 1.5 * weight("b"), "{report:?}");
    assert!((report.blocks.iter().map(|b| b.share).sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn a_measurement_that_is_not_a_number_is_refused_with_its_gene() {
    let world = plain_world(10, 5, 1.0, Lcm::Absent);
    let bad = Observed { candidate: 7, robust_z: f64::NAN, se: None };
    let err = TrainingSet::new(&world.table, &[bad], Tail::TwoSided).unwrap_err();
    assert!(err.to_string().contains("G0007"), "{err}");
    let bad = Observed { candidate: 99, robust_z: 1.0, se: None };
    assert!(matches!(
        TrainingSet::new(&world.table, &[bad], Tail::TwoSided),
        Err(PlanError::UnknownCandidate { index: 99, .. })
    ));
}

#[test]
fn ridge_predicts_a_planted_linear_effect() {
    let world = plain_world(200, 6, 1.5, Lcm::Informative);
    let fitted = Ridge.fit(&world.table, &training(&world, 120)).unwrap();
    assert!(fitted.report.signal_found);
    let held_out: Vec<usize> = (120..200).collect();
    let mean = fitted.posterior.latent(&held_out).unwrap().mean;
    let truth: Vec<f64> =
        held_out.iter().map(|&c| Tail::TwoSided.target(world.robust_z[c])).collect();
    let average = truth.iter().sum::<f64>() / truth.len() as f64;
    let error: f64 = mean.iter().zip(&truth).map(|(m, t)| (m - t).powi(2)).sum();
    let spread: f64 = truth.iter().map(|t| (t - average).powi(2)).sum();
    assert!(error < 0.5 * spread, "{error} of {spread}");
}

#[test]
fn equal_targets_and_a_single_measurement_are_no_failure() {
    let world = plain_world(30, 7, 1.0, Lcm::Noise);
    let flat: Vec<Observed> =
        (0..12).map(|candidate| Observed { candidate, robust_z: 2.0, se: None }).collect();
    for observed in [&flat[..], &flat[..1], &flat[..0]] {
        let data = TrainingSet::new(&world.table, observed, Tail::TwoSided).unwrap();
        for surrogate in [&BlockGp { batch: 8 } as &dyn Surrogate, &Ridge] {
            let fitted = surrogate.fit(&world.table, &data).unwrap();
            let all = fitted.posterior.latent(&(0..30).collect::<Vec<_>>()).unwrap();
            assert!(all.mean.iter().chain(&all.sd).all(|v| v.is_finite()));
            assert!(!fitted.report.signal_found);
        }
    }
}

#[test]
fn gathering_rows_keeps_their_order() {
    let m = Mat::from_fn(5, 2, |i, j| (10 * i + j) as f64);
    assert_eq!(gather(m.as_ref(), &[4, 1])[(0, 1)], 41.0);
}
