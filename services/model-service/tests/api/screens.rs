//! Planning and running in-silico screens.

use serde_json::{Value, json};

use crate::fixture::genes;
use crate::service::Service;

/// A screen of a few genes of the fixture and one that no vocabulary has.
fn screen(cells: &str, model: &str) -> Value {
    let mut ids = genes();
    ids.truncate(6);
    ids.push("ENSG99999999999".into());
    ids.sort();
    json!({
        "model_digest": model, "dataset_digest": cells, "genes": ids, "seed": 3,
        "perturbations": ["knock_out", "over_expression"],
        "screen": {
            "state_column": "state", "start_value": "tumour", "goal_value": "blood",
            "donor_column": "donor", "max_cells": 10, "emb_layer": -1
        }
    })
}

#[tokio::test]
async fn a_screen_is_planned_without_running_it() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let plan = service.post("/v1/screens/plan", screen(&cells, &model)).await;
    assert_eq!(plan.json["n_cells"], 10, "{}", plan.json);
    assert_eq!(plan.json["unknown_genes"], json!(["ENSG99999999999"]));
    assert!(plan.json["n_shards"].as_u64().unwrap() >= 1);
    assert!(plan.json["n_forwards"].as_u64().unwrap() > 10);
}

#[tokio::test]
async fn a_shard_has_the_same_digest_here_again_and_on_another_service() {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let service = Service::start();
        let (cells, model) = service.with_model().await;
        let work = json!({"work": screen(&cells, &model), "shard": 0});
        let first = service.post("/v1/screens/shards", work.clone()).await;
        first.text("digest");
        assert_eq!(service.post("/v1/screens/shards", work).await.bytes, first.bytes);
        answers.push(first);
    }
    assert_eq!(answers[0].bytes, answers[1].bytes);
    let rows = answers[0].json["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["mean_shift"].is_f64() || row["n_cells"] == 0));
    assert!(rows.iter().any(|row| row["interval_kind"] == "donor"));
}

#[tokio::test]
async fn a_screen_of_what_is_not_there_is_refused_with_what_is() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let mut work = screen(&cells, &model);
    work["screen"]["goal_value"] = json!("liver");
    let refused = service.post("/v1/screens/plan", work).await;
    assert_eq!(refused.refusal(), (422, "unknown_state"));
    let work = json!({"work": screen(&cells, &model), "shard": 999});
    let refused = service.post("/v1/screens/shards", work).await;
    assert_eq!(refused.refusal(), (404, "no_such_shard"));
    let unknown = screen(&cells, &"0".repeat(64));
    let refused = service.post("/v1/screens/plan", unknown).await;
    assert_eq!(refused.refusal(), (404, "unknown_model"));
}
