//! What every family can do, and what only some can.

use super::{CellEncoder, CellTokens, EncodeOptions, FamilyError, GeneToken, ModelCard};
use crate::cells::Gene;
use crate::device::Device;
use crate::encoder::stack::Attention;

/// A model of any family, ready for inference on one device.
///
/// The result for a cell depends on that cell only: not on its neighbours in the call, nor on the
/// number of threads. Vocabulary heads are never computed for embeddings.
pub trait CellModel: Send + Sync {
    /// What is known about it.
    fn card(&self) -> &ModelCard;

    /// Where it runs.
    fn device(&self) -> Device;

    /// The genes it reads, by token.
    fn genes(&self) -> &[GeneToken];

    /// Prepares the encoding of matrices with these genes as columns.
    ///
    /// # Errors
    /// No gene of the matrix is known to the model; an option the model cannot follow.
    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError>;

    /// One vector per cell, of a kind that the card lists.
    ///
    /// # Errors
    /// An unknown kind; a cell that does not fit the model.
    fn embed(&self, cells: &[CellTokens], kind: &str) -> Result<Vec<Vec<f32>>, FamilyError>;

    /// Embeddings of edited versions of one cell: the same bits as [`embed`](Self::embed), faster
    /// where the family can reuse what the edits share.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    fn embed_edited(
        &self,
        _original: &CellTokens,
        edited: &[CellTokens],
        kind: &str,
    ) -> Result<Vec<Vec<f32>>, FamilyError> {
        self.embed(edited, kind)
    }

    /// Kind of embedding that a screen reads at a layer, 0 the last and -1 the second to last, when
    /// it names no kind.
    ///
    /// # Errors
    /// A layer that the model does not have, or that this family does not offer.
    fn screen_kind(&self, emb_layer: i32) -> Result<String, FamilyError> {
        let card = self.card();
        match (emb_layer, card.embeddings.first()) {
            (0, Some(kind)) => Ok(kind.name.to_owned()),
            _ => Err(FamilyError::Unsupported {
                family: card.family,
                what: "embedding layer",
                found: emb_layer.to_string(),
                available: "0, the last".to_owned(),
            }),
        }
    }

    /// Values of an embedding of this kind.
    ///
    /// # Errors
    /// An unknown kind.
    fn embed_width(&self, kind: &str) -> Result<usize, FamilyError> {
        let card = self.card();
        let base = kind.split_once('@').map_or(kind, |(base, _)| base);
        let known = card.embeddings.iter().find(|known| known.name == base);
        known.map(|known| known.width).ok_or_else(|| FamilyError::Unsupported {
            family: card.family,
            what: "embedding",
            found: kind.to_owned(),
            available: card.embeddings.iter().map(|k| k.name).collect::<Vec<_>>().join(", "),
        })
    }

    /// Hidden states of the genes in a cell's input, at the layer that `kind` reads where the
    /// family offers several: `(token, [width])` in the order of the input.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    fn gene_states(
        &self,
        cell: &CellTokens,
        _kind: &str,
    ) -> Result<Vec<(u32, Vec<f32>)>, FamilyError> {
        let tokens: Vec<u32> = self.genes().iter().map(|gene| gene.token).collect();
        let states = self.embed_genes(std::slice::from_ref(cell), &tokens)?.remove(0);
        Ok(tokens.into_iter().zip(states).filter_map(|(token, s)| Some((token, s?))).collect())
    }

    /// Whether, without a goal, an edited cell is compared with the original gene by gene (as the
    /// Geneformer reference does for cells without `<cls>`), not by the embeddings of kind `kind`.
    fn compares_genes(&self, _kind: &str) -> bool {
        false
    }

    /// Embeddings in context of chosen genes: per cell and gene of `tokens`, `None` where the
    /// gene has no place in the cell's input.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError>;

    /// How much chosen genes are attended to in one cell.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError>;

    /// As a classifier of cells, when the checkpoint holds such a head.
    fn classifier(&self) -> Option<&dyn Classifier> {
        None
    }

    /// As a classifier of genes in their cell, when the checkpoint holds such a head.
    fn gene_classifier(&self) -> Option<&dyn GeneClassifier> {
        None
    }

    /// As a predictor of expression after a perturbation (scGPT's perturbation model).
    fn perturbation(&self) -> Option<&dyn PerturbationPredictor> {
        None
    }

    /// As an enhancer of read depth (scFoundation).
    fn depth(&self) -> Option<&dyn DepthEnhancer> {
        None
    }
}

/// Classes of a batch of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// Row-major `[cells, labels]`, before softmax.
    pub logits: Vec<f32>,
    /// Row-major `[cells, labels]`, after softmax; rows sum to 1.
    pub probabilities: Vec<f32>,
}

/// A model with a classifier of cells; labels are in the card.
pub trait Classifier {
    /// Probability below which a cell is "Unassigned" by default: 0.5 for scBERT as in its
    /// reference, 0 (never) where the family has no such rule.
    fn default_threshold(&self) -> f32;

    /// Classifies cells.
    ///
    /// # Errors
    /// As [`CellModel::embed`].
    fn classify(&self, cells: &[CellTokens]) -> Result<Classes, FamilyError>;
}

/// A model with a classifier of genes in their cell; labels are in the card.
pub trait GeneClassifier {
    /// Classes of chosen genes: per cell and gene of `tokens`, `None` where the gene has no place
    /// in the cell's input, else its logits `[labels]`, before softmax.
    ///
    /// # Errors
    /// As [`CellModel::embed`].
    fn classify_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError>;
}

/// A model that predicts expression after a perturbation.
pub trait PerturbationPredictor {
    /// Predicted log expression of each id of `cell` when the genes of `perturbed` are flagged.
    ///
    /// `cell` is a control cell with log expression as values (ids without `<cls>`); the result is
    /// aligned with its ids.
    ///
    /// # Errors
    /// A perturbed gene that is not among the ids; a cell that does not fit the model.
    fn predict(&self, cell: &CellTokens, perturbed: &[u32]) -> Result<Vec<f32>, FamilyError>;

    /// Encodes control cells for it: every measured gene of the vocabulary, ln(1 + CP10k), zeros
    /// included.
    ///
    /// # Errors
    /// As [`CellModel::encoder`].
    fn control_encoder(&self, genes: &[Gene]) -> Result<Box<dyn CellEncoder>, FamilyError>;
}

/// A model that restores what deeper sequencing would have shown.
pub trait DepthEnhancer {
    /// Expression ln(1 + CP10k) of every gene of the model, in its order, at the target depth of
    /// the cell's T token: `[cells][genes]`.
    ///
    /// # Errors
    /// As [`CellModel::embed`].
    fn enhance(&self, cells: &[CellTokens]) -> Result<Vec<Vec<f32>>, FamilyError>;
}

/// A model whose embedding can be followed to first order in the presence of each gene.
pub trait FirstOrder: Send + Sync {
    /// Per position of `cell.ids` the first-order estimate of what deleting that token does to
    /// `direction . E / |E|`, where `E` is the embedding of kind `kind`; 0 for special tokens.
    ///
    /// # Shapes
    /// `direction`: `[width]`; the result: `[tokens]`.
    /// # Errors
    /// As [`CellModel::embed`].
    fn deletion_shifts(
        &self,
        cell: &CellTokens,
        kind: &str,
        direction: &[f64],
    ) -> Result<Vec<f64>, FamilyError>;
}
