//! Geneformer as a cell model.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cells::Gene;
use crate::device::DeviceChoice;
use crate::families::geneformer::{load, random, save};
use crate::families::{
    CellModel, CellTokens, EncodeOptions, Family, FamilyError, Kernels, OpenOptions, Species, open,
};
use crate::nets::heads::{SequenceClassifier, TokenClassifier};
use crate::nets::seeded::seeded;

const CPU: OpenOptions = OpenOptions { device: DeviceChoice::Cpu, kernels: Kernels::Fused };

fn golden(set: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/geneformer").join(set)
}

fn tiny() -> (tempfile::TempDir, Box<dyn CellModel>) {
    let dir = tempfile::tempdir().unwrap();
    random(dir.path(), "tiny", 7).unwrap();
    let model = open(dir.path(), CPU).unwrap();
    (dir, model)
}

/// Two cells of the tiny model's first genes.
fn cells(model: &dyn CellModel) -> Vec<CellTokens> {
    let genes: Vec<Gene> = model.genes()[..40]
        .iter()
        .map(|gene| Gene { ensembl: gene.ensembl.clone(), symbol: gene.symbol.clone() })
        .collect();
    let encoder = model.encoder(&genes, &EncodeOptions::default()).unwrap();
    assert_eq!(encoder.known_genes(), 40);
    let columns: Vec<u32> = (0..40).collect();
    let counts =
        |step: u32| -> Vec<f32> { columns.iter().map(|c| (c * step % 7) as f32).collect() };
    [3, 5].map(|step| encoder.encode(0, &columns, &counts(step), 100.0)).into()
}

/// Adds a classifying head to the tiny checkpoint in `dir`.
fn with_head(dir: &Path, architecture: &str, labels: &Value) {
    let mut loaded = load::<crate::device::Cpu>(dir, &Default::default()).unwrap();
    let (sizes, on) = (loaded.config.layer_sizes(), Default::default());
    let classes = labels.as_object().unwrap().len();
    loaded.mlm = None;
    if architecture.ends_with("ForSequenceClassification") {
        let head = SequenceClassifier::init(&sizes, classes, &on);
        loaded.classifier = Some(seeded::<crate::device::Cpu, _>(head, 3, 0.3, 0.1));
    } else {
        let head = TokenClassifier::init(&sizes, classes, &on);
        loaded.token_classifier = Some(seeded::<crate::device::Cpu, _>(head, 3, 0.3, 0.1));
    }
    loaded.config.architectures = vec![architecture.to_owned()];
    loaded.config.id2label = serde_json::from_value(labels.clone()).unwrap();
    save(dir, &loaded).unwrap();
}

#[test]
fn the_card_says_what_the_directory_holds() {
    let (_dir, model) = tiny();
    let card = model.card();
    assert_eq!((card.family, card.variant.as_str()), (Family::Geneformer, "V1"));
    assert_eq!(card.vocabulary.source, "vocabulary.csv");
    assert_eq!(card.vocabulary.tokens, card.vocabulary.genes + 2);
    assert_eq!(card.vocabulary.digest.len(), 64);
    assert_eq!((card.sizes.context, card.sizes.layers), (256, 2));
    // Word, position and type tables, norm; two layers; vocabulary head.
    let (v, h, f) = (card.vocabulary.tokens, 32, 48);
    let layer = 4 * (h * h + h) + 2 * h * f + f + h + 4 * h;
    let expected = (v + 256 + 2) * h + 2 * h + 2 * layer + h * h + h + 2 * h + v;
    assert_eq!(card.sizes.parameters, expected as u64);
    assert!(card.labels.is_empty() && model.classifier().is_none());
}

#[test]
fn every_kind_of_embedding_is_finite_and_an_unknown_one_is_refused_with_the_known() {
    let (_dir, model) = tiny();
    let cells = cells(model.as_ref());
    for kind in &model.card().embeddings {
        let rows = model.embed(&cells, kind.name).unwrap();
        assert!(rows.iter().all(|row| row.len() == kind.width));
        assert!(rows.iter().flatten().all(|value| value.is_finite()), "{}", kind.name);
    }
    let error = model.embed(&cells, "cls").unwrap_err().to_string();
    assert!(error.contains("\"cls\"") && error.contains("mean_second_last"), "{error}");
}

#[test]
fn gene_embeddings_average_to_the_cell_and_absent_genes_have_none() {
    let (_dir, model) = tiny();
    let cells = cells(model.as_ref());
    let mean = model.embed(&cells, "mean").unwrap();
    let found = model.embed_genes(&cells, &cells[0].ids).unwrap();
    for (i, expected) in mean[0].iter().enumerate() {
        let sum: f32 = found[0].iter().map(|row| row.as_ref().unwrap()[i]).sum();
        assert!((sum / cells[0].ids.len() as f32 - expected).abs() < 1e-5);
    }
    let absent = model.genes()[50].token;
    assert_eq!(model.embed_genes(&cells, &[absent, 0, 999_999]).unwrap()[1], [None, None, None]);
}

