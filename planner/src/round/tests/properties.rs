//! Limits are never broken and equal requests give equal rounds, over random campaigns.

use std::collections::BTreeMap;

use super::*;
use crate::features::gene_families;
use crate::features::synthetic::named_world;

/// Genes of several families, of one, and of none.
const GENES: [&str; 24] = [
    "EGFR", "JAK1", "JAK2", "MET", "ALK", "AXL", "BTK", "LCK", "ADRB2", "DRD2", "HTR1A", "CCR5",
    "CXCR4", "SCN5A", "KCNQ1", "SLC2A1", "GATA3", "FOXP3", "TBX21", "RORC", "MYB", "JUN", "FOS",
    "IL2RA",
];

/// A random campaign's state, limits and choices.
#[derive(Debug, Clone)]
struct Campaign {
    /// Each gene is open, observed, observed twice, pending, excluded or forced.
    roles: Vec<u8>,
    batch: usize,
    seed: u64,
    acquisition: Acquisition,
    surrogate: SurrogateChoice,
    prices: u8,
    budget: f64,
    per_plate: Option<usize>,
    plate: f64,
    family_max: Option<usize>,
    replicate_share: f64,
    last: bool,
    fallback: bool,
}

fn campaign() -> impl Strategy<Value = Campaign> {
    let state = (
        proptest::collection::vec(0_u8..10, GENES.len()),
        1_usize..9,
        0_u64..1000,
        0..Acquisition::ALL.len(),
        0_u8..6,
    );
    let limits = (
        0_u8..3,
        0.0_f64..40.0,
        proptest::option::of(1_usize..6),
        0.0_f64..4.0,
        proptest::option::of(1_usize..4),
        0.0_f64..0.6,
        any::<bool>(),
        any::<bool>(),
    );
    (state, limits).prop_map(|((roles, batch, seed, acquisition, surrogate), limits)| {
        let (prices, budget, per_plate, plate, family_max, replicate_share, last, fallback) =
            limits;
        let surrogate = match surrogate {
            0 => SurrogateChoice::Ridge,
            1 => SurrogateChoice::Ensemble,
            _ => SurrogateChoice::Blocks,
        };
        let acquisition = Acquisition::ALL[acquisition];
        Campaign {
            roles,
            batch,
            seed,
            acquisition,
            surrogate,
            prices,
            budget,
            per_plate,
            plate,
            family_max,
            replicate_share,
            last,
            fallback,
        }
    })
}

impl Campaign {
    /// The request over a world whose genes are offered in `order`.
    fn request<'a>(&self, world: &'a World, order: &[usize]) -> RoundRequest<'a> {
        let with = |role: u8| -> Vec<usize> {
            (0..order.len()).filter(|&i| self.roles[order[i]] == role).collect()
        };
        let mut request = RoundRequest::new(&world.table, self.batch);
        request.observed = observe(world, &[with(1), with(2), with(2)].concat());
        request.pending = with(3);
        request.excluded = with(4);
        let mut forced = with(5);
        forced.sort_by_key(|&i| order[i]);
        request.forced = forced.into_iter().take(self.batch).collect();
        (request.seed, request.acquisition, request.surrogate) =
            (self.seed, self.acquisition, self.surrogate);
        request.prior_without_signal = self.fallback;
        let members = |m: u64| -> Vec<f64> {
            order.iter().map(|&i| ((i as u64 * 7 + m * 13) % 11) as f64 - 4.0).collect()
        };
        let members = (0..5).map(members).collect();
        request.members =
            Some(crate::surrogate::MemberPredictions::new(members, order.len()).unwrap());
        let limits = &mut request.limits;
        limits.exclude_essential = false;
        limits.cost_per_well = if self.prices == 0 { 0.0 } else { 2.5 };
        if self.prices == 2 {
            limits.costs = order.iter().map(|i| 1.0 + (i % 5) as f64).collect();
        }
        (limits.budget_left, limits.budget) = (Some(self.budget), Some(60.0));
        (limits.cost_per_plate, limits.candidates_per_plate) = (self.plate, self.per_plate);
        (limits.family_max, limits.replicate_share) = (self.family_max, self.replicate_share);
        limits.rounds_left = self.last.then_some(1);
        request
    }
}

fn genes(order: &[usize]) -> World {
    named_world(order, &|i| GENES[i].to_owned(), 9, 1.0, Lcm::Absent)
}

fn straight() -> Vec<usize> {
    (0..GENES.len()).collect()
}

/// Price of picks, plates included.
fn price(limits: &Limits, picks: &[usize]) -> f64 {
    let plates = match limits.candidates_per_plate {
        Some(room) => picks.len().div_ceil(room),
        None => picks.len().min(1),
    };
    let wells: f64 = picks.iter().map(|&c| limits.cost(c)).sum();
    wells + plates as f64 * limits.cost_per_plate
}

