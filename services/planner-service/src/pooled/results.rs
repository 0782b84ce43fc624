//! The table of a pooled round: kept raw, read as a person chooses, accepted in one transaction.

use axum::body::Bytes;
use nextwell_contract::{Accepted, CheckReport, PooledReading, PooledReport, Upload};
use nextwell_planner::pooled::mageck;
use nextwell_store::campaigns::Campaign;
use nextwell_store::gene_results::{self, GeneResult};
use nextwell_store::uploads::{self, NewUpload, Upload as Stored, UploadState};
use nextwell_store::{PgConnection, StoreError, Uuid, audit, rounds};
use serde_json::json;

use super::table;
use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{App, jobs, wire};

/// Whether a results file is a table of MAGeCK.
pub fn is_pooled(bytes: &[u8]) -> bool {
    mageck::is_mageck(bytes)
}

/// Stores a table raw with the report of its check; the same bytes again change nothing but keep
/// how they were read.
///
/// # Errors
/// Those of the database and of the model service.
pub async fn receive(
    app: &App,
    campaign: &Campaign,
    file_name: &str,
    bytes: Bytes,
) -> Result<Upload, ApiError> {
    let digest = sha256_hex(&bytes);
    let known = uploads::by_digest(app.store().api(), campaign.id, &digest).await?;
    if let Some(known) = &known
        && known.state == UploadState::Accepted
    {
        return wire::upload(known.clone(), true);
    }
    let reading = match &known {
        Some(known) => pooled_report(known)?.map(|pooled| pooled.reading),
        None => None,
    };
    let report = table::check(app, campaign, bytes.clone(), &reading.unwrap_or_default()).await?;
    let new = NewUpload {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        digest,
        file_name: file_name.chars().take(200).collect(),
        content: bytes.to_vec(),
        report: wire::encode(&report)?,
        state: state(&report),
    };
    let mut tx = app.store().begin().await?;
    let stored = uploads::insert(&mut tx, &new).await?;
    if !stored.is_new {
        uploads::recheck(&mut *tx, stored.upload.id, &new.report, new.state).await?;
    }
    let row = uploads::get(&mut *tx, stored.upload.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let row = row.ok_or_else(|| ApiError::not_found("upload", stored.upload.id))?;
    wire::upload(row, !stored.is_new)
}

/// Reads a stored table in another way: round, condition, FDR, threshold.
///
/// # Errors
/// 409 for a file that is accepted already; 422 for one that is no table of a pooled round, or a
/// reading that the table does not have.
pub async fn read(
    app: &App,
    campaign: &Campaign,
    upload: Stored,
    reading: PooledReading,
) -> Result<Upload, ApiError> {
    if upload.state == UploadState::Accepted {
        let detail = "this table is accepted; its calls are written and stay as they are";
        return Err(ApiError::conflict("accepted_already", detail));
    }
    if pooled_report(&upload)?.is_none() {
        let detail = "this file is no MAGeCK table; there is nothing to choose";
        return Err(ApiError::unprocessable("not_pooled", detail, Vec::new()));
    }
    let content = content(app, upload.id).await?;
    let report = table::check(app, campaign, content, &reading).await?;
    let refused = report.errors.iter().find(|found| found.code == "cannot_read");
    if let Some(refused) = refused {
        let detail = refused.message.clone();
        return Err(ApiError::unprocessable("cannot_read", detail, Vec::new()));
    }
    let db = app.store().api();
    uploads::recheck(db, upload.id, &wire::encode(&report)?, state(&report)).await?;
    let row = uploads::get(db, upload.id).await?;
    wire::upload(row.ok_or_else(|| ApiError::not_found("upload", upload.id))?, false)
}

/// Writes the calls of a checked table and queues learning. The caller holds the campaign's lock.
///
/// # Errors
/// 409 `choose_condition` while no condition is chosen; 422 `stale_check` when the round changed
/// since.
pub async fn write(
    app: &App,
    tx: &mut PgConnection,
    campaign: &Campaign,
    upload: &Stored,
) -> Result<Accepted, ApiError> {
    let reading = pooled_report(upload)?.map(|pooled| pooled.reading).unwrap_or_default();
    let content = content(app, upload.id).await?;
    let report = table::check(app, campaign, content, &reading).await?;
    if !report.errors.is_empty() {
        let detail = "the rounds changed since this table was checked; upload it again";
        return Err(ApiError::unprocessable("stale_check", detail, report.errors));
    }
    let Some(PooledReport { rule: Some(rule), round_id: Some(round_id), genes, controls, .. }) =
        report.pooled.clone()
    else {
        let detail = "the table has several conditions; choose one before you accept it";
        return Err(ApiError::conflict("choose_condition", detail));
    };
    let row = |gene: &nextwell_contract::PooledCall| GeneResult {
        round_id,
        symbol: gene.symbol.clone(),
        robust_z: gene.robust_z,
        se: gene.se,
        n_wells: i32::try_from(gene.guides).unwrap_or(i32::MAX).max(1),
        hit: gene.hit,
        rule: rule.clone(),
        upload_id: upload.id,
    };
    let results: Vec<GeneResult> = genes.iter().map(row).collect();
    gene_results::upsert_all(&mut *tx, campaign.id, &results).await?;
    uploads::recheck(&mut *tx, upload.id, &wire::encode(&report)?, UploadState::Checked).await?;
    uploads::accept(&mut *tx, upload.id).await?;
    // A round nobody approved was run all the same: its results count.
    rounds::approve(&mut *tx, round_id).await?;
    let job_id = match rounds::mark_results_in(&mut *tx, round_id).await? {
        true => Some(jobs::learn::queue(tx, campaign.id, round_id).await?),
        false => None,
    };
    let hits = results.iter().filter(|result| result.hit).count();
    let line = audit::NewAuditEvent {
        actor: "api".into(),
        action: "accept pooled results".into(),
        subject: upload.id.to_string(),
        campaign_id: Some(campaign.id),
        details: json!({ "digest": upload.digest, "round": round_id, "rule": rule,
            "genes": results.len(), "hits": hits, "controls": controls.len() }),
    };
    audit::append(&mut *tx, &line).await?;
    Ok(Accepted {
        upload_id: upload.id,
        measurements: 0,
        genes: wire::count(results.len()),
        hits: wire::count(hits),
        already_accepted: false,
        job_id,
    })
}

/// The pooled part of a stored report.
pub(super) fn pooled_report(upload: &Stored) -> Result<Option<PooledReport>, ApiError> {
    let report: CheckReport = wire::decode("check report", upload.report.clone())?;
    Ok(report.pooled)
}

fn state(report: &CheckReport) -> UploadState {
    if report.errors.is_empty() { UploadState::Checked } else { UploadState::Rejected }
}

async fn content(app: &App, id: Uuid) -> Result<Bytes, ApiError> {
    let content = uploads::content(app.store().api(), id).await?;
    Ok(content.ok_or_else(|| ApiError::not_found("upload", id))?.into())
}
