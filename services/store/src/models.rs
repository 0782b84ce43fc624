//! Model versions: immutable weights with parent, origin and a decision.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::{OffsetDateTime, Result, Uuid};

words! {
    /// Where a model version stands.
    ModelState in "model_versions"."state" {
        /// Imported or pretrained; no parent.
        Base = "base",
        /// Trained, not yet decided on.
        Candidate = "candidate",
        /// Better than its parent, and used.
        Promoted = "promoted",
        /// Not better than its parent.
        Rejected = "rejected",
        /// Was promoted, and a better one took its place.
        Retired = "retired",
    }
}

/// A model version.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelVersion {
    /// Its id.
    pub id: Uuid,
    /// Digest of the weights and their config.
    pub digest: String,
    /// Architecture, such as `geneformer-v1`.
    pub family: String,
    /// Name for people.
    pub name: String,
    /// Version it was trained from.
    pub parent_digest: Option<String>,
    /// Cells it was trained on.
    pub dataset_digest: Option<String>,
    /// Shape, training and loss.
    pub info: Value,
    /// What its files say about it.
    pub card: Option<Value>,
    /// The last comparison with its definition.
    pub parity: Option<Value>,
    /// Where it stands.
    pub state: ModelState,
    /// When it was added.
    pub created_at: OffsetDateTime,
}

/// A model version to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModelVersion {
    /// Its id.
    pub id: Uuid,
    /// Digest of the weights and their config.
    pub digest: String,
    /// Architecture, such as `geneformer-v1`.
    pub family: String,
    /// Name for people.
    pub name: String,
    /// Version it was trained from.
    pub parent_digest: Option<String>,
    /// Cells it was trained on.
    pub dataset_digest: Option<String>,
    /// Shape, training and loss.
    pub info: Value,
    /// What its files say about it.
    pub card: Option<Value>,
    /// Where it stands: `Base` or `Candidate`.
    pub state: ModelState,
}

macro_rules! select_models {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            ModelVersion,
            r#"select id, digest, family, name, parent_digest, dataset_digest, info, card,
                 parity, state as "state: ModelState", created_at
               from model_versions "# + $tail
            $(, $argument)*
        )
    };
}

/// Adds a version, or returns the one with the same digest unchanged.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for an unknown parent or dataset.
pub async fn insert(
    connection: &mut PgConnection,
    model: &NewModelVersion,
) -> Result<ModelVersion> {
    sqlx::query!(
        "insert into model_versions
           (id, digest, family, name, parent_digest, dataset_digest, info, card, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict on constraint model_versions_digest_once do nothing",
        model.id,
        model.digest,
        model.family,
        model.name,
        model.parent_digest,
        model.dataset_digest,
        model.info,
        model.card,
        model.state.as_str(),
    )
    .execute(&mut *connection)
    .await?;
    found(by_digest(connection, &model.digest).await?, "model version", &model.digest)
}

/// The version with this digest.
///
/// # Errors
/// Those of the database.
pub async fn by_digest(
    executor: impl PgExecutor<'_>,
    digest: &str,
) -> Result<Option<ModelVersion>> {
    Ok(select_models!("where digest = $1", digest).fetch_optional(executor).await?)
}

/// The version with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<ModelVersion>> {
    Ok(select_models!("where id = $1", id).fetch_optional(executor).await?)
}

/// Writes what a version's files say about it; false when there is no such version.
///
/// # Errors
/// Those of the database.
pub async fn set_card(executor: impl PgExecutor<'_>, digest: &str, card: &Value) -> Result<bool> {
    let updated =
        sqlx::query!("update model_versions set card = $2 where digest = $1", digest, card)
            .execute(executor)
            .await?;
    Ok(updated.rows_affected() == 1)
}

/// Writes the last comparison with the definition; false when there is no such version.
///
/// # Errors
/// Those of the database.
pub async fn set_parity(
    executor: impl PgExecutor<'_>,
    digest: &str,
    parity: &Value,
) -> Result<bool> {
    let updated =
        sqlx::query!("update model_versions set parity = $2 where digest = $1", digest, parity)
            .execute(executor)
            .await?;
    Ok(updated.rows_affected() == 1)
}

/// All versions, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>) -> Result<Vec<ModelVersion>> {
    Ok(select_models!("order by created_at desc, id desc").fetch_all(executor).await?)
}

/// A version and its ancestors, youngest first.
///
/// # Errors
/// Those of the database.
pub async fn lineage(executor: impl PgExecutor<'_>, digest: &str) -> Result<Vec<ModelVersion>> {
    let versions = select_models!(
        "join (
           with recursive line as (
             select digest as line_digest, parent_digest as line_parent, 0 as depth
             from model_versions where digest = $1
             union all
             select m.digest, m.parent_digest, depth + 1
             from model_versions m join line on m.digest = line_parent)
           select line_digest, depth from line) as line on digest = line_digest
         order by depth",
        digest,
    )
    .fetch_all(executor)
    .await?;
    Ok(versions)
}

/// Makes `to` the campaign's model if it still is `from`: false when someone else moved it, and
/// nothing is changed. `from` is retired once no campaign uses it.
///
/// # Errors
/// Those of the database.
pub async fn promote(
    connection: &mut PgConnection,
    campaign_id: Uuid,
    from: &str,
    to: &str,
) -> Result<bool> {
    let moved = sqlx::query!(
        "update campaigns set model_digest = $3 where id = $1 and model_digest = $2",
        campaign_id,
        from,
        to,
    )
    .execute(&mut *connection)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update model_versions set state = 'promoted' where digest = $1 and state <> 'base'",
        to,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update model_versions set state = 'retired'
         where digest = $1 and state = 'promoted'
           and not exists (select 1 from campaigns where model_digest = $1)",
        from,
    )
    .execute(connection)
    .await?;
    Ok(true)
}

/// Rejects a candidate; false when it is no candidate (any more).
///
/// # Errors
/// Those of the database.
pub async fn reject(executor: impl PgExecutor<'_>, digest: &str) -> Result<bool> {
    let updated = sqlx::query!(
        "update model_versions set state = 'rejected' where digest = $1 and state = 'candidate'",
        digest,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}
