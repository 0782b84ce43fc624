//! Which surrogate a round learns with.

use serde::{Deserialize, Serialize};

/// The surrogate of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurrogateChoice {
    /// A Gaussian process with one linear kernel per feature block.
    #[default]
    Blocks,
    /// Bayesian ridge regression over all blocks: the baseline.
    Ridge,
    /// An exact Gaussian process with one length per feature block.
    Exact,
    /// The heads of a fine-tuned model, as predictions of every candidate.
    Ensemble,
}

impl SurrogateChoice {
    /// Every choice, the default first.
    pub const ALL: [Self; 4] = [Self::Blocks, Self::Ridge, Self::Exact, Self::Ensemble];

    /// What it is, in one line.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Blocks => "block Gaussian process: adds the evidence of every feature block",
            Self::Ridge => "Bayesian ridge: all features alike, the baseline",
            Self::Exact => "exact Gaussian process: genes alike in all blocks act alike",
            Self::Ensemble => "heads of the fine-tuned model, which saw the cells themselves",
        }
    }

    /// When another choice is better.
    #[must_use]
    pub fn when_not(self) -> &'static str {
        match self {
            Self::Blocks => "Not where effects hang on combinations of features.",
            Self::Ridge => "Not where one block carries the signal among many that do not.",
            Self::Exact => "Not with few measurements: it finds no signal where sums would.",
            Self::Ensemble => {
                "Not before the heads predicted held-out wells well, nor with fewer than five."
            }
        }
    }
}

/// What is done about measurements that lie far off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outliers {
    /// Nothing beyond the logarithm of the target.
    #[default]
    Keep,
    /// Robust z beyond 5 count as 5.
    Winsorise,
    /// A Student t likelihood of 4 degrees of freedom: wells far from what the features say count
    /// for less.
    StudentT,
}
