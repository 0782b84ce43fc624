//! Models of every family: import as published, look at, verify, remove.

use std::path::Path;

use axum::http::StatusCode;
use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{self, Family, OpenOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture::{CELLS, GENES, write_h5ad_of};
use crate::hostile::{pickle_that_runs, torch_file};
use crate::service::{Answer, Part, Service};

const UPLOAD_BYTES: u64 = 256 << 20;

fn random(family: Family) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    family.random(dir.path(), family.random_sizes()[0], 7).unwrap();
    dir
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let file = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    };
    let mut files: Vec<_> = entries.map(file).collect();
    files.sort();
    files
}

fn parts(files: &[(String, Vec<u8>)]) -> Vec<Part<'_>> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect()
}

/// Cells of genes that the model in `dir` reads.
async fn cells_for(service: &Service, dir: &Path) -> String {
    let options = OpenOptions { device: DeviceChoice::Cpu, ..OpenOptions::default() };
    let model = families::open(dir, options).unwrap();
    let known = model.genes().iter().filter_map(|gene| gene.ensembl.clone());
    let human: Vec<String> = known.filter(|id| id.starts_with("ENSG")).take(GENES).collect();
    assert_eq!(human.len(), GENES, "a tiny model reads enough genes");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.h5ad");
    write_h5ad_of(&path, 7, &human).unwrap();
    service.upload(std::fs::read(path).unwrap()).await.text("digest")
}

fn left(service: &Service, folder: &str) -> usize {
    std::fs::read_dir(service.data.path().join(folder)).unwrap().count()
}

#[tokio::test]
async fn every_family_is_kept_as_published_described_and_removed() {
    for &family in Family::ALL {
        let service = Service::with_room_for(UPLOAD_BYTES);
        let dir = random(family);
        let sent = files(dir.path());
        let imported = service.import(&parts(&sent)).await;
        let digest = imported.text("digest");
        let card = &imported.json["card"];
        assert_eq!(card["family"], family.name());
        assert_eq!(card["licence"]["name"], family.licence().name);
        assert_eq!(card["sizes"]["parameters"], imported.json["n_parameters"]);
        assert!(card["vocabulary"]["genes"].as_u64().unwrap() > 10, "{card}");
        assert!(card["abilities"].as_array().unwrap().contains(&json!("screen")));
        assert_eq!(card["campaign_refusal"].is_null(), family.name() == "geneformer", "{card}");
        let kept = files(&service.data.path().join("models").join(&digest));
        assert!(kept == sent, "{family}: the files are not those that were sent");
        assert_eq!(service.import(&parts(&sent)).await.bytes, imported.bytes);
        let path = format!("/v1/models/{digest}");
        assert_eq!(service.get(&path).await.json, imported.json);
        assert_eq!(service.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(service.get(&path).await.refusal(), (404, "unknown_model"));
        assert_eq!(service.delete(&path).await.refusal(), (404, "unknown_model"));
        assert_eq!((left(&service, "models"), left(&service, "tmp")), (0, 0));
        assert_eq!(service.import(&parts(&sent)).await.bytes, imported.bytes);
    }
}

#[tokio::test]
async fn every_family_covers_and_embeds_cells_and_agrees_with_its_definition() {
    for &family in Family::ALL {
        let service = Service::with_room_for(UPLOAD_BYTES);
        let dir = random(family);
        let model = service.import(&parts(&files(dir.path()))).await.text("digest");
        let cells = cells_for(&service, dir.path()).await;
        let work = json!({"model_digest": model, "dataset_digest": cells});
        let coverage = service.post("/v1/models/coverage", work.clone()).await;
        assert_eq!(coverage.status, StatusCode::OK, "{family}: {}", coverage.json);
        assert_eq!(coverage.json["genes_known"], GENES);
        assert_eq!(coverage.json["counts_share"], 1.0);
        assert_eq!(service.post("/v1/models/coverage", work).await.bytes, coverage.bytes);
        looks_at_embedding(&service, family, &model, &cells).await;
        let parity = service.post(&format!("/v1/models/{model}/verify"), json!(null)).await;
        assert_eq!(parity.json["holds"], true, "{family}: {}", parity.json);
        assert_eq!(parity.json["batch_invariant"], true);
    }
}

async fn looks_at_embedding(service: &Service, family: Family, model: &str, cells: &str) {
    let ask = async |extra: Value| {
        let mut work =
            json!({"model_digest": model, "dataset_digest": cells, "kind": null, "max_cells": 20});
        work.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        service.post("/v1/models/embedding", work).await
    };
    let early = ask(json!({"kept_only": true})).await;
    assert_eq!(early.refusal(), (404, "not_computed"));
    let preview = ask(json!({"colour": "state"})).await;
    assert_eq!(preview.status, StatusCode::OK, "{family}: {}", preview.json);
    assert_eq!((&preview.json["n_cells"], &preview.json["n_sampled"]), (&json!(CELLS), &json!(20)));
    let places = preview.json["coordinates"].as_array().unwrap();
    assert_eq!(places.len(), 20);
    let axes = preview.json["explained_variance"].as_array().unwrap();
    assert!(places.iter().all(|place| place.as_array().unwrap().len() == axes.len()));
    assert!(axes[0].as_f64().unwrap() > 0.0, "cells are not all in one place: {axes:?}");
    let colour = &preview.json["colour"]["values"];
    assert_eq!(colour["categories"], json!(["blood", "tumour"]));
    let rows = preview.json["cells"].as_array().unwrap();
    for (row, code) in rows.iter().zip(colour["codes"].as_array().unwrap()) {
        assert_eq!(row.as_u64().unwrap() % 2, code.as_u64().unwrap(), "every second is a tumour");
    }
    let kept = ask(json!({"kept_only": true})).await;
    assert_eq!(kept.json["coordinates"], preview.json["coordinates"]);
    assert!(kept.json["colour"].is_null());
    assert_eq!(ask(json!({"colour": "weather"})).await.refusal(), (422, "unknown_column"));
    assert_eq!(ask(json!({"kind": "soul"})).await.refusal(), (422, "unsupported"));
}

#[tokio::test]
async fn a_checkpoint_of_any_family_that_lacks_a_file_or_is_cut_is_refused_and_leaves_nothing() {
    for &family in Family::ALL {
        let service = Service::with_room_for(UPLOAD_BYTES);
        let sent = files(random(family).path());
        for missing in 0..sent.len() {
            let mut some = sent.clone();
            let (name, _) = some.remove(missing);
            let answer = service.import(&parts(&some)).await;
            if answer.json["card"]["vocabulary"]["source"] == "bundled" {
                // Without its own vocabulary the checkpoint means the published one, which is here.
                let path = format!("/v1/models/{}", answer.text("digest"));
                assert_eq!(service.delete(&path).await.status, StatusCode::NO_CONTENT);
                continue;
            }
            refused(&answer, &format!("{family} without {name}"));
        }
        for cut in 0..sent.len() {
            let mut torn = sent.clone();
            let half = torn[cut].1.len() / 2;
            torn[cut].1.truncate(half);
            let answer = service.import(&parts(&torn)).await;
            refused(&answer, &format!("{family} with half of {}", torn[cut].0));
        }
        assert_eq!((left(&service, "models"), left(&service, "tmp")), (0, 0));
    }
}

fn refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {}", answer.json);
    let detail = answer.json["detail"].as_str().unwrap();
    assert!(detail.len() > 20 && !detail.contains("/tmp"), "{what}: {detail}");
}

