//! scFoundation behind the trait that all families share.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::card::{EMBEDDINGS, card};
use super::config::{DEPTH_TOKENS, ScFoundationConfig};
use super::depth::TargetDepth;
use super::genes::GeneList;
use super::load::Loaded;
use super::net::{Batch, ScFoundation};
use super::tokenizer::ValueEncoder;
use crate::cells::Gene;
use crate::device::Device;
use crate::encoder::performer::{self, PerformerStack};
use crate::encoder::stack::{self, LayerStack};
use crate::families::{
    Attention, CellEncoder, CellModel, CellTokens, DepthEnhancer, EncodeOptions, Family,
    FamilyError, GeneToken, Kernels, ModelCard, Species,
};

/// Cells whose hidden states are held at once.
const GROUP: usize = 16;

/// A loaded scFoundation with its genes, on one device.
///
/// Cells are never padded, and the decoder takes its maximum over each cell, so that a result
/// depends on its cell only. The decoder's rows are all genes, so no more cells are in it at once
/// than there are threads.
pub struct Model<B: Backend> {
    card: ModelCard,
    device: Device,
    on: B::Device,
    config: ScFoundationConfig,
    list: GeneList,
    /// Without the layers, which are in `encoder` and `decoder`.
    net: ScFoundation<B>,
    encoder: Box<dyn LayerStack>,
    decoder: Box<dyn PerformerStack>,
}

impl<B: Backend> Model<B> {
    /// Puts a checkpoint and its list of genes together.
    ///
    /// # Errors
    /// The list is not as long as the model's; layers that cannot be exported for these kernels.
    pub fn new(
        loaded: Loaded<B>,
        list: GeneList,
        device: Device,
        kernels: Kernels,
        on: B::Device,
    ) -> Result<Self, FamilyError> {
        let Loaded { config, mut net, report } = loaded;
        list.expect_len(config.genes())?;
        let card = card(&config, &list, net.num_params() as u64, report);
        let layers = std::mem::take(&mut net.layers);
        let encoder = stack::of(&layers, &config.layer_sizes(), device, kernels, &on)?;
        let sizes = config.performer_sizes();
        let decoder = performer::of(&net.decoder, &sizes, device, kernels, &on)?;
        net.decoder.layers.clear();
        Ok(Self { card, device, on, config, list, net, encoder, decoder })
    }

    /// Input of the encoder for one cell, row-major `[tokens, hidden]`.
    fn embedded(&self, cell: &CellTokens) -> Vec<f32> {
        let batch = Batch::<B>::new(&[(&cell.ids, &cell.values)], &self.config, &self.on);
        self.net.embed(&batch).into_data().iter::<f32>().collect()
    }

    /// Output of the encoder for each cell, `[tokens, hidden]`.
    fn encoded(&self, cells: &[CellTokens]) -> Vec<Tensor<B, 2>> {
        let inputs = cells.iter().map(|cell| self.embedded(cell)).collect();
        let states = self.encoder.run(inputs, 0, self.config.encoder.depth);
        let hidden = self.config.encoder.hidden_dim;
        let rows = |state: Vec<f32>| {
            let shape = [state.len() / hidden, hidden];
            let state = Tensor::from_data(TensorData::new(state, shape), &self.on);
            self.net.encoder_norm.forward(state)
        };
        states.into_iter().map(rows).collect()
    }

    /// Calls `each` with every cell's output of the decoder's layers, over all genes, then T and S:
    /// `[genes + 2, width]`. The norms after it work on single rows, so they are left to those who
    /// need few.
    fn each_decoded(
        &self,
        cells: &[CellTokens],
        mut each: impl FnMut(Tensor<B, 2>),
    ) -> Result<(), FamilyError> {
        self.check(cells)?;
        let width = self.config.decoder.hidden_dim;
        for group in cells.chunks(rayon::current_num_threads().min(GROUP)) {
            let encoded = group.iter().zip(self.encoded(group));
            let input = |(cell, encoded): (&CellTokens, _)| {
                flat(self.net.decoder_input(encoded, &cell.ids))
            };
            for decoded in self.decoder.run(encoded.map(input).collect()) {
                let data = TensorData::new(decoded, [self.config.seq_len, width]);
                each(Tensor::from_data(data, &self.on));
            }
        }
        Ok(())
    }

