//! scFoundation: encoding, value embedding, encoder, cell embeddings, gene contexts and expression;
//! of single cells as this program runs them, of the batch as the reference does; from Burn's
//! forward pass and from the CPU fast path, and from each container that the set holds.

use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use nextwell_model::cells::Gene;
use nextwell_model::checkpoint::{RawTensor, Weights, read_weights};
use nextwell_model::device::{Cpu, Device};
use nextwell_model::families::scfoundation::net::Batch;
use nextwell_model::families::scfoundation::{
    GeneList, Loaded, Model, ScFoundationConfig, ValueEncoder, load,
};
use nextwell_model::families::{CellEncoder, CellModel, CellTokens, Kernels};
use nextwell_model::nets::performer::KeyMaximum;

use super::Report;
use super::io::Io;

pub fn check(set: &Path) -> Result<Report, String> {
    let mut io = Io::read(set)?;
    let model: Loaded<Cpu> = load(set, &Default::default()).map_err(|e| e.to_string())?;
    let list = genes(&model.config)?;
    let cells = encode(&mut io, &list)?;
    first_cell(&mut io, &model, &cells[0])?;
    batched(&mut io, &model, &cells)?;
    for kernels in [Kernels::Burn, Kernels::Fused] {
        let model =
            Model::new(model.clone(), list.clone(), Device::Cpu, kernels, Default::default())
                .map_err(|e| e.to_string())?;
        one_by_one(&mut io, &model, &cells)?;
    }
    same_model_in_every_container(set, &model)?;
    let (largest, place) = &io.largest;
    let compared = format!("{} tensors (furthest: {place})", io.finish()?);
    Ok(Report { family: "scfoundation", compared, largest: f64::from(*largest) })
}

/// Genes with names of no meaning: the sets have fewer than any published model.
fn genes(config: &ScFoundationConfig) -> Result<GeneList, String> {
    let symbols = (0..config.genes()).map(|i| format!("gene {i}")).collect();
    GeneList::from_symbols("the golden set", symbols).map_err(|e| e.to_string())
}

/// Counts through the tokenizer, compared with the dense input: values of all genes, T, S.
fn encode(io: &mut Io, list: &GeneList) -> Result<Vec<CellTokens>, String> {
    let columns: Vec<Gene> = list
        .genes()
        .iter()
        .map(|gene| Gene { ensembl: None, symbol: gene.symbol.clone() })
        .collect();
    let encoder = ValueEncoder::new(list, &columns).map_err(|e| e.to_string())?;
    let columns: Vec<u32> = (0..list.len() as u32).collect();
    let counts = io.input("counts")?;
    let cell = |(number, counts): (usize, &[f32])| encoder.encode(number, &columns, counts, 0.0);
    let cells: Vec<CellTokens> = counts.values.chunks(list.len()).enumerate().map(cell).collect();
    let dense = |cell: &CellTokens| {
        let mut row = vec![0.0; list.len() + 2];
        cell.ids.iter().zip(&cell.values).for_each(|(&id, &value)| row[id as usize] = value);
        row
    };
    io.compare("x", &cells.iter().flat_map(dense).collect::<Vec<f32>>())?;
    Ok(cells)
}

fn flat<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn batch(model: &Loaded<Cpu>, cells: &[CellTokens]) -> Batch<Cpu> {
    let cells: Vec<(&[u32], &[f32])> =
        cells.iter().map(|cell| (cell.ids.as_slice(), cell.values.as_slice())).collect();
    Batch::new(&cells, &model.config, &Default::default())
}

fn first_cell(io: &mut Io, model: &Loaded<Cpu>, cell: &CellTokens) -> Result<(), String> {
    let ids: Vec<f32> = cell.ids.iter().map(|id| *id as f32).collect();
    io.compare("cell0.gathered_positions", &ids)?;
    io.compare("cell0.gathered_values", &cell.values)?;
    let batch = batch(model, std::slice::from_ref(cell));
    let values = &model.net.values;
    io.compare("cell0.bin_weights", &flat(values.weights(batch.values.clone())))?;
    io.compare("cell0.value_embedding", &flat(values.forward(batch.values.clone())))?;
    io.compare("cell0.encoder_output", &flat(model.net.encode(&batch)))
}

/// All cells at once with padding, the maximum of the keys over all of them.
fn batched(io: &mut Io, model: &Loaded<Cpu>, cells: &[CellTokens]) -> Result<(), String> {
    let batch = batch(model, cells);
    let positions: Vec<f32> = batch.ids.clone().into_data().iter::<f32>().collect();
    io.compare("batched.encoder_positions", &positions)?;
    let tokens = batch.ids.dims()[1];
    let padding: Vec<f32> = batch
        .lengths
        .iter()
        .flat_map(|&length| (0..tokens).map(move |t| f32::from(u8::from(t >= length))))
        .collect();
    io.compare("batched.encoder_padding", &padding)?;
    let ids: Vec<&[u32]> = cells.iter().map(|cell| cell.ids.as_slice()).collect();
    let context = model.net.decode(model.net.encode(&batch), &ids, KeyMaximum::Batch);
    let [cells, rows, width] = context.dims();
    let genes = context.clone().slice([0..cells, 0..rows - 2, 0..width]);
    io.compare("gene_context_batched", &flat(genes))?;
    let rows = context.reshape([cells * rows, width]);
    io.compare("gene_expression_batched", &flat(model.net.expression(rows)))
}

fn one_by_one(io: &mut Io, model: &Model<Cpu>, cells: &[CellTokens]) -> Result<(), String> {
    let embedded = model.embed(cells, "all").map_err(|e| e.to_string())?;
    io.compare("cell_embedding_all", &embedded.concat())?;
    let tokens: Vec<u32> = model.genes().iter().map(|gene| gene.token).collect();
    let contexts = model.embed_genes(cells, &tokens).map_err(|e| e.to_string())?;
    let contexts: Option<Vec<Vec<f32>>> = contexts.into_iter().flatten().collect();
    let contexts = contexts.ok_or("a gene without a context")?;
    io.compare("gene_context_one_by_one", &contexts.concat())
}

/// `models.ckpt` alone must give the configuration and the weights of the directory as a whole.
fn same_model_in_every_container(set: &Path, whole: &Loaded<Cpu>) -> Result<(), String> {
    let published = set.join("models.ckpt");
    if !published.is_file() {
        return Ok(());
    }
    let alone = tempfile::tempdir().map_err(|e| e.to_string())?;
    std::fs::copy(&published, alone.path().join("models.ckpt")).map_err(|e| e.to_string())?;
    let found: Loaded<Cpu> =
        load(alone.path(), &Default::default()).map_err(|e| format!("models.ckpt: {e}"))?;
    let sizes = |config: &ScFoundationConfig| ScFoundationConfig {
        part: None,
        rest: Default::default(),
        ..config.clone()
    };
    if sizes(&found.config) != sizes(&whole.config) {
        return Err("config.json and the configuration in models.ckpt differ".into());
    }
    let file = set.join("model.safetensors");
    if file.is_file() {
        let mut flat = read_weights(&file).map_err(|e| e.to_string())?;
        flat.retain(|_, raw: &mut RawTensor| raw.values.is_some());
        let mut ours = Weights::new();
        let map = nextwell_model::families::scfoundation::keys::NET;
        nextwell_model::checkpoint::collect(&found.net, map, &mut ours);
        if ours != flat {
            return Err("model.safetensors and models.ckpt differ".into());
        }
    }
    Ok(())
}
