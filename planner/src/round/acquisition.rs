//! Which number ranks the candidates of a round.

use serde::{Deserialize, Serialize};

/// How the picks of a round are chosen; all run one pick after another on a posterior that takes
/// every pending candidate and earlier pick as done. Formulas are in [`crate::acquisition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acquisition {
    /// `mean + kappa sd`.
    #[default]
    UpperConfidenceBound,
    /// Probability that one measurement calls a hit, noise included.
    ProbabilityOfHit,
    /// Probability that the effect passes the threshold if it is `kappa sd` above its mean.
    OptimisticHit,
    /// The set with the largest expected number of called hits in this round.
    ExpectedHits,
    /// Log expected improvement over the largest posterior mean of the measured genes.
    LogExpectedImprovement,
    /// The best gene of one joint posterior sample per pick.
    Thompson,
    /// The posterior mean.
    Greedy,
    /// The posterior sd.
    MaxVariance,
    /// `1.96 sd - |mean - threshold|`.
    Straddle,
    /// Probability of belonging above the rank that counts as a hit, `top_share` of the candidates.
    RankThreshold,
    /// Share of joint posterior samples in which the gene is among the `top_share` best.
    TopK,
    /// Information of one measurement about the effect, in nats.
    Bald,
    /// The gene farthest from all measured and picked ones.
    KCentre,
    /// A gene drawn by its squared distance from all measured and picked ones.
    KMeansPlusPlus,
    /// Good genes that do not resemble each other: a determinantal point process.
    Dpp,
}

impl Acquisition {
    /// Every choice, the default first.
    pub const ALL: [Self; 15] = [
        Self::UpperConfidenceBound,
        Self::ProbabilityOfHit,
        Self::OptimisticHit,
        Self::ExpectedHits,
        Self::LogExpectedImprovement,
        Self::Thompson,
        Self::Greedy,
        Self::MaxVariance,
        Self::Straddle,
        Self::RankThreshold,
        Self::TopK,
        Self::Bald,
        Self::KCentre,
        Self::KMeansPlusPlus,
        Self::Dpp,
    ];

    /// What it does, in one line.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::UpperConfidenceBound => "predicted effect plus its uncertainty",
            Self::ProbabilityOfHit => "chance that the assay calls a hit",
            Self::OptimisticHit => "chance of a true hit, seen by an optimist",
            Self::ExpectedHits => "most called hits expected in this round, nothing for learning",
            Self::LogExpectedImprovement => "expected gain over the best gene so far",
            Self::Thompson => "best gene of a world drawn from what is believed, one per pick",
            Self::Greedy => "largest predicted effect",
            Self::MaxVariance => "largest uncertainty",
            Self::Straddle => "unclear on which side of the hit threshold it lies",
            Self::RankThreshold => "chance of being among the strongest share of genes",
            Self::TopK => "how often it is among the strongest genes of sampled worlds",
            Self::Bald => "information that one measurement gives",
            Self::KCentre => "farthest from everything measured or picked",
            Self::KMeansPlusPlus => "spread over the features by chance",
            Self::Dpp => "strong genes that do not resemble each other",
        }
    }

    /// When another choice is better.
    #[must_use]
    pub fn when_not(self) -> &'static str {
        match self {
            Self::UpperConfidenceBound => {
                "Not where all candidates are equally uncertain: it is then the predicted effect \
                 alone."
            }
            Self::ProbabilityOfHit | Self::RankThreshold => {
                "Not with a badly set threshold or an overconfident fit: check it against the \
                 random arm."
            }
            Self::OptimisticHit => "Not for the last round, which has nothing to learn for.",
            Self::ExpectedHits => {
                "Not in early rounds: it learns nothing on purpose, and one wrong belief fills the \
                 plate."
            }
            Self::LogExpectedImprovement => {
                "Not when many hits are wanted: all picks gather around one best gene."
            }
            Self::Thompson => {
                "Not with few measurements or small rounds: the draws are then close to random."
            }
            Self::Greedy => "Not in rounds 1 and 2: a wrong model stays wrong.",
            Self::MaxVariance | Self::Bald => {
                "Not for finding hits: it picks outliers of the features and ignores effects."
            }
            Self::Straddle => "Not for hits per plate: it maps the border of the hits.",
            Self::TopK => "Not when hits are called by a threshold rather than by rank.",
            Self::KCentre => {
                "Not where the features carry no signal or a fitted model is there: outliers come \
                 first."
            }
            Self::KMeansPlusPlus => "Not once a fitted model is there: it ignores effects.",
            Self::Dpp => {
                "Not where hits sit together in one complex: it keeps relatives of a pick out."
            }
        }
    }

    /// Whether it is a logarithm, to be compared by differences.
    pub(crate) fn is_log(self) -> bool {
        matches!(self, Self::LogExpectedImprovement | Self::KMeansPlusPlus | Self::Dpp)
    }

    /// Whether it covers the feature space, for which nothing need be measured.
    pub(crate) fn covers(self) -> bool {
        matches!(self, Self::KCentre | Self::KMeansPlusPlus | Self::Dpp)
    }

    /// Whether it needs joint samples of the posterior.
    pub(crate) fn samples(self) -> bool {
        matches!(self, Self::Thompson | Self::TopK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_are_snake_case_and_every_choice_says_what_it_does_and_when_not() {
        let names: Vec<String> =
            Acquisition::ALL.iter().map(|a| serde_json::to_string(a).unwrap()).collect();
        assert_eq!(names[0], "\"upper_confidence_bound\"");
        assert!(names.contains(&"\"k_means_plus_plus\"".to_owned()));
        let words: std::collections::BTreeSet<&str> =
            Acquisition::ALL.iter().map(|a| a.words()).collect();
        assert_eq!(words.len(), Acquisition::ALL.len());
        assert!(Acquisition::ALL.iter().all(|a| a.when_not().starts_with("Not ")));
        assert_eq!(Acquisition::ALL[0], Acquisition::default());
    }

    #[test]
    fn the_documentation_lists_every_choice() {
        let page = include_str!("../../../docs/acquisitions.md");
        for acquisition in Acquisition::ALL {
            let name = serde_json::to_string(&acquisition).unwrap();
            let cell = format!("| `{}`", name.trim_matches('"'));
            assert!(page.contains(&cell), "{cell}");
        }
    }
}
