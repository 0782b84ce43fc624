mod acquisitions;
mod costs;
mod default;
mod learners;
mod properties;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::believer::Believer;
use super::*;
use crate::error::PlanError;
use crate::features::synthetic::{Lcm, World, plain_world, world};
use crate::surrogate::{BlockGp, Posterior, Surrogate, TrainingSet};

fn observe(world: &World, candidates: &[usize]) -> Vec<Observed> {
    candidates
        .iter()
        .map(|&candidate| Observed { candidate, robust_z: world.robust_z[candidate], se: None })
        .collect()
}

fn symbols(table: &FeatureTable, proposal: &RoundProposal) -> BTreeSet<String> {
    proposal.picks.iter().map(|p| table.candidates()[p.candidate].symbol.clone()).collect()
}

/// A request with a random state drawn from `roles`: each gene is open, observed, pending,
/// excluded or forced.
fn request<'a>(world: &'a World, roles: &[u8], batch: usize, seed: u64) -> RoundRequest<'a> {
    let with =
        |role: u8| -> Vec<usize> { (0..roles.len()).filter(|&i| roles[i] == role).collect() };
    let mut request = RoundRequest::new(&world.table, batch);
    request.observed = observe(world, &with(1));
    request.pending = with(2);
    request.excluded = with(3);
    request.forced = with(4).into_iter().take(batch).collect();
    request.seed = seed;
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_round_respects_every_limit_and_is_repeatable(
        roles in proptest::collection::vec(0_u8..8, 40),
        batch in 1_usize..9,
        seed in 0_u64..1000,
    ) {
        let world = plain_world(40, 9, 1.0, Lcm::Noise);
        let mut request = request(&world, &roles, batch, seed);
        request.limits.wells_left = Some(batch);
        request.limits.budget_left = Some(2.5 * batch as f64);
        request.limits.cost_per_well = 2.5;
        let proposal = match select(&request) {
            Ok(proposal) => proposal,
            Err(PlanError::Infeasible { available: 0, .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        let picked: Vec<usize> = proposal.picks.iter().map(|p| p.candidate).collect();
        let distinct: BTreeSet<usize> = picked.iter().copied().collect();
        prop_assert_eq!(distinct.len(), picked.len());
        prop_assert!(picked.len() <= batch);
        prop_assert_eq!(picked.len() < batch, proposal.shortfall.is_some());
        for pick in &proposal.picks {
            let forced = request.forced.contains(&pick.candidate);
            prop_assert_eq!(forced, pick.kind == PickKind::Forced);
            prop_assert!(!request.pending.contains(&pick.candidate));
            prop_assert!(!request.excluded.contains(&pick.candidate));
            let measured = request.observed.iter().any(|o| o.candidate == pick.candidate);
            prop_assert!(!measured);
        }
        for (i, pick) in proposal.picks.iter().enumerate() {
            prop_assert_eq!(pick.rank, i + 1);
            prop_assert_eq!(pick.conditioned_on, request.pending.len() + i);
        }
        prop_assert_eq!(&select(&request).unwrap(), &proposal);
    }

    #[test]
    fn the_order_of_the_candidate_file_does_not_matter(
        order in Just((0..30_usize).collect::<Vec<_>>()).prop_shuffle(),
        measured in 0_usize..20,
        seed in 0_u64..100,
    ) {
        let straight = plain_world(30, 10, 1.0, Lcm::Informative);
        let shuffled = world(&order, 10, 1.0, Lcm::Informative);
        let mut first = RoundRequest::new(&straight.table, 6);
        first.observed = observe(&straight, &(0..measured).collect::<Vec<_>>());
        first.seed = seed;
        let mut second = RoundRequest::new(&shuffled.table, 6);
        let places: Vec<usize> = (0..30).filter(|&i| order[i] < measured).collect();
        second.observed = observe(&shuffled, &places);
        second.seed = seed;
        prop_assert_eq!(
            symbols(&straight.table, &select(&first).unwrap()),
            symbols(&shuffled.table, &select(&second).unwrap())
        );
    }
}

#[test]
fn believing_a_candidate_equals_conditioning_on_its_mean() {
    let world = plain_world(40, 11, 1.0, Lcm::Absent);
    let observed = observe(&world, &(0..15).collect::<Vec<_>>());
    let data = TrainingSet::new(&world.table, &observed, Tail::TwoSided).unwrap();
    let fitted = BlockGp { batch: 8 }.fit(&world.table, &data).unwrap();
    let mut believer = Believer::new(&fitted.posterior, (0..40).collect());
    believer.believe(20);
    believer.believe(25);

    // The same with the two rows as data; the scale is kept, so compare sd in its unit.
    let unit = fitted.posterior.scale.1;
    let mut rows = data.clone();
    rows.rows.extend([20, 25]);
    rows.target.extend([data.scale().0; 2]);
    rows.extra_noise.extend([0.0; 2]);
    let process = fitted.posterior.process.clone();
    let direct = Posterior::of(&world.table, &rows, process, fitted.posterior.noise, 0.3).unwrap();
    let sd = direct.latent_rows(&[5, 20, 30]).sd;
    for (want, row) in sd.iter().zip([5, 20, 30]) {
        let (_, got) = believer.marginal(row).unwrap();
        assert!((got / unit - want / direct.scale.1).abs() < 1e-9, "{row}: {got} {want}");
    }
    let before = fitted.posterior.latent_rows(&[20]);
    let (mean, after) = believer.marginal(20).unwrap();
    assert_eq!(mean, before.mean[0]);
    assert!(after < before.sd[0]);
}

#[test]
fn the_first_round_is_three_quarters_prior_and_later_ones_keep_a_random_arm() {
    let world = plain_world(200, 12, 1.0, Lcm::Absent);
    let count = |p: &RoundProposal, kind| p.picks.iter().filter(|x| x.kind == kind).count();
    let first = select(&RoundRequest::new(&world.table, 24)).unwrap();
    assert_eq!((count(&first, PickKind::Prior), count(&first, PickKind::Random)), (18, 6));
    let best_left_out = world
        .table
        .prior_scores()
        .iter()
        .enumerate()
        .filter(|(c, _)| first.picks.iter().all(|p| p.candidate != *c))
        .map(|(_, s)| *s)
        .fold(f64::MIN, f64::max);
    assert!(first.picks[..18].iter().all(|p| p.prior_score >= best_left_out));

    let mut later = RoundRequest::new(&world.table, 24);
    later.observed = observe(&world, &first.picks.iter().map(|p| p.candidate).collect::<Vec<_>>());
    later.round_no = 2;
    let second = select(&later).unwrap();
    assert_eq!((count(&second, PickKind::Scored), count(&second, PickKind::Random)), (23, 1));
    assert!(second.picks.iter().all(|p| p.reason.contains('%')), "reasons carry numbers");
}

#[test]
fn seeds_change_the_random_arm_and_nothing_of_the_prior_arm() {
    let world = plain_world(200, 13, 1.0, Lcm::Absent);
    let with_seed = |seed| {
        let mut request = RoundRequest::new(&world.table, 24);
        request.seed = seed;
        select(&request).unwrap().picks
    };
    let (a, b) = (with_seed(1), with_seed(2));
    let arm = |picks: &[Pick]| picks.iter().map(|p| p.candidate).collect::<Vec<_>>();
    assert_eq!(arm(&a[..18]), arm(&b[..18]));
    assert_ne!(arm(&a[18..]), arm(&b[18..]));
}

#[test]
fn an_infeasible_round_names_its_limit_and_the_counts() {
    let world = plain_world(30, 14, 1.0, Lcm::Absent);
    let refused = |change: &dyn Fn(&mut RoundRequest<'_>)| {
        let mut request = RoundRequest::new(&world.table, 8);
        change(&mut request);
        select(&request).unwrap_err().to_string()
    };
    let wells = refused(&|r| r.limits.wells_left = Some(5));
    assert!(wells.contains("wells left allows 5, but 8"), "{wells}");
    let money = refused(&|r| {
        r.limits.budget_left = Some(100.0);
        r.limits.cost_per_well = 30.0;
    });
    assert_eq!(money, "No round fits: 8 picks cost 240, budget 100; 3 picks would fit");
    let forced = refused(&|r| r.forced = (0..9).collect());
    assert!(forced.contains("batch size allows 8, but 9"), "{forced}");
    let clash = refused(&|r| (r.forced, r.excluded) = (vec![1, 2], vec![2]));
    assert!(clash.contains("allows 1, but 2"), "{clash}");
    let nothing = refused(&|r| r.excluded = (0..30).collect());
    assert!(nothing.contains("candidate list allows 0"), "{nothing}");
    assert!(refused(&|r| r.limits.batch = 0).contains("batch"));
    assert!(refused(&|r| r.kappa = f64::NAN).contains("kappa"));
    assert!(refused(&|r| r.pending = vec![30]).contains("index 30"));
}

#[test]
fn a_money_limit_that_just_pays_is_feasible() {
    let world = plain_world(30, 15, 1.0, Lcm::Absent);
    let mut request = RoundRequest::new(&world.table, 3);
    request.limits.budget_left = Some(0.3);
    request.limits.cost_per_well = 0.1;
    assert_eq!(select(&request).unwrap().picks.len(), 3);
}

#[test]
fn pending_relatives_make_a_candidate_less_uncertain() {
    let world = plain_world(60, 16, 1.0, Lcm::Absent);
    let mut request = RoundRequest::new(&world.table, 1);
    request.observed = observe(&world, &(0..20).collect::<Vec<_>>());
    request.forced = vec![59];
    let alone = select(&request).unwrap();
    request.pending = (20..50).collect();
    let crowded = select(&request).unwrap();
    assert!(crowded.picks[0].sd < alone.picks[0].sd);
    assert_eq!(crowded.picks[0].mean, alone.picks[0].mean);
    assert_eq!(crowded.posterior, alone.posterior, "pending genes carry no measurement");
}

#[test]
fn hit_probability_is_the_chance_that_a_noisy_measurement_passes_the_threshold() {
    let world = plain_world(60, 17, 1.0, Lcm::Absent);
    let mut request = RoundRequest::new(&world.table, 4);
    request.observed = observe(&world, &(0..30).collect::<Vec<_>>());
    let proposal = select(&request).unwrap();
    let p = proposal.posterior[40];
    let total = p.sd.hypot(proposal.surrogate.noise_sd);
    let want = crate::gauss::cdf((p.mean - 4.0_f64.ln()) / total);
    assert!((p.p_hit - want).abs() < 1e-14);
    request.hit_threshold = 0.5;
    assert!(select(&request).unwrap().posterior[40].p_hit > p.p_hit);
}

#[test]
fn with_an_uninformative_tie_everywhere_the_seed_decides() {
    let candidates: Vec<crate::features::Candidate> = (0..20)
        .map(|i| crate::features::Candidate { symbol: format!("T{i:02}"), ensembl_id: None })
        .collect();
    let table = FeatureTable::from_parts(candidates, vec![0.0; 20], vec![]);
    let picked = |seed| {
        let mut request = RoundRequest::new(&table, 4);
        request.seed = seed;
        let proposal = select(&request).unwrap();
        proposal.picks.iter().map(|p| p.candidate).collect::<Vec<_>>()
    };
    let different: BTreeSet<Vec<usize>> = (0..5).map(picked).collect();
    assert!(different.len() >= 4, "file order decided: {different:?}");
}
