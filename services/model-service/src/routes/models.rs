//! Model versions: facts, removal, pretraining, fine-tuning.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use nextwell_contract::ModelInfo;
use nextwell_contract::worker::{FineTuneWork, FineTuned, PretrainWork};

use crate::app::{App, blocking};
use crate::card::read_card;
use crate::device::{fine_tune as learning, pretrain as pretraining};
use crate::digest::Digest;
use crate::extract::{Body, JsonBytes, digest_of};
use crate::failure::Failure;
use crate::work::long_work_that;

/// `GET /v1/models/{digest}`. 200, 400, 404.
///
/// The card of a model that was stored before there were cards is read now and kept.
pub async fn info(
    State(app): State<Arc<App>>,
    path: Path<String>,
) -> Result<Json<ModelInfo>, Failure> {
    let digest = app.require_model(digest_of(path)?.as_str())?;
    blocking(move || described(&app, &digest)).await.map(Json)
}

fn described(app: &App, digest: &Digest) -> Result<ModelInfo, Failure> {
    let path = app.files.model_info(digest);
    let bytes = app.files.read(&path)?.unwrap_or_default();
    let mut info: ModelInfo = serde_json::from_slice(&bytes).map_err(Failure::internal)?;
    if info.card.is_none() {
        info.card = Some(read_card(&app.files.model(digest)).map_err(Failure::internal)?);
        let bytes = serde_json::to_vec(&info).map_err(Failure::internal)?;
        app.files.put_bytes(&bytes, &path)?;
    }
    Ok(info)
}

/// `DELETE /v1/models/{digest}`: its files and facts. 204, 400, 404.
///
/// Whether anything still needs the model is known to the caller only.
pub async fn remove(
    State(app): State<Arc<App>>,
    path: Path<String>,
) -> Result<StatusCode, Failure> {
    let digest = digest_of(path)?;
    blocking(move || app.remove_model(&digest)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/models/pretrain`: a small model from scratch. 200, 400, 404, 422, 429.
pub async fn pretrain(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<PretrainWork>,
) -> Result<JsonBytes, Failure> {
    app.require_dataset(&work.dataset_digest)?;
    let stands = |app: &App, made: ModelInfo| app.require_model(&made.digest).is_ok();
    long_work_that(stands, app, "pretrain", &headers, work, pretraining::pretrain).await
}

/// `POST /v1/models/fine-tune`: a new version, its evaluation, the decision. 200, 400, 404, 422, 429.
pub async fn fine_tune(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<FineTuneWork>,
) -> Result<JsonBytes, Failure> {
    app.require_dataset(&work.dataset_digest)?;
    app.require_model(&work.parent_digest)?;
    let stands = |app: &App, made: FineTuned| app.require_model(&made.model.digest).is_ok();
    long_work_that(stands, app, "fine-tune", &headers, work, learning::fine_tune).await
}
