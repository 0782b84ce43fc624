//! What defines each acquisition, seen through whole rounds.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::acquisition::log_expected_improvement;
use crate::features::Candidate;
use crate::features::block::Raw;

/// A second round of scored picks only, after 40 of 100 genes were measured.
fn round(world: &World, acquisition: Acquisition, batch: usize) -> RoundProposal {
    select(&asked(world, acquisition, batch)).unwrap()
}

fn asked(world: &World, acquisition: Acquisition, batch: usize) -> RoundRequest<'_> {
    let mut request = RoundRequest::new(&world.table, batch);
    request.observed = observe(world, &(0..40).collect::<Vec<_>>());
    (request.round_no, request.random_share) = (2, 0.0);
    request.acquisition = acquisition;
    request
}

fn world() -> World {
    plain_world(100, 31, 1.0, Lcm::Absent)
}

/// Unmeasured genes by a number of their prediction, largest first.
fn ranked(proposal: &RoundProposal, by: impl Fn(&CandidatePosterior) -> f64) -> Vec<usize> {
    let mut open: Vec<usize> = (40..100).collect();
    open.sort_by(|&a, &b| by(&proposal.posterior[b]).total_cmp(&by(&proposal.posterior[a])));
    open
}

fn genes(proposal: &RoundProposal) -> Vec<usize> {
    proposal.picks.iter().map(|p| p.candidate).collect()
}

#[test]
fn greedy_goes_down_the_means_and_expected_hits_down_the_chances_of_a_call() {
    let world = world();
    let greedy = round(&world, Acquisition::Greedy, 9);
    assert_eq!(genes(&greedy), ranked(&greedy, |c| c.mean)[..9]);
    let most = round(&world, Acquisition::ExpectedHits, 9);
    assert_eq!(genes(&most), ranked(&most, |c| c.p_hit)[..9]);
    assert!(most.picks.iter().all(|p| p.acquisition == most.posterior[p.candidate].p_hit));
}

#[test]
fn every_analytic_choice_starts_where_its_formula_is_largest() {
    let world = world();
    let first = |acquisition| round(&world, acquisition, 1);
    let t = 4.0_f64.ln();
    type Formula = fn(f64, f64, f64) -> f64;
    let cases: [(Acquisition, Formula); 6] = [
        (Acquisition::UpperConfidenceBound, |m, s, _| m + s),
        (Acquisition::MaxVariance, |_, s, _| s),
        (Acquisition::Bald, |_, s, _| s),
        (Acquisition::Straddle, |m, s, t| 1.96 * s - (m - t).abs()),
        (Acquisition::OptimisticHit, |m, s, t| (m + s - t) / s),
        (Acquisition::ProbabilityOfHit, |m, s, t| (m - t) / s.hypot(0.0)),
    ];
    for (acquisition, formula) in cases {
        let proposal = first(acquisition);
        let best = match acquisition {
            Acquisition::ProbabilityOfHit => ranked(&proposal, |c| c.p_hit)[0],
            _ => ranked(&proposal, |c| formula(c.mean, c.sd, t))[0],
        };
        assert_eq!(genes(&proposal), [best], "{acquisition:?}");
    }
}

#[test]
fn log_improvement_is_over_the_best_mean_among_the_measured_genes() {
    let world = world();
    let proposal = round(&world, Acquisition::LogExpectedImprovement, 4);
    let best = (0..40).map(|c| proposal.posterior[c].mean).fold(f64::MIN, f64::max);
    let mut last = f64::INFINITY;
    for pick in &proposal.picks {
        let want = log_expected_improvement(&[pick.mean], &[pick.sd], best).unwrap()[0];
        assert!((pick.acquisition - want).abs() < 1e-12);
        assert!(pick.acquisition <= last);
        last = pick.acquisition;
    }
}

