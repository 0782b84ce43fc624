//! The committed OpenAPI document, from which the UI's types are generated.

use std::fs;

use crate::repository;

/// Set to write the document instead of comparing it.
const WRITE: &str = "NEXTWELL_WRITE_OPENAPI";

#[test]
fn the_committed_openapi_document_is_the_one_that_is_served() {
    let served = nextwell_planner_service::routes::document();
    let served = served.to_pretty_json().expect("the document is JSON") + "\n";
    let path = repository().join("ui/openapi.json");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, served).expect("ui/openapi.json can be written");
        return;
    }
    let committed = fs::read_to_string(&path).expect("ui/openapi.json is committed");
    let differing = served.lines().zip(committed.lines()).position(|(a, b)| a != b);
    assert!(
        served == committed,
        "ui/openapi.json is not what the server serves (first difference in line {:?}). Run\n  \
         {WRITE}=1 cargo test -p nextwell-tests --test house openapi && npm --prefix ui run schema",
        differing.map(|line| line + 1)
    );
}
