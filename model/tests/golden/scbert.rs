//! scBERT: bins, hidden states, encodings by cell and by batch, logits, annotation; from Burn's
//! forward pass and from the CPU fast path, and from each container that the set holds.

use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use nextwell_model::checkpoint::{Weights, read_weights};
use nextwell_model::device::{Cpu, Device};
use nextwell_model::encoder::performer;
use nextwell_model::families::Kernels;
use nextwell_model::families::scbert::{Loaded, bin, load};
use nextwell_model::nets::performer::KeyMaximum;

use super::Report;
use super::io::Io;

pub fn check(set: &Path) -> Result<Report, String> {
    let mut io = Io::read(set)?;
    let on = Default::default();
    let model: Loaded<Cpu> = load(set, &on).map_err(|e| e.to_string())?;
    bins(&mut io, &model)?;
    let ids = Ids::read(&mut io)?;
    batched(&mut io, &model, &ids)?;
    one_by_one(&mut io, &model, &ids)?;
    fused(&mut io, &model, &ids)?;
    same_weights_in_every_container(set)?;
    let (largest, place) = &io.largest;
    let compared = format!("{} tensors (furthest: {place})", io.finish()?);
    Ok(Report { family: "scbert", compared, largest: f64::from(*largest) })
}

struct Ids {
    rows: Vec<Vec<i64>>,
}

impl Ids {
    fn read(io: &mut Io) -> Result<Self, String> {
        let recorded = io.input("tokens")?;
        let tokens = *recorded.shape.get(1).ok_or("tokens is not [batch, genes + 1]")?;
        let row = |row: &[f32]| row.iter().map(|v| *v as i64).collect();
        Ok(Self { rows: recorded.values.chunks(tokens).map(row).collect() })
    }

    fn tensor<B: Backend>(&self, rows: std::ops::Range<usize>) -> Tensor<B, 2, Int> {
        let rows = &self.rows[rows];
        let data = TensorData::new(rows.concat(), [rows.len(), rows[0].len()]);
        Tensor::from_data(data, &Default::default())
    }
}

fn flat<const D: usize>(tensor: Tensor<Cpu, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The recorded log2 expression through our bins, a 0 after each cell.
fn bins(io: &mut Io, model: &Loaded<Cpu>) -> Result<(), String> {
    let expression = io.input("expression_log2")?;
    let genes = *expression.shape.get(1).ok_or("expression_log2 is not [batch, genes]")?;
    let highest = model.config.bin_num as u32;
    let cell = |row: &[f32]| -> Vec<f32> {
        row.iter().map(|v| bin(f64::from(*v), highest) as f32).chain([0.0]).collect()
    };
    let ours: Vec<f32> = expression.values.chunks(genes).flat_map(cell).collect();
    io.compare("tokens", &ours)
}

fn batched(io: &mut Io, model: &Loaded<Cpu>, ids: &Ids) -> Result<(), String> {
    let ids = ids.tensor::<Cpu>(0..ids.rows.len());
    io.compare("embedding_output", &flat(model.net.embed(ids.clone())))?;
    let mut states = model.net.forward_hidden(ids, KeyMaximum::Batch);
    let encodings = states.pop().ok_or("no layer")?;
    for (i, state) in states.into_iter().enumerate() {
        io.compare(&format!("hidden.{i}"), &flat(state))?;
    }
    io.compare("encodings_batched", &flat(encodings.clone()))?;
    let bins = model.bins.as_ref().ok_or("no head of the masked objective")?;
    io.compare("logits", &flat(bins.forward(encodings)))
}

fn one_by_one(io: &mut Io, model: &Loaded<Cpu>, ids: &Ids) -> Result<(), String> {
    let (mut encodings, mut logits) = (Vec::new(), Vec::new());
    for cell in 0..ids.rows.len() {
        let states = model.net.forward_hidden(ids.tensor(cell..cell + 1), KeyMaximum::Cell);
        let last = states.into_iter().next_back().ok_or("no layer")?;
        if let Some(head) = &model.annotation {
            logits.extend(flat(head.forward(last.clone()).logits));
        }
        encodings.extend(flat(last));
    }
    io.compare("encodings_one_by_one", &encodings)?;
    if model.annotation.is_some() {
        io.compare("annotation_logits_one_by_one", &logits)?;
    }
    Ok(())
}

/// Our kernels, all cells in one call: each by its own maximum.
fn fused(io: &mut Io, model: &Loaded<Cpu>, ids: &Ids) -> Result<(), String> {
    let (sizes, on) = (model.config.layer_sizes(), Default::default());
    let stack = performer::of(&model.net.performer, &sizes, Device::Cpu, Kernels::Fused, &on)
        .map_err(|e| e.to_string())?;
    let cells = (0..ids.rows.len()).map(|i| flat(model.net.embed(ids.tensor(i..i + 1)))).collect();
    let rows = stack.run(cells).concat();
    let shape = [ids.rows.len(), ids.rows[0].len(), model.config.dim];
    let x = Tensor::<Cpu, 3>::from_data(TensorData::new(rows, shape), &on);
    io.compare("encodings_one_by_one", &flat(model.net.norm.forward(x)))
}

fn same_weights_in_every_container(set: &Path) -> Result<(), String> {
    let pth = set.join("ckpt.pth");
    if !pth.is_file() {
        return Ok(());
    }
    let read = |path: &Path| read_weights(path).map_err(|e| e.to_string());
    let nested: Weights = read(&pth)?
        .into_iter()
        .filter_map(|(key, raw)| Some((key.strip_prefix("model_state_dict.")?.to_owned(), raw)))
        .collect();
    let plain = read(&set.join("model.safetensors"))?;
    match nested.iter().find(|(key, raw)| plain.get(*key) != Some(raw)) {
        Some((key, _)) => Err(format!("{key} differs between ckpt.pth and model.safetensors")),
        None if nested.is_empty() => Err("ckpt.pth holds no model_state_dict".into()),
        None => Ok(()),
    }
}