#[test]
fn a_rank_threshold_leaves_the_strongest_share_of_means_above() {
    let world = world();
    let proposal = round(&world, Acquisition::RankThreshold, 1);
    let mut means: Vec<f64> = proposal.posterior.iter().map(|c| c.mean).collect();
    means.sort_by(|a, b| b.total_cmp(a));
    let threshold = means[4];
    assert_eq!(genes(&proposal), [ranked(&proposal, |c| (c.mean - threshold) / c.sd)[0]]);
}

#[test]
fn a_sampled_best_gene_is_mostly_a_good_one_and_the_seed_draws_it() {
    let world = world();
    let mut request = asked(&world, Acquisition::Thompson, 1);
    let (mut good, mut different) = (0, BTreeSet::new());
    for seed in 0..40 {
        request.seed = seed;
        let proposal = select(&request).unwrap();
        good += usize::from(ranked(&proposal, |c| c.mean)[..20].contains(&genes(&proposal)[0]));
        different.insert(genes(&proposal)[0]);
    }
    assert!(good > 25 && different.len() > 3, "{good} {different:?}");
}

#[test]
fn the_top_k_share_is_largest_for_the_gene_that_is_most_often_among_the_best() {
    let world = world();
    let proposal = round(&world, Acquisition::TopK, 3);
    let first = &proposal.picks[0];
    assert!(first.acquisition > 0.2 && first.acquisition <= 1.0, "{}", first.acquisition);
    assert!(ranked(&proposal, |c| c.mean + c.sd)[..6].contains(&first.candidate));
}

#[test]
fn samples_carried_along_have_the_covariance_of_the_believed_posterior() {
    let world = plain_world(20, 33, 1.0, Lcm::Absent);
    let observed = observe(&world, &(0..8).collect::<Vec<_>>());
    let data = TrainingSet::new(&world.table, &observed, Tail::TwoSided).unwrap();
    let fitted = BlockGp { batch: 8 }.fit(&world.table, &data).unwrap();
    let mut believer = Believer::new(&fitted.posterior, (0..20).collect());
    believer.follow(20_000, ChaCha8Rng::seed_from_u64(5)).unwrap();
    let check = |believer: &Believer<'_>| {
        for row in [3, 9, 15, 19] {
            let (mean, sd) = believer.marginal(row).unwrap();
            let draws: Vec<f64> =
                (0..20_000).map(|s| believer.sampled(row, s).unwrap() - mean).collect();
            let n = draws.len() as f64;
            let centre = draws.iter().sum::<f64>() / n;
            let square = draws.iter().map(|d| d * d).sum::<f64>() / n;
            // Five standard errors of a mean and of a variance.
            assert!(centre.abs() < 5.0 * sd / n.sqrt(), "{row}: {centre}");
            assert!((square / (sd * sd) - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{row}: {square}");
        }
    };
    check(&believer);
    believer.believe(15);
    believer.believe(9);
    check(&believer);
}

/// Two clusters of twins in one feature, the first measured.
fn twins() -> FeatureTable {
    let place = [0.0, 0.1, 5.0, 5.0, 9.0, 9.0];
    let candidates =
        (0..6).map(|i| Candidate { symbol: format!("T{i}"), ensembl_id: None }).collect();
    let raw = Raw {
        name: "place".into(),
        source: "synthetic".into(),
        licence: "none".into(),
        coverage: 1.0,
        columns: vec![place.to_vec(), place.iter().map(|p| p * p / 9.0).collect()],
    };
    FeatureTable::from_parts(candidates, vec![0.0; 6], vec![raw])
}

#[test]
fn covers_go_far_away_and_take_no_twins() {
    let table = twins();
    for acquisition in [Acquisition::KCentre, Acquisition::KMeansPlusPlus, Acquisition::Dpp] {
        let mut request = RoundRequest::new(&table, 2);
        request.observed = vec![Observed { candidate: 0, robust_z: 1.0, se: None }];
        (request.acquisition, request.random_share) = (acquisition, 0.0);
        for seed in 0..5 {
            request.seed = seed;
            let picks = genes(&select(&request).unwrap());
            let both = |pair: [usize; 2]| pair.iter().all(|p| picks.contains(p));
            assert!(!both([2, 3]) && !both([4, 5]), "{acquisition:?}: {picks:?}");
            if acquisition == Acquisition::KCentre {
                assert!(picks[0] >= 4 && (2..4).contains(&picks[1]), "{picks:?}");
            }
        }
    }
}

#[test]
fn covers_need_no_measurement_and_see_what_is_pending() {
    let table = twins();
    let mut request = RoundRequest::new(&table, 1);
    (request.acquisition, request.random_share) = (Acquisition::KCentre, 0.0);
    request.pending = vec![0, 4];
    let proposal = select(&request).unwrap();
    assert_eq!(proposal.picks[0].kind, PickKind::Scored);
    assert!((2..4).contains(&proposal.picks[0].candidate));
}

#[test]
fn the_last_round_does_not_explore() {
    let world = world();
    let mut request = asked(&world, Acquisition::UpperConfidenceBound, 5);
    request.limits.rounds_left = Some(1);
    let last = select(&request).unwrap();
    assert!(last.picks.iter().all(|p| p.acquisition == p.mean));
    assert_eq!(genes(&last), ranked(&last, |c| c.mean)[..5]);
    request.limits.rounds_left = Some(2);
    let earlier = select(&request).unwrap();
    assert!(earlier.picks.iter().all(|p| p.acquisition > p.mean));
    request.limits.rounds_left = None;
    assert_eq!(select(&request).unwrap().picks, earlier.picks);
}

#[test]
fn unclear_genes_are_measured_once_more_within_their_share() {
    let world = world();
    let mut request = asked(&world, Acquisition::default(), 10);
    request.limits.replicate_share = 0.2;
    request.hit_threshold = 1.0;
    let repeated = |request: &RoundRequest<'_>| -> Vec<usize> {
        let picks = select(request).unwrap().picks;
        let again = picks.iter().filter(|p| p.kind == PickKind::Replicate);
        again.map(|p| p.candidate).collect()
    };
    let found = repeated(&request);
    assert_eq!(found.len(), 2);
    let proposal = select(&request).unwrap();
    for &c in &found {
        let at = proposal.posterior[c];
        assert!((at.mean - 2.0_f64.ln()).abs() < 1.5 * at.sd);
    }
    assert!(proposal.picks[0].reason.contains("Measured once more, 1 of 2"));
    request.wells_of = found.iter().map(|&c| (c, 3)).collect();
    let others = repeated(&request);
    assert!(others.len() == 2 && others.iter().all(|c| !found.contains(c)), "measured enough");
    request.hit_threshold = 1e9;
    assert!(repeated(&request).is_empty(), "all are clearly no hits");
}

