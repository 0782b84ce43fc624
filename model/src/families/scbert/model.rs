//! An scBERT checkpoint as a [`CellModel`].

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::card::{FIRST, MEAN, MEAN_EXPRESSED, SECOND, card};
use super::genes::GeneOrder;
use super::load::Loaded;
use super::net::{Annotated, AnnotationHead};
use super::tokenizer::BinEncoder;
use crate::cells::Gene;
use crate::device::Device;
use crate::encoder::EncoderError;
use crate::encoder::performer::{self, PerformerStack};
use crate::encoder::stack::Attention;
use crate::families::{
    CellEncoder, CellModel, CellTokens, Classes, Classifier, EncodeOptions, Family, FamilyError,
    GeneToken, Kernels, ModelCard, Species,
};

/// Cells whose encodings are in memory at once: 14 MB each at the published size.
const CELLS_AT_ONCE: usize = 8;

/// An scBERT on one device.
pub struct Model<B: Backend> {
    card: ModelCard,
    device: Device,
    order: GeneOrder,
    bins: u32,
    /// `[tokens, dim]`
    tokens: Vec<f32>,
    /// `[genes + 1, dim]`
    positions: Vec<f32>,
    stack: Box<dyn PerformerStack>,
    norm: LayerNorm<B>,
    annotation: Option<AnnotationHead<B>>,
    on: B::Device,
}

impl<B: Backend> Model<B> {
    /// A loaded checkpoint with its genes and the names of its classes.
    ///
    /// # Errors
    /// [`EncoderError::WeightSize`], which a loaded checkpoint does not have.
    pub fn new(
        loaded: Loaded<B>,
        order: GeneOrder,
        labels: Vec<String>,
        (device, kernels): (Device, Kernels),
        on: B::Device,
    ) -> Result<Self, EncoderError> {
        let card = card(&loaded, &order, labels);
        let Loaded { config, net, annotation, .. } = loaded;
        let sizes = config.layer_sizes();
        Ok(Self {
            card,
            device,
            order,
            bins: config.bin_num as u32,
            tokens: flat(net.tokens.weight.val()),
            positions: flat(net.positions.weight.val()),
            stack: performer::of(&net.performer, &sizes, device, kernels, &on)?,
            norm: net.norm.no_grad(),
            annotation,
            on,
        })
    }

    fn dim(&self) -> usize {
        self.card.sizes.hidden
    }

    fn unsupported(&self, what: &'static str, found: &str, available: String) -> FamilyError {
        FamilyError::Unsupported {
            family: Family::ScBert,
            what,
            found: found.to_owned(),
            available,
        }
    }

    /// Refuses cells that are not one bin per gene.
    fn check(&self, cells: &[CellTokens]) -> Result<(), FamilyError> {
        let (expected, most) = (self.card.sizes.context, self.tokens.len() / self.dim());
        for (index, cell) in cells.iter().enumerate() {
            let found = match cell.ids.iter().find(|&&id| id as usize >= most) {
                Some(id) => format!("bin {id}"),
                None if cell.ids.len() != expected => format!("{} ids", cell.ids.len()),
                None => continue,
            };
            let expected = format!("{expected} ids below {most}");
            return Err(FamilyError::BadCell { index, found, expected });
        }
        Ok(())
    }

    /// The embedding output of a cell, `[genes + 1, dim]`.
    fn embedded(&self, cell: &CellTokens) -> Vec<f32> {
        let dim = self.dim();
        let mut x = self.positions.clone();
        for (row, &id) in x.chunks_exact_mut(dim).zip(&cell.ids) {
            let token = &self.tokens[id as usize * dim..][..dim];
            row.iter_mut().zip(token).for_each(|(x, t)| *x += t);
        }
        x
    }

    /// Hands the normed encodings `[1, genes + 1, dim]` of each cell to `use_them`, in order.
    fn each_encoded(
        &self,
        cells: &[CellTokens],
        mut use_them: impl FnMut(&CellTokens, Tensor<B, 3>),
    ) -> Result<(), FamilyError> {
        self.check(cells)?;
        for group in cells.chunks(CELLS_AT_ONCE) {
            let rows = self.stack.run(group.iter().map(|cell| self.embedded(cell)).collect());
            for (cell, rows) in group.iter().zip(rows) {
                let shape = [1, rows.len() / self.dim(), self.dim()];
                let x = Tensor::from_data(TensorData::new(rows, shape), &self.on);
                use_them(cell, self.norm.forward(x));
            }
        }
        Ok(())
    }

