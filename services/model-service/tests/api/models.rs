//! Pretraining, import and fine-tuning.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fixture::genes;
use crate::service::{Answer, Service, pretrain};

fn stored(service: &Service, model: &str, file: &str) -> Vec<u8> {
    std::fs::read(service.data.path().join("models").join(model).join(file)).unwrap()
}

/// Measured effects that go with a gene's place in the fixture: markers of `tumour` are strong.
fn fine_tune(cells: &str, parent: &str, n_genes: usize) -> Value {
    let mut measurements: Vec<Value> = genes()
        .iter()
        .take(n_genes)
        .enumerate()
        .map(|(place, gene)| {
            let strength = if place < 20 { 6.0 } else { 0.5 };
            json!({"ensembl_id": gene, "robust_z": strength + (place % 7) as f64 / 10.0})
        })
        .collect();
    measurements.sort_by_key(|measured| measured["ensembl_id"].as_str().unwrap().to_owned());
    json!({
        "parent_digest": parent, "dataset_digest": cells, "measurements": measurements,
        "split_seed": 5, "seed": 2,
        "screen": {"state_column": "state", "start_value": "tumour", "goal_value": "blood"}
    })
}

#[tokio::test]
async fn a_pretrained_model_tells_its_course_and_is_trained_once() {
    let service = Service::start();
    let cells = service.with_cells().await;
    let first = service.post("/v1/models/pretrain", pretrain(&cells, 2)).await;
    let digest = first.text("digest");
    let info = &first.json["info"];
    assert_eq!(info["dataset_digest"], cells.as_str());
    assert_eq!(info["seed"], 1);
    assert_eq!(info["config"]["num_hidden_layers"], 2);
    let curve = info["loss_curve"].as_array().unwrap();
    assert_eq!(curve.len(), 3, "before, and after each epoch");
    assert!(curve.iter().all(|point| point["validation"].is_f64()));
    assert_eq!(first.json["has_head"], false);
    assert!(first.json["n_parameters"].as_u64().unwrap() > 25_426 * 16);
    let again = service.post("/v1/models/pretrain", pretrain(&cells, 2)).await;
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(service.get(&format!("/v1/models/{digest}")).await.json, first.json);
}

#[tokio::test]
async fn settings_that_make_no_network_and_cells_that_are_not_there_are_refused() {
    let service = Service::start();
    let cells = service.with_cells().await;
    for (setting, value) in [("heads", 3), ("layers", 0), ("hidden", 1_000_000)] {
        let mut work = pretrain(&cells, 1);
        work["settings"][setting] = json!(value);
        let refused = service.post("/v1/models/pretrain", work).await;
        assert_eq!(refused.refusal(), (422, "bad_setting"), "{setting}");
    }
    let unknown = service.post("/v1/models/pretrain", pretrain(&"0".repeat(64), 1)).await;
    assert_eq!(unknown.refusal(), (404, "unknown_dataset"));
    let bad = service.post("/v1/models/pretrain", pretrain("../../etc/passwd", 1)).await;
    assert_eq!(bad.refusal(), (400, "bad_digest"));
}

#[tokio::test]
async fn an_imported_model_has_the_digest_of_its_files() {
    let service = Service::start();
    let (_, model) = service.with_model().await;
    let file = |name: &'static str| (name, stored(&service, &model, name));
    let whole = [file("config.json"), file("model.safetensors"), file("vocabulary.csv")];
    let elsewhere = Service::start();
    let imported = elsewhere.import(&whole).await;
    assert_eq!(imported.text("digest"), model);
    assert_eq!(
        imported.json["n_parameters"],
        service.get(&format!("/v1/models/{model}")).await.json["n_parameters"]
    );
    let bundled = elsewhere.import(&whole[..2]).await;
    assert_eq!(bundled.status, StatusCode::OK, "the bundled vocabulary fits: {}", bundled.json);
}

