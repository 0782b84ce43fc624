//! scBERT as a cell model.

use crate::cells::Gene;
use crate::device::DeviceChoice;
use crate::families::scbert::random;
use crate::families::{
    CellModel, CellTokens, EncodeOptions, Family, FamilyError, Kernels, OpenOptions, open,
};

const CPU: OpenOptions = OpenOptions { device: DeviceChoice::Cpu, kernels: Kernels::Fused };

fn tiny(size: &str) -> (tempfile::TempDir, Box<dyn CellModel>) {
    let dir = tempfile::tempdir().unwrap();
    random(dir.path(), size, 7).unwrap();
    let model = open(dir.path(), CPU).unwrap();
    (dir, model)
}

fn cells(model: &dyn CellModel) -> Vec<CellTokens> {
    let gene = |symbol: &str| Gene { ensembl: None, symbol: symbol.into() };
    let genes = ["CD3E", "CD4", "MS4A1", "TP53"].map(gene);
    let encoder = model.encoder(&genes, &EncodeOptions::default()).unwrap();
    let rows = [[5.0, 1.0, 0.0, 2.0], [0.0, 0.0, 9.0, 1.0], [0.0; 4]];
    rows.iter().map(|row| encoder.encode(0, &[0, 1, 2, 3], row, 0.0)).collect()
}

#[test]
fn the_card_says_what_the_directory_holds() {
    let (_dir, model) = tiny("tiny-annotation");
    let card = model.card();
    assert_eq!((card.family, card.variant.as_str()), (Family::ScBert, "annotation"));
    assert_eq!(card.labels, ["B cell", "Monocyte", "T cell"]);
    assert_eq!(card.sizes.context, card.vocabulary.genes + 1);
    let widths: Vec<usize> = card.embeddings.iter().map(|kind| kind.width).collect();
    assert_eq!(widths, [16, 16, 12, 6]);
    assert!(card.sizes.parameters > 10_000);
}

#[test]
fn every_embedding_of_a_cell_is_the_same_alone_and_in_company() {
    let (_dir, model) = tiny("tiny-annotation");
    let cells = cells(model.as_ref());
    for kind in &model.card().embeddings {
        let together = model.embed(&cells, kind.name).unwrap();
        for (cell, expected) in cells.iter().zip(&together) {
            assert_eq!(expected.len(), kind.width);
            let alone = model.embed(std::slice::from_ref(cell), kind.name).unwrap();
            assert_eq!(&alone[0], expected, "{}", kind.name);
        }
        assert_ne!(together[0], together[1], "{}", kind.name);
    }
}

#[test]
fn our_kernels_give_what_burns_give() {
    let (dir, fused) = tiny("tiny-annotation");
    let burn = open(dir.path(), OpenOptions { kernels: Kernels::Burn, ..CPU }).unwrap();
    let cells = cells(fused.as_ref());
    let largest =
        |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    for kind in &fused.card().embeddings {
        let (a, b) =
            (fused.embed(&cells, kind.name).unwrap(), burn.embed(&cells, kind.name).unwrap());
        assert!(largest(&a.concat(), &b.concat()) < 2e-5, "{}", kind.name);
    }
    let (a, b) = (fused.attention(&cells[0], &[1, 3]), burn.attention(&cells[0], &[1, 3]));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(largest(&a.between, &b.between) < 2e-5 && largest(&a.received, &b.received) < 2e-5);
}

#[test]
fn genes_keep_their_place_and_strangers_have_none() {
    let (_dir, model) = tiny("tiny");
    let cell = cells(model.as_ref()).remove(0);
    let last = model.genes().len() as u32;
    let found = model.embed_genes(std::slice::from_ref(&cell), &[3, last, 0]).unwrap().remove(0);
    assert!(found[0].is_some() && found[1].is_none() && found[2].is_some());
    let attention = model.attention(&cell, &[3, last, 3]).unwrap();
    assert!(attention.received[1].is_nan());
    assert_eq!(attention.received[0], attention.received[2]);
}

#[test]
fn probabilities_are_the_softmax_and_only_a_fine_tuned_model_has_them() {
    let (_dir, model) = tiny("tiny-annotation");
    let classifier = model.classifier().unwrap();
    assert_eq!(classifier.default_threshold(), 0.5);
    let classes = classifier.classify(&cells(model.as_ref())).unwrap();
    for row in classes.probabilities.chunks(3) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
    let (_dir, pretrained) = tiny("tiny");
    assert!(pretrained.classifier().is_none());
    let refused = pretrained.embed(&cells(pretrained.as_ref()), "fc1");
    assert!(matches!(refused, Err(FamilyError::Unsupported { .. })));
}

#[test]
fn a_cell_of_another_length_or_bin_is_refused_by_its_number() {
    let (_dir, model) = tiny("tiny");
    let mut cells = cells(model.as_ref());
    cells[1].ids[0] = 7;
    let message = model.embed(&cells, "mean").unwrap_err().to_string();
    assert!(message.contains("cell 1") && message.contains("bin 7"), "{message}");
    cells[1].ids.truncate(5);
    let message = model.embed(&cells, "mean").unwrap_err().to_string();
    assert!(message.contains("7"), "{message}");
}
