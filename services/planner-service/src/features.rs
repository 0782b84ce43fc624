//! Blocks of gene features that a lab brings to a campaign.

use nextwell_planner::features::GeneTable;
use nextwell_store::feature_blocks::{self, NewFeatureBlock};
use nextwell_store::{PgPool, StoreError, Uuid, audit};
use serde_json::json;

use crate::App;
use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::propose::plan_error;

/// Adds the block of a file, or leaves the same one as it is; says whether it is new.
///
/// # Errors
/// 422 for a file that is no built block; 409 for a name that another block has.
pub async fn add(app: &App, campaign: Uuid, content: Vec<u8>) -> Result<bool, ApiError> {
    let digest = sha256_hex(&content);
    let known = feature_blocks::list(app.store().api(), campaign).await?;
    if known.iter().any(|block| block.digest == digest) {
        return Ok(false);
    }
    let (table, content) =
        tokio::task::spawn_blocking(move || (read("the file", &content), content))
            .await
            .map_err(|error| ApiError::internal(format!("reading ended early: {error}")))?;
    let table = table?;
    if known.iter().any(|block| block.name == table.name()) {
        let detail = format!("a block named {} is in use; remove it first", table.name());
        return Err(ApiError::conflict("block_exists", detail));
    }
    let whole = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let block = NewFeatureBlock {
        id: Uuid::now_v7(),
        campaign_id: campaign,
        name: table.name().to_owned(),
        source: table.source().to_owned(),
        licence: table.licence().to_owned(),
        n_genes: whole(table.genes().len()),
        width: whole(table.width()),
        digest,
        content,
    };
    let mut tx = app.store().begin().await?;
    feature_blocks::insert(&mut *tx, &block).await?;
    let details = json!({ "name": block.name, "source": block.source, "digest": block.digest });
    audit::append(&mut *tx, &line(campaign, "add feature block", details)).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(true)
}

/// Takes a block out of use.
///
/// # Errors
/// 404 when no block in use has this name.
pub async fn remove(app: &App, campaign: Uuid, name: &str) -> Result<(), ApiError> {
    let mut tx = app.store().begin().await?;
    if !feature_blocks::remove(&mut *tx, campaign, name).await? {
        return Err(ApiError::not_found("feature block", name));
    }
    audit::append(&mut *tx, &line(campaign, "remove feature block", json!({ "name": name })))
        .await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}

fn line(campaign: Uuid, action: &str, details: serde_json::Value) -> audit::NewAuditEvent {
    audit::NewAuditEvent {
        actor: "api".into(),
        action: action.into(),
        subject: campaign.to_string(),
        campaign_id: Some(campaign),
        details,
    }
}

/// The blocks in use with their numbers.
///
/// # Errors
/// Those of the database; a kept file that this version no longer reads.
pub async fn in_use(db: &PgPool, campaign: Uuid) -> Result<Vec<GeneTable>, ApiError> {
    let files = feature_blocks::contents(db, campaign).await?;
    files.iter().map(|(name, content)| read(name, content)).collect()
}

fn read(name: &str, content: &[u8]) -> Result<GeneTable, ApiError> {
    GeneTable::from_bytes(name, content).map_err(plan_error)
}
