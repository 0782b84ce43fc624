use std::path::PathBuf;

use super::super::random::random;
use super::*;
use crate::checkpoint::{RawTensor, read_json, read_weights, save_json, save_weights};
use crate::families::{self, Edit};

/// The golden net with a vocabulary of its 60 tokens.
fn golden() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/genecompass");
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(from.join("tiny").join(name), dir.path().join(name)).unwrap();
    }
    let gene = |token: u32| match token {
        0 => "<pad>".to_owned(),
        1 => "<mask>".to_owned(),
        30.. => format!("ENSMUSG{token:011}"),
        _ => format!("ENSG{token:011}"),
    };
    let tokens: std::collections::BTreeMap<String, u32> = (0..60).map(|t| (gene(t), t)).collect();
    save_json(&dir.path().join("human_mouse_tokens.json"), &tokens).unwrap();
    dir
}

fn open_cpu(dir: &Path, kernels: Kernels) -> Box<dyn CellModel> {
    open(dir, OpenOptions { device: device::DeviceChoice::Cpu, kernels }).unwrap()
}

fn cell(ids: &[u32], species: Species) -> CellTokens {
    let values = (0..ids.len()).map(|i| 4.0 - i as f32 * 0.3).collect();
    CellTokens { ids: ids.to_vec(), values, species, truncated: 0 }
}

fn largest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_cell_alone_gives_exactly_what_it_gives_among_others() {
    let dir = golden();
    let cells = [
        cell(&[4, 9, 2], Species::Human),
        cell(&[17], Species::Mouse),
        cell(&[5, 3, 8, 20, 50, 6, 7], Species::Mouse),
    ];
    for kernels in [Kernels::Fused, Kernels::Burn] {
        let model = open_cpu(dir.path(), kernels);
        for kind in ["cls", "mean_genes"] {
            let together = model.embed(&cells, kind).unwrap();
            for (cell, expected) in cells.iter().zip(&together) {
                assert_eq!(&model.embed(std::slice::from_ref(cell), kind).unwrap()[0], expected);
            }
        }
    }
}

#[test]
fn a_homologous_gene_has_other_knowledge_in_a_mouse_cell() {
    let dir = golden();
    let loaded = load::<device::Cpu>(dir.path(), &Default::default()).unwrap();
    let genes = |species| {
        // 2 has the homologue 30; 20 has none.
        let batch =
            Batch::of(&[&cell(&[2, 20], species)], &loaded.homologues, 2, &Default::default());
        let rows = loaded.net.embeddings.forward(&batch).into_data().to_vec::<f32>().unwrap();
        [rows[..24].to_vec(), rows[24..].to_vec()]
    };
    let ([human, same], [mouse, alike]) = (genes(Species::Human), genes(Species::Mouse));
    assert!(largest(&human, &mouse) > 1e-2);
    assert_eq!(same, alike);
}

#[test]
fn species_and_values_change_the_embedding_of_a_cell() {
    let dir = golden();
    let model = open_cpu(dir.path(), Kernels::Fused);
    let cls = |cell: &CellTokens| model.embed(std::slice::from_ref(cell), "cls").unwrap().remove(0);
    let human = cell(&[20, 21, 22], Species::Human);
    let mouse = CellTokens { species: Species::Mouse, ..human.clone() };
    assert!(largest(&cls(&human), &cls(&mouse)) > 1e-3, "the class token is the species'");
    let deeper = CellTokens { values: vec![9.0, 3.7, 3.4], ..human.clone() };
    assert!(largest(&cls(&human), &cls(&deeper)) > 1e-3);
}

