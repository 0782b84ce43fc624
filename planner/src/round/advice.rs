//! Whether another round is worth it: shown, never acted on.

use serde::{Deserialize, Serialize};
use statrs::function::factorial::ln_binomial;

use super::{CandidatePosterior, RoundRequest};
use crate::acquisition::expected_improvement;
use crate::error::PlanError;

/// What the advice looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdviceKind {
    /// Called hits expected in a full round against the fewest that are worth it.
    ExpectedHits,
    /// The largest expected improvement against its price.
    Improvement,
    /// Chosen genes against the random arm, in the last two rounds.
    RandomArm,
    /// Money after this round against the price of another.
    Budget,
}

/// One piece of stopping advice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// What it looks at.
    pub kind: AdviceKind,
    /// Whether it speaks for stopping.
    pub stop: bool,
    /// Why, in words with the numbers.
    pub words: String,
}

/// What the user calls worth it, and how the rounds so far went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stopping {
    /// Fewest called hits of a full round that are worth it.
    pub hits_floor: f64,
    /// Money that an improvement of the best effect by 1, in target units, is worth.
    pub improvement_worth: Option<f64>,
    /// Every finished round but the first, the oldest first.
    pub outcomes: Vec<ArmOutcome>,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { hits_floor: 1.0, improvement_worth: None, outcomes: Vec::new() }
    }
}

/// Hits of one finished round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmOutcome {
    /// Genes picked by score.
    pub scored: u64,
    /// Called hits among them.
    pub scored_hits: u64,
    /// Genes of the random arm.
    pub random: u64,
    /// Called hits among them.
    pub random_hits: u64,
}

/// What a proposed round says about going on.
pub(crate) struct Situation<'a> {
    pub expected_hits: f64,
    /// 90 %.
    pub interval: (f64, f64),
    pub candidates: &'a [CandidatePosterior],
    /// Incumbent of an improvement, target units.
    pub best: f64,
    pub picks: usize,
    /// Price of the round.
    pub spent: f64,
}

/// Smallest random arm, all rounds together, that can tell anything.
const FEWEST_RANDOM: u64 = 5;
/// Level of the exact test.
const LEVEL: f64 = 0.05;

pub(crate) fn advice(
    request: &RoundRequest<'_>,
    now: &Situation<'_>,
) -> Result<Vec<Advice>, PlanError> {
    let mut all = vec![expected(request, now)];
    all.extend(improvement(request, now)?);
    all.extend(random_arm(&request.stopping.outcomes));
    all.extend(budget(request, now));
    Ok(all)
}

fn expected(request: &RoundRequest<'_>, now: &Situation<'_>) -> Advice {
    let floor = request.stopping.hits_floor;
    let stop = now.expected_hits < floor;
    let (low, high) = now.interval;
    let words = format!(
        "{:.1} called hits are expected in this round of {} (90 %: {low:.0} to {high:.0}); {} the \
         {floor} that make a round worth it.",
        now.expected_hits,
        now.picks,
        if stop { "fewer than" } else { "at least" },
    );
    Advice { kind: AdviceKind::ExpectedHits, stop, words }
}

/// The open candidate whose expected improvement, in money, exceeds its price most.
fn improvement(
    request: &RoundRequest<'_>,
    now: &Situation<'_>,
) -> Result<Option<Advice>, PlanError> {
    let Some(worth) = request.stopping.improvement_worth else { return Ok(None) };
    let mut open = vec![true; now.candidates.len()];
    let measured = request.observed.iter().map(|o| o.candidate);
    for candidate in measured.chain(request.pending.iter().chain(&request.excluded).copied()) {
        if let Some(slot) = open.get_mut(candidate) {
            *slot = false;
        }
    }
    let (mean, sd): (Vec<f64>, Vec<f64>) = now.candidates.iter().map(|c| (c.mean, c.sd)).unzip();
    let gains = expected_improvement(&mean, &sd, now.best)?;
    let worth_most = (0..gains.len())
        .filter(|&c| open[c])
        .map(|c| (gains[c], request.limits.cost(c)))
        .max_by(|a, b| (a.0 * worth - a.1).total_cmp(&(b.0 * worth - b.1)));
    let Some((gain, cost)) = worth_most else { return Ok(None) };
    let stop = gain * worth < cost;
    let words = format!(
        "The best expected improvement is {gain:.3} on the log scale, worth {:.2}; its well costs \
         {cost}{}.",
        gain * worth,
        if stop { ", more than it is worth" } else { "" }
    );
    Ok(Some(Advice { kind: AdviceKind::Improvement, stop, words }))
}

