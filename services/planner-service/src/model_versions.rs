//! Model versions: rows and files together.
//!
//! The model service keeps the files, the store the row. A lock on the digest, held by whoever
//! adds a row and by the job that removes files, keeps the two from crossing: a row is written
//! only while its files are there, and files are removed only while there is no row.

use nextwell_contract as c;
use nextwell_contract::{ModelCard, ModelDetails, ModelInfo};
use nextwell_store::model_removal::{self, ModelUsage};
use nextwell_store::models::{self, ModelVersion};
use nextwell_store::{PgConnection, StoreError};

use crate::error::ApiError;
use crate::{App, jobs, learnt, wire};

/// The row of a version.
///
/// # Errors
/// 404.
pub async fn row(app: &App, digest: &str) -> Result<ModelVersion, ApiError> {
    let row = models::by_digest(app.store().api(), digest).await?;
    row.ok_or_else(|| ApiError::not_found("model version", digest))
}

/// Writes the row of an imported model.
pub async fn adopt(app: &App, info: &ModelInfo, name: &str) -> Result<ModelVersion, ApiError> {
    let mut tx = app.store().begin().await?;
    hold(app, &mut tx, &info.digest).await?;
    let row = learnt::insert_base(&mut tx, info, name, None).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(row)
}

/// Keeps the files of a model from being removed until the end of the transaction.
///
/// # Errors
/// 503 when they have just been removed: making or importing the model again works.
pub async fn hold(app: &App, tx: &mut PgConnection, digest: &str) -> Result<(), ApiError> {
    model_removal::lock(&mut *tx, digest).await?;
    match app.model().model(digest).await {
        Ok(_) => Ok(()),
        Err(error) if error.0.status == 404 => Err(ApiError::unavailable(
            "model_removed",
            "the model's files were removed a moment ago; import or train it again",
        )),
        Err(error) => Err(error),
    }
}

/// Everything known about a version; a card that is not there yet is asked for and kept.
pub async fn details(app: &App, digest: &str) -> Result<ModelDetails, ApiError> {
    let mut version = wire::model(row(app, digest).await?)?;
    if version.card.is_none() {
        version.card = fetch_card(app, digest).await?;
    }
    let mut connection = app.store().begin().await?;
    let usage = model_removal::usage(&mut connection, digest).await?;
    let removable = usage.is_empty();
    Ok(ModelDetails { version, used_by: used_by(usage), removable })
}

async fn fetch_card(app: &App, digest: &str) -> Result<Option<ModelCard>, ApiError> {
    let card = app.model().model(digest).await?.card;
    if let Some(card) = &card {
        models::set_card(app.store().api(), digest, &wire::encode(card)?).await?;
    }
    Ok(card)
}

fn used_by(usage: ModelUsage) -> c::ModelUsage {
    let campaigns = usage.campaigns.into_iter();
    let children = usage.children.into_iter();
    c::ModelUsage {
        campaigns: campaigns.map(|(id, name)| c::ModelCampaign { id, name }).collect(),
        screens: wire::count(usage.screens),
        decisions: wire::count(usage.evaluations),
        children: children.map(|(digest, name)| c::ModelChild { digest, name }).collect(),
    }
}

/// Removes the row of a version that nothing depends on and queues the removal of its files, in
/// one transaction.
///
/// # Errors
/// 404; 409 `model_in_use` naming what depends on it.
pub async fn remove(app: &App, digest: &str) -> Result<i64, ApiError> {
    let mut tx = app.store().begin().await?;
    let usage = model_removal::usage(&mut tx, digest).await?;
    if !usage.is_empty() {
        return Err(in_use(&usage));
    }
    let job_id = jobs::remove::queue(&mut tx, digest).await?;
    // What began to use it since the look above is refused here, by the foreign keys.
    let removed =
        model_removal::remove(&mut tx, digest, "api").await.map_err(|error| {
            match error.constraint() {
                Some(constraint) => ApiError::conflict(
                    "model_in_use",
                    format!("something began to use the model just now ({constraint}); look again"),
                ),
                None => error.into(),
            }
        })?;
    removed.ok_or_else(|| ApiError::not_found("model version", digest))?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(job_id)
}

fn in_use(usage: &ModelUsage) -> ApiError {
    let names = |names: Vec<&str>| names.join(", ");
    let mut reasons = Vec::new();
    if !usage.campaigns.is_empty() {
        let of = usage.campaigns.iter().map(|(_, name)| name.as_str()).collect();
        reasons.push(format!("it is the model of {}", names(of)));
    }
    if usage.screens > 0 {
        reasons.push(format!("{} screens were computed with it", usage.screens));
    }
    if usage.evaluations > 0 {
        reasons.push(format!("{} decisions compare it", usage.evaluations));
    }
    if !usage.children.is_empty() {
        let of = usage.children.iter().map(|(_, name)| name.as_str()).collect();
        reasons.push(format!("it is the parent of {}", names(of)));
    }
    ApiError::conflict(
        "model_in_use",
        format!("{}; a model that something depends on is kept as evidence", reasons.join("; ")),
    )
}

/// Refuses a model that campaigns cannot use.
///
/// # Errors
/// 404; 422 `cannot_fine_tune` with the reason.
pub async fn require_fine_tuning(app: &App, digest: &str) -> Result<(), ApiError> {
    let row = row(app, digest).await?;
    let card = match wire::model(row)?.card {
        Some(card) => Some(card),
        None => fetch_card(app, digest).await?,
    };
    match card.and_then(|card| card.campaign_refusal) {
        None => Ok(()),
        Some(reason) => Err(ApiError::unprocessable("cannot_fine_tune", reason, Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_removal_names_everything_that_depends_on_the_model() {
        let usage = ModelUsage {
            campaigns: vec![(nextwell_store::Uuid::nil(), "T cells".into())],
            screens: 2,
            evaluations: 1,
            children: vec![("d".into(), "T cells round 1".into())],
        };
        let problem = in_use(&usage).0;
        assert_eq!((problem.status, problem.code.as_str()), (409, "model_in_use"));
        assert_eq!(
            problem.detail,
            "it is the model of T cells; 2 screens were computed with it; 1 decisions compare it; \
             it is the parent of T cells round 1; a model that something depends on is kept as \
             evidence"
        );
    }
}
