//! A stored model at work on cells: coverage, embedding, comparison with its definition.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use nextwell_contract::worker::{CoverageWork, EmbeddingWork};
use nextwell_contract::{EmbeddingPreview, ModelParity};

use crate::app::{App, blocking, request_digest};
use crate::device::{coverage as covering, embedding as embedding_cells, verify as verifying};
use crate::extract::{Body, JsonBytes, digest_of};
use crate::failure::Failure;
use crate::work::long_work;

/// Kind of long work.
const EMBEDDING: &str = "embedding";

/// `POST /v1/models/coverage`. 200, 400, 404, 422, 429.
pub async fn coverage(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<CoverageWork>,
) -> Result<JsonBytes, Failure> {
    app.require_dataset(&work.dataset_digest)?;
    app.require_model(&work.model_digest)?;
    long_work(app, "coverage", &headers, work, covering::coverage).await
}

/// `POST /v1/models/embedding`: a preview; colours are read anew each time. 200, 400, 404, 422, 429.
pub async fn embedding(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(mut work): Body<EmbeddingWork>,
) -> Result<Json<EmbeddingPreview>, Failure> {
    app.require_dataset(&work.dataset_digest)?;
    app.require_model(&work.model_digest)?;
    let colour = work.colour.take();
    let kept_only = std::mem::take(&mut work.kept_only);
    let kept = app.kept(&request_digest(EMBEDDING, &work)?)?;
    let dataset = work.dataset_digest.clone();
    let bytes = match (kept, kept_only) {
        (Some(kept), _) => kept,
        (None, true) => return Err(not_computed()),
        (None, false) => {
            let work =
                long_work(Arc::clone(&app), EMBEDDING, &headers, work, embedding_cells::embedding);
            work.await?.0
        }
    };
    let coloured = blocking(move || {
        let mut preview: EmbeddingPreview =
            serde_json::from_slice(&bytes).map_err(Failure::internal)?;
        if let Some(column) = colour {
            let cells = app.dataset(&dataset)?;
            preview.colour = Some(embedding_cells::colour(&cells, &preview, &column)?);
        }
        Ok(preview)
    });
    coloured.await.map(Json)
}

fn not_computed() -> Failure {
    Failure::new(404, "not_computed", "This embedding has not been computed")
        .detail("ask for it to be computed first, with the same model, cells, kind and number")
}

/// `POST /v1/models/{digest}/verify`: never answered from memory. 200, 400, 404, 422, 429.
pub async fn verify(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    path: Path<String>,
) -> Result<Json<ModelParity>, Failure> {
    let digest = digest_of(path)?;
    app.require_model(digest.as_str())?;
    let listed = app.progress.register(&headers)?;
    let owner = Arc::clone(&app);
    let compared = app.queue.run(listed.progress.clone(), move |device, run| {
        verifying::verify(&owner, device, run, &digest)
    });
    compared.await.map(Json)
}
