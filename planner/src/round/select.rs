//! One round, pick by pick.

use rand::Rng;

use super::believer::Believer;
use super::feasible::check;
use super::ledger::Ledger;
use super::plan::{Plan, Source, rng};
use super::reason::{Circumstance, reason};
use super::scorer::{Scorer, TOP_SAMPLES, Targets, called};
use super::{Acquisition, CandidatePosterior, Pick, PickKind, RoundProposal, RoundRequest, finish};
use crate::error::PlanError;
use crate::surrogate::{Fitted, Marginals, Posterior, Surrogate, SurrogateReport, TrainingSet};

/// Select a round with the surrogate that the request names, by default the
/// [`BlockGp`](crate::surrogate::BlockGp).
///
/// First round: three quarters by the assay prior, a quarter at random. Later, in this order: what
/// is forced; measured genes that are worth one more well, where replicates are wanted; a small
/// random arm; then one pick after another by the acquisition, every pending candidate and earlier
/// pick taken as done (its sd and that of its like shrink). Ties fall by the seed, never by the
/// order of the candidates.
///
/// Where candidates differ in price the score is weighed by it, `score / cost^lambda` (for
/// logarithms `score - lambda ln cost`) with lambda the share of the budget that is left
/// (arXiv:2003.10870); the same round without prices is played too, and the better sum of scores
/// is kept.
///
/// # Errors
/// [`PlanError::Infeasible`], [`PlanError::Unaffordable`] and [`PlanError::BadSetting`] before
/// anything is scored; errors of the measurements and of the fit.
pub fn select(request: &RoundRequest<'_>) -> Result<RoundProposal, PlanError> {
    let surrogate = request.learner()?;
    let chosen = select_with(request, surrogate.as_ref())?;
    finish::proposal(request, surrogate.as_ref(), chosen)
}

/// Picks and what they were chosen from.
pub(crate) struct Chosen<'t> {
    pub picks: Vec<Pick>,
    pub data: TrainingSet,
    pub posterior: Posterior<'t>,
    pub report: SurrogateReport,
    pub candidates: Vec<CandidatePosterior>,
    pub targets: Targets,
    pub shortfall: Option<String>,
    /// Price of the picks, plates included.
    pub spent: f64,
}

/// [`select`] with another surrogate, the picks alone.
pub(crate) fn select_with<'t>(
    request: &RoundRequest<'t>,
    surrogate: &dyn Surrogate,
) -> Result<Chosen<'t>, PlanError> {
    let feasible = check(request)?;
    let data = TrainingSet::new(request.table, &request.observed, request.tail)?;
    let Fitted { posterior, report } = surrogate.fit(request.table, &data)?;
    let all: Vec<usize> = (0..request.table.len()).collect();
    let marginals = posterior.latent_rows(&all);
    let targets = Targets::new(request, &posterior, &marginals)?;
    let p_hit = called(&marginals.mean, &marginals.sd, &targets)?;
    let source = Source::of(request, data.is_empty(), report.signal_found);
    let plan = Plan::draw(request, feasible, &marginals, &targets, source)?;
    let round = play(request, &plan, source, &posterior, &marginals, &targets, &p_hit)?;
    let shortfall = shortfall(request, &plan, &round);
    let candidates = (0..request.table.len())
        .map(|c| {
            let row = request.table.row("posterior", c)?;
            let (mean, sd) = (marginals.mean[row], marginals.sd[row]);
            Ok(CandidatePosterior { mean, sd, p_hit: p_hit[row] })
        })
        .collect::<Result<Vec<_>, PlanError>>()?;
    let (picks, spent) = (round.picks, round.ledger.spent());
    Ok(Chosen { picks, data, report, candidates, targets, shortfall, spent, posterior })
}

/// The fixed picks, then the scored ones; with and without prices where candidates differ in them.
fn play<'r>(
    request: &'r RoundRequest<'_>,
    plan: &'r Plan<'r>,
    source: Source,
    posterior: &'r Posterior<'r>,
    marginals: &Marginals,
    targets: &Targets,
    p_hit: &[f64],
) -> Result<Round<'r>, PlanError> {
    let acquisition = source.acquisition(request);
    let mut scorer = Scorer::new(request, acquisition, targets, p_hit);
    let mut believer = Believer::new(posterior, plan.pool(marginals, &scorer));
    if acquisition.samples() {
        let many = acquisition == Acquisition::TopK;
        let count = if many { TOP_SAMPLES } else { request.limits.batch };
        believer.follow(count, rng(request, 1))?;
    }
    plan.feasible.pending.iter().for_each(|&row| believer.believe(row));
    let centres = posterior.process.points(request.table, &posterior.rows);
    let seed = rng(request, 3).next_u64();
    scorer.start(&believer, &centres, &plan.feasible.pending, seed);
    let (targets, ledger) = (targets.clone(), plan.ledger.clone());
    let mut round =
        Round { request, plan, believer, scorer, targets, ledger, picks: vec![], value: 0.0 };
    for (kind, rows) in &plan.fixed {
        for (i, &row) in rows.iter().enumerate() {
            round.take(row, *kind, i, rows.len(), plan.feasible.available.len())?;
        }
    }
    if plan.scored == 0 || !request.limits.costs_differ() {
        round.take_scored(None)?;
        return Ok(round);
    }
    let mut by_price = round.clone();
    by_price.take_scored(Some(cooling(request)))?;
    round.take_scored(None)?;
    Ok(if by_price.value > round.value { by_price } else { round })
}