#[test]
fn attention_is_the_same_by_both_kernels_and_nan_for_absent_genes() {
    let (dir, model) = tiny();
    let cell = &cells(model.as_ref())[0];
    let absent = model.genes()[50].token;
    let tokens = [cell.ids[3], absent, cell.ids[0], cell.ids[3]];
    let ours = model.attention(cell, &tokens).unwrap();
    let burn = open(dir.path(), OpenOptions { kernels: Kernels::Burn, ..CPU }).unwrap();
    let theirs = burn.attention(cell, &tokens).unwrap();
    for (a, b) in
        ours.between.iter().zip(&theirs.between).chain(ours.received.iter().zip(&theirs.received))
    {
        assert!((a - b).abs() < 1e-5 || a.is_nan() && b.is_nan(), "{a} {b}");
    }
    assert!(ours.received[1].is_nan() && ours.between[4].is_nan());
    assert_eq!(ours.received[0], ours.received[3], "a gene asked for twice");
    assert!((ours.received[0]) > 0.0);
}

#[test]
fn a_fine_tuned_classifier_names_its_classes() {
    let (dir, plain) = tiny();
    let cells = cells(plain.as_ref());
    let labels = json!({"0": "B", "1": "T", "10": "k", "2": "NK", "3": "d", "4": "e", "5": "f",
                        "6": "g", "7": "h", "8": "i", "9": "j"});
    with_head(dir.path(), "BertForSequenceClassification", &labels);
    let model = open(dir.path(), CPU).unwrap();
    assert_eq!(model.card().variant, "V1 cell classifier");
    assert_eq!(model.card().labels[9..], ["j", "k"], "by number, not by text");
    let classifier = model.classifier().unwrap();
    let classes = classifier.classify(&cells).unwrap();
    assert_eq!(classes.logits.len(), 22);
    for row in classes.probabilities.chunks(11) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
    let alone = classifier.classify(&cells[1..]).unwrap();
    assert_eq!(alone.logits, classes.logits[11..]);
}

#[test]
fn a_gene_classifier_classifies_the_genes_that_are_there() {
    let (dir, plain) = tiny();
    let cells = cells(plain.as_ref());
    with_head(dir.path(), "BertForTokenClassification", &json!({"0": "no", "1": "yes"}));
    let model = open(dir.path(), CPU).unwrap();
    assert_eq!(model.card().variant, "V1 gene classifier");
    assert!(model.classifier().is_none());
    let genes = model.gene_classifier().unwrap();
    let found = genes.classify_genes(&cells, &[cells[0].ids[1], 1]).unwrap();
    assert_eq!(found[0][0].as_ref().map(Vec::len), Some(2));
    assert_eq!(found[0][1], None);
}

#[test]
fn a_vocabulary_of_another_model_is_refused() {
    // The golden checkpoints have small vocabularies and none beside them: the bundled does not fit.
    let Err(FamilyError::Tokenizer(error)) = open(&golden("tiny_v2"), CPU) else {
        panic!("opened with the vocabulary of V1");
    };
    assert!(error.to_string().contains("25426"), "{error}");
    let (dir, _) = tiny();
    fs::remove_file(dir.path().join("vocabulary.csv")).unwrap();
    assert!(open(dir.path(), CPU).is_err());
}

#[test]
fn what_it_cannot_encode_it_refuses() {
    let (_dir, model) = tiny();
    let genes = [Gene { ensembl: None, symbol: "TP53".into() }];
    let mouse = EncodeOptions { species: Species::Mouse, ..EncodeOptions::default() };
    assert!(matches!(model.encoder(&genes, &mouse), Err(FamilyError::Unsupported { .. })));
    let long = EncodeOptions { max_len: Some(257), ..EncodeOptions::default() };
    assert!(matches!(model.encoder(&genes, &long), Err(FamilyError::Unsupported { .. })));
    let unknown = [Gene { ensembl: None, symbol: "no such gene".into() }];
    let refused = model.encoder(&unknown, &EncodeOptions::default());
    assert!(matches!(refused, Err(FamilyError::NoGeneKnown { .. })));
    let outside = CellTokens { ids: vec![2, 999_999], ..CellTokens::default() };
    assert!(matches!(model.embed(&[outside], "mean"), Err(FamilyError::Encoder(_))));
    assert!(model.embed(&[CellTokens::default()], "mean").is_err(), "an empty cell");
}
