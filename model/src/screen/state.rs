//! Embedding of a cell state.

use super::batch::{Reading, Watch, embed_all};
use super::effect::UnitVector;
use super::{CellState, ScreenError};
use crate::encoder::Encoder;

/// Exact mean embedding of the cells of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateEmbedding {
    /// Cells averaged.
    pub cells: usize,
    /// The mean over cells, summed in `f64` in the order of the cells.
    pub mean: Vec<f64>,
}

impl StateEmbedding {
    /// Embeds `cells` (token sequences) and averages them.
    ///
    /// # Errors
    /// [`ScreenError::NoUsableCell`] without a cell; whatever the encoder refuses;
    /// [`ScreenError::Cancelled`].
    pub fn of(
        state: &CellState,
        cells: &[Vec<u32>],
        encoder: &dyn Encoder,
        reading: Reading,
        watch: Watch<'_>,
    ) -> Result<Self, ScreenError> {
        let embeddings = embed_all(encoder, cells, reading, watch)?;
        Self::mean_of(&embeddings).ok_or_else(|| ScreenError::NoUsableCell {
            column: state.column.clone(),
            value: state.value.clone(),
        })
    }

    /// Mean of embeddings of equal width; `None` without one.
    pub fn mean_of(embeddings: &[Vec<f32>]) -> Option<Self> {
        let mut mean = vec![0.0f64; embeddings.first()?.len()];
        for embedding in embeddings {
            for (sum, value) in mean.iter_mut().zip(embedding) {
                *sum += f64::from(*value);
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= embeddings.len() as f64);
        Some(Self { cells: embeddings.len(), mean })
    }

    /// The mean scaled to length 1.
    ///
    /// # Errors
    /// [`ScreenError::EmbeddingNotFinite`].
    pub fn unit(&self, what: &str) -> Result<UnitVector, ScreenError> {
        UnitVector::from_f64(self.mean.clone(), what)
    }
}