/// Share of the campaign's budget that is left; all of it where no budget is given.
fn cooling(request: &RoundRequest<'_>) -> f64 {
    match (request.limits.budget_left, request.limits.budget) {
        (Some(left), Some(all)) if all > 0.0 => (left / all).clamp(0.0, 1.0),
        _ => 1.0,
    }
}

#[derive(Clone)]
struct Round<'r> {
    request: &'r RoundRequest<'r>,
    plan: &'r Plan<'r>,
    believer: Believer<'r>,
    scorer: Scorer,
    targets: Targets,
    ledger: Ledger<'r>,
    picks: Vec<Pick>,
    /// Sum of the scored picks' scores, logarithms undone, nothing below 0.
    value: f64,
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
        let p_hit = called(&[mean], &[sd], &self.targets)?[0];
        let acquisition = self.scorer.scores(&self.believer, &[row], &[mean], &[sd])?[0];
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
        let cost = self.request.limits.costs_differ().then(|| self.ledger.cost(row));
        let tail = self.request.tail;
        let (acquisition, measured) =
            (self.scorer.acquisition(), !self.request.observed.is_empty());
        let reason = reason(
            &pick,
            &Circumstance { table, tail, acquisition, place, of, available, measured, cost },
        );
        self.picks.push(Pick { reason, ..pick });
        self.believer.believe(row);
        self.scorer.took(&self.believer, row);
        Ok(())
    }

    /// One pick after another by the score over the rows that are open and within every limit.
    /// `lambda`: how much a price counts.
    fn take_scored(&mut self, lambda: Option<f64>) -> Result<(), PlanError> {
        let plan = self.plan;
        let mut closed = vec![false; self.request.table.len()];
        plan.fixed.iter().flat_map(|(_, rows)| rows).for_each(|&r| closed[r] = true);
        for place in 0..plan.scored {
            let open: Vec<(usize, f64, f64)> = plan
                .feasible
                .available
                .iter()
                .filter(|r| !closed[**r] && self.ledger.fits(**r))
                .filter_map(|&r| self.believer.marginal(r).map(|(m, s)| (r, m, s)))
                .collect();
            let rows: Vec<usize> = open.iter().map(|o| o.0).collect();
            let (mean, sd): (Vec<f64>, Vec<f64>) = open.iter().map(|o| (o.1, o.2)).unzip();
            let scores = self.scorer.scores(&self.believer, &rows, &mean, &sd)?;
            let ranks = match lambda {
                Some(lambda) => self.by_price(&rows, &scores, lambda),
                None => scores.clone(),
            };
            let best = (0..rows.len()).max_by(|&a, &b| {
                ranks[a].total_cmp(&ranks[b]).then(plan.ties[rows[b]].cmp(&plan.ties[rows[a]]))
            });
            let Some(best) = best else { return Ok(()) };
            let row = rows[best];
            closed[row] = true;
            self.value += match self.scorer.acquisition().is_log() {
                true => scores[best].exp(),
                false => scores[best].max(0.0),
            };
            self.ledger.take(row);
            self.take(row, PickKind::Scored, place, plan.scored, rows.len())?;
        }
        Ok(())
    }

    /// Scores weighed by price. A score below 0 is the worse the more it costs.
    fn by_price(&self, rows: &[usize], scores: &[f64], lambda: f64) -> Vec<f64> {
        let costs: Vec<f64> = rows.iter().map(|&row| self.ledger.cost(row)).collect();
        // Free of charge counts as the cheapest price there is.
        let positive = costs.iter().copied().filter(|c| *c > 0.0);
        let cheapest = positive.fold(f64::INFINITY, f64::min);
        let cheapest = if cheapest.is_finite() { cheapest } else { 1.0 };
        let weighed = |(score, cost): (&f64, &f64)| {
            let cost = cost.max(cheapest);
            match self.scorer.acquisition().is_log() {
                true => score - lambda * cost.ln(),
                false if *score > 0.0 => score / cost.powf(lambda),
                false => score * cost.powf(lambda),
            }
        };
        scores.iter().zip(&costs).map(weighed).collect()
    }
}

/// Why there are fewer picks than asked for.
fn shortfall(request: &RoundRequest<'_>, plan: &Plan<'_>, round: &Round<'_>) -> Option<String> {
    let (found, batch) = (round.picks.len(), request.limits.batch);
    if found >= batch {
        return None;
    }
    let taken = |row: usize| {
        let candidate = request.table.candidate(row);
        round.picks.iter().any(|pick| pick.candidate == candidate)
    };
    let open = plan.feasible.available.iter().copied().filter(|&row| !taken(row));
    let limited = round.ledger.in_the_way(open);
    let limited = limited.map(|why| format!("{found} instead of {batch} picks: {why}."));
    limited.or_else(|| plan.feasible.shortfall.clone())
}