    fn annotated(
        &self,
        cells: &[CellTokens],
        what: &str,
        mut use_them: impl FnMut(Annotated<B>),
    ) -> Result<(), FamilyError> {
        let head = self.annotation.as_ref().ok_or_else(|| {
            self.unsupported("head", what, "the head of the masked objective".into())
        })?;
        self.each_encoded(cells, |_, x| use_them(head.forward(x)))
    }
}

/// Mean over the genes that `keep` accepts, of rows of `dim`; the last row is no gene. Zeros where
/// none is kept. Sums in double precision, in the order of the genes.
fn mean(rows: &[f32], dim: usize, keep: impl Fn(usize) -> bool) -> Vec<f32> {
    let genes = rows.len() / dim - 1;
    let mut sums = vec![0f64; dim];
    let mut count = 0usize;
    for (_, row) in rows.chunks_exact(dim).take(genes).enumerate().filter(|(gene, _)| keep(*gene)) {
        sums.iter_mut().zip(row).for_each(|(s, v)| *s += f64::from(*v));
        count += 1;
    }
    sums.into_iter().map(|s| (s / count.max(1) as f64) as f32).collect()
}

fn flat<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

impl<B: Backend> CellModel for Model<B> {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn device(&self) -> Device {
        self.device
    }

    fn genes(&self) -> &[GeneToken] {
        self.order.genes()
    }

    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError> {
        if options.species != Species::Human {
            return Err(self.unsupported("species", "mouse", "human".into()));
        }
        Ok(Box::new(BinEncoder::new(&self.order, genes, self.bins)?))
    }

    fn embed(&self, cells: &[CellTokens], kind: &str) -> Result<Vec<Vec<f32>>, FamilyError> {
        let known: Vec<&str> = self.card.embeddings.iter().map(|kind| kind.name).collect();
        if !known.contains(&kind) {
            return Err(self.unsupported("embedding", kind, known.join(", ")));
        }
        let dim = self.dim();
        let mut vectors = Vec::with_capacity(cells.len());
        match kind {
            MEAN => self.each_encoded(cells, |_, x| vectors.push(mean(&flat(x), dim, |_| true)))?,
            MEAN_EXPRESSED => self.each_encoded(cells, |cell, x| {
                vectors.push(mean(&flat(x), dim, |gene| cell.ids[gene] > 0));
            })?,
            FIRST => self.annotated(cells, FIRST, |found| vectors.push(flat(found.first)))?,
            _ => self.annotated(cells, SECOND, |found| vectors.push(flat(found.second)))?,
        }
        Ok(vectors)
    }

    /// Every gene of the model has an encoding, expressed or not.
    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let (dim, genes) = (self.dim(), self.order.genes().len());
        let mut all = Vec::with_capacity(cells.len());
        self.each_encoded(cells, |_, x| {
            let rows = flat(x);
            let row = |token: &u32| {
                let place = *token as usize;
                (place < genes).then(|| rows[place * dim..][..dim].to_vec())
            };
            all.push(tokens.iter().map(row).collect());
        })?;
        Ok(all)
    }

    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError> {
        self.check(std::slice::from_ref(cell))?;
        let genes = self.order.genes().len();
        let mut there: Vec<usize> =
            tokens.iter().map(|t| *t as usize).filter(|t| *t < genes).collect();
        there.sort_unstable();
        there.dedup();
        let places: Vec<Option<usize>> =
            tokens.iter().map(|token| there.binary_search(&(*token as usize)).ok()).collect();
        Ok(self.stack.attention(self.embedded(cell), &there).spread(&places))
    }

    fn classifier(&self) -> Option<&dyn Classifier> {
        self.annotation.is_some().then_some(self)
    }
}

impl<B: Backend> Classifier for Model<B> {
    /// Half, as in the authors' `predict.py`: below it a cell may be of a type never seen.
    fn default_threshold(&self) -> f32 {
        0.5
    }

    fn classify(&self, cells: &[CellTokens]) -> Result<Classes, FamilyError> {
        let mut classes = Classes { logits: Vec::new(), probabilities: Vec::new() };
        self.annotated(cells, "classifier of cells", |found| {
            let probabilities = burn::tensor::activation::softmax(found.logits.clone(), 1);
            classes.logits.extend(flat(found.logits));
            classes.probabilities.extend(flat(probabilities));
        })?;
        Ok(classes)
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
