//! Datasets: checked cells, named by digest.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::{OffsetDateTime, Result, Uuid};

/// A dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its id.
    pub id: Uuid,
    /// Digest of the canonical file.
    pub digest: String,
    /// Digest of the file as uploaded.
    pub source_digest: String,
    /// Name for people.
    pub name: String,
    /// Validation report.
    pub report: Value,
    /// When it was added.
    pub created_at: OffsetDateTime,
}

/// A dataset to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDataset {
    /// Its id.
    pub id: Uuid,
    /// Digest of the canonical file.
    pub digest: String,
    /// Digest of the file as uploaded.
    pub source_digest: String,
    /// Name for people.
    pub name: String,
    /// Validation report.
    pub report: Value,
}

/// Adds a dataset, or returns the one with the same digest unchanged.
///
/// # Errors
/// Those of the database.
pub async fn insert(connection: &mut PgConnection, dataset: &NewDataset) -> Result<Dataset> {
    sqlx::query!(
        "insert into datasets (id, digest, source_digest, name, report)
         values ($1, $2, $3, $4, $5) on conflict on constraint datasets_digest_once do nothing",
        dataset.id,
        dataset.digest,
        dataset.source_digest,
        dataset.name,
        dataset.report,
    )
    .execute(&mut *connection)
    .await?;
    found(by_digest(connection, &dataset.digest).await?, "dataset", &dataset.digest)
}

/// The dataset with this digest.
///
/// # Errors
/// Those of the database.
pub async fn by_digest(executor: impl PgExecutor<'_>, digest: &str) -> Result<Option<Dataset>> {
    let dataset = sqlx::query_as!(Dataset, "select * from datasets where digest = $1", digest)
        .fetch_optional(executor)
        .await?;
    Ok(dataset)
}

/// The dataset with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Dataset>> {
    let dataset = sqlx::query_as!(Dataset, "select * from datasets where id = $1", id)
        .fetch_optional(executor)
        .await?;
    Ok(dataset)
}

/// All datasets, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>) -> Result<Vec<Dataset>> {
    let datasets =
        sqlx::query_as!(Dataset, "select * from datasets order by created_at desc, id desc")
            .fetch_all(executor)
            .await?;
    Ok(datasets)
}