/// That a refusal is right: no round of the size asked for is within the limits.
fn refused(request: &RoundRequest<'_>, error: &PlanError) -> Result<(), TestCaseError> {
    let limits = &request.limits;
    match error {
        PlanError::Unaffordable { .. } => {
            let busy = |c: &usize| {
                request.pending.contains(c)
                    || request.excluded.contains(c)
                    || request.forced.contains(c)
                    || request.observed.iter().any(|o| o.candidate == *c)
            };
            let mut open: Vec<usize> = (0..request.table.len()).filter(|c| !busy(c)).collect();
            open.sort_by(|&a, &b| limits.cost(a).total_cmp(&limits.cost(b)));
            let all = [request.forced.clone(), open].concat();
            let wanted = limits.batch.min(all.len());
            prop_assert!(price(limits, &all[..wanted]) > limits.budget_left.unwrap());
        }
        PlanError::Infeasible { available, needed, .. } => {
            prop_assert!(available < needed);
            prop_assert!(*available == 0 || request.forced.len() >= *needed);
        }
        other => return Err(TestCaseError::fail(other.to_string())),
    }
    Ok(())
}

fn kept(request: &RoundRequest<'_>, proposal: &RoundProposal) -> Result<(), TestCaseError> {
    let limits = &request.limits;
    let picked: Vec<usize> = proposal.picks.iter().map(|p| p.candidate).collect();
    let distinct: BTreeSet<usize> = picked.iter().copied().collect();
    prop_assert_eq!(distinct.len(), picked.len());
    prop_assert!(picked.len() <= limits.batch);
    prop_assert_eq!(picked.len() < limits.batch, proposal.shortfall.is_some());
    prop_assert!(price(limits, &picked) <= limits.budget_left.unwrap() * (1.0 + 1e-9) + 1e-9);
    let mut families: BTreeMap<&str, usize> = BTreeMap::new();
    let mut repeated = 0;
    for (i, pick) in proposal.picks.iter().enumerate() {
        prop_assert!(!request.pending.contains(&pick.candidate));
        prop_assert!(!request.excluded.contains(&pick.candidate));
        prop_assert_eq!(request.forced.contains(&pick.candidate), pick.kind == PickKind::Forced);
        let wells = request.observed.iter().filter(|o| o.candidate == pick.candidate).count();
        match pick.kind {
            PickKind::Replicate => {
                repeated += 1;
                prop_assert!(wells > 0 && wells < limits.max_replicates);
            }
            PickKind::Forced => {}
            _ => prop_assert_eq!(wells, 0),
        }
        prop_assert_eq!(pick.rank, i + 1);
        prop_assert_eq!(pick.conditioned_on, request.pending.len() + i);
        let numbers = [pick.mean, pick.sd, pick.p_hit, pick.acquisition, pick.prior_score];
        prop_assert!(numbers.iter().all(|v| v.is_finite()), "{:?}", pick);
        for family in gene_families(&request.table.candidates()[pick.candidate].symbol) {
            *families.entry(family).or_default() += 1;
        }
    }
    prop_assert!(repeated as f64 <= limits.replicate_share * limits.batch as f64 + 1e-9);
    if let Some(most) = limits.family_max {
        prop_assert!(families.values().all(|n| *n <= most), "{:?}", families);
    }
    let (low, high) = proposal.expected_hits_interval;
    prop_assert!(0.0 <= low && low <= high && high <= picked.len() as f64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_random_campaign_breaks_a_limit(campaign in campaign()) {
        let world = genes(&straight());
        let request = campaign.request(&world, &straight());
        match select(&request) {
            Ok(proposal) => kept(&request, &proposal)?,
            Err(error) => refused(&request, &error)?,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn neither_threads_nor_the_order_of_the_candidates_change_a_round(
        campaign in campaign(),
        order in Just(straight()).prop_shuffle(),
        threads in 1_usize..4,
    ) {
        let picked = |order: &[usize]| {
            let world = genes(order);
            let proposal = select(&campaign.request(&world, order));
            proposal.map(|p| {
                let symbol = |c: usize| world.table.candidates()[c].symbol.clone();
                let numbers = |p: &Pick| (p.kind, p.acquisition.to_bits(), p.sd.to_bits());
                let rows = p.picks.iter().map(|p| (symbol(p.candidate), numbers(p)));
                (rows.collect::<Vec<_>>(), p.expected_hits_interval)
            })
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        prop_assert_eq!(picked(&straight()), pool.install(|| picked(&order)));
    }
}
