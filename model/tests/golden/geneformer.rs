//! Geneformer: hidden states, attention, logits, pooled cells, classifier, gradients; from Burn's
//! forward pass and from the CPU fast path, and from each container that the set holds.

use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Int, Tensor, TensorData};
use nextwell_model::checkpoint::keys::{self, KeyMap, Kind};
use nextwell_model::checkpoint::read_weights;
use nextwell_model::device::{Cpu, CpuAutodiff};
use nextwell_model::encoder::{Encoder, Pooling, from_net};
use nextwell_model::families::geneformer::net::pad_batch;
use nextwell_model::families::geneformer::{Loaded, keys as published, load};
use nextwell_model::nets::bert::key_mask;

use super::Report;
use super::io::Io;

/// Recorded tokens without their padding.
struct Cells {
    tokens: Vec<Vec<u32>>,
    padded: usize,
}

impl Cells {
    fn read(io: &mut Io) -> Result<Self, String> {
        let mask = io.input("attention_mask")?.values.clone();
        let ids = io.input("input_ids")?;
        let padded = *ids.shape.get(1).ok_or("input_ids is not [batch, tokens]")?;
        let rows = ids.values.chunks(padded).zip(mask.chunks(padded));
        let keep = |(ids, mask): (&[f32], &[f32])| -> Vec<u32> {
            let real = ids.iter().zip(mask).filter(|(_, m)| **m != 0.0);
            real.map(|(id, _)| *id as u32).collect()
        };
        Ok(Self { tokens: rows.map(keep).collect(), padded })
    }

    fn refs(&self) -> Vec<&[u32]> {
        self.tokens.iter().map(Vec::as_slice).collect()
    }

    fn batch<B: burn::tensor::backend::Backend>(
        &self,
        pad: u32,
    ) -> (Tensor<B, 2, Int>, Vec<usize>) {
        let (ids, lengths) = pad_batch::<B>(&self.refs(), pad, &Default::default());
        let [rows, longest] = ids.dims();
        let fill = Tensor::full([rows, self.padded - longest], i64::from(pad), &Default::default());
        let ids = if self.padded == longest { ids } else { Tensor::cat(vec![ids, fill], 1) };
        (ids, lengths)
    }
}

pub fn check(set: &Path) -> Result<Report, String> {
    let mut io = Io::read(set)?;
    let cells = Cells::read(&mut io)?;
    let model: Loaded<Cpu> = load(set, &Default::default()).map_err(|e| e.to_string())?;
    burn_path(&mut io, &model, &cells)?;
    fast_path(&mut io, &model, &cells)?;
    if io.has("labels") {
        training(&mut io, set, &cells)?;
    }
    same_weights_in_every_container(set)?;
    let (largest, place) = &io.largest;
    let compared = format!("{} tensors (furthest: {place})", io.finish()?);
    Ok(Report { family: "geneformer", compared, largest: f64::from(*largest) })
}

fn flat<B: burn::tensor::backend::Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn burn_path(io: &mut Io, model: &Loaded<Cpu>, cells: &Cells) -> Result<(), String> {
    let (ids, lengths) = cells.batch::<Cpu>(model.config.pad_token_id);
    let states = model.net.forward_hidden(ids, &lengths);
    for (i, state) in states.iter().enumerate() {
        io.compare(&format!("hidden_states.{i}"), &flat(state.clone()))?;
    }
    io.compare("embedding_output", &flat(states[0].clone()))?;
    let last = states[states.len() - 1].clone();
    io.compare("last_hidden", &flat(last.clone()))?;
    let mask = key_mask::<Cpu>(&lengths, cells.padded, &Default::default());
    for (i, layer) in model.net.layers.iter().enumerate() {
        let name = format!("attentions.{i}");
        if io.has(&name) {
            let (_, seen) = layer.forward_with_attention(states[i].clone(), mask.as_ref());
            io.compare(&name, &flat(seen))?;
        }
    }
    if let Some(head) = &model.mlm {
        let [batch, tokens, hidden] = last.dims();
        let positions = last.clone().reshape([batch * tokens, hidden]);
        io.compare("logits", &flat(head.forward(positions, model.net.word_embeddings())))?;
    }
    if let Some(head) = &model.classifier {
        let out = head.forward(last.clone());
        io.compare("pooler_output", &flat(out.pooled))?;
        io.compare("logits", &flat(out.logits))?;
    }
    if let Some(head) = &model.token_classifier {
        io.compare("logits", &flat(head.forward(last)))?;
    }
    Ok(())
}

