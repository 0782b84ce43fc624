//! With every option at its default a round is what the replays measured.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::acquisition::upper_confidence_bound;

/// The default strategy written down again: forced, then in the first round three quarters by the
/// prior and a quarter drawn, later a random arm of 5 % and the largest `mean + sd` one by one.
fn by_hand(request: &RoundRequest<'_>) -> Vec<(usize, u64)> {
    let table = request.table;
    let data = TrainingSet::new(table, &request.observed, request.tail).unwrap();
    let batch = request.limits.batch;
    let fitted = BlockGp { batch }.fit(table, &data).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(
        request.seed ^ u64::from(request.round_no).wrapping_mul(0x9e37_79b9_7f4a_7c15),
    );
    let mut draw = || (0..table.len()).map(|_| rng.next_u64()).collect::<Vec<_>>();
    let (ties, lottery) = (draw(), draw());
    let row = |c: &usize| table.row("test", *c).unwrap();
    let measured: Vec<usize> = request.observed.iter().map(|o| row(&o.candidate)).collect();
    let mut pending: Vec<usize> = request.pending.iter().map(row).collect();
    let mut picks: Vec<usize> = request.forced.iter().map(row).collect();
    pending.sort_unstable();
    picks.sort_unstable();
    let taken = [&measured, &pending, &picks].map(Clone::clone).concat();
    let mut open: Vec<usize> = (0..table.len()).filter(|r| !taken.contains(r)).collect();
    let left = batch - picks.len();
    let first = measured.is_empty();
    let random = (if first { 0.25 } else { 0.05 } * left as f64).round().max(1.0) as usize;
    if first {
        let prior = table.prior_rows();
        open.sort_by(|&a, &b| prior[b].total_cmp(&prior[a]).then(ties[a].cmp(&ties[b])));
        picks.extend(open.drain(..left - random));
    }
    open.sort_by_key(|&r| lottery[r]);
    picks.extend(open.drain(..random));
    let mut believer = Believer::new(&fitted.posterior, (0..table.len()).collect());
    pending.iter().for_each(|&r| believer.believe(r));
    let mut out = Vec::new();
    let mut take = |r: usize, believer: &mut Believer<'_>| {
        let (mean, sd) = believer.marginal(r).unwrap();
        let score = upper_confidence_bound(&[mean], &[sd], 1.0).unwrap()[0];
        out.push((table.candidate(r), score.to_bits()));
        believer.believe(r);
        score
    };
    picks.iter().for_each(|&r| {
        take(r, &mut believer);
    });
    let mut closed = picks.clone();
    while !first && closed.len() < batch {
        let score = |r: usize| believer.marginal(r).map(|(m, s)| m + s).unwrap();
        let rest = open.iter().copied().filter(|r| !closed.contains(r));
        let best = rest
            .max_by(|&a, &b| score(a).total_cmp(&score(b)).then(ties[b].cmp(&ties[a])))
            .unwrap();
        closed.push(best);
        take(best, &mut believer);
    }
    out
}

#[test]
fn the_default_round_is_bit_for_bit_the_one_that_was_measured() {
    for (seed, tail, batch) in [(1, Tail::TwoSided, 12), (2, Tail::Up, 6), (3, Tail::Down, 70)] {
        let world = plain_world(160, 40 + seed, 1.0, Lcm::Informative);
        let mut request = RoundRequest::new(&world.table, batch);
        (request.seed, request.tail, request.forced) = (seed, tail, vec![7]);
        let picked = |request: &RoundRequest<'_>| -> Vec<(usize, u64)> {
            let picks = select(request).unwrap().picks;
            picks.iter().map(|p| (p.candidate, p.acquisition.to_bits())).collect()
        };
        let first = picked(&request);
        assert_eq!(first, by_hand(&request));
        request.observed = observe(&world, &first.iter().map(|p| p.0).collect::<Vec<_>>());
        (request.round_no, request.forced) = (2, vec![]);
        request.pending = vec![150, 151, 30];
        request.pending.retain(|p| first.iter().all(|(c, _)| c != p));
        assert_eq!(picked(&request), by_hand(&request), "seed {seed}");
    }
}
