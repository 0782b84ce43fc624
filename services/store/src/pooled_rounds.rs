//! Rounds that are a library of guides in one dish instead of plates.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::{Result, Uuid};

/// What makes a round pooled.
#[derive(Debug, Clone, PartialEq)]
pub struct PooledRound {
    /// The round.
    pub round_id: Uuid,
    /// Campaign it belongs to.
    pub campaign_id: Uuid,
    /// What was asked for.
    pub settings: Value,
    /// Guides, cells, reads and money that follow.
    pub numbers: Value,
    /// Price of the round, in the campaign's currency.
    pub cost: f64,
}

/// Marks a round as pooled, with its guides in the order of the order sheet. It belongs into the
/// transaction that adds the round.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for a guide that the campaign does not have.
pub async fn insert(
    connection: &mut PgConnection,
    round: &PooledRound,
    guide_ids: &[String],
) -> Result<()> {
    sqlx::query!(
        "insert into pooled_rounds (round_id, campaign_id, settings, numbers, cost)
         values ($1, $2, $3, $4, $5)",
        round.round_id,
        round.campaign_id,
        round.settings,
        round.numbers,
        round.cost,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into pooled_guides (round_id, campaign_id, place, guide_id)
         select $1, $2, place - 1, guide_id
         from unnest($3::text[]) with ordinality as g (guide_id, place)",
        round.round_id,
        round.campaign_id,
        guide_ids,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What makes this round pooled; `None`: it is arrayed, or there is no such round.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Option<PooledRound>> {
    let round = sqlx::query_as!(
        PooledRound,
        "select round_id, campaign_id, settings, numbers, cost from pooled_rounds
         where round_id = $1",
        round_id,
    )
    .fetch_optional(executor)
    .await?;
    Ok(round)
}

/// The pooled rounds of a campaign.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<PooledRound>> {
    let rounds = sqlx::query_as!(
        PooledRound,
        "select p.round_id, p.campaign_id, p.settings, p.numbers, p.cost
         from pooled_rounds p join rounds r on r.id = p.round_id
         where p.campaign_id = $1 order by r.number",
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(rounds)
}
