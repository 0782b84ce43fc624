//! Blocks of gene features that a lab brings to a campaign.

use sqlx::PgExecutor;

use crate::{OffsetDateTime, Result, Uuid};

/// A block in use, without its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureBlock {
    /// Its id.
    pub id: Uuid,
    /// Name, unique among the campaign's blocks in use.
    pub name: String,
    /// Where the numbers come from.
    pub source: String,
    /// Their licence.
    pub licence: String,
    /// Genes that it knows.
    pub n_genes: i32,
    /// Numbers per gene.
    pub width: i32,
    /// SHA-256 of the file.
    pub digest: String,
    /// When it was added.
    pub created_at: OffsetDateTime,
}

/// A block to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFeatureBlock {
    /// Its id.
    pub id: Uuid,
    /// Campaign.
    pub campaign_id: Uuid,
    /// Name, unique among the campaign's blocks in use.
    pub name: String,
    /// Where the numbers come from.
    pub source: String,
    /// Their licence.
    pub licence: String,
    /// Genes that it knows.
    pub n_genes: i32,
    /// Numbers per gene.
    pub width: i32,
    /// SHA-256 of the file.
    pub digest: String,
    /// The file as uploaded.
    pub content: Vec<u8>,
}

/// Adds a block.
///
/// # Errors
/// [`StoreError::Conflict`](crate::StoreError::Conflict) for a name that is in use.
pub async fn insert(executor: impl PgExecutor<'_>, block: &NewFeatureBlock) -> Result<()> {
    sqlx::query!(
        "insert into feature_blocks
           (id, campaign_id, name, source, licence, n_genes, width, digest, content)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        block.id,
        block.campaign_id,
        block.name,
        block.source,
        block.licence,
        block.n_genes,
        block.width,
        block.digest,
        block.content,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The blocks in use, by name.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<FeatureBlock>> {
    let blocks = sqlx::query_as!(
        FeatureBlock,
        "select id, name, source, licence, n_genes, width, digest, created_at
         from feature_blocks where campaign_id = $1 and removed_at is null order by name",
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(blocks)
}

/// The files of the blocks in use, by name.
///
/// # Errors
/// Those of the database.
pub async fn contents(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
) -> Result<Vec<(String, Vec<u8>)>> {
    let rows = sqlx::query!(
        "select name, content from feature_blocks
         where campaign_id = $1 and removed_at is null order by name",
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.content)).collect())
}

/// Takes a block out of use; says whether there was one.
///
/// # Errors
/// Those of the database.
pub async fn remove(executor: impl PgExecutor<'_>, campaign_id: Uuid, name: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update feature_blocks set removed_at = now()
         where campaign_id = $1 and name = $2 and removed_at is null",
        campaign_id,
        name,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected() > 0)
}
