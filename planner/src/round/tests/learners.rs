//! The surrogates that a round can choose from.

use super::*;
use crate::surrogate::{ExactBlocks, MemberPredictions, Robust};

fn data(world: &World, count: usize) -> TrainingSet {
    let observed = observe(world, &(0..count).collect::<Vec<_>>());
    TrainingSet::new(&world.table, &observed, Tail::TwoSided).unwrap()
}

/// Correlation of two lists.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| -> f64 { a.iter().zip(b).map(|(x, y)| f(*x, *y)).sum() };
    let cross = sum(&|x, y| (x - ma) * (y - mb));
    cross / (sum(&|x, _| (x - ma).powi(2)) * sum(&|_, y| (y - mb).powi(2))).sqrt()
}

fn truth(world: &World, of: &[usize]) -> Vec<f64> {
    of.iter().map(|&c| Tail::TwoSided.target(world.robust_z[c])).collect()
}

/// Five heads that know the truth up to noise of their own, or nothing.
fn heads(world: &World, know: bool) -> MemberPredictions {
    let n = world.robust_z.len();
    let head = |m: usize| -> Vec<f64> {
        (0..n)
            .map(|c| {
                let noise = ((c * 31 + m * 17) % 23) as f64 / 11.0 - 1.0;
                let source = if know { world.robust_z[c] } else { world.robust_z[(c * 7 + 3) % n] };
                source * (0.3 * noise).exp()
            })
            .collect()
    };
    MemberPredictions::new((0..5).map(head).collect(), n).unwrap()
}

#[test]
fn every_surrogate_gives_a_joint_covariance_that_agrees_with_its_sd_and_draws() {
    let world = plain_world(60, 51, 1.0, Lcm::Absent);
    let data = data(&world, 30);
    let ensemble = crate::surrogate::Ensemble { predictions: heads(&world, true) };
    let all: [&dyn Surrogate; 4] = [&BlockGp { batch: 8 }, &Ridge, &ExactBlocks, &ensemble];
    for surrogate in all {
        let posterior = surrogate.fit(&world.table, &data).unwrap().posterior;
        let subset = [5, 33, 41, 58];
        let (mean, joint) = posterior.joint(&subset).unwrap();
        let marginals = posterior.latent(&subset).unwrap();
        assert_eq!(mean, marginals.mean);
        for i in 0..4 {
            let own = joint[i * 4 + i].max(0.0).sqrt();
            assert!((own - marginals.sd[i]).abs() < 1e-7, "{}", surrogate.name());
            for j in 0..4 {
                assert!((joint[i * 4 + j] - joint[j * 4 + i]).abs() < 1e-9);
                assert!(joint[i * 4 + j].abs() <= marginals.sd[i] * marginals.sd[j] + 1e-7);
            }
        }
        // Rows are candidates: the genes are in symbol order.
        let mut rng = rand::SeedableRng::seed_from_u64(1);
        let drawn = posterior.deviations(&subset, 20_000, &mut rng).unwrap();
        let unit = posterior.scale.1 * posterior.scale.1;
        for (i, j) in [(0, 0), (1, 2), (2, 3)] {
            let got = (0..20_000).map(|s| drawn[(i, s)] * drawn[(j, s)]).sum::<f64>() / 20_000.0;
            let scale = (joint[i * 4 + i] * joint[j * 4 + j]).sqrt();
            let off = (unit * got - joint[i * 4 + j]).abs();
            assert!(off < 5.0 * 1.5 * scale / 20_000.0_f64.sqrt() + 1e-9, "{}", surrogate.name());
        }
    }
}