#[tokio::test]
async fn files_that_are_no_model_are_refused_and_leave_nothing() {
    let service = Service::start();
    let (_, model) = service.with_model().await;
    let config = stored(&service, &model, "config.json");
    let weights = stored(&service, &model, "model.safetensors");
    let elsewhere = Service::start();
    let refusals = [
        elsewhere.import(&[("config.json", config.clone())]).await,
        elsewhere.import(&[("config.json", config.clone()), ("notes.md", vec![1])]).await,
        elsewhere
            .import(&[("config.json", b"{}".to_vec()), ("model.safetensors", weights.clone())])
            .await,
        elsewhere
            .import(&[("config.json", config.clone()), ("model.safetensors", vec![7; 99])])
            .await,
        elsewhere
            .import(&[("config.json", config.clone()), ("pytorch_model.bin", vec![7; 99])])
            .await,
    ];
    let codes: Vec<(u16, &str)> = refusals.iter().map(Answer::refusal).collect();
    let expected = [
        (422, "incomplete_model"),
        (422, "incomplete_model"),
        (422, "not_a_model"),
        (422, "damaged_checkpoint"),
        (422, "damaged_checkpoint"),
    ];
    assert_eq!(codes, expected);
    for refusal in &refusals {
        let detail = refusal.json["detail"].as_str().unwrap();
        assert!(!detail.contains("/tmp"), "a path of the service: {detail}");
    }
    let small = b"ensembl_id,token_id,nonzero_median,symbol\n<pad>,0,,\n<mask>,1,,\n".to_vec();
    let files =
        [("config.json", config), ("model.safetensors", weights), ("vocabulary.csv", small)];
    let misfit = elsewhere.import(&files).await;
    assert_eq!(misfit.refusal(), (422, "vocabulary_does_not_fit"));
    let detail = misfit.json["detail"].as_str().unwrap();
    assert!(detail.contains("2 tokens") && detail.contains("25426"), "{detail}");
    for folder in ["models", "tmp"] {
        let left = std::fs::read_dir(elsewhere.data.path().join(folder)).unwrap().count();
        assert_eq!(left, 0, "{folder}");
    }
}

#[tokio::test]
async fn a_fine_tuned_version_is_evaluated_decided_and_predicts_effects() {
    let service = Service::start();
    let (cells, parent) = service.with_model().await;
    let work = fine_tune(&cells, &parent, 60);
    let tuned = service.post("/v1/models/fine-tune", work.clone()).await;
    assert_eq!(tuned.status, StatusCode::OK, "{}", tuned.json);
    let evaluation = &tuned.json["evaluation"];
    let genes_seen =
        evaluation["n_train"].as_u64().unwrap() + evaluation["n_held_out"].as_u64().unwrap();
    assert_eq!(genes_seen, 60);
    let names: Vec<&str> = evaluation["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["candidate", "current", "mean", "ridge", "random"]);
    let promoted = tuned.json["reason"].as_str().unwrap().starts_with("promoted");
    assert_eq!(tuned.json["promote"], promoted);
    assert_eq!(tuned.json["model"]["has_head"], true);
    assert_eq!(service.post("/v1/models/fine-tune", work).await.bytes, tuned.bytes);
    let version = tuned.json["model"]["digest"].as_str().unwrap();
    let mut screen = crate::screens::screen(&cells, version);
    screen["predict"] = json!(true);
    screen["order"]["max_cells"] = json!(4);
    let report = service.post("/v1/screens/finish", screen).await.json;
    let predicted = report["predictions"].as_array().unwrap();
    assert_eq!(predicted.len(), 6, "{report}");
    assert!(predicted.iter().all(|p| p["effect"].is_f64() && p["sd"].is_f64()), "{report}");
}

#[tokio::test]
async fn fine_tuning_on_too_few_genes_is_refused_with_the_number_needed() {
    let service = Service::start();
    let (cells, parent) = service.with_model().await;
    let refused = service.post("/v1/models/fine-tune", fine_tune(&cells, &parent, 5)).await;
    assert_eq!(refused.refusal(), (422, "too_few_genes"));
    assert!(refused.json["detail"].as_str().unwrap().contains("needed at least"));
}