fn fast_path(io: &mut Io, model: &Loaded<Cpu>, cells: &Cells) -> Result<(), String> {
    let encoder = from_net(&model.config, &model.net).map_err(|e| e.to_string())?;
    let layers = model.config.num_hidden_layers;
    let hidden = model.config.hidden_size;
    for layer in 0..=layers {
        let states = encoder.hidden_at(&cells.refs(), layer).map_err(|e| e.to_string())?;
        let mut names = vec![format!("hidden_states.{layer}")];
        if layer == 0 {
            names.push("embedding_output".into());
        }
        if layer == layers {
            names.push("last_hidden".into());
        }
        // The fast path has no padding; its rows are laid where the real tokens are.
        let stride = cells.padded * hidden;
        let mut padded = vec![0.0; states.len() * stride];
        for (row, state) in padded.chunks_mut(stride).zip(&states) {
            row[..state.len()].copy_from_slice(state);
        }
        for name in names {
            io.compare_where(&name, &padded, |i| i % stride < states[i / stride].len())?;
        }
    }
    pooled(io, encoder.as_ref(), cells)
}

fn pooled(io: &mut Io, encoder: &dyn Encoder, cells: &Cells) -> Result<(), String> {
    // Only models with special tokens record an embedding of `<cls>`.
    let special = io.names().iter().any(|n| n.starts_with("cls_emb."));
    let layers = encoder.config().num_hidden_layers;
    for (layer, ending) in [(layers, "last"), (layers - 1, "second_last")] {
        for (kind, pooling) in
            [("cell_emb_mean", Pooling::mean(special)), ("cls_emb", Pooling::Position(0))]
        {
            let ours = encoder.pooled(&cells.refs(), layer, pooling).map_err(|e| e.to_string())?;
            io.compare(&format!("{kind}.{ending}"), &ours.concat())?;
        }
    }
    Ok(())
}

/// Cross-entropy of the cell classifier and its gradients, dropout off.
fn training(io: &mut Io, set: &Path, cells: &Cells) -> Result<(), String> {
    type B = CpuAutodiff;
    let model: Loaded<B> = load(set, &Default::default()).map_err(|e| e.to_string())?;
    let head = model.classifier.as_ref().ok_or("labels without a cell classifier")?;
    let labels: Vec<i64> = io.input("labels")?.values.iter().map(|v| *v as i64).collect();
    let (ids, lengths) = cells.batch::<B>(model.config.pad_token_id);
    let last = model.net.forward_at(ids, &lengths, model.config.num_hidden_layers);
    let logits = head.forward(last).logits;
    let batch = labels.len();
    let labels: Tensor<B, 2, Int> =
        Tensor::from_data(TensorData::new(labels, [batch, 1]), &Default::default());
    let log_probabilities = burn::tensor::activation::log_softmax(logits, 1);
    let loss = log_probabilities.gather(1, labels).mean().neg();
    io.compare("loss", &flat(loss.clone()))?;
    let gradients = loss.backward();
    compare_gradients(io, &model.net, published::BODY, &gradients)?;
    compare_gradients(io, head, published::SEQUENCE_CLASSIFIER, &gradients)
}

fn compare_gradients<M: Module<CpuAutodiff>>(
    io: &mut Io,
    module: &M,
    map: KeyMap,
    gradients: &<CpuAutodiff as AutodiffBackend>::Gradients,
) -> Result<(), String> {
    let mut visitor = Gradients { map, gradients, path: Vec::new(), found: Vec::new() };
    module.visit(&mut visitor);
    for (name, values) in visitor.found {
        io.compare(&format!("grad.{name}"), &values)?;
    }
    Ok(())
}

struct Gradients<'a> {
    map: KeyMap,
    gradients: &'a <CpuAutodiff as AutodiffBackend>::Gradients,
    path: Vec<String>,
    found: Vec<(String, Vec<f32>)>,
}

impl ModuleVisitor<CpuAutodiff> for Gradients<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<CpuAutodiff, D>>) {
        let (name, kind) = keys::published_name(self.map, &self.path).expect("a mapped path");
        let Some(gradient) = param.val().grad(self.gradients) else {
            return;
        };
        let turned = kind == Kind::Linear && D == 2;
        let gradient = if turned { gradient.swap_dims(0, 1) } else { gradient };
        self.found.push((name, flat(gradient)));
    }
}

/// The set may hold the same weights as safetensors and as a state dict: both must read alike.
fn same_weights_in_every_container(set: &Path) -> Result<(), String> {
    let files: Vec<_> = ["model.safetensors", "pytorch_model.bin"]
        .iter()
        .map(|name| set.join(name))
        .filter(|path| path.is_file())
        .collect();
    let read = |path: &std::path::PathBuf| read_weights(path).map_err(|e| e.to_string());
    if let [first, second] = files.as_slice() {
        let (mut a, mut b) = (read(first)?, read(second)?);
        for weights in [&mut a, &mut b] {
            weights
                .retain(|key, _| !published::is_optional(key) || key.starts_with("bert.pooler."));
        }
        if a != b {
            return Err("model.safetensors and pytorch_model.bin differ".into());
        }
    }
    Ok(())
}
