//! Uploads, also hostile ones.

use axum::http::StatusCode;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::fixture::{CELLS, GENES, genes};
use crate::service::{Service, fixture_bytes};

#[tokio::test]
async fn an_upload_is_checked_kept_by_digest_and_answered_the_same_again() {
    let service = Service::start();
    let first = service.upload(fixture_bytes()).await;
    let digest = first.text("digest");
    insta::assert_json_snapshot!(first.json["report"]);
    assert_eq!(service.upload(fixture_bytes()).await.bytes, first.bytes);
    let told = service.get(&format!("/v1/datasets/{digest}")).await;
    assert_eq!(told.bytes, first.bytes);
    let tmp = std::fs::read_dir(service.data.path().join("tmp")).unwrap();
    assert_eq!(tmp.count(), 0, "scratch is left");
}

#[tokio::test]
async fn expression_is_told_per_state() {
    let service = Service::start();
    let digest = service.with_cells().await;
    let path = format!("/v1/datasets/{digest}/expression");
    let tumour = service.post(&path, json!({"state": ["state", "tumour"]})).await;
    let blood = service.post(&path, json!({"state": ["state", "blood"]})).await;
    assert_eq!(tumour.json.as_array().unwrap().len(), GENES);
    let level = |answer: &crate::service::Answer, id: &str| {
        let of_gene = |gene: &&serde_json::Value| gene["ensembl_id"] == id;
        let gene = answer.json.as_array().unwrap().iter().find(of_gene).unwrap();
        gene["mean_log1p_cp10k"].as_f64().unwrap()
    };
    let marker = &genes()[0];
    assert!(level(&tumour, marker) > level(&blood, marker) + 0.5);
    let unknown = service.post(&path, json!({"state": ["state", "liver"]})).await;
    assert_eq!(unknown.refusal(), (422, "unknown_state"));
    assert!(unknown.json["detail"].as_str().unwrap().contains("blood, tumour"));
}

#[tokio::test]
async fn unknown_and_malformed_digests_are_told_apart() {
    let service = Service::start();
    let unknown = "0".repeat(64);
    for noun in ["dataset", "model"] {
        let found = service.get(&format!("/v1/{noun}s/{unknown}")).await;
        assert_eq!(found.refusal(), (404, format!("unknown_{noun}").as_str()));
        for bad in ["abc", "..%2F..%2Fetc%2Fpasswd", &"A".repeat(64)] {
            let refused = service.get(&format!("/v1/{noun}s/{bad}")).await;
            assert_eq!(refused.refusal(), (400, "bad_digest"));
        }
    }
    assert_eq!(service.get("/v1/nothing").await.refusal(), (404, "no_such_route"));
    assert_eq!(service.get("/v1/screens/plan").await.refusal(), (405, "wrong_method"));
}

#[tokio::test]
async fn a_file_that_is_too_large_or_no_h5ad_is_refused() {
    let service = Service::start();
    let large = service.upload(vec![0; (4 << 20) + 1]).await;
    assert_eq!(large.refusal(), (413, "file_too_large"));
    let text = service.upload(b"<html>not found</html>".to_vec()).await;
    assert_eq!(text.refusal(), (422, "not_hdf5"));
    insta::assert_json_snapshot!(text.json);
    assert_eq!(service.upload(Vec::new()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn truncated_and_flipped_files_end_in_an_answer_and_the_service_lives() {
    let service = Service::start();
    let whole = fixture_bytes();
    let mut rng = ChaCha8Rng::seed_from_u64(40);
    let mut damaged: Vec<Vec<u8>> = (1..8).map(|n| whole[..whole.len() * n / 8].to_vec()).collect();
    for _ in 0..40 {
        let mut flipped = whole.clone();
        // Most structure is in the first kilobytes; the rest is counts.
        let end = if rng.random_bool(0.7) { 4096.min(whole.len()) } else { whole.len() };
        let at = rng.random_range(0..end);
        flipped[at] ^= 1 << rng.random_range(0..8);
        damaged.push(flipped);
    }
    let mut refused = 0;
    for (number, bytes) in damaged.into_iter().enumerate() {
        let answer = service.upload(bytes).await;
        let status = answer.status.as_u16();
        assert!(status == 200 || status == 422, "file {number}: {status} {}", answer.json);
        refused += u32::from(status == 422);
    }
    assert!(refused >= 7, "every truncation is refused, found {refused} refusals");
    assert_eq!(service.get("/readyz").await.status, StatusCode::OK);
    let sound = service.upload(whole).await;
    assert_eq!(sound.json["report"]["n_cells"], CELLS);
}

#[tokio::test]
async fn gene_names_are_resolved_in_order() {
    let service = Service::start();
    let names = json!({"names": ["IL2RA", "CD25", "ENSG00000107485.18", "IL2RAA", "MARCH1"]});
    let resolved = service.post("/v1/genes/resolve", names).await;
    insta::assert_json_snapshot!(resolved.json);
    let refused = service.post("/v1/genes/resolve", json!({"genes": []})).await;
    assert_eq!(refused.refusal(), (422, "bad_request_body"));
}
