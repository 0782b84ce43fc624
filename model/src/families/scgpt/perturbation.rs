//! The perturbation model: expression after genes are perturbed.

use std::sync::Arc;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::load::Decoder;
use super::model::ScGptModel;
use super::tokenizer::{LogEncoder, Scope};
use crate::cells::Gene;
use crate::families::{CellEncoder, CellTokens, Family, FamilyError, PerturbationPredictor};

/// Flag of a perturbed gene; 0 is the flag of the others.
const PERTURBED: i64 = 1;

impl<B: Backend> PerturbationPredictor for ScGptModel<B> {
    /// `coefficient * control + bias` per gene. Where the model gives probabilities of expression
    /// too, the reference draws zeros by them; this is the expectation of those draws.
    fn predict(&self, cell: &CellTokens, perturbed: &[u32]) -> Result<Vec<f32>, FamilyError> {
        let Decoder::Affine(decoder) = &self.decoder else {
            return Err(FamilyError::Unsupported {
                family: Family::ScGpt,
                what: "head",
                found: "perturbation".into(),
                available: "the decoder of masked expression".into(),
            });
        };
        let cells = std::slice::from_ref(cell);
        self.check(cells)?;
        if let Some(gene) = perturbed.iter().find(|gene| !cell.ids.contains(gene)) {
            return Err(FamilyError::BadCell {
                index: 0,
                found: format!("no place for the perturbed gene {gene}"),
                expected: "every perturbed gene among the ids of the control cell".into(),
            });
        }
        let flag = |id: &u32| if perturbed.contains(id) { PERTURBED } else { 0 };
        let flags = cell.ids.iter().map(flag).collect();
        let hidden = self.last_hidden(cells, &[flags]).concat();
        let tokens = cell.ids.len();
        let width = hidden.len() / tokens;
        let hidden = Tensor::from_data(TensorData::new(hidden, [1, tokens, width]), &self.on);
        let control = TensorData::new(cell.values.clone(), [1, tokens]);
        let decoded = decoder.forward(hidden, Tensor::from_data(control, &self.on));
        let values = match decoded.zero_probabilities {
            Some(probabilities) => decoded.values * probabilities,
            None => decoded.values,
        };
        Ok(values.into_data().iter::<f32>().collect())
    }

    fn control_encoder(&self, genes: &[Gene]) -> Result<Box<dyn CellEncoder>, FamilyError> {
        let (columns, vocabulary) = (self.columns(genes)?, Arc::clone(&self.vocabulary));
        Ok(Box::new(LogEncoder { columns, vocabulary, scope: Scope::Measured }))
    }
}
