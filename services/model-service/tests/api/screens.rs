//! Planning and running in-silico screens.

use serde_json::{Value, json};

use crate::fixture::genes;
use crate::service::Service;

/// A screen of a few genes of the fixture, one that no vocabulary has, and a name of no gene.
pub fn screen(cells: &str, model: &str) -> Value {
    let mut ids = genes();
    ids.truncate(6);
    ids.extend(["ENSG99999999999".into(), "no gene".into()]);
    let state = |value: &str| json!({"column": "state", "value": value});
    json!({
        "model_digest": model,
        "order": {
            "dataset_digest": cells, "model_digests": [model], "seed": 3,
            "start": state("tumour"), "goal": state("blood"),
            "targets": {"kind": "each", "genes": ids},
            "perturbations": ["knock_out", "over_expression"],
            "donor_column": "donor", "max_cells": 10, "emb_layer": -1, "min_detections": 2
        }
    })
}

#[tokio::test]
async fn a_screen_is_planned_without_running_it_and_estimated_with_its_time() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let plan = service.post("/v1/screens/plan", screen(&cells, &model)).await.json;
    assert_eq!(plan["n_cells"], 10, "{plan}");
    assert_eq!(plan["unknown_genes"], json!(["no gene", "ENSG99999999999"]));
    assert_eq!((&plan["n_targets"], &plan["seconds"]), (&json!(7), &Value::Null));
    assert!(plan["n_shards"].as_u64().unwrap() >= 1);
    assert!(plan["n_forwards"].as_u64().unwrap() > 10);
    let estimate = service.post("/v1/screens/estimate", screen(&cells, &model)).await.json;
    let seconds = |name: &str| estimate[name].as_f64().unwrap();
    assert!(0.0 < seconds("seconds_low") && seconds("seconds_low") <= seconds("seconds"));
    assert!(seconds("seconds") < seconds("seconds_high"), "{estimate}");
    assert!(estimate["memory_bytes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_shard_has_the_same_digest_here_again_and_on_another_service() {
    let mut digests = Vec::new();
    for _ in 0..2 {
        let service = Service::start();
        let (cells, model) = service.with_model().await;
        let work = json!({"work": screen(&cells, &model), "shard": 0});
        digests.push(service.post("/v1/screens/shards", work.clone()).await.text("digest"));
        digests.push(service.post("/v1/screens/shards", work).await.text("digest"));
    }
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{digests:?}");
}

#[tokio::test]
async fn a_finished_screen_is_reported_and_lost_values_are_computed_again() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let work = screen(&cells, &model);
    let shard = json!({"work": work, "shard": 0});
    let digest = service.post("/v1/screens/shards", shard.clone()).await.text("digest");
    let screens = service.data.path().join("screens");
    std::fs::remove_dir_all(std::fs::read_dir(&screens).unwrap().next().unwrap().unwrap().path())
        .unwrap();
    let report = service.post("/v1/screens/finish", work).await.json;
    assert_eq!(report["measures"], json!(["blood", "tumour"]));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 14);
    assert!(rows.iter().any(|row| row["effects"][0]["donor_low"].is_f64()), "{report}");
    assert!(rows.iter().all(|row| row["rank"].is_null() == (row["n_cells"] == 0)));
    assert!(report["noise_floor"].as_f64().unwrap() < 1e-4, "{}", report["noise_floor"]);
    assert!(report["map"].as_array().unwrap().iter().any(|point| point["group"] == "goal"));
    assert_eq!(report["provenance"]["seed"], "3");
    assert_eq!(service.post("/v1/screens/shards", shard).await.text("digest"), digest);
}

#[tokio::test]
async fn a_screen_of_what_is_not_there_is_refused_with_what_is() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let refused = async |path: &'static str, change: &dyn Fn(&mut Value)| {
        let mut work = screen(&cells, &model);
        change(&mut work["order"]);
        let answer = service.post(path, work).await;
        let (status, code) = answer.refusal();
        (status, code.to_owned())
    };
    let plan = "/v1/screens/plan";
    let unknown = refused(plan, &|order| order["goal"]["value"] = json!("liver")).await;
    assert_eq!(unknown, (422, "unknown_state".to_owned()));
    let layer = refused(plan, &|order| order["emb_layer"] = json!(-99)).await;
    assert_eq!(layer, (422, "unsupported".to_owned()));
    let twice =
        refused(plan, &|order| order["perturbations"] = json!(["knock_out", "delete"])).await;
    assert_eq!(twice, (422, "bad_screen".to_owned()));
    let kind = refused(plan, &|order| order["perturbations"] = json!(["inhibit_0"])).await;
    assert_eq!(kind, (422, "bad_screen".to_owned()));
    let work = json!({"work": screen(&cells, &model), "shard": 999});
    let refused = service.post("/v1/screens/shards", work).await;
    assert_eq!(refused.refusal(), (404, "no_such_shard"));
    let unknown = screen(&cells, &"0".repeat(64));
    let refused = service.post(plan, unknown).await;
    assert_eq!(refused.refusal(), (404, "unknown_model"));
}

