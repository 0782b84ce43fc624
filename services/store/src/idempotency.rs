//! Requests that carry an `Idempotency-Key` are answered once.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::{Result, StoreError};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyUse {
    /// First use: do the work in this transaction and call [`finish`] before it commits.
    First,
    /// The work was done: give this answer again.
    Repeat(Value),
}

/// Claims a key for a request whose content has `digest`. A second request with the key waits here
/// until the first one's transaction ends.
///
/// # Errors
/// [`StoreError::KeyReused`] when the key was used for other content (answer 422).
pub async fn begin(connection: &mut PgConnection, key: &str, digest: &str) -> Result<KeyUse> {
    let inserted = sqlx::query!(
        "insert into idempotency_keys (key, digest) values ($1, $2) on conflict (key) do nothing",
        key,
        digest,
    )
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(KeyUse::First);
    }
    let earlier = sqlx::query!("select digest, response from idempotency_keys where key = $1", key)
        .fetch_one(connection)
        .await?;
    if earlier.digest != digest {
        return Err(StoreError::KeyReused { key: key.to_owned() });
    }
    // Committed without an answer: a programming fault, but a null answer is still the truth.
    Ok(KeyUse::Repeat(earlier.response.unwrap_or(Value::Null)))
}

/// Stores the answer, in the transaction that did the work.
///
/// # Errors
/// [`StoreError::NotFound`] when [`begin`] was not called in this transaction.
pub async fn finish(executor: impl PgExecutor<'_>, key: &str, response: &Value) -> Result<()> {
    let updated = sqlx::query!(
        "update idempotency_keys set response = $2 where key = $1 and response is null",
        key,
        response,
    )
    .execute(executor)
    .await?;
    if updated.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound { what: "open idempotency key", id: key.to_owned() })
    }
}
