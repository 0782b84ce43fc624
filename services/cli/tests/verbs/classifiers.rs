//! What only some checkpoints can do.

use nextwell_model::families::Family;

use crate::program::{CELLS, best_known_genes, families, nextwell, read};

#[test]
fn cells_are_labelled_with_marker_genes_by_classifiers() {
    let classifiers = families(|model| model.classifier().is_some());
    let named: Vec<Family> = classifiers.iter().map(|(family, _)| *family).collect();
    assert_eq!(named, [Family::ScBert, Family::ScGpt]);
    for (family, dir) in classifiers {
        let args = [
            "annotate",
            "cells.h5ad",
            "--model",
            "model",
            "--threshold",
            "0",
            "--markers",
            "markers.csv",
            "--marker-cells",
            "2",
            "--marker-genes",
            "50",
            "-o",
            "out.h5ad",
            "--json",
        ];
        let summary = nextwell(dir.path(), &args).json();
        let counts = summary["cells"].as_object().unwrap();
        let total: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(total, CELLS as u64, "{family}: {summary}");
        let cells = read(&dir.path().join("out.h5ad"));
        let labels = (0..CELLS).map(|cell| cells.obs["predicted_label"].label(cell).unwrap());
        assert!(labels.into_iter().all(|label| counts.contains_key(label)));
        let markers = std::fs::read_to_string(dir.path().join("markers.csv")).unwrap();
        assert!(markers.lines().count() > 20, "{family}: {markers}");
        let strict = nextwell(
            dir.path(),
            &[&args[..4], &["--threshold", "1", "-o", "o.h5ad", "--json"]].concat(),
        );
        assert_eq!(strict.json()["cells"]["Unassigned"], CELLS, "{family}");
    }
}

#[test]
fn read_depth_is_enhanced_where_a_family_can_and_refused_in_words_elsewhere() {
    let mut enhancing = Vec::new();
    for (family, dir) in families(|_| true) {
        let args = [
            "enhance",
            "cells.h5ad",
            "--model",
            "model",
            "--target-depth",
            "4.5",
            "-o",
            "out.h5ad",
            "--json",
        ];
        let run = nextwell(dir.path(), &args);
        if run.code == 0 {
            enhancing.push(family);
            let report = &run.json()["report"];
            assert_eq!(report["cells"], CELLS, "{family}");
            assert!(report["genes"].as_u64().unwrap() > 20, "{family}: {report}");
            assert!(dir.path().join("out.h5ad").is_file());
        } else {
            assert!(run.refusal().contains("cannot enhance read depth"), "{}", run.err);
            assert!(!dir.path().join("out.h5ad").exists());
        }
        let left = std::fs::read_dir(dir.path()).unwrap().filter_map(Result::ok);
        assert!(
            left.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part"))
        );
    }
    assert_eq!(enhancing, [Family::ScFoundation]);
}

#[test]
fn expression_after_a_perturbation_is_predicted_and_compared_or_refused() {
    let mut predicting = Vec::new();
    for (family, dir) in families(|_| true) {
        let perturbed = &best_known_genes(dir.path(), 1)[0];
        let args = [
            "predict",
            "cells.h5ad",
            "--model",
            "model",
            "--perturb",
            perturbed,
            "--control",
            "guide=control",
            "--measured",
            "guide=GATA3",
            "-o",
            "genes.csv",
            "--json",
        ];
        let run = nextwell(dir.path(), &args);
        if run.code != 0 {
            let message = run.refusal();
            assert!(message.contains("cannot predict expression"), "{family}: {message}");
            continue;
        }
        predicting.push(family);
        let score = &run.json()["score"];
        let names: Vec<&str> = score["contenders"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|c| c["name"].as_str())
            .collect();
        assert_eq!(names, ["model", "no change", "mean of others"]);
        assert_eq!(score["other_perturbations"], 1);
        let text = std::fs::read_to_string(dir.path().join("genes.csv")).unwrap();
        assert_eq!(text.lines().count() as u64, score["genes"].as_u64().unwrap() + 1);
    }
    assert_eq!(predicting, [Family::ScGpt]);
}
