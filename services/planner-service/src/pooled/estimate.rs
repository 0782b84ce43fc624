//! A pooled round before it exists: its numbers while the form is filled in, and its planning.

use nextwell_contract::{Issue, PlanRequest, PooledEstimate, PooledPlanRequest, PooledSettings};
use nextwell_store::Uuid;

use super::{Bench, numbers, warnings};
use crate::error::ApiError;
use crate::known::Known;
use crate::{App, campaign, jobs, limits};

/// The numbers of a pooled round and what the campaign's guides allow; nothing is written.
///
/// # Errors
/// 422 naming a setting out of its range; 404 for an unknown campaign.
pub async fn estimate(
    app: &App,
    campaign_id: Uuid,
    settings: &PooledSettings,
) -> Result<PooledEstimate, ApiError> {
    let db = app.store().api();
    let campaign = campaign::row(app, campaign_id).await?;
    let bench = Bench::read(db, campaign_id, settings).await?;
    let number = Known::next_number(db, campaign_id).await?;
    let known = Known::read(db, campaign, number).await?;
    let found = bench.numbers()?;
    let request = request(PooledPlanRequest { settings: settings.clone(), ..Default::default() });
    let fits = bench.narrow(&known, &request);
    let fits = fits.and_then(|narrowed| limits::allow(&known, &narrowed).map(|_| ()));
    let obstacles = fits.err().map(|error| Issue {
        code: error.0.code,
        row: None,
        column: None,
        message: error.0.detail,
    });
    let shelf = bench.shelf();
    Ok(PooledEstimate {
        warnings: warnings(&bench.design, found.guides),
        numbers: numbers(&found),
        library: bench.fit(&known, &request, &shelf),
        obstacles: obstacles.into_iter().collect(),
        budget_left: known.campaign.budget_amount.map(|all| all - known.spent.amount),
    })
}

/// Queues the planning of a pooled round; returns the job.
///
/// # Errors
/// 422 when it does not fit, before anything is queued; 409 when the round is being planned
/// differently.
pub async fn plan(app: &App, campaign: Uuid, asked: PooledPlanRequest) -> Result<i64, ApiError> {
    jobs::propose::ask(app, campaign, request(asked)).await
}

fn request(asked: PooledPlanRequest) -> PlanRequest {
    PlanRequest {
        force: asked.force,
        exclude: asked.exclude,
        pooled: Some(asked.settings),
        ..PlanRequest::default()
    }
}
