//! Cells: upload, report, expression.

use std::sync::Arc;

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use nextwell_contract::DatasetReport;
use nextwell_contract::worker::{DatasetStored, ExpressionRequest, GeneExpression};
use nextwell_model::cells::{CellMatrix, expression};
use tempfile::TempDir;

use super::upload::{check_announced, save};
use crate::app::{App, blocking, unknown};
use crate::digest::Digest;
use crate::extract::{Body, JsonBytes, digest_of};
use crate::failure::Failure;
use crate::finite::Finite;
use crate::inspect::UPLOAD;

/// Name of the canonical matrix in the scratch folder.
const CANONICAL: &str = "canonical.safetensors";

/// `POST /v1/datasets`: raw h5ad bytes. 200; 413 too large; 422 damaged or not usable.
pub async fn upload(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<JsonBytes, Failure> {
    check_announced(&headers, app.max_upload_bytes)?;
    let scratch = app.files.scratch()?;
    let to = scratch.path().join(UPLOAD);
    let (source, size) = save(body.into_data_stream(), &to, app.max_upload_bytes).await?;
    if let Some(known) = app.files.read(&app.files.source(&source))? {
        return Ok(JsonBytes(known));
    }
    let report = app.inspector.inspect(scratch.path(), CANONICAL).await?;
    let stored = blocking(move || store(&app, &scratch, source, report)).await?;
    tracing::info!(bytes = size, "stored a data set from {size} bytes");
    Ok(JsonBytes(stored))
}

/// Gives the canonical matrix its name. The report is written last: it says that all is there.
fn store(
    app: &App,
    scratch: &TempDir,
    source: Digest,
    report: DatasetReport,
) -> Result<Vec<u8>, Failure> {
    report.check("the report of this data set")?;
    let canonical = scratch.path().join(CANONICAL);
    // The child read a file from anywhere: what it left is checked before it is trusted.
    CellMatrix::open(&canonical).map_err(|error| {
        Failure::new(422, "damaged_file", "This file is damaged").detail(format!(
            "this file is damaged: what was read of it contradicts itself ({error}); copy it again"
        ))
    })?;
    let digest = Digest::of_file(&canonical).map_err(|error| Failure::io("a data set", &error))?;
    let stored =
        DatasetStored { digest: digest.to_string(), source_digest: source.to_string(), report };
    let bytes = serde_json::to_vec(&stored).map_err(Failure::internal)?;
    let files = &app.files;
    if !files.dataset(&digest).is_file() {
        files.put_file(&canonical, &files.dataset(&digest))?;
    }
    if !files.dataset_report(&digest).is_file() {
        files.put_bytes(&bytes, &files.dataset_report(&digest))?;
    }
    files.put_bytes(&bytes, &files.source(&source))?;
    Ok(bytes)
}

/// `GET /v1/datasets/{digest}`: what was answered when it was first stored. 200, 400, 404.
pub async fn report(State(app): State<Arc<App>>, path: Path<String>) -> Result<JsonBytes, Failure> {
    let digest = digest_of(path)?;
    let found = app.files.read(&app.files.dataset_report(&digest))?;
    found.map(JsonBytes).ok_or_else(|| unknown("dataset", "data set", &digest))
}

/// `POST /v1/datasets/{digest}/expression`: every gene in the cells of a state. 200, 400, 404, 422.
pub async fn state_expression(
    State(app): State<Arc<App>>,
    path: Path<String>,
    Body(request): Body<ExpressionRequest>,
) -> Result<Json<Vec<GeneExpression>>, Failure> {
    let digest = digest_of(path)?;
    let genes = blocking(move || {
        let cells = app.dataset(digest.as_str())?;
        let rows = match &request.state {
            Some((column, value)) => cells.cells_where(column, value)?,
            None => (0..cells.n_cells()).collect(),
        };
        Ok(expression(&cells, &rows)?)
    });
    let genes: Vec<GeneExpression> = genes
        .await?
        .into_iter()
        .map(|gene| GeneExpression {
            symbol: gene.symbol,
            ensembl_id: gene.ensembl,
            mean_log1p_cp10k: gene.mean_log1p_cp10k,
            detection_rate: gene.detection_rate,
        })
        .collect();
    genes.check("expression")?;
    Ok(Json(genes))
}
