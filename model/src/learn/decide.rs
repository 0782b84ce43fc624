//! Whether a candidate model version replaces the current one.

use serde::{Deserialize, Serialize};

use super::Evaluation;

/// What a candidate must reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PromotionRule {
    /// Fewest held-out genes for any promotion.
    pub fewest_genes: usize,
    /// Least probability of a smaller error than the current version's.
    pub better_than_current: f64,
    /// Least probability of a smaller error than the training mean's.
    pub better_than_mean: f64,
}

impl Default for PromotionRule {
    fn default() -> Self {
        Self { fewest_genes: 5, better_than_current: 0.9, better_than_mean: 0.9 }
    }
}

/// A decision with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// True where the candidate replaces the current version.
    pub promote: bool,
    /// Why, in words with the numbers.
    pub reason: String,
}

/// Applies the rule to an evaluation.
pub fn decide(evaluation: &Evaluation, rule: &PromotionRule) -> Decision {
    let e = evaluation;
    let errors = format!(
        "error on {} held-out genes {:.3} (candidate), {:.3} (current), {:.3} (training mean), \
         {:.3} (ridge)",
        e.genes,
        e.candidate.mse.estimate,
        e.current.mse.estimate,
        e.mean.mse.estimate,
        e.ridge.mse.estimate
    );
    let percent = |p: f64| format!("{:.0} %", 100.0 * p);
    let short = |who: &str, p: f64, needed: f64| {
        let (p, needed) = (percent(p), percent(needed));
        format!("rejected: better than {who} with probability {p}, needed {needed}; {errors}")
    };
    let reject = |reason| Decision { promote: false, reason };
    if e.genes < rule.fewest_genes {
        return reject(format!(
            "rejected: {} held-out genes measured, needed {} to judge; {errors}",
            e.genes, rule.fewest_genes
        ));
    }
    if e.p_better_than_current < rule.better_than_current {
        return reject(short(
            "the current version",
            e.p_better_than_current,
            rule.better_than_current,
        ));
    }
    if e.p_better_than_mean < rule.better_than_mean {
        return reject(short("the training mean", e.p_better_than_mean, rule.better_than_mean));
    }
    let (current, mean) = (percent(e.p_better_than_current), percent(e.p_better_than_mean));
    Decision {
        promote: true,
        reason: format!(
            "promoted: better than the current version with probability {current} and than the \
             training mean with {mean}; {errors}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::contest;
    use super::*;

    #[test]
    fn a_clearly_better_candidate_is_promoted_with_its_numbers() {
        let decision = decide(&contest(0.3), &PromotionRule::default());
        assert!(decision.promote && decision.reason.contains("0.090"), "{}", decision.reason);
    }

    #[test]
    fn a_noisy_candidate_is_rejected_with_its_reason() {
        let decision = decide(&contest(3.0), &PromotionRule::default());
        assert!(!decision.promote);
        assert!(decision.reason.starts_with("rejected: better than the current"), "{decision:?}");
    }

    #[test]
    fn too_few_genes_are_never_enough() {
        let rule = PromotionRule { fewest_genes: 41, ..PromotionRule::default() };
        let decision = decide(&contest(0.3), &rule);
        assert!(!decision.promote && decision.reason.contains("needed 41"), "{decision:?}");
    }
}
