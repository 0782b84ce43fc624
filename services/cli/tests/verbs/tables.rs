//! Refusals that cost no pass of a model.

use nextwell_model::families::Family;

use crate::program::{folder, nextwell};

#[test]
fn a_bad_table_an_unknown_gene_and_a_full_directory_are_refused_in_words() {
    let dir = folder(Family::ALL[0]);
    std::fs::write(dir.path().join("edges.csv"), "a,b\n1,2\n").unwrap();
    let network = ["network", "cells.h5ad", "--model", "model", "--factor"];
    let bad = nextwell(dir.path(), &[&network[..], &["CD3E", "--edges", "edges.csv"]].concat());
    assert!(bad.refusal().contains("no column tf"), "{}", bad.err);
    let unknown = nextwell(dir.path(), &[&network[..], &["NOTAGENE9"]].concat());
    assert!(unknown.refusal().contains("NOTAGENE9 is not among"), "{}", unknown.err);
    let name = Family::ALL[0].name();
    let again = nextwell(dir.path(), &["models", "random", "--family", name, "model"]);
    assert!(again.refusal().contains("not empty"), "{}", again.err);
    let none = nextwell(dir.path(), &["models", "show", "nowhere/at-all"]);
    assert!(none.refusal().contains("neither a directory nor"), "{}", none.err);
    let kept = nextwell(dir.path(), &["models", "remove", "model"]);
    assert!(kept.refusal().contains("--yes"), "{}", kept.err);
    let gone = nextwell(dir.path(), &["models", "remove", "model", "--yes"]);
    assert_eq!(gone.code, 0, "{}", gone.err);
    assert!(!dir.path().join("model").exists());
}
