//! AnnData files that cannot be used: the service says why and lives on.

use hdf5_metno::File;
use nextwell_contract::Dataset;
use nextwell_tests::api::Api;
use nextwell_tests::database::count_rows;
use nextwell_tests::server::Site;
use nextwell_tests::{bundled, campaign};

const CELLS: &str = "wu2020_tcells_200.h5ad";

#[tokio::test]
async fn a_truncated_h5ad_is_refused_and_the_service_lives_on() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let whole = bundled(CELLS);
    let before = count_rows(&site.database.url).await;
    for kept in [whole.len() / 2, whole.len() - 1, 2000] {
        refuse(&api, whole[..kept].to_vec(), &["damaged_file", "not_hdf5"]).await;
    }
    assert_eq!(count_rows(&site.database.url).await, before);
    let dataset = campaign::load_cells(&api).await;
    assert_eq!(dataset.report.n_cells, 200);
    server.stop();
}

#[tokio::test]
async fn bytes_that_are_no_h5ad_are_refused() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let before = count_rows(&site.database.url).await;
    refuse(&api, Vec::new(), &["not_hdf5"]).await;
    refuse(&api, b"symbol,count\nGATA3,1\n".to_vec(), &["not_hdf5"]).await;
    assert_eq!(count_rows(&site.database.url).await, before);
    server.stop();
}

#[tokio::test]
async fn an_h5ad_without_raw_counts_is_refused_with_where_counts_were_looked_for() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let before = count_rows(&site.database.url).await;
    let said = refuse(&api, with_values(f32::ln_1p), &["no_raw_counts"]).await;
    assert!(said.contains("layers"), "where were the counts looked for? {said}");
    refuse(&api, with_values(|count| count + f32::NAN), &["no_raw_counts", "bad_count"]).await;
    refuse(&api, with_values(|count| -count), &["no_raw_counts", "bad_count"]).await;
    assert_eq!(count_rows(&site.database.url).await, before);
    let datasets: Vec<Dataset> = api.get("/api/datasets").await.json();
    assert!(datasets.is_empty(), "{datasets:?}");
    server.stop();
}

/// Uploads and expects a 422 of one of these codes; returns the detail.
async fn refuse(api: &Api, bytes: Vec<u8>, codes: &[&str]) -> String {
    let problem = api.post_bytes("/api/datasets?name=bad.h5ad", bytes).await.problem();
    assert_eq!(problem.status, 422, "{problem:?}");
    assert!(codes.contains(&problem.code.as_str()), "{codes:?} was expected: {problem:?}");
    assert!(!problem.detail.contains("/tmp"), "names a folder of the server: {}", problem.detail);
    problem.detail
}

/// The bundled cells with every stored count changed.
fn with_values(change: impl Fn(f32) -> f32) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CELLS);
    std::fs::write(&path, bundled(CELLS)).unwrap();
    let file = File::append(&path).unwrap();
    let x = file.group("X").unwrap();
    let counts: Vec<f32> = x.dataset("data").unwrap().read_raw().unwrap();
    let changed: Vec<f32> = counts.into_iter().map(change).collect();
    x.unlink("data").unwrap();
    x.new_dataset_builder().with_data(&changed).create("data").unwrap();
    file.flush().unwrap();
    std::fs::read(path).unwrap()
}
