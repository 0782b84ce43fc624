//! The default strategy of a round.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::believer::Believer;
use super::limits::{Feasible, check};
use super::{CandidatePosterior, Pick, PickKind, RoundProposal, RoundRequest};
use crate::acquisition::{probability_of_improvement, upper_confidence_bound};
use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::surrogate::{BlockGp, Fitted, Surrogate, TrainingSet};
use crate::target::Tail;

/// Candidates with the largest means among which the score is maximised.
const SCORED_POOL: usize = 4000;
/// Random share of the first round.
const FIRST_RANDOM_SHARE: f64 = 0.25;

/// Select a round with the default surrogate, [`BlockGp`].
///
/// First round: three quarters by the assay prior, a quarter at random. Later: a small random arm,
/// then one pick after another by `mean + kappa sd`, every pending candidate and earlier pick
/// taken as done (its sd and that of its like shrink). Ties fall by the seed, never by the order
/// of the candidates.
///
/// # Errors
/// [`PlanError::Infeasible`] and [`PlanError::BadSetting`] before anything is scored; errors of the
/// measurements and of the fit.
pub fn select(request: &RoundRequest<'_>) -> Result<RoundProposal, PlanError> {
    select_with(request, &BlockGp { batch: request.limits.batch })
}

/// [`select`] with another surrogate.
pub(crate) fn select_with(
    request: &RoundRequest<'_>,
    surrogate: &dyn Surrogate,
) -> Result<RoundProposal, PlanError> {
    let feasible = check(request)?;
    let data = TrainingSet::new(request.table, &request.observed, request.tail)?;
    let Fitted { posterior, report } = surrogate.fit(request.table, &data)?;
    let threshold = request.hit_threshold.ln_1p();
    let all: Vec<usize> = (0..request.table.len()).collect();
    let marginals = posterior.latent_rows(&all);
    let p_hit = hit_probability(&marginals.mean, &marginals.sd, posterior.noise_sd(), threshold)?;
    let plan = Plan::draw(request, feasible, &marginals.mean, data.is_empty());
    let mut believer = Believer::new(&posterior, plan.pool(&marginals.mean));
    for &row in &plan.feasible.pending {
        believer.believe(row);
    }
    let mut round =
        Round { request, believer, noise_sd: posterior.noise_sd(), threshold, picks: vec![] };
    for (kind, rows) in &plan.fixed {
        for (i, &row) in rows.iter().enumerate() {
            round.take(row, *kind, i, rows.len(), plan.feasible.available.len())?;
        }
    }
    round.take_scored(&plan)?;
    let candidates = (0..request.table.len())
        .map(|c| {
            let row = request.table.row("posterior", c)?;
            Ok(CandidatePosterior {
                mean: marginals.mean[row],
                sd: marginals.sd[row],
                p_hit: p_hit[row],
            })
        })
        .collect::<Result<Vec<_>, PlanError>>()?;
    let expected_hits = round.picks.iter().map(|p| p.p_hit).sum();
    Ok(RoundProposal {
        picks: round.picks,
        posterior: candidates,
        surrogate: report,
        expected_hits,
        shortfall: plan.feasible.shortfall,
    })
}

/// Probability that one noisy measurement exceeds `threshold`.
fn hit_probability(
    mean: &[f64],
    sd: &[f64],
    noise_sd: f64,
    threshold: f64,
) -> Result<Vec<f64>, PlanError> {
    let total: Vec<f64> = sd.iter().map(|s| s.hypot(noise_sd)).collect();
    probability_of_improvement(mean, &total, threshold)
}

/// What is decided before the first score: who is forced, ranked by the prior, or drawn.
struct Plan {
    feasible: Feasible,
    fixed: Vec<(PickKind, Vec<usize>)>,
    scored: usize,
    /// A random number per row for ties.
    ties: Vec<u64>,
}

impl Plan {
    fn draw(request: &RoundRequest<'_>, feasible: Feasible, mean: &[f64], first: bool) -> Self {
        let mixed = request.seed ^ u64::from(request.round_no).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rng = ChaCha8Rng::seed_from_u64(mixed);
        // Rows are in symbol order, so equal seeds draw equal genes whatever the file's order.
        let ties: Vec<u64> = mean.iter().map(|_| rng.next_u64()).collect();
        let lottery: Vec<u64> = mean.iter().map(|_| rng.next_u64()).collect();
        let left = (request.limits.batch - feasible.forced.len()).min(feasible.available.len());
        let share = if first { FIRST_RANDOM_SHARE } else { request.random_share };
        let random = random_count(share, left);
        let mut open = feasible.available.clone();
        let mut by_prior = Vec::new();
        if first {
            let prior = request.table.prior_rows();
            open.sort_by(|&a, &b| prior[b].total_cmp(&prior[a]).then(ties[a].cmp(&ties[b])));
            by_prior = open.drain(..left - random).collect();
        }
        open.sort_by_key(|&row| (lottery[row], row));
        open.truncate(random);
        let scored = left - random - by_prior.len();
        let fixed = vec![
            (PickKind::Forced, feasible.forced.clone()),
            (PickKind::Prior, by_prior),
            (PickKind::Random, open),
        ];
        Self { feasible, fixed, scored, ties }
    }

