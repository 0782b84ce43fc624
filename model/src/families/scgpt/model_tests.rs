//! A tiny random scGPT used as any model is.

use super::*;
use crate::families::scgpt::{open as open_dir, random};
use crate::families::{Edit, OpenOptions};

const GENES: [&str; 8] = ["GATA3", "TBX21", "T-bet", "FOXP3", "IL2RA", "CD4", "LYZ", "NOT A GENE"];

fn made(size: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    random(dir.path(), size, 3).unwrap();
    dir
}

fn open(size: &str) -> Box<dyn CellModel> {
    open_dir(made(size).path(), OpenOptions::default()).unwrap()
}

fn genes() -> Vec<Gene> {
    GENES.map(|symbol| Gene { ensembl: None, symbol: symbol.into() }).into()
}

fn cells(model: &dyn CellModel) -> Vec<CellTokens> {
    let encoder = model.encoder(&genes(), &EncodeOptions::default()).unwrap();
    assert_eq!(encoder.known_genes(), 6, "T-bet is TBX21");
    let rows: [(&[u32], &[f32]); 3] = [
        (&[0, 1, 3, 4], &[3.0, 1.0, 9.0, 2.0]),
        (&[5], &[4.0]),
        (&[0, 1, 2, 3, 4, 5, 6, 7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
    ];
    let encode = |(i, (columns, counts)): (usize, &(&[u32], &[f32]))| {
        encoder.encode(i, columns, counts, 40.0)
    };
    rows.iter().enumerate().map(encode).collect()
}

fn token(model: &dyn CellModel, symbol: &str) -> u32 {
    model.genes().iter().find(|gene| gene.symbol == symbol).unwrap().token
}

#[test]
fn a_cell_has_the_same_bits_alone_and_in_company_whatever_is_asked() {
    for size in ["tiny", "tiny-perturbation"] {
        let model = open(size);
        let cells = cells(model.as_ref());
        let asked = [token(model.as_ref(), "GATA3"), token(model.as_ref(), "CD4")];
        let in_context = model.embed_genes(&cells, &asked).unwrap();
        for kind in model.card().embeddings.clone() {
            let together = model.embed(&cells, kind.name).unwrap();
            assert_eq!(together[0].len(), kind.width);
            for (cell, expected) in cells.iter().zip(&together) {
                let alone = model.embed(std::slice::from_ref(cell), kind.name).unwrap();
                assert_eq!(&alone[0], expected, "{size} {}", kind.name);
            }
        }
        for (cell, expected) in cells.iter().zip(&in_context) {
            let alone = model.embed_genes(std::slice::from_ref(cell), &asked).unwrap();
            assert_eq!(&alone[0], expected);
            let place = |token| cell.ids.contains(token);
            assert!(asked.iter().zip(expected).all(|(t, e)| place(t) == e.is_some()));
        }
    }
}

#[test]
fn embeddings_are_the_pooled_rows_of_their_genes() {
    let model = open("tiny");
    let cells = cells(model.as_ref());
    let cls = model.embed(&cells, "cls").unwrap();
    let scaled = model.embed(&cells, "cls_l2").unwrap();
    let rows = model.embed_genes(&cells, &cells[0].ids).unwrap();
    assert_eq!(rows[0][0].as_ref(), Some(&cls[0]), "the first token is <cls>");
    let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!((length(&scaled[0]) - 1.0).abs() < 1e-6);
    assert!((scaled[0][2] * length(&cls[0]) - cls[0][2]).abs() < 1e-5);
    let message = model.embed(&cells, "umap").unwrap_err().to_string();
    assert!(message.contains("cls_l2, cls, avg_pool"), "{message}");
}

#[test]
fn attention_is_laid_out_as_asked_and_missing_for_absent_genes() {
    let model = open("tiny");
    let cell = &cells(model.as_ref())[0];
    let symbols = ["FOXP3", "LYZ", "GATA3", "FOXP3"];
    let asked = symbols.map(|symbol| token(model.as_ref(), symbol));
    let seen = model.attention(cell, &asked).unwrap();
    assert_eq!((seen.between.len(), seen.received.len()), (16, 4));
    assert!(seen.received[1].is_nan() && seen.between[1].is_nan() && seen.between[4].is_nan());
    assert_eq!(seen.received[0], seen.received[3]);
    assert_eq!((seen.between[2], seen.between[3]), (seen.between[14], seen.between[0]));
    let all = model.attention(cell, &cell.ids).unwrap();
    let tokens = cell.ids.len();
    for row in all.between.chunks(tokens) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
    assert!((all.received.iter().sum::<f32>() - tokens as f32).abs() < 1e-4);
}

#[test]
fn a_classifier_gives_its_types_with_probabilities() {
    let model = open("tiny");
    assert_eq!(model.card().labels, ["B cell", "Monocyte", "T cell"]);
    let classes = model.classifier().unwrap().classify(&cells(model.as_ref())).unwrap();
    assert_eq!((classes.logits.len(), classes.probabilities.len()), (9, 9));
    for (logits, row) in classes.logits.chunks(3).zip(classes.probabilities.chunks(3)) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let ratio = (logits[0] - logits[1]).exp();
        assert!((row[0] / row[1] - ratio).abs() < 1e-3 * ratio);
    }
    assert!(open("tiny-perturbation").classifier().is_none());
    assert!(model.perturbation().is_none());
}

#[test]
fn a_perturbation_changes_the_prediction_and_an_empty_one_does_not_flag() {
    let model = open("tiny-perturbation");
    assert_eq!(model.card().variant, "perturbation");
    let predictor = model.perturbation().unwrap();
    let encoder = predictor.control_encoder(&genes()).unwrap();
    let control = encoder.encode(0, &[0, 3], &[3.0, 9.0], 40.0);
    assert_eq!(control.ids.len(), 6, "zeros are included");
    let none = predictor.predict(&control, &[]).unwrap();
    let gata3 = token(model.as_ref(), "GATA3");
    let one = predictor.predict(&control, &[gata3]).unwrap();
    let two = predictor.predict(&control, &[gata3, token(model.as_ref(), "CD4")]).unwrap();
    assert_eq!(none.len(), 6);
    assert!(none.iter().chain(&one).chain(&two).all(|value| value.is_finite()));
    assert!(none != one && one != two);
    let error = predictor.predict(&control, &[99]).unwrap_err().to_string();
    assert!(error.contains("perturbed gene 99"), "{error}");
}

#[test]
fn an_edit_moves_the_embedding_of_a_cell_that_has_the_gene() {
    let model = open("tiny");
    let encoder = model.encoder(&genes(), &EncodeOptions::default()).unwrap();
    let gata3 = token(model.as_ref(), "GATA3");
    let edited = encoder.encode_edited(0, &[0, 3], &[3.0, 9.0], 40.0, &[(gata3, Edit::KnockOut)]);
    let before = encoder.encode(0, &[0, 3], &[3.0, 9.0], 40.0);
    assert!(edited.changed);
    let [a, b] = [before, edited.cell].map(|cell| model.embed(&[cell], "cls").unwrap().remove(0));
    assert!(a.iter().zip(&b).any(|(a, b)| (a - b).abs() > 1e-3));
}

#[test]
fn cells_of_another_encoding_are_refused_with_their_number() {
    let model = open("tiny");
    let good = cells(model.as_ref()).remove(0);
    let bad = |change: fn(&mut CellTokens)| {
        let mut cell = good.clone();
        change(&mut cell);
        model.embed(&[good.clone(), cell], "cls").unwrap_err().to_string()
    };
    assert!(bad(|cell| cell.values.clear()).starts_with("cell 1: 5 ids and 0 values"));
    assert!(bad(|cell| cell.ids[2] = 60_697).contains("token 60697"));
    assert!(bad(|cell| cell.values[2] = f32::NAN).contains("value NaN"));
    assert!(bad(|cell| *cell = CellTokens::default()).contains("no token"));
}

#[test]
fn genes_and_options_that_the_model_cannot_follow_are_refused() {
    let model = open("tiny");
    let refused = |genes: &[Gene], options: EncodeOptions| match model.encoder(genes, &options) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted"),
    };
    let unknown = [Gene { ensembl: None, symbol: "Gata3".into() }];
    assert!(refused(&unknown, EncodeOptions::default()).contains("Gata3"));
    let mouse = EncodeOptions { species: Species::Mouse, ..EncodeOptions::default() };
    assert!(refused(&genes(), mouse).contains("mouse"));
    let short = EncodeOptions { max_len: Some(1), ..EncodeOptions::default() };
    assert!(refused(&genes(), short).contains("length"));
}