#[test]
fn without_a_signal_the_prior_may_decide() {
    let world = plain_world(100, 35, 0.0, Lcm::Absent);
    let mut request = asked(&world, Acquisition::default(), 8);
    request.observed.truncate(12);
    let scored = select(&request).unwrap();
    assert!(!scored.surrogate.signal_found);
    request.prior_without_signal = true;
    let proposal = select(&request).unwrap();
    assert!(proposal.picks.iter().all(|p| p.kind == PickKind::Prior));
    assert!(proposal.picks[0].reason.starts_with("No signal found yet: number 1"));
    assert!(proposal.picks.windows(2).all(|w| w[0].prior_score >= w[1].prior_score));
    (request.prior_without_signal, request.surrogate) = (false, SurrogateChoice::Exact);
    let exact = select(&request).unwrap();
    assert!(!exact.surrogate.signal_found);
    assert!(exact.picks.iter().all(|p| p.kind == PickKind::Prior));
}

#[test]
fn the_interval_of_expected_hits_holds_their_number() {
    let world = world();
    let mut request = asked(&world, Acquisition::ProbabilityOfHit, 20);
    request.hit_threshold = 1.0;
    let proposal = select(&request).unwrap();
    let (low, high) = proposal.expected_hits_interval;
    assert!(low < proposal.expected_hits && proposal.expected_hits < high);
    assert!(high - low > 2.0 && high <= 20.0);
}
