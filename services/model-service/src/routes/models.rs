//! Model versions: import, facts, pretraining, fine-tuning.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use nextwell_contract::ModelInfo;
use nextwell_contract::worker::{FineTuneWork, PretrainWork};

use super::upload::{check_announced, save};
use crate::app::{App, blocking, unknown};
use crate::device::{fine_tune as learning, import as importing, pretrain as pretraining};
use crate::extract::{Body, JsonBytes, digest_of};
use crate::failure::Failure;
use crate::work::long_work;

/// Files that an import may consist of; a file keeps the first name in its pair.
const IMPORTED: [&str; 4] =
    ["config.json", "model.safetensors", "pytorch_model.bin", "vocabulary.csv"];

/// `POST /v1/models`: multipart, one part per file. 200, 400, 413, 422.
pub async fn import(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Json<ModelInfo>, Failure> {
    check_announced(&headers, app.max_upload_bytes)?;
    let scratch = app.files.scratch()?;
    save_parts(parts, scratch.path(), app.max_upload_bytes).await?;
    let work = move || {
        let folder = scratch.path();
        importing::import(&app, folder).map_err(|failure| failure.relative_to(folder))
    };
    blocking(work).await.map(Json)
}

async fn save_parts(mut parts: Multipart, folder: &FilePath, limit: u64) -> Result<(), Failure> {
    let mut left = limit;
    loop {
        let part = parts.next_field().await.map_err(|error| {
            Failure::new(400, "bad_multipart", "The form cannot be read").detail(format!(
                "{}; send each file as one part of multipart/form-data",
                error.body_text()
            ))
        })?;
        let Some(part) = part else { return Ok(()) };
        let path = folder.join(imported_name(&part)?);
        if path.exists() {
            return Err(Failure::new(400, "duplicate_file", "A file was sent twice").detail(
                format!("{}; send each file once", path.file_name().unwrap_or_default().display()),
            ));
        }
        left -= save(part, &path, left).await?.1;
    }
}

/// Our own name for a part; the caller's name only chooses among the known ones.
fn imported_name(part: &Field<'_>) -> Result<&'static str, Failure> {
    let names = [part.file_name(), part.name()];
    let known = |name: &str| IMPORTED.into_iter().find(|known| *known == name);
    names.into_iter().flatten().find_map(known).ok_or_else(|| {
        let found = names.into_iter().flatten().next().unwrap_or("no name");
        Failure::new(400, "unknown_file", "This file is not part of a model")
            .detail(format!("found {found:?}; expected parts named {}", IMPORTED.join(", ")))
    })
}

/// `GET /v1/models/{digest}`. 200, 400, 404.
pub async fn info(State(app): State<Arc<App>>, path: Path<String>) -> Result<JsonBytes, Failure> {
    let digest = digest_of(path)?;
    let found = app.files.read(&app.files.model_info(&digest))?;
    found.map(JsonBytes).ok_or_else(|| unknown("model", "model", &digest))
}

/// `POST /v1/models/pretrain`: a small model from scratch. 200, 400, 404, 422, 429.
pub async fn pretrain(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<PretrainWork>,
) -> Result<JsonBytes, Failure> {
    app.require_dataset(&work.dataset_digest)?;
    long_work(app, "pretrain", &headers, work, pretraining::pretrain).await
}

/// `POST /v1/models/fine-tune`: a new version, its evaluation, the decision. 200, 400, 404, 422, 429.
pub async fn fine_tune(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<FineTuneWork>,
) -> Result<JsonBytes, Failure> {
    app.require_dataset(&work.dataset_digest)?;
    app.require_model(&work.parent_digest)?;
    long_work(app, "fine-tune", &headers, work, learning::fine_tune).await
}
