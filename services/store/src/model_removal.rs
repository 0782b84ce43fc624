//! What depends on a model version, and removing one that nothing depends on.

use serde_json::json;
use sqlx::{PgConnection, PgExecutor};

use crate::audit::{self, NewAuditEvent};
use crate::models::{ModelVersion, by_digest};
use crate::{Result, Uuid, events};

/// What refers to a model version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelUsage {
    /// Id and name of the campaigns whose current model it is, by name.
    pub campaigns: Vec<(Uuid, String)>,
    /// Screens it computed.
    pub screens: i64,
    /// Evaluations it was part of.
    pub evaluations: i64,
    /// Digest and name of the versions trained from it, oldest first.
    pub children: Vec<(String, String)>,
}

impl ModelUsage {
    /// Whether nothing refers to the version.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// What refers to the version with this digest.
///
/// # Errors
/// Those of the database.
pub async fn usage(connection: &mut PgConnection, digest: &str) -> Result<ModelUsage> {
    let campaigns = sqlx::query!(
        "select id, name from campaigns where model_digest = $1 order by name",
        digest,
    )
    .fetch_all(&mut *connection)
    .await?;
    let children = sqlx::query!(
        "select digest, name from model_versions where parent_digest = $1 order by created_at, id",
        digest,
    )
    .fetch_all(&mut *connection)
    .await?;
    let counts = sqlx::query!(
        r#"select
             (select count(*) from screens where model_digest = $1) as "screens!",
             (select count(*) from evaluations
              where candidate_digest = $1 or current_digest = $1) as "evaluations!""#,
        digest,
    )
    .fetch_one(connection)
    .await?;
    Ok(ModelUsage {
        campaigns: campaigns.into_iter().map(|row| (row.id, row.name)).collect(),
        screens: counts.screens,
        evaluations: counts.evaluations,
        children: children.into_iter().map(|row| (row.digest, row.name)).collect(),
    })
}

/// Waits until nobody else adds or removes the files and the row of this digest; held to the end
/// of the transaction.
///
/// # Errors
/// Those of the database.
pub async fn lock(executor: impl PgExecutor<'_>, digest: &str) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('nextwell model ' || $1, 0))",
        digest,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes the row of a version and notes in the audit what it was; `None` when there is none.
/// Do this last in a transaction: the chain of the audit is locked until its end.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) with the constraint of what still uses it.
pub async fn remove(
    connection: &mut PgConnection,
    digest: &str,
    actor: &str,
) -> Result<Option<ModelVersion>> {
    let Some(model) = by_digest(&mut *connection, digest).await? else { return Ok(None) };
    sqlx::query!("delete from model_versions where digest = $1", digest)
        .execute(&mut *connection)
        .await?;
    events::notify(&mut *connection, "model", &model.id.to_string(), None).await?;
    let event = NewAuditEvent {
        actor: actor.to_owned(),
        action: "model.remove".to_owned(),
        subject: digest.to_owned(),
        campaign_id: None,
        details: json!({
            "name": model.name,
            "family": model.family,
            "parent_digest": model.parent_digest,
            "dataset_digest": model.dataset_digest,
            "state": model.state.as_str(),
            "card": model.card,
        }),
    };
    audit::append(connection, &event).await?;
    Ok(Some(model))
}