#[tokio::test]
async fn a_file_name_that_leads_elsewhere_is_refused_before_anything_is_written() {
    let service = Service::start();
    let names =
        ["../evil.json", "..%2Fevil.json", "/tmp/evil.json", "a/evil.json", "..", ".evil.json", ""];
    for name in names {
        let answer = service.import(&[(name, b"{}".to_vec())]).await;
        assert_eq!(answer.refusal(), (400, "bad_file_name"), "{name:?}");
    }
    assert!(!service.data.path().join("evil.json").exists());
    assert_eq!((left(&service, "models"), left(&service, "tmp")), (0, 0));
}

#[tokio::test]
async fn a_pickle_that_would_run_a_command_is_refused_and_runs_nothing() {
    let service = Service::start();
    let witness = service.data.path().join("witness");
    let pickle = pickle_that_runs(&format!("touch {}", witness.display()));
    let bodies =
        [("damaged_checkpoint", pickle.clone()), ("forbidden_pickle", torch_file(&pickle))];
    for &family in Family::ALL {
        for (code, body) in &bodies {
            let mut sent = files(random(family).path());
            sent.retain(|(name, _)| name != "model.safetensors");
            // Each family reads the container it was published in.
            for name in ["pytorch_model.bin", "best_model.pt", "models.ckpt", "weights.pth"] {
                sent.push((name.to_owned(), body.clone()));
            }
            let answer = service.import(&parts(&sent)).await;
            assert_eq!(answer.refusal(), (422, *code), "{family}: {}", answer.json);
        }
    }
    assert!(!witness.exists());
}

#[tokio::test]
async fn a_removed_model_is_trained_again_when_asked_for_again() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let path = format!("/v1/models/{model}");
    assert_eq!(service.delete(&path).await.status, StatusCode::NO_CONTENT);
    let again = service.post("/v1/models/pretrain", crate::service::pretrain(&cells, 1)).await;
    assert_eq!(again.text("digest"), model, "the same training gives the same model");
    assert_eq!(service.get(&path).await.status, StatusCode::OK);
    assert_eq!(again.json["card"]["licence"]["name"], "your own");
}

#[tokio::test]
async fn a_model_stored_before_there_were_cards_gets_one_when_it_is_looked_at() {
    let service = Service::start();
    let (_, model) = service.with_model().await;
    let facts = service.data.path().join("models").join(format!("{model}.json"));
    let mut old: Value = serde_json::from_slice(&std::fs::read(&facts).unwrap()).unwrap();
    let card = old.as_object_mut().unwrap().remove("card").unwrap();
    std::fs::write(&facts, old.to_string()).unwrap();
    assert_eq!(service.get(&format!("/v1/models/{model}")).await.json["card"], card);
    let now: Value = serde_json::from_slice(&std::fs::read(&facts).unwrap()).unwrap();
    assert_eq!(now["card"], card);
}
