//! scGPT: embeddings, every layer, decoders, classifier, similarity loss, perturbation and
//! binning; from Burn's forward pass and from the CPU fast path, and from each container.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use nextwell_model::checkpoint::read_weights;
use nextwell_model::device::{Cpu, Device};
use nextwell_model::encoder::stack;
use nextwell_model::families::Kernels;
use nextwell_model::families::scgpt::heads::{Decoded, elastic_cell_similarity, l2_normalised};
use nextwell_model::families::scgpt::tokenizer::QuantileBins;
use nextwell_model::families::scgpt::{Decoder, Input, Loaded, WEIGHT_FILES, keys, load};
use safetensors::{Dtype, SafeTensors};

use super::Report;
use super::io::{Io, TOLERANCE};

pub fn check(set: &Path) -> Result<Report, String> {
    if !set.join("args.json").is_file() {
        return binning(set);
    }
    let mut io = Io::read(set)?;
    let model: Loaded<Cpu> = load(set, &Default::default()).map_err(|e| e.to_string())?;
    let cells = Cells::read(&mut io, &model)?;
    let states = burn_path(&mut io, &model, &cells)?;
    fast_path(&mut io, &model, &cells, &states[0])?;
    same_weights_in_every_container(set)?;
    let (largest, place) = &io.largest;
    let compared = format!("{} tensors (furthest: {place})", io.finish()?);
    Ok(Report { family: "scgpt", compared, largest: f64::from(*largest) })
}

/// Recorded cells, padded on the right.
struct Cells {
    shape: [usize; 2],
    ids: Vec<i64>,
    values: Vec<f32>,
    flags: Option<Vec<i64>>,
    batches: Option<Vec<i64>>,
    lengths: Vec<usize>,
}

impl Cells {
    fn read(io: &mut Io, model: &Loaded<Cpu>) -> Result<Self, String> {
        let whole =
            |values: &[f32]| -> Vec<i64> { values.iter().map(|value| *value as i64).collect() };
        let ids = io.input("gene_ids")?;
        let [rows, tokens] = ids.shape[..] else {
            return Err("gene_ids is not [batch, tokens]".into());
        };
        let ids = whole(&ids.values);
        if ids.iter().any(|&id| id < 0 || id >= model.tokens() as i64) {
            return Err("gene_ids outside the table".into());
        }
        let name = if io.has("control_values") { "control_values" } else { "values" };
        let values = io.input(name)?.values.clone();
        let integers = |io: &mut Io, name: &str| -> Result<Option<Vec<i64>>, String> {
            Ok(if io.has(name) { Some(whole(&io.input(name)?.values)) } else { None })
        };
        let flags = integers(io, "pert_flags")?;
        let batches = integers(io, "batch_labels")?;
        let mask = integers(io, "padding_mask")?.unwrap_or_else(|| vec![0; rows * tokens]);
        let length = |row: &[i64]| {
            let real = row.iter().position(|&padded| padded != 0).unwrap_or(tokens);
            let right = row[real..].iter().all(|&padded| padded != 0);
            right.then_some(real).ok_or("a cell that is not padded on the right")
        };
        let lengths = mask.chunks(tokens).map(length).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { shape: [rows, tokens], ids, values, flags, batches, lengths })
    }

    fn int(&self, values: &[i64]) -> Tensor<Cpu, 2, Int> {
        let data = TensorData::new(values.to_vec(), self.shape);
        Tensor::from_data(data, &Default::default())
    }

    fn values(&self) -> Tensor<Cpu, 2> {
        let data = TensorData::new(self.values.clone(), self.shape);
        Tensor::from_data(data, &Default::default())
    }

    fn input(&self) -> Input<Cpu> {
        Input {
            ids: self.int(&self.ids),
            values: self.values(),
            flags: self.flags.as_ref().map(|flags| self.int(flags)),
            // The reference norms a whole batch by the label of its first cell.
            domain: self.batches.as_ref().map_or(0, |labels| labels[0] as usize),
        }
    }

    /// Whether value `i` of a tensor with `width` numbers per token belongs to a real token.
    fn is_real(&self, i: usize, width: usize) -> bool {
        let token = i / width;
        token % self.shape[1] < self.lengths[token / self.shape[1]]
    }
}

fn flat<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn burn_path(
    io: &mut Io,
    model: &Loaded<Cpu>,
    cells: &Cells,
) -> Result<Vec<Tensor<Cpu, 3>>, String> {
    let (net, width) = (&model.net, model.config.embsize);
    let genes = net.gene_embeddings(cells.int(&cells.ids));
    io.compare("gene_token_embs", &flat(genes.clone()))?;
    if let Some(values) = net.value_embeddings(cells.values()) {
        io.compare("value_embs", &flat(values))?;
    }
    let states = net.forward_hidden(cells.input(), &cells.lengths);
    for (i, state) in states.iter().skip(1).enumerate() {
        let state = flat(state.clone());
        io.compare_where(&format!("hidden.{i}"), &state, |i| cells.is_real(i, width))?;
    }
    let last = states[states.len() - 1].clone();
    let real = |i: usize| cells.is_real(i, width);
    io.compare_where("transformer_output", &flat(last.clone()), real)?;
    heads(io, model, cells, last, genes)?;
    Ok(states)
}

