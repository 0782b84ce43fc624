//! Rounds: wet, from plan to lesson.

use serde_json::Value;
use sqlx::PgExecutor;

use crate::{OffsetDateTime, Result, Uuid};

words! {
    /// Where a round stands. It only moves forward.
    RoundState in "rounds"."state" {
        /// Picked; waits for approval.
        Planned = "planned",
        /// At the bench.
        Approved = "approved",
        /// Measured.
        ResultsIn = "results_in",
        /// The model has been fine-tuned and decided on.
        Learned = "learned",
    }
}

/// A round to add, in state `planned`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRound {
    /// Its id.
    pub id: Uuid,
    /// Campaign it belongs to.
    pub campaign_id: Uuid,
    /// Number within the campaign, from 1.
    pub number: i32,
    /// Version whose screen it used.
    pub model_digest: String,
    /// Screen it used.
    pub screen_id: Option<Uuid>,
    /// What the surrogate was.
    pub surrogate: Value,
    /// Seed of the plan.
    pub seed: i64,
    /// Candidate wells it spends.
    pub wells: i32,
    /// The limits it was planned under, as they were asked for.
    pub request: Value,
    /// What it costs by the prices of the day.
    pub cost_amount: f64,
}

/// A round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Its id.
    pub id: Uuid,
    /// Campaign it belongs to.
    pub campaign_id: Uuid,
    /// Number within the campaign, from 1.
    pub number: i32,
    /// Where it stands.
    pub state: RoundState,
    /// Version whose screen it used.
    pub model_digest: String,
    /// Screen it used.
    pub screen_id: Option<Uuid>,
    /// What the surrogate was.
    pub surrogate: Value,
    /// Seed of the plan.
    pub seed: i64,
    /// Candidate wells it spends.
    pub wells: i32,
    /// The limits it was planned under, as they were asked for.
    pub request: Value,
    /// What it costs by the prices of the day.
    pub cost_amount: f64,
    /// When it was planned.
    pub created_at: OffsetDateTime,
    /// When it was approved.
    pub approved_at: Option<OffsetDateTime>,
    /// When the last missing result came.
    pub results_at: Option<OffsetDateTime>,
    /// When the model had learned.
    pub learned_at: Option<OffsetDateTime>,
}

/// What the rounds of a campaign took, whether measured or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// Money.
    pub amount: f64,
    /// Candidate wells.
    pub wells: i64,
    /// Rounds.
    pub rounds: i64,
}

macro_rules! select_rounds {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Round,
            r#"select id, campaign_id, number, state as "state: RoundState", model_digest,
                 screen_id, surrogate, seed, wells, request, cost_amount, created_at, approved_at, results_at, learned_at
               from rounds "# + $tail
            $(, $argument)*
        )
    };
}

/// Adds a round. Its picks, posteriors, plates and wells belong into the same transaction.
///
/// # Errors
/// [`StoreError::Conflict`](crate::StoreError::Conflict) (`rounds_number_once`) when another
/// planner was faster.
pub async fn insert(executor: impl PgExecutor<'_>, round: &NewRound) -> Result<()> {
    sqlx::query!(
        "insert into rounds (id, campaign_id, number, model_digest, screen_id, surrogate, seed,
                             wells, request, cost_amount)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        round.id,
        round.campaign_id,
        round.number,
        round.model_digest,
        round.screen_id,
        round.surrogate,
        round.seed,
        round.wells,
        round.request,
        round.cost_amount,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The round with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Round>> {
    Ok(select_rounds!("where id = $1", id).fetch_optional(executor).await?)
}

/// The campaign's round with this number.
///
/// # Errors
/// Those of the database.
pub async fn by_number(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    number: i32,
) -> Result<Option<Round>> {
    let round = select_rounds!("where campaign_id = $1 and number = $2", campaign_id, number)
        .fetch_optional(executor)
        .await?;
    Ok(round)
}

/// The campaign's last round.
///
/// # Errors
/// Those of the database.
pub async fn latest(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Option<Round>> {
    let round = select_rounds!("where campaign_id = $1 order by number desc limit 1", campaign_id)
        .fetch_optional(executor)
        .await?;
    Ok(round)
}

/// Rounds of a campaign, by number.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Round>> {
    let rounds = select_rounds!("where campaign_id = $1 order by number", campaign_id)
        .fetch_all(executor)
        .await?;
    Ok(rounds)
}

/// Money and candidate wells that all rounds of a campaign spend, by the prices of their days.
///
/// # Errors
/// Those of the database.
pub async fn spent(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Spent> {
    let spent = sqlx::query_as!(
        Spent,
        r#"select coalesce(sum(cost_amount), 0) as "amount!", coalesce(sum(wells), 0) as "wells!",
             count(*) as "rounds!"
           from rounds where campaign_id = $1"#,
        campaign_id,
    )
    .fetch_one(executor)
    .await?;
    Ok(spent)
}

/// Approves a planned round; false when it is not in state `planned`.
///
/// # Errors
/// Those of the database.
pub async fn approve(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let updated = sqlx::query!(
        "update rounds set state = 'approved', approved_at = now()
         where id = $1 and state = 'planned'",
        id,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes that an approved round is measured; false when it is not in state `approved`.
///
/// # Errors
/// Those of the database.
pub async fn mark_results_in(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let updated = sqlx::query!(
        "update rounds set state = 'results_in', results_at = now()
         where id = $1 and state = 'approved'",
        id,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes that the model has learned from the round; false when it is not in state `results_in`.
///
/// # Errors
/// Those of the database.
pub async fn mark_learned(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let updated = sqlx::query!(
        "update rounds set state = 'learned', learned_at = now()
         where id = $1 and state = 'results_in'",
        id,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}