#[test]
fn a_vocabulary_of_another_model_is_refused() {
    let dir = made("tiny");
    let path = dir.path().join("vocab.json");
    let refused = || match open_dir(dir.path(), OpenOptions::default()) {
        Err(error @ FamilyError::Vocabulary { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    };
    let mut tokens: BTreeMap<String, u32> =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let (a, b) = (tokens["GATA3"], tokens["TBX21"]);
    tokens.insert("GATA3".into(), b);
    tokens.insert("TBX21".into(), a);
    std::fs::write(&path, serde_json::to_vec(&tokens).unwrap()).unwrap();
    assert!(refused().contains("digest"), "two genes swapped");
    tokens.insert("GATA3 bis".into(), tokens.len() as u32);
    std::fs::write(&path, serde_json::to_vec(&tokens).unwrap()).unwrap();
    assert!(refused().contains("60698 tokens"));
    std::fs::remove_file(&path).unwrap();
    assert!(refused().contains("vocab.json"));
}

#[test]
fn labels_come_from_a_file_beside_the_weights_or_are_numbers() {
    let dir = made("tiny");
    let args = dir.path().join("args.json");
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&args).unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("id2type");
    std::fs::write(&args, json.to_string()).unwrap();
    let labels = || open_dir(dir.path(), OpenOptions::default()).unwrap().card().labels.clone();
    assert_eq!(labels(), ["class 0", "class 1", "class 2"]);
    std::fs::write(dir.path().join("labels.json"), r#"["a", "b", "c"]"#).unwrap();
    assert_eq!(labels(), ["a", "b", "c"]);
    std::fs::write(dir.path().join("id2type.json"), r#"{"1": "beta", "0": "alpha"}"#).unwrap();
    assert_eq!(labels(), ["alpha", "beta", "class 2"]);
}

#[test]
fn the_published_configuration_is_whole_human() {
    let config = ScGptConfig::whole_human();
    let sizes = (config.nlayers, config.embsize, config.nheads, config.d_hid, config.max_seq_len);
    assert_eq!(sizes, (12, 512, 8, 512, 1_200));
    assert!(random(tempfile::tempdir().unwrap().path(), "huge", 1).is_err());
}