#[tokio::test]
async fn every_effect_is_written_once_as_csv_and_as_parquet() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let values = |format: &str| json!({"work": screen(&cells, &model), "format": format});
    let csv = service.post("/v1/screens/values", values("csv")).await;
    let text = String::from_utf8(csv.bytes).unwrap();
    assert!(text.starts_with("target,perturbation,cell,donor,null_group,effect_blood"), "{text}");
    let again = service.post("/v1/screens/values", values("csv")).await;
    assert_eq!(again.bytes, text.into_bytes());
    let parquet = service.post("/v1/screens/values", values("parquet")).await;
    assert_eq!(&parquet.bytes[..4], b"PAR1");
    let refused = service.post("/v1/screens/values", values("xlsx")).await;
    assert_eq!(refused.refusal(), (400, "unknown_format"));
}

#[tokio::test]
async fn a_first_order_screen_runs_its_best_genes_and_says_what_the_estimates_are_worth() {
    let service = Service::start();
    let (cells, model) = service.with_model().await;
    let mut work = screen(&cells, &model);
    work["order"]["mode"] = json!("gradient");
    work["order"]["top"] = json!(3);
    work["order"]["perturbations"] = json!(["knock_out"]);
    let estimate = service.post("/v1/screens/estimate", work.clone()).await.json;
    assert_eq!(estimate["n_targets"], 7, "{estimate}");
    let plan = service.post("/v1/screens/plan", work.clone()).await.json;
    assert_eq!(plan["n_targets"], 3, "{plan}");
    let report = service.post("/v1/screens/finish", work.clone()).await.json;
    assert_eq!(report["rows"].as_array().unwrap().len(), 3);
    assert!(report["first_order"]["top"].as_u64().unwrap() > 0, "{report}");
    work["order"]["perturbations"] = json!(["over_expression"]);
    let refused = service.post("/v1/screens/plan", work).await;
    assert_eq!(refused.refusal(), (422, "bad_screen"));
}

#[tokio::test]
async fn rankings_are_evaluated_and_compared_as_they_are_sent() {
    let service = Service::start();
    let row = |mean: f64, rate: f64, positive: bool| {
        json!({"mean": mean, "detection_rate": rate, "mean_expression": rate,
            "goal_minus_start": null, "positive": positive, "others": [-mean]})
    };
    let rows: Vec<Value> =
        (0..40).map(|i| row(f64::from(40 - i), f64::from(i % 7), i < 5)).collect();
    let work = json!({"has_goal": true, "rows": rows, "others": ["upside down"]});
    let found = service.post("/v1/screens/evaluate", work.clone()).await.json;
    let auroc = |name: &str| {
        let of = found.as_array().unwrap().iter().find(|e| e["ranking"] == name).unwrap();
        of["auroc"]["value"].as_f64().unwrap()
    };
    assert_eq!((auroc("screen"), auroc("upside down")), (1.0, 0.0));
    assert!((0.2..0.8).contains(&auroc("random")));
    let mut broken = work;
    broken["others"] = json!([]);
    let refused = service.post("/v1/screens/evaluate", broken).await;
    assert_eq!(refused.refusal(), (422, "bad_request_body"));

    let target = |gene: &str, rank: u32, mean: f64| {
        json!({"genes": [gene], "perturbation": "knock_out", "rank": rank, "mean": mean,
            "significant": rank == 1})
    };
    let work = json!({"tables": [
        [target("ENSG00000107485", 1, 0.3), target("ENSG00000118513", 2, -0.1)],
        [target("ENSG00000107485", 1, 0.2), target("ENSG00000118513", 2, 0.1)],
    ]});
    let found = service.post("/v1/screens/compare", work).await.json;
    assert_eq!(found["rows"][0]["label"], "GATA3");
    assert_eq!(found["rows"][0]["n_agreeing"], 2);
    assert_eq!(found["rows"][1]["n_agreeing"], 1);
    assert_eq!(found["agreement"][0]["top_overlap"], 2);
}