    fn check(&self, cells: &[CellTokens]) -> Result<(), FamilyError> {
        let genes = self.list.len() as u32;
        let reserved = self.config.mask_token_id.min(self.config.pad_token_id) as f32;
        let fault = |cell: &CellTokens| {
            let (ids, values) = (&cell.ids, &cell.values);
            if cell.species != Species::Human {
                Some("a cell of another species".to_owned())
            } else if ids.len() != values.len() {
                Some(format!("{} ids with {} values", ids.len(), values.len()))
            } else if !ids.windows(2).all(|pair| pair[0] < pair[1]) {
                Some("ids that do not ascend".to_owned())
            } else if !ids.ends_with(&[genes, genes + 1]) {
                Some("no depth tokens T and S at its end".to_owned())
            } else if ids.len() == DEPTH_TOKENS {
                Some("no expressed gene of the model".to_owned())
            } else if !values.iter().all(|v| v.is_finite() && *v < reserved) {
                Some(format!("a value that is not a number below {reserved}"))
            } else {
                None
            }
        };
        let first = cells.iter().enumerate().find_map(|(i, cell)| Some((i, fault(cell)?)));
        first.map_or(Ok(()), |(index, found)| {
            let expected = format!(
                "a human cell: ascending indices of genes below {genes}, then T {genes} and S {}, \
                 each with its value",
                genes + 1
            );
            Err(FamilyError::BadCell { index, found, expected })
        })
    }
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
        self.list.genes()
    }

    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError> {
        if options.species != Species::Human {
            return Err(FamilyError::Unsupported {
                family: Family::ScFoundation,
                what: "species",
                found: format!("{:?}", options.species).to_lowercase(),
                available: "human".into(),
            });
        }
        let target = options
            .target_depth
            .map_or_else(TargetDepth::default, |depth| TargetDepth::Log10(f64::from(depth)));
        let encoder = ValueEncoder::new(&self.list, genes)?.with_target(target.validated()?);
        Ok(Box::new(match options.max_len {
            Some(length) => encoder.with_max_len(length)?,
            None => encoder,
        }))
    }

    fn embed(&self, cells: &[CellTokens], kind: &str) -> Result<Vec<Vec<f32>>, FamilyError> {
        let Some((.., pool)) = EMBEDDINGS.iter().find(|(name, ..)| *name == kind) else {
            let names: Vec<&str> = EMBEDDINGS.iter().map(|(name, ..)| *name).collect();
            return Err(FamilyError::Unsupported {
                family: Family::ScFoundation,
                what: "embedding",
                found: kind.to_owned(),
                available: names.join(", "),
            });
        };
        self.check(cells)?;
        let hidden = self.config.encoder.hidden_dim;
        let mut vectors = Vec::with_capacity(cells.len());
        for group in cells.chunks(GROUP) {
            let encoded = self.encoded(group).into_iter();
            vectors.extend(encoded.map(|encoded| pool(&flat(encoded), hidden)));
        }
        Ok(vectors)
    }

    /// Contexts from the decoder, `[width]` each; every gene of the model has one, expressed or not.
    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let genes = self.list.len() as u32;
        let rows: Vec<i64> =
            tokens.iter().filter(|token| **token < genes).map(|&t| i64::from(t)).collect();
        if rows.is_empty() {
            self.check(cells)?;
            return Ok(vec![vec![None; tokens.len()]; cells.len()]);
        }
        let width = self.config.decoder.hidden_dim;
        let chosen = TensorData::new(rows.clone(), [rows.len()]);
        let chosen = Tensor::<B, 1, Int>::from_data(chosen, &self.on);
        let mut all = Vec::with_capacity(cells.len());
        self.each_decoded(cells, |decoded| {
            let contexts = flat(self.net.finish(decoded.select(0, chosen.clone())));
            let mut contexts = contexts.chunks_exact(width).map(<[f32]>::to_vec);
            let of = |token: &u32| (*token < genes).then(|| contexts.next()).flatten();
            all.push(tokens.iter().map(of).collect());
        })?;
        Ok(all)
    }

    /// Attention of the encoder; the decoder's, over all genes at once, has no map.
    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError> {
        self.check(std::slice::from_ref(cell))?;
        let places: Vec<Option<usize>> =
            tokens.iter().map(|token| cell.ids.binary_search(token).ok()).collect();
        let mut there: Vec<usize> = places.iter().flatten().copied().collect();
        there.sort_unstable();
        there.dedup();
        let found = self.encoder.attention(self.embedded(cell), &there);
        let nth = |place: &Option<usize>| there.binary_search(place.as_ref()?).ok();
        let places: Vec<Option<usize>> = places.iter().map(nth).collect();
        let value = |row: Option<usize>, column: Option<usize>| match (row, column) {
            (Some(row), Some(column)) => found.between[row * there.len() + column],
            _ => f32::NAN,
        };
        let pairs = places.iter().flat_map(|&row| places.iter().map(move |&c| (row, c)));
        let received = |place: &Option<usize>| place.map_or(f32::NAN, |i| found.received[i]);
        Ok(Attention {
            between: pairs.map(|(row, column)| value(row, column)).collect(),
            received: places.iter().map(received).collect(),
        })
    }

    fn depth(&self) -> Option<&dyn DepthEnhancer> {
        Some(self)
    }
}

impl<B: Backend> DepthEnhancer for Model<B> {
    fn enhance(&self, cells: &[CellTokens]) -> Result<Vec<Vec<f32>>, FamilyError> {
        let mut all = Vec::with_capacity(cells.len());
        self.each_decoded(cells, |decoded| {
            let mut expression = flat(self.net.expression(self.net.finish(decoded)));
            expression.truncate(self.list.len());
            all.push(expression);
        })?;
        Ok(all)
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