    /// Rows the believer follows: the largest means, and everything it must condition on.
    fn pool(&self, mean: &[f64]) -> Vec<usize> {
        let mut pool = self.feasible.available.clone();
        if pool.len() > SCORED_POOL {
            pool.sort_by(|&a, &b| {
                mean[b].total_cmp(&mean[a]).then(self.ties[a].cmp(&self.ties[b]))
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

/// The random arm's size: its share, at least one in rounds of two and more.
fn random_count(share: f64, left: usize) -> usize {
    if share == 0.0 || left < 2 {
        return 0;
    }
    ((share * left as f64).round() as usize).clamp(1, left)
}

struct Round<'a> {
    request: &'a RoundRequest<'a>,
    believer: Believer,
    noise_sd: f64,
    threshold: f64,
    picks: Vec<Pick>,
}

impl Round<'_> {
    fn take(
        &mut self,
        row: usize,
        kind: PickKind,
        place: usize,
        of: usize,
        available: usize,
    ) -> Result<(), PlanError> {
        let Some((mean, sd)) = self.believer.marginal(row) else { return Ok(()) };
        let p_hit = hit_probability(&[mean], &[sd], self.noise_sd, self.threshold)?[0];
        let acquisition = upper_confidence_bound(&[mean], &[sd], self.request.kappa)?[0];
        let table = self.request.table;
        let pick = Pick {
            candidate: table.candidate(row),
            rank: self.picks.len() + 1,
            kind,
            mean,
            sd,
            p_hit,
            acquisition,
            prior_score: table.prior_rows()[row],
            conditioned_on: self.believer.conditioned_on(),
            reason: String::new(),
        };
        let reason = reason(&pick, table, self.request.tail, place, of, available);
        self.picks.push(Pick { reason, ..pick });
        self.believer.believe(row);
        Ok(())
    }

    /// One pick after another by `mean + kappa sd` over the rows that are still open.
    fn take_scored(&mut self, plan: &Plan) -> Result<(), PlanError> {
        let mut closed = vec![false; self.request.table.len()];
        plan.fixed.iter().flat_map(|(_, rows)| rows).for_each(|&r| closed[r] = true);
        for place in 0..plan.scored {
            let open: Vec<(usize, f64, f64)> = plan
                .feasible
                .available
                .iter()
                .filter(|r| !closed[**r])
                .filter_map(|&r| self.believer.marginal(r).map(|(m, s)| (r, m, s)))
                .collect();
            let (mean, sd): (Vec<f64>, Vec<f64>) = open.iter().map(|o| (o.1, o.2)).unzip();
            let scores = upper_confidence_bound(&mean, &sd, self.request.kappa)?;
            let best = open
                .iter()
                .zip(&scores)
                .max_by(|(a, x), (b, y)| x.total_cmp(y).then(plan.ties[b.0].cmp(&plan.ties[a.0])));
            let Some(((row, _, _), _)) = best else { return Ok(()) };
            closed[*row] = true;
            self.take(*row, PickKind::Scored, place, plan.scored, open.len())?;
        }
        Ok(())
    }
}

fn reason(
    pick: &Pick,
    table: &FeatureTable,
    tail: Tail,
    place: usize,
    of: usize,
    available: usize,
) -> String {
    let z = pick.mean.signum() * pick.mean.abs().exp_m1();
    let z = if tail == Tail::Down { -z } else { z };
    let symbol = if tail == Tail::TwoSided { "|z|" } else { "z" };
    let predicted =
        format!("predicted {symbol} about {z:.1}, chance of a hit {:.0} %", 100.0 * pick.p_hit);
    match pick.kind {
        PickKind::Forced => format!("Asked for by you; {predicted}."),
        PickKind::Prior => format!(
            "Nothing measured yet: number {} of {available} by the assay prior ({}), score {:+.2}; \
             {predicted}.",
            place + 1,
            ingredients(table),
            pick.prior_score
        ),
        PickKind::Random => format!(
            "Drawn at random, {} of {of}: the unbiased check of the other picks; {predicted}.",
            place + 1
        ),
        PickKind::Scored => format!(
            "Best of {available} by mean + uncertainty: {:.2} + {:.2} on the log scale; \
             {predicted}; {} pending or picked genes taken as done.",
            pick.mean,
            pick.acquisition - pick.mean,
            pick.conditioned_on
        ),
    }
}

/// The prior's ingredients in words.
fn ingredients(table: &FeatureTable) -> String {
    let word = |name: &str| match name {
        "kwnet" => "network around your keywords",
        "texp" => "expression in the cell type",
        "deg" => "network degree",
        "arch" => "your earlier screens' prediction",
        "obs" => "its rank in your earlier screens",
        _ => "amount of annotation",
    };
    let parts: Vec<&str> = table.prior_ingredients().iter().map(|(n, _)| word(n)).collect();
    parts.join(" + ")
}
