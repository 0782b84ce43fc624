//! GeneCompass: embeddings, hidden states, heads and losses of both species; from Burn's forward
//! pass and from the CPU fast path, and from each container that the set holds.

use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use nextwell_model::checkpoint::read_weights;
use nextwell_model::device::{Cpu, Device};
use nextwell_model::encoder::stack;
use nextwell_model::families::genecompass::keys::TIED;
use nextwell_model::families::genecompass::net::{Batch, masked_loss};
use nextwell_model::families::genecompass::{Loaded, WEIGHT_FILES, load};
use nextwell_model::families::{CellTokens, Kernels, Species};

use super::Report;
use super::io::Io;

/// Recorded cells without their padding, and the width they were padded to.
struct Cells {
    cells: Vec<CellTokens>,
    width: usize,
}

impl Cells {
    fn read(io: &mut Io) -> Result<Self, String> {
        let mask = io.input("attention_mask")?.values.clone();
        let values = io.input("values")?.values.clone();
        let species = io.input("species")?.values.clone();
        let ids = io.input("input_ids")?;
        let width = *ids.shape.get(1).ok_or("input_ids is not [batch, tokens]")?;
        let cell = |(row, species): (usize, &f32)| {
            let real = mask[row * width..][..width].iter().filter(|m| **m != 0.0).count();
            CellTokens {
                ids: ids.values[row * width..][..real].iter().map(|id| *id as u32).collect(),
                values: values[row * width..][..real].to_vec(),
                species: if *species == 0.0 { Species::Human } else { Species::Mouse },
                truncated: 0,
            }
        };
        Ok(Self { cells: species.iter().enumerate().map(cell).collect(), width })
    }

    fn batch(&self, model: &Loaded<Cpu>) -> Batch<Cpu> {
        let cells: Vec<&CellTokens> = self.cells.iter().collect();
        Batch::of(&cells, &model.homologues, self.width, &Default::default())
    }

    /// As the reference treats cells whose species it is not told.
    fn species_omitted(&self) -> Self {
        let human = |cell: &CellTokens| CellTokens { species: Species::Human, ..cell.clone() };
        Self { cells: self.cells.iter().map(human).collect(), width: self.width }
    }
}

pub fn check(set: &Path) -> Result<Report, String> {
    let mut io = Io::read(set)?;
    let cells = Cells::read(&mut io)?;
    let model: Loaded<Cpu> = load(set, &Default::default()).map_err(|e| e.to_string())?;
    burn_path(&mut io, &model, &cells)?;
    fast_path(&mut io, &model, &cells)?;
    same_weights_in_every_container(set)?;
    let (largest, place) = &io.largest;
    let compared = format!("{} tensors (furthest: {place})", io.finish()?);
    Ok(Report { family: "genecompass", compared, largest: f64::from(*largest) })
}

fn flat<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn burn_path(io: &mut Io, model: &Loaded<Cpu>, cells: &Cells) -> Result<(), String> {
    let batch = cells.batch(model);
    io.compare("embedding_output", &flat(model.net.embeddings.forward(&batch)))?;
    let states = model.net.forward_hidden(&batch);
    for (i, state) in states.iter().enumerate() {
        io.compare(&format!("hidden_states.{i}"), &flat(state.clone()))?;
    }
    let last = states[states.len() - 1].clone();
    io.compare("last_hidden", &flat(last.clone()))?;
    let [rows, tokens, hidden] = last.dims();
    let before = model.net.before_genes();
    if before == 1 {
        io.compare("cls_embedding_out", &flat(last.clone().slice([0..rows, 0..1, 0..hidden])))?;
    }
    let genes = last.slice([0..rows, before..tokens, 0..hidden]);
    io.compare("gene_embeddings", &flat(genes.clone()))?;
    heads(io, model, genes.reshape([rows * cells.width, hidden]))?;
    let omitted = model.net.forward_hidden(&cells.species_omitted().batch(model));
    io.compare("last_hidden_species_omitted", &flat(omitted[omitted.len() - 1].clone()))
}

/// `genes`: the last hidden state of all positions, `[batch * width, hidden]`.
fn heads(io: &mut Io, model: &Loaded<Cpu>, genes: Tensor<Cpu, 2>) -> Result<(), String> {
    let (Some(id_head), Some(value_head)) = (&model.id_head, &model.value_head) else {
        return Ok(());
    };
    let logits = id_head.forward(genes.clone(), model.net.word_embeddings());
    let predicted = value_head.forward(genes);
    io.compare("id_logits", &flat(logits.clone()))?;
    io.compare("value_predictions", &flat(predicted.clone()))?;
    if !io.has("labels") {
        return Ok(());
    }
    let labels = io.input("labels")?.values.clone();
    let masked: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] >= 0.0).collect();
    let values = &io.input("values")?.values;
    let device = Default::default();
    let integers = |values: Vec<i64>| {
        let data = TensorData::new(values, [masked.len()]);
        Tensor::<Cpu, 1, Int>::from_data(data, &device)
    };
    let ids = integers(masked.iter().map(|&i| labels[i] as i64).collect());
    let places = integers(masked.iter().map(|&i| i as i64).collect());
    let values: Vec<f32> = masked.iter().map(|&i| values[i]).collect();
    let values = Tensor::from_data(TensorData::new(values, [masked.len()]), &device);
    let loss =
        masked_loss(logits.select(0, places.clone()), predicted.select(0, places), ids, values);
    io.compare("loss_id", &flat(loss.id))?;
    io.compare("loss_value", &flat(loss.value))?;
    io.compare("loss_total", &flat(loss.total))
}

/// The layers by the fused kernels, each cell without its padding.
fn fast_path(io: &mut Io, model: &Loaded<Cpu>, cells: &Cells) -> Result<(), String> {
    let sizes = model.config.layer_sizes();
    let device = Default::default();
    let layers = stack::of(&model.net.layers, &sizes, Device::Cpu, Kernels::Fused, &device)
        .map_err(|e| e.to_string())?;
    let embedded: Vec<Vec<f32>> = cells
        .cells
        .iter()
        .map(|cell| {
            let batch = Batch::of(&[cell], &model.homologues, cell.ids.len(), &device);
            flat(model.net.embed(&batch))
        })
        .collect();
    let stride = (cells.width + model.net.before_genes()) * sizes.hidden;
    let last = model.net.layers.len();
    for to in 0..=last {
        let states = layers.run(embedded.clone(), 0, to);
        // Rows are laid where the reference has the real tokens.
        let mut padded = vec![0.0; states.len() * stride];
        for (row, state) in padded.chunks_mut(stride).zip(&states) {
            row[..state.len()].copy_from_slice(state);
        }
        let real = |i: usize| i % stride < states[i / stride].len();
        io.compare_where(&format!("hidden_states.{to}"), &padded, real)?;
        if to == last {
            io.compare_where("last_hidden", &padded, real)?;
        }
    }
    Ok(())
}

/// The set may hold the same weights as safetensors and as a state dict: both must read alike.
fn same_weights_in_every_container(set: &Path) -> Result<(), String> {
    let mut found = Vec::new();
    for path in WEIGHT_FILES.iter().map(|name| set.join(name)).filter(|path| path.is_file()) {
        let mut weights = read_weights(&path).map_err(|e| e.to_string())?;
        // Safetensors leaves the copies of tied weights out.
        weights.retain(|key, _| TIED.iter().all(|(copy, _)| copy != key));
        found.push(weights);
    }
    match found.as_slice() {
        [first, second] if first != second => {
            Err("model.safetensors and pytorch_model.bin differ".into())
        }
        _ => Ok(()),
    }
}