#[test]
fn genes_in_context_are_found_under_either_token_and_average_to_the_mean() {
    let dir = golden();
    let model = open_cpu(dir.path(), Kernels::Fused);
    let cells = [cell(&[2, 20, 50], Species::Mouse)];
    let genes = model.embed_genes(&cells, &[20, 30, 2, 50, 7]).unwrap().remove(0);
    assert!(genes[4].is_none());
    assert_eq!(genes[1], genes[2], "token 30 is the mouse's gene 2");
    let mean = model.embed(&cells, "mean_genes").unwrap().remove(0);
    let [a, b, c] = [0, 2, 3].map(|i: usize| genes[i].clone().unwrap());
    let ours: Vec<f32> = (0..24).map(|i| (a[i] + b[i] + c[i]) / 3.0).collect();
    assert!(largest(&ours, &mean) < 1e-6);
}

#[test]
fn attention_is_given_in_the_order_asked_for_with_nan_for_absent_genes() {
    let dir = golden();
    for kernels in [Kernels::Fused, Kernels::Burn] {
        let model = open_cpu(dir.path(), kernels);
        let cell = cell(&[2, 20, 22], Species::Human);
        let found = model.attention(&cell, &[22, 7, 2]).unwrap();
        let turned = model.attention(&cell, &[2, 22]).unwrap();
        assert_eq!(found.received[0], turned.received[1]);
        assert_eq!(found.between[2], turned.between[2], "22 to 2");
        assert!(found.received[1].is_nan() && found.between[3].is_nan());
        let all = model.attention(&cell, &[2, 20, 22]).unwrap();
        let to_genes: f32 = all.between[..3].iter().sum();
        assert!(to_genes > 0.0 && to_genes < 1.0, "the class token gets the rest");
    }
}

#[test]
fn cells_and_embeddings_that_the_model_does_not_have_are_refused() {
    let dir = golden();
    let model = open_cpu(dir.path(), Kernels::Fused);
    let good = cell(&[2, 3], Species::Human);
    let bad = [
        cell(&[], Species::Human),
        cell(&[60], Species::Human),
        cell(&[3; 33], Species::Human),
        CellTokens { values: vec![1.0], ..good.clone() },
        CellTokens { values: vec![1.0, f32::NAN], ..good.clone() },
    ];
    for bad in bad {
        let refused = model.embed(&[good.clone(), bad], "cls");
        assert!(matches!(refused, Err(FamilyError::BadCell { index: 1, .. })));
    }
    let error = model.embed(&[good], "mean").unwrap_err().to_string();
    assert!(error.contains("cls, mean_genes"), "{error}");
}

#[test]
fn a_classifier_gives_probabilities_of_the_labels_in_its_configuration() {
    let dir = golden();
    assert!(open_cpu(dir.path(), Kernels::Fused).classifier().is_none());
    let mut weights = read_weights(&dir.path().join("model.safetensors")).unwrap();
    let table = |rows: usize| {
        let values = (0..rows * 24).map(|i| (i as f32 * 0.7).sin()).collect();
        RawTensor::floats(vec![rows, 24], values)
    };
    weights.insert("bert.pooler.dense.weight".into(), table(24));
    weights.insert("bert.pooler.dense.bias".into(), RawTensor::floats(vec![24], vec![0.1; 24]));
    weights.insert("classifier.weight".into(), table(3));
    weights.insert("classifier.bias".into(), RawTensor::floats(vec![3], vec![0.0, 1.0, 2.0]));
    save_weights(dir.path(), &weights).unwrap();
    let mut config = read_config(dir.path()).unwrap();
    config.id2label = (0..3).map(|i| (i.to_string(), format!("type {i}"))).collect();
    save_json(&dir.path().join("config.json"), &config).unwrap();
    let model = open_cpu(dir.path(), Kernels::Fused);
    assert_eq!(model.card().labels, ["type 0", "type 1", "type 2"]);
    let cells = [cell(&[2, 3], Species::Human), cell(&[9, 30, 4], Species::Mouse)];
    let classes = model.classifier().unwrap().classify(&cells).unwrap();
    for row in classes.probabilities.chunks_exact(3) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
    let alone = model.classifier().unwrap().classify(&cells[1..]).unwrap();
    assert_eq!(alone.logits, classes.logits[3..]);
}