/// The chosen genes of the last two rounds against all random ones, by Fisher's exact test.
fn random_arm(outcomes: &[ArmOutcome]) -> Option<Advice> {
    let [.., before, last] = outcomes else { return None };
    let (random, random_hits) =
        outcomes.iter().fold((0, 0), |sum, o| (sum.0 + o.random, sum.1 + o.random_hits));
    let scored = before.scored + last.scored;
    let scored_hits = before.scored_hits + last.scored_hits;
    let counts = format!(
        "In the last two rounds {scored_hits} of {scored} chosen genes were hits, of the {random} \
         genes drawn at random in all rounds {random_hits}"
    );
    if random < FEWEST_RANDOM || scored == 0 {
        let words = format!("{counts}: too few random genes to compare with.");
        return Some(Advice { kind: AdviceKind::RandomArm, stop: false, words });
    }
    let p = |scored: u64, hits: u64| one_sided_p(hits, scored, random_hits, random);
    let (both, each) =
        (p(scored, scored_hits), [before, last].map(|round| p(round.scored, round.scored_hits)));
    let stop = both > LEVEL && each.iter().all(|p| *p > LEVEL);
    let words = format!(
        "{counts} (exact test p = {both:.2}): choosing is {} than chance.",
        if stop { "not shown to be better" } else { "better" }
    );
    Some(Advice { kind: AdviceKind::RandomArm, stop, words })
}

/// Fisher's exact test, one-sided: the chance of at least `hits` of `n` in the first group, margins
/// kept.
fn one_sided_p(hits: u64, n: u64, other_hits: u64, other: u64) -> f64 {
    let total_hits = hits + other_hits;
    let all = ln_binomial(n + other, total_hits);
    let at = |k: u64| (ln_binomial(n, k) + ln_binomial(other, total_hits - k) - all).exp();
    (hits..=total_hits.min(n)).filter(|k| total_hits - k <= other).map(at).sum::<f64>().min(1.0)
}

fn budget(request: &RoundRequest<'_>, now: &Situation<'_>) -> Option<Advice> {
    let limits = &request.limits;
    let left = limits.budget_left? - now.spent;
    let plates = limits.cost_per_plate * limits.plates(now.picks) as f64;
    let per_pick = (now.spent - plates) / now.picks.max(1) as f64;
    let batch = limits.batch as f64;
    let next = per_pick * batch + limits.cost_per_plate * limits.plates(limits.batch) as f64;
    let stop = left < next;
    let words = format!(
        "After this round {left:.2} is left; another of {} costs about {next:.2}{}.",
        limits.batch,
        if stop { ", so this is the last full one" } else { "" }
    );
    Some(Advice { kind: AdviceKind::Budget, stop, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(scored: u64, scored_hits: u64, random: u64, random_hits: u64) -> ArmOutcome {
        ArmOutcome { scored, scored_hits, random, random_hits }
    }

    #[test]
    fn the_exact_test_is_that_of_the_tea_tasting_lady() {
        // 3 of 4 against 1 of 4: p = 17 / 70.
        assert!((one_sided_p(3, 4, 1, 4) - 17.0 / 70.0).abs() < 1e-12);
        assert!((one_sided_p(4, 4, 0, 4) - 1.0 / 70.0).abs() < 1e-12);
        assert!((one_sided_p(0, 4, 3, 4) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn two_rounds_no_better_than_chance_speak_for_stopping_and_one_does_not() {
        let poor = [round(20, 1, 4, 0), round(20, 1, 4, 1)];
        let found = random_arm(&poor).unwrap();
        assert!(found.stop && found.words.contains("2 of 40 chosen"), "{}", found.words);
        let good = [round(20, 9, 10, 0), round(20, 10, 10, 1)];
        assert!(!random_arm(&good).unwrap().stop);
        let once = [round(20, 9, 10, 0), round(20, 1, 10, 1)];
        assert!(!random_arm(&once).unwrap().stop);
        assert!(random_arm(&poor[..1]).is_none());
        let few = random_arm(&[round(20, 0, 1, 0), round(20, 0, 1, 0)]).unwrap();
        assert!(!few.stop && few.words.contains("too few"));
    }
}
