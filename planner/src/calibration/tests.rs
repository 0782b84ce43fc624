use proptest::prelude::*;

use super::*;

fn draws(sd: f64) -> Vec<Prediction> {
    (0..999)
        .map(|i| Prediction {
            mean: 1.0,
            sd,
            measured: 1.0 + quantile((f64::from(i) + 0.5) / 999.0),
        })
        .collect()
}

#[test]
fn honest_predictions_cover_what_they_promise() {
    let report = calibrate(&draws(1.0)).unwrap().unwrap();
    for c in &report.coverage {
        assert!((c.covered - c.level).abs() < 2.0 * c.standard_error, "{c:?}");
    }
}

#[test]
fn overconfidence_and_timidity_both_cost_score() {
    let score = |sd| calibrate(&draws(sd)).unwrap().unwrap();
    assert!(score(0.3).coverage[2].covered < 0.5);
    assert!(score(1.0).nll < score(0.3).nll && score(1.0).nll < score(3.0).nll);
    assert!(score(1.0).crps < score(0.3).crps && score(1.0).crps < score(3.0).crps);
}

#[test]
fn a_zero_sd_is_refused_and_no_wells_give_no_report() {
    assert_eq!(calibrate(&[]).unwrap(), None);
    assert!(calibrate(&[Prediction { mean: 0.0, sd: 0.0, measured: 1.0 }]).is_err());
}

/// Wells of which the prediction is honest up to a factor on its sd, from a seed.
fn simulated(n: usize, factor: f64, seed: u64) -> Vec<Prediction> {
    use rand::{Rng, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    (0..n)
        .map(|_| {
            let (mean, sd) = (2.0 * uniform(), 0.2 + uniform());
            let z = quantile(uniform().clamp(1e-12, 1.0 - 1e-12));
            Prediction { mean, sd: sd / factor, measured: mean + sd * z }
        })
        .collect()
}

#[test]
fn honest_predictions_stay_inside_the_band_as_often_as_it_says() {
    let outside = (0..200).filter(|&seed| {
        let report = calibrate(&simulated(120, 1.0, seed)).unwrap().unwrap();
        let ninety = report.coverage[2];
        !(ninety.low..=ninety.high).contains(&ninety.covered)
    });
    // At most 5 % of 200 by the band's definition; 22 or more has a probability below 0.1 %.
    assert!(outside.count() < 22);
}

proptest! {
    #[test]
    fn the_scale_correction_recovers_a_factor(factor in 0.6f64..2.8, seed in 0u64..1000) {
        let predictions = simulated(600, factor, seed);
        let found = scale_factor(&predictions).unwrap();
        // The sd of sqrt(mean z^2) is 1 / sqrt(2 n) = 2.9 %.
        prop_assert!((found / factor - 1.0).abs() < 0.15, "{found} for {factor}");
        let mended = calibrate(&corrected(&predictions).unwrap()).unwrap().unwrap();
        prop_assert!((mended.coverage[2].covered - 0.9).abs() < 0.06, "{:?}", mended.coverage);
    }

    #[test]
    fn a_factor_never_leaves_its_limits(factor in 0.01f64..100.0, n in 0usize..40) {
        let predictions = simulated(n, factor, 7);
        match (scale_factor(&predictions), corrected(&predictions)) {
            (Some(found), Some(mended)) => {
                prop_assert!((0.5..=3.0).contains(&found) && n >= 8);
                for (raw, mended) in predictions.iter().zip(mended) {
                    prop_assert!((0.499..=3.001).contains(&(mended.sd / raw.sd)));
                }
            }
            (None, None) => prop_assert!(n < 8),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn conformal_intervals_hold_what_they_promise_for_any_scale(
        factor in 0.2f64..5.0, seed in 0u64..1000,
    ) {
        // A Beta(180, 20) coverage: sd 2.1 %, and 2.1 % more from the 200 wells that are counted.
        let both = simulated(399, factor, seed);
        let (random, fresh) = both.split_at(199);
        let multiplier = conformal(random, &[0.9])[0].multiplier.unwrap();
        let inside = fresh.iter().filter(|p| (p.measured - p.mean).abs() <= multiplier * p.sd);
        prop_assert!(inside.count() >= 155);
    }

    #[test]
    fn the_order_of_wells_does_not_matter(seed in 0u64..200) {
        let forward = simulated(50, 1.3, seed);
        let mut back = forward.clone();
        back.reverse();
        prop_assert_eq!(pit(&forward), pit(&back));
        prop_assert_eq!(conformal(&forward, &LEVELS), conformal(&back, &LEVELS));
    }
}

fn well(round: u32, arm: Arm, prediction: Prediction) -> MeasuredWell {
    MeasuredWell { round, arm, prediction, call: Call { p_hit: 0.25, hit: round == 2 } }
}

#[test]
fn a_report_tells_rounds_and_arms_apart_and_starts_with_words() {
    let wells: Vec<MeasuredWell> = simulated(60, 1.0, 3)
        .into_iter()
        .enumerate()
        .map(|(i, p)| {
            let arm = if i % 6 == 0 { Arm::Random } else { Arm::Chosen };
            well(1 + u32::from(i >= 30), arm, p)
        })
        .collect();
    let found = report(&wells).unwrap().unwrap();
    let rounds: Vec<(u32, usize)> =
        found.rounds.iter().map(|r| (r.round, r.scores.raw.wells)).collect();
    assert_eq!(rounds, [(1, 30), (2, 30)]);
    let wells_of = |scores: &Option<Scores>| scores.as_ref().map_or(0, |s| s.raw.wells);
    assert_eq!((wells_of(&found.random), wells_of(&found.chosen)), (10, 50));
    assert_eq!(found.verdict, Verdict::AboutRight);
    let inside = found.all.raw.coverage[2].inside;
    let start = format!("{inside} of the 60 90 % intervals held the measurement");
    assert!(found.words.starts_with(&start), "{}", found.words);
    assert!(found.conformal[2].multiplier.is_some() && found.conformal[3].multiplier.is_none());
    assert_eq!(report(&[]).unwrap(), None);
}

#[test]
fn too_narrow_and_too_wide_are_told_with_the_factor_and_a_few_wells_are_not_judged() {
    let say = |n, factor| {
        let all = simulated(n, factor, 5).into_iter().map(|p| well(1, Arm::Chosen, p));
        report(&all.collect::<Vec<_>>()).unwrap().unwrap()
    };
    let narrow = say(100, 2.0);
    assert_eq!(narrow.verdict, Verdict::TooNarrow);
    assert!(narrow.words.contains("too narrow by a factor of"), "{}", narrow.words);
    assert_eq!(say(100, 0.4).verdict, Verdict::TooWide);
    assert_eq!(say(7, 2.0).verdict, Verdict::TooFew);
}

#[test]
fn a_mean_that_is_off_is_told_with_its_side() {
    let off = |by: f64| {
        let shifted = |p: Prediction| Prediction { measured: p.measured + by, ..p };
        let wells = simulated(40, 1.0, 9).into_iter().map(|p| well(1, Arm::Chosen, shifted(p)));
        report(&wells.collect::<Vec<_>>()).unwrap().unwrap()
    };
    assert!(off(3.0).words.contains("above the predicted mean"), "{}", off(3.0).words);
    assert!(off(-3.0).words.contains("below the predicted mean"));
    let even = off(-off(0.0).all.raw.bias);
    assert!(even.all.raw.bias.abs() < 1e-9 && !even.words.contains("predicted mean"));
}
