//! What every family can do.

use nextwell_model::families::{Family, OpenOptions, Species, open};
use nextwell_model::genes::Orthologues;

use crate::program::{CELLS, best_known_genes, folder, nextwell, read, write};

#[test]
fn cells_are_embedded_by_every_family_and_the_counts_stay() {
    for &family in Family::ALL {
        let dir = folder(family);
        let args =
            ["embed", "cells.h5ad", "--model", "model", "--pca", "3", "-o", "out.h5ad", "--json"];
        let summary = nextwell(dir.path(), &args).json();
        assert_eq!(summary["model"]["family"], family.name());
        assert_eq!(summary["model"]["model_digest"].as_str().unwrap().len(), 64);
        assert_eq!(summary["cells"], CELLS);
        assert!(summary["width"].as_u64().unwrap() > 1, "{summary}");
        let coverage = &summary["coverage"];
        assert!(coverage["genes_known"].as_u64().unwrap() > 20, "{family}: {coverage}");
        let share = coverage["counts_share"].as_f64().unwrap();
        assert!(share > 0.0 && share <= 1.0, "{family}: {coverage}");
        let axes: Vec<f64> = serde_json::from_value(summary["pca_variance_share"].clone()).unwrap();
        assert!(axes.is_sorted_by(|a, b| a >= b) && axes.iter().sum::<f64>() <= 1.0 + 1e-9);
        let (before, after) =
            (read(&dir.path().join("cells.h5ad")), read(&dir.path().join("out.h5ad")));
        assert_eq!(before, after);
        let bytes = std::fs::read(dir.path().join("out.h5ad")).unwrap();
        nextwell(dir.path(), &args).json();
        assert!(bytes == std::fs::read(dir.path().join("out.h5ad")).unwrap(), "{family} changed");
    }
}

#[test]
fn targets_of_a_factor_are_ranked_and_scored_by_every_family() {
    for &family in Family::ALL {
        let dir = folder(family);
        // Whether random weights find these edges is not the question.
        let genes = best_known_genes(dir.path(), 4);
        let (factor, targets) = (&genes[0], &genes[1..]);
        let edges: String = targets.iter().map(|target| format!("{factor},{target}\n")).collect();
        std::fs::write(dir.path().join("edges.csv"), format!("tf,target\n{edges}")).unwrap();
        let args = [
            "network",
            "cells.h5ad",
            "--model",
            "model",
            "--factor",
            factor,
            "--edges",
            "edges.csv",
            "--max-cells",
            "12",
            "-o",
            "ranking.csv",
            "--json",
        ];
        let summary = nextwell(dir.path(), &args).json();
        let score = &summary["score"];
        let prevalence = score["prevalence"].as_f64().unwrap();
        for name in ["model", "coexpression", "random"] {
            let found = &score[name];
            let at = |key: &str| found[key].as_f64().unwrap();
            assert!(at("low") <= at("estimate") + 1e-12 && at("high") >= at("low"), "{found}");
            assert!(at("estimate") > 0.0 && at("estimate") <= 1.0 + 1e-12, "{found}");
        }
        assert!(prevalence > 0.0 && prevalence < 1.0, "{family}: {score}");
        let text = std::fs::read_to_string(dir.path().join("ranking.csv")).unwrap();
        assert_eq!(text.lines().count() as u64, score["genes"].as_u64().unwrap() + 1);
        assert!(text.contains(",true") && !text.contains(&format!(",{factor},")), "{family}");
    }
}

#[test]
fn every_family_verifies_and_shows_its_licence() {
    for &family in Family::ALL {
        let dir = folder(family);
        let parity = nextwell(dir.path(), &["models", "verify", "model", "--json"]).json();
        assert!(parity["largest_difference"].as_f64().unwrap() <= 2e-5, "{family}: {parity}");
        assert_eq!(parity["batch_invariant"], true, "{family}: {parity}");
        let card = nextwell(dir.path(), &["models", "show", "model", "--json"]).json();
        assert_eq!(card["family"], family.name());
        assert_eq!(card["licence"]["name"], family.licence().name);
        assert!(card["sizes"]["parameters"].as_u64().unwrap() > 100);
        let shown = nextwell(dir.path(), &["models", "show", "model"]);
        assert!(shown.out.contains(family.licence().note), "{}", shown.out);
    }
}

#[test]
fn an_unknown_kind_of_embedding_is_refused_with_the_kinds_there_are() {
    for &family in Family::ALL {
        let dir = folder(family);
        let args =
            ["embed", "cells.h5ad", "--model", "model", "--kind", "nonsense", "-o", "o.h5ad"];
        let wrong = nextwell(dir.path(), &args);
        let model = open(&dir.path().join("model"), OpenOptions::default()).unwrap();
        let message = wrong.refusal();
        assert!(message.contains("nonsense"), "{message}");
        for kind in &model.card().embeddings {
            assert!(message.contains(kind.name), "{message}");
        }
        assert!(!dir.path().join("o.h5ad").exists());
    }
}

#[test]
fn mouse_cells_are_read_by_their_human_orthologues_and_said_so() {
    let human_only = |family: &&Family| {
        let dir = folder(**family);
        let model = open(&dir.path().join("model"), OpenOptions::default()).unwrap();
        !model.card().vocabulary.species.contains(&Species::Mouse)
    };
    let family =
        *Family::ALL.iter().find(human_only).expect("a family that reads human cells only");
    let dir = folder(family);
    let path = dir.path().join("cells.h5ad");
    let human = ["embed", "cells.h5ad", "--model", "model", "-o", "human.h5ad", "--json"];
    let expected = nextwell(dir.path(), &human).json();
    let mut cells = read(&path);
    for gene in &mut cells.genes {
        let pair = gene.ensembl.as_deref().and_then(|id| Orthologues::bundled().of_human(id));
        gene.symbol = pair.map_or(gene.symbol.clone(), |pair| pair.mouse_symbol.clone());
        gene.ensembl = pair.map(|pair| pair.mouse_ensembl.clone());
    }
    write(&path, &cells);
    let mouse = [&human[..], &["--species", "mouse"]].concat();
    let run = nextwell(dir.path(), &mouse);
    assert!(run.err.contains("one-to-one human orthologues"), "{}", run.err);
    let found = run.json();
    let known = |summary: &serde_json::Value| summary["coverage"]["genes_known"].as_u64().unwrap();
    // Nearly all genes have one orthologue, none becomes known that was not.
    assert!(known(&found) <= known(&expected), "{found}");
    assert!(known(&found) * 2 > known(&expected), "{found}");
}
