//! First-order estimates beside what is estimated.

use std::path::Path;

use super::*;
use crate::families::geneformer::{open, random};
use crate::families::{CellModel, OpenOptions};
use crate::stats::spearman;

struct Pair {
    _dir: tempfile::TempDir,
    exact: Box<dyn CellModel>,
    estimate: Box<dyn FirstOrder>,
}

fn pair() -> Pair {
    let dir = tempfile::tempdir().unwrap();
    random(dir.path(), "tiny", 3).unwrap();
    let path: &Path = dir.path();
    let exact = open(path, OpenOptions::default()).unwrap();
    Pair { exact, estimate: first_order(path).unwrap(), _dir: dir }
}

fn cell(n: usize) -> CellTokens {
    CellTokens { ids: (0..n).map(|i| 2 + (i as u32 * 37) % 600).collect(), ..Default::default() }
}

fn unit(embedding: &[f32]) -> Vec<f64> {
    let length = embedding.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    embedding.iter().map(|&v| f64::from(v) / length).collect()
}

fn shifts(pair: &Pair, cell: &CellTokens, kind: &str, direction: &[f64]) -> Vec<f64> {
    let along = |cell: &CellTokens| -> f64 {
        let found = pair.exact.embed(std::slice::from_ref(cell), kind).unwrap().remove(0);
        unit(&found).iter().zip(direction).map(|(a, b)| a * b).sum()
    };
    let before = along(cell);
    (0..cell.ids.len())
        .map(|place| {
            let mut edited = cell.clone();
            edited.ids.remove(place);
            along(&edited) - before
        })
        .collect()
}

#[test]
fn the_estimate_ranks_deletions_as_running_them_does() {
    let pair = pair();
    let cell = cell(120);
    for kind in ["mean", "mean_second_last", "mean@-2"] {
        let width = pair.exact.embed_width(kind).unwrap();
        let direction: Vec<f64> = (0..width).map(|i| (i as f64 * 1.7).sin()).collect();
        let estimated = pair.estimate.deletion_shifts(&cell, kind, &direction).unwrap();
        let exact = shifts(&pair, &cell, kind, &direction);
        let rho = spearman(&estimated, &exact).unwrap();
        println!("{kind}: Spearman {rho:.4}");
        assert!(rho > 0.9, "{kind}: {rho}");
    }
}

#[test]
fn without_any_layer_the_mean_and_the_positions_are_followed_exactly_up_to_curvature() {
    let pair = pair();
    let cell = cell(60);
    let kind = "mean@-2";
    let direction: Vec<f64> = (0..32).map(|i| (i as f64 * 0.9).cos()).collect();
    let estimated = pair.estimate.deletion_shifts(&cell, kind, &direction).unwrap();
    let exact = shifts(&pair, &cell, kind, &direction);
    let scale = exact.iter().map(|v| v.abs()).fold(0.0, f64::max);
    for (a, b) in estimated.iter().zip(&exact) {
        assert!((a - b).abs() < 0.1 * scale, "{a} {b} of {scale}");
    }
}

#[test]
fn gates_follow_the_attention_that_each_token_gets() {
    // Closing a gate by a little is what the derivative says: checked through the whole net.
    let pair = pair();
    let dir = &pair._dir;
    let Loaded { net, .. } = load::<crate::device::Cpu>(dir.path(), &Default::default()).unwrap();
    let cell = cell(30);
    let direction: Vec<f64> = (0..32).map(|i| (i as f64 * 0.9).cos()).collect();
    let along = |gate: usize, value: f32| -> f64 {
        let device = Default::default();
        let mut bias = vec![0f32; 30];
        bias[gate] = value;
        let mask = Tensor::<crate::device::Cpu, 4>::from_data(
            TensorData::new(bias, [1, 1, 1, 30]),
            &device,
        );
        let (ids, _) = pad_batch::<crate::device::Cpu>(&[&cell.ids], 0, &device);
        let out = net.continue_from(net.embed(ids), 0, 2, Some(&mask));
        let mean: Vec<f32> = out.mean_dim(1).into_data().iter::<f32>().collect();
        unit(&mean).iter().zip(&direction).map(|(a, b)| a * b).sum()
    };
    let gradients = {
        let Loaded { config, net, .. } = load::<B>(dir.path(), &Default::default()).unwrap();
        Gradients::new(&config, net, VocabularyVersion::V1).unwrap()
    };
    let states = gradients.states(&cell.ids, 2);
    let slope = gradients.slope(&states[2], 0..30, &direction);
    let seed = (0..30).flat_map(|_| slope.iter().map(|s| (s / 30.0) as f32)).collect();
    let mut found = vec![0.0; 30];
    gradients.backward(&states, seed, &mut found);
    for gate in [0, 7, 29] {
        let step = 0.05;
        let expected = -(along(gate, step) - along(gate, -step)) / (2.0 * f64::from(step));
        let close = (found[gate] - expected).abs() < 0.02 * expected.abs() + 2e-6;
        assert!(close, "{gate}: {} {expected}", found[gate]);
    }
}

#[test]
fn a_cell_of_one_gene_has_nothing_to_delete() {
    let pair = pair();
    let found = pair.estimate.deletion_shifts(&cell(1), "mean", &[0.0; 32]).unwrap();
    assert_eq!(found, [0.0]);
    assert!(pair.estimate.deletion_shifts(&cell(3), "cls", &[0.0; 32]).is_err());
}
