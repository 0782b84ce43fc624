//! The append-only record of decisions.

use serde_json::Value;
use sqlx::PgExecutor;

use crate::{OffsetDateTime, Result, Uuid};

/// A decision to record.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEvent {
    /// Who decided: a user, or `nextwell` for what it does by itself.
    pub actor: String,
    /// What was done: `round.approve`, `model.promote`, `job.rerun`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Campaign it concerns.
    pub campaign_id: Option<Uuid>,
    /// Numbers and reasons.
    pub details: Value,
}

/// A recorded decision.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// Number in the chain, from 1 without gaps.
    pub id: i64,
    /// When, by the database's clock.
    pub at: OffsetDateTime,
    /// Who decided.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Campaign it concerns.
    pub campaign_id: Option<Uuid>,
    /// Numbers and reasons.
    pub details: Value,
    /// Hash of the event before; empty for the first.
    pub prev_hash: Vec<u8>,
    /// Hash of this event.
    pub hash: Vec<u8>,
}

/// Appends a decision and returns its number. Do this last in a transaction: the chain is locked
/// until its end.
///
/// # Errors
/// Those of the database.
pub async fn append(executor: impl PgExecutor<'_>, event: &NewAuditEvent) -> Result<i64> {
    // id, time and hashes are given by the trigger `audit_events_link`.
    let id = sqlx::query_scalar!(
        r"insert into audit_events
            (id, at, actor, action, subject, campaign_id, details, prev_hash, hash)
          values (0, now(), $1, $2, $3, $4, $5, '\x', '\x') returning id",
        event.actor,
        event.action,
        event.subject,
        event.campaign_id,
        event.details,
    )
    .fetch_one(executor)
    .await?;
    Ok(id)
}

/// Decisions, newest first; `before_id` is the last one of the page before.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    campaign_id: Option<Uuid>,
    before_id: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEvent>> {
    let events = sqlx::query_as!(
        AuditEvent,
        "select id, at, actor, action, subject, campaign_id, details, prev_hash, hash
         from audit_events
         where ($1::uuid is null or campaign_id = $1) and ($2::bigint is null or id < $2)
         order by id desc limit $3",
        campaign_id,
        before_id,
        limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(events)
}

/// Number of the first event whose content, link or place in the chain is not what was written;
/// `None` when the chain is whole.
///
/// # Errors
/// Those of the database.
pub async fn first_broken(executor: impl PgExecutor<'_>) -> Result<Option<i64>> {
    let broken = sqlx::query_scalar!(
        r#"select min(id) from (
             select e.id, e.hash = audit_event_hash(e) as intact,
               e.prev_hash = coalesce(lag(e.hash) over chain, '\x') as linked,
               e.id = row_number() over chain as placed
             from audit_events e window chain as (order by e.id)) as checked
           where not (intact and linked and placed)"#,
    )
    .fetch_one(executor)
    .await?;
    Ok(broken)
}
