//! From a hidden state to one vector per cell.

use std::fmt;
use std::ops::Range;

use super::error::EncoderError;

/// How the positions of a hidden state become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Mean over gene positions. V2 models skip the first (`<cls>`) and the last (`<eos>`).
    MeanOfGenes {
        /// Leave out position 0.
        skip_first: bool,
        /// Leave out the last position.
        skip_last: bool,
    },
    /// One position, counted from 0 (`<cls>` in V2, the top-ranked gene in V1).
    Position(usize),
}

impl Pooling {
    /// Mean over genes for a vocabulary with (V2) or without (V1) `<cls>` and `<eos>`.
    pub fn mean(special_tokens: bool) -> Self {
        Self::MeanOfGenes { skip_first: special_tokens, skip_last: special_tokens }
    }

    /// Positions pooled in a sequence of `tokens`; `None` if there is none.
    fn positions(self, tokens: usize) -> Option<Range<usize>> {
        let range = match self {
            Self::MeanOfGenes { skip_first, skip_last } => {
                usize::from(skip_first)..tokens.saturating_sub(usize::from(skip_last))
            }
            Self::Position(p) if p < tokens => p..p + 1,
            Self::Position(_) => return None,
        };
        (!range.is_empty()).then_some(range)
    }

    pub(super) fn check(self, sequences: &[&[u32]]) -> Result<(), EncoderError> {
        let nothing = |s: &&[u32]| self.positions(s.len()).is_none();
        match sequences.iter().position(nothing) {
            None => Ok(()),
            Some(index) => Err(EncoderError::NothingToPool {
                index,
                tokens: sequences[index].len(),
                pooling: self.to_string(),
            }),
        }
    }

    /// Pools a row-major `[tokens, hidden]` state that [`check`](Self::check) has accepted; sums
    /// in double precision, in the order of positions.
    pub(super) fn apply(self, state: &[f32], hidden: usize) -> Vec<f32> {
        let range = self.positions(state.len() / hidden).unwrap_or(0..0);
        let count = range.len() as f64;
        let mut sum = vec![0f64; hidden];
        for row in state[range.start * hidden..range.end * hidden].chunks_exact(hidden) {
            for (s, &v) in sum.iter_mut().zip(row) {
                *s += f64::from(v);
            }
        }
        sum.into_iter().map(|s| (s / count) as f32).collect()
    }
}

impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(p) => write!(f, "position {p}"),
            Self::MeanOfGenes { skip_first: false, skip_last: false } => write!(f, "mean"),
            Self::MeanOfGenes { .. } => write!(f, "mean without special tokens"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_tokens_are_left_out_of_the_mean() {
        let state = [9.0, 9.0, 1.0, 2.0, 3.0, 4.0, 9.0, 9.0];
        assert_eq!(Pooling::mean(true).apply(&state, 2), [2.0, 3.0]);
        assert_eq!(Pooling::mean(false).apply(&state, 2), [5.5, 6.0]);
        assert_eq!(Pooling::Position(2).apply(&state, 2), [3.0, 4.0]);
    }

    #[test]
    fn a_sequence_with_nothing_to_pool_is_refused_by_its_index() {
        let error = Pooling::mean(true).check(&[&[1, 2, 3], &[2, 3]]).unwrap_err().to_string();
        assert!(error.contains("sequence 1 of 2"), "{error}");
        assert!(Pooling::Position(3).check(&[&[1, 2, 3]]).is_err());
    }
}
