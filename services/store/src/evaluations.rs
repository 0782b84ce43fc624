//! Evaluations: candidate model against current model, and the decision.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::{OffsetDateTime, Result, Uuid};

/// An evaluation to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvaluation {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Round whose results were learned.
    pub round_id: Uuid,
    /// Version just trained.
    pub candidate_digest: String,
    /// Version in use.
    pub current_digest: String,
    /// Scores of both and of the baselines.
    pub report: Value,
    /// The decision.
    pub promote: bool,
    /// Why, in words and numbers.
    pub reason: String,
}

/// A stored evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Round whose results were learned.
    pub round_id: Uuid,
    /// Version just trained.
    pub candidate_digest: String,
    /// Version in use.
    pub current_digest: String,
    /// Scores of both and of the baselines.
    pub report: Value,
    /// The decision.
    pub promote: bool,
    /// Why, in words and numbers.
    pub reason: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// Stores the evaluation of a round, or returns the one already stored unchanged.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for an unknown round or model.
pub async fn insert(
    connection: &mut PgConnection,
    evaluation: &NewEvaluation,
) -> Result<Evaluation> {
    sqlx::query!(
        "insert into evaluations (id, campaign_id, round_id, candidate_digest, current_digest,
                                  report, promote, reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint evaluations_round_once do nothing",
        evaluation.id,
        evaluation.campaign_id,
        evaluation.round_id,
        evaluation.candidate_digest,
        evaluation.current_digest,
        evaluation.report,
        evaluation.promote,
        evaluation.reason,
    )
    .execute(&mut *connection)
    .await?;
    found(of_round(connection, evaluation.round_id).await?, "evaluation", evaluation.round_id)
}

/// The evaluation of a round.
///
/// # Errors
/// Those of the database.
pub async fn of_round(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Option<Evaluation>> {
    let evaluation =
        sqlx::query_as!(Evaluation, "select * from evaluations where round_id = $1", round_id)
            .fetch_optional(executor)
            .await?;
    Ok(evaluation)
}

/// Evaluations of a campaign, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Evaluation>> {
    let evaluations = sqlx::query_as!(
        Evaluation,
        "select * from evaluations where campaign_id = $1 order by created_at desc, id desc",
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(evaluations)
}
