//! What is done to a gene in a screen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ScreenError;

/// A kind of in-silico perturbation; how it changes a family's input is in docs/models.md.
///
/// Written `knock_out`, `over_expression`, `inhibit_25`, `activate_75`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Perturbation {
    /// No transcript left; only cells that have the gene.
    KnockOut,
    /// The strongest expression the encoding has; every chosen cell.
    OverExpression,
    /// Lowered to this percentile of the cell's expressed genes; only cells that have it higher.
    Inhibit(u8),
    /// Raised to this percentile of the cell's expressed genes; only cells that have it lower or
    /// not at all.
    Activate(u8),
}

impl Perturbation {
    /// Whether only cells that express the gene can be perturbed so.
    pub fn needs_expression(self) -> bool {
        matches!(self, Self::KnockOut | Self::Inhibit(_))
    }
}

impl fmt::Display for Perturbation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KnockOut => f.write_str("knock_out"),
            Self::OverExpression => f.write_str("over_expression"),
            Self::Inhibit(percentile) => write!(f, "inhibit_{percentile}"),
            Self::Activate(percentile) => write!(f, "activate_{percentile}"),
        }
    }
}

impl From<Perturbation> for String {
    fn from(perturbation: Perturbation) -> Self {
        perturbation.to_string()
    }
}

impl TryFrom<String> for Perturbation {
    type Error = ScreenError;

    fn try_from(text: String) -> Result<Self, ScreenError> {
        text.parse()
    }
}

impl FromStr for Perturbation {
    type Err = ScreenError;

    fn from_str(text: &str) -> Result<Self, ScreenError> {
        let unknown = || {
            let expected =
                "knock_out, over_expression, inhibit_P or activate_P with P a percentile, 1 to 99";
            ScreenError::setting("perturbation", text, expected)
        };
        let text = text.replace('-', "_");
        match (text.as_str(), text.rsplit_once('_')) {
            ("knock_out" | "knockout" | "delete", _) => Ok(Self::KnockOut),
            ("over_expression" | "overexpression" | "overexpress", _) => Ok(Self::OverExpression),
            (_, Some((kind, percentile))) => {
                let percentile = percentile.parse().ok().filter(|p| (1..=99).contains(p));
                let percentile = percentile.ok_or_else(unknown)?;
                match kind {
                    "inhibit" => Ok(Self::Inhibit(percentile)),
                    "activate" => Ok(Self::Activate(percentile)),
                    _ => Err(unknown()),
                }
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perturbation_reads_back_from_its_name() {
        let all = [
            Perturbation::KnockOut,
            Perturbation::OverExpression,
            Perturbation::Inhibit(25),
            Perturbation::Activate(99),
        ];
        for perturbation in all {
            assert_eq!(perturbation.to_string().parse::<Perturbation>().unwrap(), perturbation);
        }
        assert_eq!("knock-out".parse::<Perturbation>().unwrap(), Perturbation::KnockOut);
        for bad in ["inhibit_0", "inhibit_100", "inhibit", "raise_5", ""] {
            let message = bad.parse::<Perturbation>().unwrap_err().to_string();
            assert!(message.contains("inhibit_P"), "{message}");
        }
    }
}