#[test]
fn an_exact_process_predicts_a_planted_effect_of_unmeasured_genes() {
    let world = plain_world(150, 52, 1.2, Lcm::Informative);
    let fitted = ExactBlocks.fit(&world.table, &data(&world, 100)).unwrap();
    assert!(fitted.report.signal_found, "{:?}", fitted.report);
    let held: Vec<usize> = (100..150).collect();
    let mean = fitted.posterior.latent(&held).unwrap().mean;
    assert!(correlation(&mean, &truth(&world, &held)) > 0.4);
    let weights = &fitted.report.blocks;
    let weight = |name: &str| weights.iter().find(|b| b.name == name).unwrap().weight;
    assert!(weight("lcm") > weight("b"), "{weights:?}");
}

#[test]
fn heads_that_know_are_believed_and_heads_that_do_not_show_no_signal() {
    let world = plain_world(60, 53, 1.0, Lcm::Absent);
    let mut request = RoundRequest::new(&world.table, 6);
    request.observed = observe(&world, &(0..30).collect::<Vec<_>>());
    (request.round_no, request.surrogate) = (2, SurrogateChoice::Ensemble);
    let refused = select(&request).unwrap_err().to_string();
    assert!(refused.contains("predictions of its members"), "{refused}");
    request.members = Some(heads(&world, true));
    let proposal = select(&request).unwrap();
    assert!(proposal.surrogate.signal_found);
    let held: Vec<usize> = (30..60).collect();
    let mean: Vec<f64> = held.iter().map(|&c| proposal.posterior[c].mean).collect();
    assert!(correlation(&mean, &truth(&world, &held)) > 0.9);
    request.members = Some(heads(&world, false));
    let proposal = select(&request).unwrap();
    assert!(!proposal.surrogate.signal_found);
    assert!(proposal.surrogate.explanation.starts_with("No signal found yet"));
}

#[test]
fn too_few_heads_or_a_hole_in_them_are_refused() {
    assert!(
        MemberPredictions::new(vec![vec![0.0; 3]], 3)
            .unwrap_err()
            .to_string()
            .contains("at least 2")
    );
    assert!(MemberPredictions::new(vec![vec![0.0; 3], vec![0.0; 2]], 3).is_err());
    let hole = MemberPredictions::new(vec![vec![0.0; 2], vec![0.0, f64::NAN]], 2).unwrap_err();
    assert!(hole.to_string().contains("position 1"), "{hole}");
}

#[test]
fn a_wild_well_moves_a_robust_fit_less() {
    let world = plain_world(80, 54, 1.0, Lcm::Absent);
    let moved = |outliers| {
        let robust = || Robust { inner: Box::new(BlockGp { batch: 8 }), outliers };
        let mut observed = observe(&world, &(0..40).collect::<Vec<_>>());
        let mean = |observed: &[Observed]| {
            let data = TrainingSet::new(&world.table, observed, Tail::Up).unwrap();
            let fitted = robust().fit(&world.table, &data).unwrap();
            fitted.posterior.latent(&(40..80).collect::<Vec<_>>()).unwrap().mean
        };
        let before = mean(&observed);
        // Minus a million: ln(1 + |z|) alone does not tame it.
        observed[4].robust_z = -1e6;
        let after = mean(&observed);
        before.iter().zip(&after).map(|(a, b)| (a - b).abs()).sum::<f64>()
    };
    let plain = moved(Outliers::Keep);
    assert!(moved(Outliers::Winsorise) < 0.8 * plain);
    assert!(moved(Outliers::StudentT) < 0.8 * plain);
}

#[test]
fn every_choice_of_surrogate_and_acquisition_gives_a_full_round() {
    let world = plain_world(40, 55, 1.0, Lcm::Noise);
    for surrogate in SurrogateChoice::ALL {
        for acquisition in Acquisition::ALL {
            let mut request = RoundRequest::new(&world.table, 5);
            request.observed = observe(&world, &(0..15).collect::<Vec<_>>());
            request.members = Some(heads(&world, true));
            (request.round_no, request.surrogate) = (2, surrogate);
            request.acquisition = acquisition;
            let proposal = select(&request).unwrap();
            assert_eq!(proposal.picks.len(), 5, "{surrogate:?} {acquisition:?}");
        }
    }
}
