//! Quality of a plate as one upload measured it.

use serde_json::Value;
use sqlx::PgExecutor;

use crate::{OffsetDateTime, Result, Uuid};

/// Quality of a plate as one upload measured it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlateQc {
    /// The plate.
    pub plate_id: Uuid,
    /// The upload.
    pub upload_id: Uuid,
    /// Numbers and remarks.
    pub report: Value,
    /// When it was computed.
    pub created_at: OffsetDateTime,
}

/// Stores the quality of a plate; that of the same upload is replaced, as it is derived.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for an unknown plate or upload.
pub async fn put(
    executor: impl PgExecutor<'_>,
    plate_id: Uuid,
    upload_id: Uuid,
    report: &Value,
) -> Result<()> {
    sqlx::query!(
        "insert into plate_qc (plate_id, upload_id, report) values ($1, $2, $3)
         on conflict (plate_id, upload_id) do update set report = excluded.report",
        plate_id,
        upload_id,
        report,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Quality of a plate, by upload, newest first.
///
/// # Errors
/// Those of the database.
pub async fn of_plate(executor: impl PgExecutor<'_>, plate_id: Uuid) -> Result<Vec<PlateQc>> {
    let qc = sqlx::query_as!(
        PlateQc,
        "select * from plate_qc where plate_id = $1 order by created_at desc, upload_id",
        plate_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(qc)
}