fn heads(
    io: &mut Io,
    model: &Loaded<Cpu>,
    cells: &Cells,
    last: Tensor<Cpu, 3>,
    genes: Tensor<Cpu, 3>,
) -> Result<(), String> {
    let labels = cells.batches.as_ref().map(|labels| {
        let labels = TensorData::new(labels.clone(), [1, labels.len()]);
        Tensor::<Cpu, 2, Int>::from_data(labels, &Default::default())
    });
    let batch = match (&model.batches, labels) {
        (Some(encoder), Some(labels)) => Some(encoder.forward(labels).squeeze_dim::<2>(0)),
        _ => None,
    };
    let cell = pooled(last.clone(), cells, &model.config.cell_emb_style)?;
    io.compare("cell_emb", &flat(cell.clone()))?;
    io.compare("cell_emb_l2", &flat(l2_normalised(cell.clone())))?;
    match &model.decoder {
        Decoder::Expression(decoder) => {
            let decoded = decoder.forward(last, batch.clone());
            compare_decoded(io, cells, ["mlm_output", "mlm_zero_probs"], decoded)?;
        }
        Decoder::Affine(decoder) => {
            let decoded = decoder.forward(last, cells.values());
            compare_decoded(io, cells, ["predicted_values", "predicted_zero_probs"], decoded)?;
        }
    }
    if let Some(decoder) = &model.mvc {
        let with_batch = match batch {
            Some(batch) => Tensor::cat(vec![cell.clone(), batch], 1),
            None => cell.clone(),
        };
        let decoded = decoder.forward(with_batch, genes);
        compare_decoded(io, cells, ["mvc_output", "mvc_zero_probs"], decoded)?;
    }
    if let Some(classifier) = &model.classifier {
        io.compare("cls_output", &flat(classifier.forward(cell.clone())))?;
    }
    let loss = elastic_cell_similarity(cell, model.config.ecs_threshold);
    io.compare("loss_ecs", &flat(loss))
}

/// The reference's own pooling, over padding too where it does that.
fn pooled(last: Tensor<Cpu, 3>, cells: &Cells, style: &str) -> Result<Tensor<Cpu, 2>, String> {
    match style {
        "cls" => Ok(last.narrow(1, 0, 1).squeeze_dim(1)),
        "avg-pool" => Ok(last.mean_dim(1).squeeze_dim(1)),
        "w-pool" => {
            let weights = cells.values().unsqueeze_dim::<3>(2);
            Ok(l2_normalised((last * weights).sum_dim(1).squeeze_dim(1)))
        }
        other => Err(format!("unknown cell_emb_style {other}")),
    }
}

fn compare_decoded(
    io: &mut Io,
    cells: &Cells,
    [values, zeros]: [&str; 2],
    decoded: Decoded<Cpu>,
) -> Result<(), String> {
    io.compare_where(values, &flat(decoded.values), |i| cells.is_real(i, 1))?;
    match decoded.zero_probabilities {
        Some(ours) => io.compare_where(zeros, &flat(ours), |i| cells.is_real(i, 1)),
        None => Ok(()),
    }
}

/// The layers as inference runs them: cell by cell, without padding.
fn fast_path(
    io: &mut Io,
    model: &Loaded<Cpu>,
    cells: &Cells,
    embedded: &Tensor<Cpu, 3>,
) -> Result<(), String> {
    let on = Default::default();
    let (sizes, layers) = (model.config.layer_sizes(), model.config.nlayers);
    let stack = stack::of(&model.net.layers, &sizes, Device::Cpu, Kernels::Fused, &on)
        .map_err(|e| e.to_string())?;
    let width = model.config.embsize;
    let stride = cells.shape[1] * width;
    let embedded = flat(embedded.clone());
    let rows = embedded.chunks(stride).zip(&cells.lengths);
    let rows: Vec<Vec<f32>> = rows.map(|(row, real)| row[..real * width].to_vec()).collect();
    for layer in 1..=layers {
        let mut padded = vec![0.0; embedded.len()];
        let states = stack.run(rows.clone(), 0, layer);
        for (row, state) in padded.chunks_mut(stride).zip(&states) {
            row[..state.len()].copy_from_slice(state);
        }
        let mut names = vec![format!("hidden.{}", layer - 1)];
        if layer == layers {
            names.push("transformer_output".into());
        }
        for name in names {
            io.compare_where(&name, &padded, |i| cells.is_real(i, width))?;
        }
    }
    Ok(())
}

