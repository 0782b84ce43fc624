//! The target depth T: how deeply sequenced a cell the model is asked for.

use std::str::FromStr;

use crate::families::{Family, FamilyError};

/// What the two depth tokens of a cell say beside its source depth S = log10(total count).
///
/// Written as in the reference's option `tgthighres`: `t4`, `f2`, `a0.5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TargetDepth {
    /// `tX`: T = X, the log10 of the counts of every cell.
    Log10(f64),
    /// `fX`: T = log10(total * X), so many times the counts of each cell.
    Fold(f64),
    /// `aX`: T = log10(total) + X.
    Added(f64),
}

impl Default for TargetDepth {
    /// 10,000 counts, as the reference.
    fn default() -> Self {
        Self::Log10(4.0)
    }
}

impl TargetDepth {
    /// T of a cell with `total` counts.
    pub fn of(self, total: f64) -> f64 {
        match self {
            Self::Log10(depth) => depth,
            Self::Fold(factor) => (total * factor).log10(),
            Self::Added(depth) => total.log10() + depth,
        }
    }

    /// Itself, unless no cell can have such a depth.
    ///
    /// # Errors
    /// [`FamilyError::Unsupported`] for a depth or factor that is not finite or not above 0 (the
    /// added part may be 0 or below), or a log10 above 20.
    pub fn validated(self) -> Result<Self, FamilyError> {
        let possible = match self {
            Self::Log10(depth) => depth > 0.0 && depth <= 20.0,
            Self::Fold(factor) => factor > 0.0 && factor.is_finite(),
            Self::Added(depth) => depth.abs() <= 20.0,
        };
        if possible { Ok(self) } else { Err(unknown(&format!("{self:?}"))) }
    }
}

fn unknown(found: &str) -> FamilyError {
    FamilyError::Unsupported {
        family: Family::ScFoundation,
        what: "target depth",
        found: found.to_owned(),
        available: "tX with X the log10 of a number of counts above 1, fX for X times the counts \
                    of each cell, aX for X added to their log10"
            .into(),
    }
}

impl FromStr for TargetDepth {
    type Err = FamilyError;

    fn from_str(text: &str) -> Result<Self, FamilyError> {
        let number = |rest: &str| rest.parse::<f64>().map_err(|_| unknown(text));
        let mut letters = text.chars();
        let kind = letters.next();
        let rest = letters.as_str();
        let depth = match kind {
            Some('t') => Self::Log10(number(rest)?),
            Some('f') => Self::Fold(number(rest)?),
            Some('a') => Self::Added(number(rest)?),
            _ => return Err(unknown(text)),
        };
        depth.validated().map_err(|_| unknown(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_give_the_depths_of_the_reference() {
        let of = |text: &str, total: f64| text.parse::<TargetDepth>().unwrap().of(total);
        assert_eq!(of("t4", 123.0), 4.0);
        assert_eq!(of("f10", 1_000.0), 4.0);
        assert_eq!(of("f1", 1_000.0), 3.0);
        assert_eq!(of("a0.5", 1_000.0), 3.5);
        assert_eq!(TargetDepth::default().of(7.0), 4.0);
    }

    #[test]
    fn other_texts_are_refused_with_the_forms_there_are() {
        for text in ["", "4", "t", "t0", "tNaN", "t-3", "f0", "finf", "x4", "é4"] {
            let message = text.parse::<TargetDepth>().unwrap_err().to_string();
            assert!(
                message.contains(&format!("\"{text}\"")) && message.contains("tX"),
                "{message}"
            );
        }
    }
}