#[test]
fn a_classifier_of_genes_gives_logits_where_the_gene_is_in_the_cell() {
    let dir = golden();
    let mut weights = read_weights(&dir.path().join("model.safetensors")).unwrap();
    let table = (0..48).map(|i| (i as f32 * 0.7).sin()).collect();
    weights.insert("classifier.weight".into(), RawTensor::floats(vec![2, 24], table));
    weights.insert("classifier.bias".into(), RawTensor::floats(vec![2], vec![0.5, -0.5]));
    save_weights(dir.path(), &weights).unwrap();
    let model = open_cpu(dir.path(), Kernels::Fused);
    assert!(model.classifier().is_none());
    let cells = [cell(&[2, 3], Species::Human)];
    let logits = model.gene_classifier().unwrap().classify_genes(&cells, &[3, 9]).unwrap();
    let state = model.embed_genes(&cells, &[3]).unwrap()[0][0].clone().unwrap();
    let ours: f32 = state.iter().enumerate().map(|(i, x)| x * (i as f32 * 0.7).sin()).sum();
    let first = logits[0][0].as_ref().unwrap();
    assert!((first[0] - ours - 0.5).abs() < 1e-5, "{first:?} {ours}");
    assert!(logits[0][1].is_none());
}

#[test]
fn a_random_model_reads_cells_of_both_species_and_says_where_its_parts_came_from() {
    let dir = tempfile::tempdir().unwrap();
    random(dir.path(), "tiny", 3).unwrap();
    assert_eq!(Family::of(dir.path()).unwrap(), Family::GeneCompass);
    let options = OpenOptions { device: device::DeviceChoice::Cpu, kernels: Kernels::Fused };
    let model = families::open(dir.path(), options).unwrap();
    let card = model.card();
    assert_eq!(card.vocabulary.species, [Species::Human, Species::Mouse]);
    let source = "human_mouse_tokens.json; medians: none, counts are divided by 1";
    assert_eq!(card.vocabulary.source, source);
    let cell_of = |names: [&str; 3], species| {
        let genes = names.map(|name| Gene { ensembl: None, symbol: name.to_owned() });
        let options = EncodeOptions { species, ..EncodeOptions::default() };
        let encoder = model.encoder(&genes, &options).unwrap();
        let edit = (encoder.token_of_column(1).unwrap(), Edit::KnockOut);
        let edited = encoder.encode_edited(0, &[0, 1, 2], &[3.0, 2.0, 1.0], 6.0, &[edit]);
        assert_eq!((edited.changed, edited.cell.ids.len()), (true, 2));
        encoder.encode(0, &[0, 1, 2], &[3.0, 2.0, 1.0], 6.0)
    };
    let human = cell_of(["GATA3", "LCK", "FOXP3"], Species::Human);
    let mouse = cell_of(["Gata3", "Lck", "Foxp3"], Species::Mouse);
    assert_eq!(human.ids, mouse.ids, "homologues share a token");
    let both = model.embed(&[human, mouse], "cls").unwrap();
    assert!(largest(&both[0], &both[1]) > 1e-3, "but not their knowledge");
    let again = tempfile::tempdir().unwrap();
    random(again.path(), "tiny", 3).unwrap();
    let bytes = |dir: &Path| std::fs::read(dir.join("model.safetensors")).unwrap();
    assert!(bytes(dir.path()) == bytes(again.path()), "the same seed gives the same weights");
    assert!(random(dir.path(), "huge", 3).is_err());
}

#[test]
fn a_geneformer_is_not_taken_for_a_genecompass() {
    let dir = golden();
    assert!(super::super::detects(dir.path()));
    let mut config: serde_json::Value = read_json(&dir.path().join("config.json")).unwrap();
    config.as_object_mut().unwrap().retain(|key, _| !key.starts_with("use_"));
    save_json(&dir.path().join("config.json"), &config).unwrap();
    assert!(!super::super::detects(dir.path()));
}
