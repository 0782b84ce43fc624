//! Screens ordered on their own: one per model of the order, the same order once.

use nextwell_contract::worker::ScreenWork;
use nextwell_contract::{ScreenEstimate, ScreenOrder, ScreenSummary, TargetsOrder};
use nextwell_planner::features::transcription_factors;
use nextwell_store::screen_orders::{self, NewScreenOrder};
use nextwell_store::screens::ScreenState;
use nextwell_store::{PgConnection, StoreError, Uuid, datasets, jobs as store_jobs};

use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{App, VERSION, jobs, model_versions, wire};

/// Most models of one order, and most screens side by side.
pub const MOST_MODELS: usize = 8;
/// Most genes that the gradient mode runs exactly.
const MOST_TOP: u32 = 5000;

/// What each model of the order would cost.
pub async fn estimate(app: &App, order: &ScreenOrder) -> Result<Vec<ScreenEstimate>, ApiError> {
    check(app, order).await?;
    let mut all = Vec::new();
    for digest in &order.model_digests {
        all.push(app.model().estimate_screen(&work(&of_model(order, digest))).await?);
    }
    Ok(all)
}

/// Orders a screen per model. One that was ordered before is answered as it is; when its job
/// failed or was cancelled it goes on.
pub async fn place(app: &App, order: &ScreenOrder) -> Result<Vec<ScreenSummary>, ApiError> {
    check(app, order).await?;
    for digest in &order.model_digests {
        let asked = app.model().estimate_screen(&work(&of_model(order, digest))).await;
        // A service that is busy or away runs it later; one that refuses never will.
        if let Err(error) = asked
            && matches!(error.0.status, 400 | 404 | 422)
        {
            return Err(error);
        }
    }
    let mut tx = app.store().begin().await?;
    let mut placed = Vec::new();
    for digest in &order.model_digests {
        placed.push(place_one(&mut tx, order, digest).await?);
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(placed)
}

async fn place_one(
    tx: &mut PgConnection,
    order: &ScreenOrder,
    digest: &str,
) -> Result<ScreenSummary, ApiError> {
    let spec = wire::encode(&of_model(order, digest))?;
    let new = NewScreenOrder {
        id: Uuid::now_v7(),
        name: name(order),
        model_digest: digest.to_owned(),
        dataset_digest: order.dataset_digest.clone(),
        spec_digest: sha256_hex(spec.to_string().as_bytes()),
        spec,
        seed: order.seed.cast_signed(),
        code_version: VERSION.into(),
    };
    let stored = screen_orders::insert(&mut *tx, &new).await?;
    match (stored.job_id, stored.state) {
        (None, _) => {
            jobs::perturb::queue(&mut *tx, stored.id).await?;
        }
        (Some(job), ScreenState::Failed | ScreenState::Cancelled) => {
            store_jobs::rerun(&mut *tx, job, "api").await?;
        }
        _ => return summary(stored),
    }
    let again = screen_orders::get(tx, stored.id).await?;
    summary(again.ok_or_else(|| ApiError::not_found("screen", stored.id))?)
}

/// The order's name, or its states.
fn name(order: &ScreenOrder) -> String {
    let given = order.name.trim();
    match (&order.goal, given.is_empty()) {
        (_, false) => given.to_owned(),
        (Some(goal), true) => format!("{} → {}", order.start.value, goal.value),
        (None, true) => format!("{}, no goal", order.start.value),
    }
}

/// The part of the order that one model runs: what determines the effects.
fn of_model(order: &ScreenOrder, digest: &str) -> ScreenOrder {
    ScreenOrder { name: String::new(), model_digests: vec![digest.to_owned()], ..order.clone() }
}

/// What the model service is asked for.
pub fn work(order: &ScreenOrder) -> ScreenWork {
    let mut order = order.clone();
    if order.targets == TargetsOrder::TranscriptionFactors {
        let genes = transcription_factors().into_iter().map(str::to_owned).collect();
        order.targets = TargetsOrder::Each { genes };
    }
    let model_digest = order.model_digests.first().cloned().unwrap_or_default();
    ScreenWork { model_digest, order, predict: false }
}

/// The order of a stored screen.
pub fn decode(row: &screen_orders::ScreenOrder) -> Result<ScreenOrder, ApiError> {
    wire::decode("screen order", row.spec.clone())
}

/// A stored screen as lists show it.
pub fn summary(row: screen_orders::ScreenOrder) -> Result<ScreenSummary, ApiError> {
    Ok(ScreenSummary {
        order: decode(&row)?,
        id: row.id,
        name: row.name,
        model_digest: row.model_digest,
        model_name: row.model_name,
        family: row.family,
        dataset_name: row.dataset_name,
        state: row.state.as_str().to_owned(),
        n_shards: wire::small(row.n_shards),
        shards_done: wire::small(row.shards_done),
        job_id: row.job_id,
        created_at: row.created_at,
        finished_at: row.finished_at,
    })
}

/// Refuses what can be seen without the model service.
async fn check(app: &App, order: &ScreenOrder) -> Result<(), ApiError> {
    let refused = |detail: String| Err(ApiError::unprocessable("bad_screen", detail, Vec::new()));
    if order.model_digests.is_empty() || order.model_digests.len() > MOST_MODELS {
        let n = order.model_digests.len();
        return refused(format!("{n} models; expected 1 to {MOST_MODELS}"));
    }
    let mut digests = order.model_digests.clone();
    digests.sort();
    digests.dedup();
    if digests.len() < order.model_digests.len() {
        return refused("a model is named twice; name each once".to_owned());
    }
    if order.top == 0 || order.top > MOST_TOP {
        return refused(format!("top = {}; expected 1 to {MOST_TOP}", order.top));
    }
    if datasets::by_digest(app.store().api(), &order.dataset_digest).await?.is_none() {
        return Err(ApiError::not_found("data set", &order.dataset_digest));
    }
    for digest in &order.model_digests {
        model_versions::row(app, digest).await?;
    }
    Ok(())
}
