//! What is decided before the first score: who is forced, measured once more, ranked by the prior,
//! or drawn.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::feasible::Feasible;
use super::ledger::Ledger;
use super::scorer::{Scorer, Targets};
use super::{Acquisition, PickKind, RoundRequest, replicates};
use crate::error::PlanError;
use crate::surrogate::{Marginals, SurrogateChoice};

/// Candidates with the largest scores, roughly, among which the score is maximised.
const SCORED_POOL: usize = 4000;
/// Random share of the first round.
const FIRST_RANDOM_SHARE: f64 = 0.25;

/// What the picks that are neither forced, repeated nor random are taken by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The assay prior.
    Prior,
    Score(Acquisition),
}

impl Source {
    /// The assay prior in the first round, unless the features alone are to be covered. Without a
    /// signal the prior or, where there is none, cover: where the request asks for it, and always for
    /// surrogates whose kernel then says nothing about the assay.
    pub fn of(request: &RoundRequest<'_>, first: bool, signal_found: bool) -> Self {
        let known = request.table.prior_rows().iter().any(|score| *score != 0.0);
        if first && !request.acquisition.covers() {
            return Self::Prior;
        }
        let kept = matches!(request.surrogate, SurrogateChoice::Blocks | SurrogateChoice::Ridge);
        if !first && !signal_found && (request.prior_without_signal || !kept) {
            return if known { Self::Prior } else { Self::Score(Acquisition::KCentre) };
        }
        Self::Score(request.acquisition)
    }

    /// The acquisition that numbers every pick.
    pub fn acquisition(self, request: &RoundRequest<'_>) -> Acquisition {
        match self {
            Self::Prior => request.acquisition,
            Self::Score(acquisition) => acquisition,
        }
    }
}

pub(crate) struct Plan<'a> {
    pub feasible: Feasible,
    pub fixed: Vec<(PickKind, Vec<usize>)>,
    pub scored: usize,
    /// A random number per row for ties.
    pub ties: Vec<u64>,
    /// Counters after the fixed picks.
    pub ledger: Ledger<'a>,
}

impl<'a> Plan<'a> {
    pub fn draw(
        request: &'a RoundRequest<'_>,
        feasible: Feasible,
        marginals: &Marginals,
        targets: &Targets,
        source: Source,
    ) -> Result<Self, PlanError> {
        let mut rng = rng(request, 0);
        // Rows are in symbol order, so equal seeds draw equal genes whatever the file's order.
        let rows = marginals.mean.len();
        let ties: Vec<u64> = (0..rows).map(|_| rng.next_u64()).collect();
        let lottery: Vec<u64> = (0..rows).map(|_| rng.next_u64()).collect();
        let mut ledger = Ledger::new(&request.limits, request.table);
        feasible.forced.iter().for_each(|&row| ledger.take(row));
        let repeated = repeated(request, &feasible, marginals, targets, &mut ledger)?;
        let left = ledger.room().min(feasible.available.len());
        let first = request.observed.is_empty();
        let share = if first { FIRST_RANDOM_SHARE } else { request.random_share };
        let random = random_count(share, left);
        let mut open = feasible.available.clone();
        let mut by_prior = Vec::new();
        if source == Source::Prior {
            let prior = request.table.prior_rows();
            open.sort_by(|&a, &b| prior[b].total_cmp(&prior[a]).then(ties[a].cmp(&ties[b])));
            by_prior = ledger.take_first(open.iter().copied(), left - random);
            open.retain(|row| !by_prior.contains(row));
        }
        open.sort_by_key(|&row| (lottery[row], row));
        let drawn = ledger.take_first(open.into_iter(), random);
        let scored = match source {
            Source::Prior => 0,
            Source::Score(_) => left - random,
        };
        let fixed = vec![
            (PickKind::Forced, feasible.forced.clone()),
            (PickKind::Replicate, repeated),
            (PickKind::Prior, by_prior),
            (PickKind::Random, drawn),
        ];
        Ok(Self { feasible, fixed, scored, ties, ledger })
    }

    /// Rows the believer follows: the roughly best, and everything it must condition on.
    pub fn pool(&self, marginals: &Marginals, scorer: &Scorer) -> Vec<usize> {
        let mut pool = self.feasible.available.clone();
        // What is far from everything need not look good: covers see all candidates.
        if pool.len() > SCORED_POOL && !scorer.acquisition().covers() {
            let rough = |r: usize| scorer.rough(marginals.mean[r], marginals.sd[r]);
            pool.sort_by(|&a, &b| {
                rough(b).total_cmp(&rough(a)).then(self.ties[a].cmp(&self.ties[b]))
            });
            pool.truncate(SCORED_POOL);
        }
        pool.extend(&self.feasible.pending);
        pool.extend(self.fixed.iter().flat_map(|(_, rows)| rows));
        pool.sort_unstable();
        pool.dedup();
        pool
    }
}

/// A generator of the round's own; `stream` keeps its uses apart.
pub(crate) fn rng(request: &RoundRequest<'_>, stream: u64) -> ChaCha8Rng {
    let mixed = request.seed ^ u64::from(request.round_no).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut rng = ChaCha8Rng::seed_from_u64(mixed);
    rng.set_stream(stream);
    rng
}

fn repeated(
    request: &RoundRequest<'_>,
    feasible: &Feasible,
    marginals: &Marginals,
    targets: &Targets,
    ledger: &mut Ledger<'_>,
) -> Result<Vec<usize>, PlanError> {
    let limits = &request.limits;
    let most = (limits.replicate_share * limits.batch as f64 + 1e-9).floor() as usize;
    if most == 0 {
        return Ok(Vec::new());
    }
    let unclear = replicates::unclear(request, feasible, marginals, targets)?;
    Ok(ledger.take_first(unclear.into_iter(), most))
}

/// The random arm's size: its share, at least one in rounds of two and more.
fn random_count(share: f64, left: usize) -> usize {
    if share == 0.0 || left < 2 {
        return 0;
    }
    ((share * left as f64).round() as usize).clamp(1, left)
}
