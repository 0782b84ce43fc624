//! Uploaded results files, stored raw and unchanged.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::{OffsetDateTime, Result, Uuid};

words! {
    /// Where an upload stands.
    UploadState in "uploads"."state" {
        /// Checked; a person may accept it.
        Checked = "checked",
        /// Its measurements count.
        Accepted = "accepted",
        /// Refused, by the check or by a person.
        Rejected = "rejected",
    }
}

/// A results file to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUpload {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Digest of `content`.
    pub digest: String,
    /// Name the user's file had; only shown.
    pub file_name: String,
    /// The file.
    pub content: Vec<u8>,
    /// Outcome of the check.
    pub report: Value,
    /// `Checked` or `Rejected`.
    pub state: UploadState,
}

/// A stored results file, without its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Digest of the file.
    pub digest: String,
    /// Name the user's file had; only shown.
    pub file_name: String,
    /// Size of the file.
    pub n_bytes: i64,
    /// Outcome of the check.
    pub report: Value,
    /// Where it stands.
    pub state: UploadState,
    /// When it came.
    pub created_at: OffsetDateTime,
    /// When it was accepted.
    pub accepted_at: Option<OffsetDateTime>,
}

/// The upload now stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The upload.
    pub upload: Upload,
    /// False when the campaign had this file already; it is returned as it stands.
    pub is_new: bool,
}

macro_rules! select_uploads {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Upload,
            r#"select id, campaign_id, digest, file_name, n_bytes, report,
                 state as "state: UploadState", created_at, accepted_at
               from uploads "# + $tail
            $(, $argument)*
        )
    };
}

/// Stores a file, or finds the campaign's upload with the same content.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for an unknown campaign.
pub async fn insert(connection: &mut PgConnection, upload: &NewUpload) -> Result<Stored> {
    let inserted = sqlx::query!(
        "insert into uploads (id, campaign_id, digest, file_name, content, n_bytes, report, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint uploads_content_once do nothing",
        upload.id,
        upload.campaign_id,
        upload.digest,
        upload.file_name,
        upload.content,
        upload.content.len() as i64,
        upload.report,
        upload.state.as_str(),
    )
    .execute(&mut *connection)
    .await?;
    let stored = select_uploads!(
        "where campaign_id = $1 and digest = $2",
        upload.campaign_id,
        upload.digest,
    )
    .fetch_optional(connection)
    .await?;
    let upload = found(stored, "upload", &upload.digest)?;
    Ok(Stored { upload, is_new: inserted.rows_affected() == 1 })
}

/// The upload with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Upload>> {
    Ok(select_uploads!("where id = $1", id).fetch_optional(executor).await?)
}

/// The campaign's upload with this content, if it was uploaded before.
///
/// # Errors
/// Those of the database.
pub async fn by_digest(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    digest: &str,
) -> Result<Option<Upload>> {
    let upload = select_uploads!("where campaign_id = $1 and digest = $2", campaign_id, digest)
        .fetch_optional(executor)
        .await?;
    Ok(upload)
}

/// The file of an upload, byte for byte.
///
/// # Errors
/// Those of the database.
pub async fn content(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Vec<u8>>> {
    let content = sqlx::query_scalar!("select content from uploads where id = $1", id)
        .fetch_optional(executor)
        .await?;
    Ok(content)
}

/// Uploads of a campaign, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Upload>> {
    let uploads =
        select_uploads!("where campaign_id = $1 order by created_at desc, id desc", campaign_id)
            .fetch_all(executor)
            .await?;
    Ok(uploads)
}

/// Accepts a checked upload; false when it is not in state `checked`, so that its measurements
/// are recorded once. They belong into the same transaction.
///
/// # Errors
/// Those of the database.
pub async fn accept(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let updated = sqlx::query!(
        "update uploads set state = 'accepted', accepted_at = now()
         where id = $1 and state = 'checked'",
        id,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Rejects a checked upload; false when it is not in state `checked`.
///
/// # Errors
/// Those of the database.
pub async fn reject(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let updated = sqlx::query!(
        "update uploads set state = 'rejected' where id = $1 and state = 'checked'",
        id,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Checks a stored, not accepted file anew: its report and state follow the new check (the plate
/// it names may exist by now). False when it was accepted before.
///
/// # Errors
/// Those of the database.
pub async fn recheck(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    report: &Value,
    state: UploadState,
) -> Result<bool> {
    let updated = sqlx::query!(
        "update uploads set report = $2, state = $3 where id = $1 and state <> 'accepted'",
        id,
        report,
        state.as_str(),
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}
