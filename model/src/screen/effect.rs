//! Effect measures: cosines and shifts in `f64` from `f32` embeddings.

use super::ScreenError;

/// An embedding scaled to length 1, in `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitVector(Vec<f64>);

impl UnitVector {
    /// Normalises an embedding; `what` names it in the error.
    ///
    /// # Errors
    /// [`ScreenError::EmbeddingNotFinite`] for NaN, infinity or a zero vector.
    pub fn new(embedding: &[f32], what: &str) -> Result<Self, ScreenError> {
        Self::from_f64(embedding.iter().map(|&v| f64::from(v)).collect(), what)
    }

    /// As [`UnitVector::new`] for a vector that is already `f64`.
    ///
    /// # Errors
    /// As [`UnitVector::new`].
    pub fn from_f64(mut embedding: Vec<f64>, what: &str) -> Result<Self, ScreenError> {
        let length = embedding.iter().map(|v| v * v).sum::<f64>().sqrt();
        if !length.is_finite() || length == 0.0 {
            return Err(ScreenError::EmbeddingNotFinite { what: what.to_owned() });
        }
        embedding.iter_mut().for_each(|v| *v /= length);
        Ok(Self(embedding))
    }

    /// Its values.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Cosine similarity.
    pub fn cosine(&self, other: &Self) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// How much closer to `state` the edited cell is: `cos(edited, state) - cos(self, state)`.
    ///
    /// Taken as `state . (edited - self)` over the normalised vectors: the two cosines are both
    /// near 1 and their difference would lose the digits that matter.
    pub fn shift(&self, edited: &Self, state: &Self) -> f64 {
        let differences = edited.0.iter().zip(&self.0).map(|(e, o)| e - o);
        differences.zip(&state.0).map(|(difference, s)| difference * s).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_is_the_difference_of_cosines() {
        let original = UnitVector::new(&[1.0, 0.2, -0.4], "original").unwrap();
        let edited = UnitVector::new(&[0.9, 0.3, -0.5], "edited").unwrap();
        let state = UnitVector::new(&[0.1, 1.0, 0.3], "state").unwrap();
        let expected = edited.cosine(&state) - original.cosine(&state);
        assert!((original.shift(&edited, &state) - expected).abs() < 1e-15);
        assert_eq!(original.shift(&original, &state), 0.0);
    }

    #[test]
    fn nan_and_zero_embeddings_are_refused_by_name() {
        for bad in [[f32::NAN, 1.0], [0.0, 0.0], [f32::INFINITY, 0.0]] {
            let message = UnitVector::new(&bad, "cell 7").unwrap_err().to_string();
            assert!(message.contains("cell 7"), "{message}");
        }
    }
}