/// The set may hold the same weights under two spellings: both must read alike.
fn same_weights_in_every_container(set: &Path) -> Result<(), String> {
    let files: Vec<PathBuf> =
        WEIGHT_FILES.iter().map(|name| set.join(name)).filter(|path| path.is_file()).collect();
    let read = |path: &PathBuf| {
        let weights = read_weights(path).map_err(|e| e.to_string())?;
        let renamed = weights.into_iter().map(|(key, raw)| (keys::canonical(&key), raw));
        Ok::<BTreeMap<_, _>, String>(renamed.collect())
    };
    match files.as_slice() {
        [first, second] if read(first)? != read(second)? => {
            Err("model.safetensors and best_model.pt differ".into())
        }
        _ => Ok(()),
    }
}

/// Rows, their edges and draws, and the bins: all must be equal.
fn binning(set: &Path) -> Result<Report, String> {
    let text = std::fs::read(set.join("config.json")).map_err(|e| e.to_string())?;
    let config: serde_json::Value = serde_json::from_slice(&text).map_err(|e| e.to_string())?;
    let n_bins = config["n_bins"].as_u64().ok_or("config.json has no n_bins")? as usize;
    let mut tensors = numbers(&set.join("io.safetensors"))?;
    let (mut compared, mut largest) = (0, 0.0f64);
    let rows = config["rows"].as_array().cloned().unwrap_or_default();
    for name in rows.iter().filter_map(|row| row.as_str()) {
        let mut take = |what: &str| {
            let key = format!("{name}.{what}");
            tensors.remove(&key).ok_or(format!("no tensor `{key}`"))
        };
        let row: Vec<f32> = take("row")?.into_iter().map(|value| value as f32).collect();
        let expressed: Vec<f32> = row.iter().copied().filter(|&value| value != 0.0).collect();
        let bins = QuantileBins::of(&expressed, n_bins);
        for (ours, theirs) in equally_many(name, bins.edges(), &take("edges")?)? {
            largest = largest.max((ours - theirs).abs());
        }
        let sides: Vec<_> = expressed.iter().map(|&value| bins.sides(value)).collect();
        let left: Vec<f64> = sides.iter().map(|sides| sides.left as f64).collect();
        let right: Vec<f64> = sides.iter().map(|sides| sides.right as f64).collect();
        same(name, "left", &left, &take("left")?)?;
        same(name, "right", &right, &take("right")?)?;
        let mut draws = take("uniform_draws")?.into_iter();
        let mut draw = |value: f32| if value == 0.0 { Some(0.0) } else { draws.next() };
        let ours = row.iter().map(|&value| Some(bins.bin(value, draw(value)?) as f64));
        let ours: Vec<f64> = ours.collect::<Option<_>>().ok_or("fewer draws than values")?;
        same(name, "binned", &ours, &take("binned")?)?;
        compared += 4;
    }
    if let Some(unknown) = tensors.keys().next() {
        return Err(format!("unknown tensor `{unknown}`"));
    }
    if compared == 0 || largest > f64::from(TOLERANCE) {
        return Err(format!("{compared} tensors, edges differ by {largest}"));
    }
    let compared = format!("{compared} tensors (furthest: edges)");
    Ok(Report { family: "scgpt binning", compared, largest })
}

fn equally_many<'a>(
    name: &str,
    ours: &'a [f64],
    theirs: &'a [f64],
) -> Result<impl Iterator<Item = (&'a f64, &'a f64)>, String> {
    if ours.len() != theirs.len() {
        return Err(format!("{name}: {} numbers, expected {}", ours.len(), theirs.len()));
    }
    Ok(ours.iter().zip(theirs))
}

fn same(name: &str, what: &str, ours: &[f64], theirs: &[f64]) -> Result<(), String> {
    let name = format!("{name}.{what}");
    match equally_many(&name, ours, theirs)?.enumerate().find(|(_, (a, b))| a != b) {
        None => Ok(()),
        Some((i, (ours, theirs))) => Err(format!("{name}[{i}]: {ours}, expected {theirs}")),
    }
}

/// All tensors of a file in double precision.
fn numbers(path: &Path) -> Result<BTreeMap<String, Vec<f64>>, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| e.to_string())?;
    let mut all = BTreeMap::new();
    for (name, view) in file.iter() {
        let (four, eight) = (view.data().as_chunks::<4>().0, view.data().as_chunks::<8>().0);
        let values = match view.dtype() {
            Dtype::F64 => eight.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            Dtype::F32 => four.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
            Dtype::I32 => four.iter().map(|b| f64::from(i32::from_le_bytes(*b))).collect(),
            other => return Err(format!("{name}: element type {other:?} not expected")),
        };
        all.insert(name.to_owned(), values);
    }
    Ok(all)
}
