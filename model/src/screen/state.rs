//! Embedding of a cell state.

use super::ScreenError;
use super::effect::UnitVector;

/// Exact mean embedding of the cells of a state, summed one by one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateEmbedding {
    /// Cells averaged.
    pub cells: usize,
    /// The mean over cells, summed in `f64` in the order of the cells.
    pub mean: Vec<f64>,
}

impl StateEmbedding {
    /// Mean of embeddings of equal width; `None` without one.
    pub fn mean_of<E: AsRef<[f32]>>(embeddings: impl IntoIterator<Item = E>) -> Option<Self> {
        let mut state = Self::default();
        for embedding in embeddings {
            let embedding = embedding.as_ref();
            state.mean.resize(embedding.len(), 0.0);
            for (sum, value) in state.mean.iter_mut().zip(embedding) {
                *sum += f64::from(*value);
            }
            state.cells += 1;
        }
        let cells = state.cells as f64;
        state.mean.iter_mut().for_each(|sum| *sum /= cells);
        (state.cells > 0).then_some(state)
    }

    /// The mean scaled to length 1.
    ///
    /// # Errors
    /// [`ScreenError::EmbeddingNotFinite`].
    pub fn unit(&self, what: &str) -> Result<UnitVector, ScreenError> {
        UnitVector::from_f64(self.mean.clone(), what)
    }
}

/// Median of numbers in any order: the middle one, or the mean of the middle two.
pub(super) fn median(mut values: Vec<f32>) -> Option<f64> {
    values.sort_unstable_by(f32::total_cmp);
    let middle = values.len() / 2;
    let upper = f64::from(*values.get(middle)?);
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((f64::from(values[middle - 1]) + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_and_the_median_are_exact() {
        let state = StateEmbedding::mean_of([[1.0f32, 4.0], [2.0, 8.0]]).unwrap();
        assert_eq!((state.cells, state.mean), (2, vec![1.5, 6.0]));
        assert_eq!(StateEmbedding::mean_of(Vec::<Vec<f32>>::new()), None);
        assert_eq!(median(vec![5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(vec![5.0, 1.0, 3.0, 4.0]), Some(3.5));
        assert_eq!(median(Vec::new()), None);
    }
}
