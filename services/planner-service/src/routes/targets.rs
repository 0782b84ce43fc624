//! The ranked table of candidates.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use nextwell_contract::{CellStateOrder, Problem, Target, TargetPage};
use nextwell_store::campaigns::Campaign;
use nextwell_store::screen_scores::{self, Perturbation, ScreenScore};
use nextwell_store::targets::{self, TargetQuery as StoreQuery, TargetSort};
use nextwell_store::{Uuid, models, screen_orders, screen_rows, screens};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{campaigns, csv_file};
use crate::error::ApiError;
use crate::{App, wire};

/// Screens on their own that are looked at for other families.
const MOST_SCREENS: i64 = 20;

/// Which candidates, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TargetQuery {
    /// Part of a symbol or Ensembl id.
    pub search: Option<String>,
    /// `rank`, `symbol`, `knock_out_shift`, `knock_out_q`, `over_expression_shift`, `p_hit` or
    /// `robust_z`;
    /// a leading `-` turns the order round.
    pub sort: Option<String>,
    /// Most rows, 1 to 1,000.
    pub limit: Option<i64>,
    /// Rows to skip.
    pub offset: Option<i64>,
}

/// Ranked candidates.
#[utoipa::path(get, path = "/api/campaigns/{id}/targets", operation_id = "targets_page",
    tag = "targets", params(("id" = Uuid, Path, description = "Campaign"), TargetQuery),
    responses((status = 200, body = TargetPage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn page(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<TargetQuery>,
) -> Result<Json<TargetPage>, ApiError> {
    let mut rows = ranked(&app, id).await?;
    if let Some(text) = query.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let text = text.to_uppercase();
        let has = |value: &str| value.to_uppercase().contains(&text);
        rows.retain(|row| has(&row.symbol) || row.ensembl_id.as_deref().is_some_and(has));
    }
    sort(&mut rows, query.sort.as_deref().unwrap_or("rank"))?;
    let total = rows.len() as u64;
    let skip = usize::try_from(query.offset.unwrap_or(0)).unwrap_or(0);
    let take = usize::try_from(query.limit.unwrap_or(100).clamp(1, 1000)).unwrap_or(100);
    let rows = rows.into_iter().skip(skip).take(take).collect();
    Ok(Json(TargetPage { rows, total }))
}

/// All candidates as CSV.
#[utoipa::path(get, path = "/api/campaigns/{id}/targets.csv", operation_id = "targets_csv",
    tag = "targets", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn csv(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    let mut file = csv::Writer::from_writer(Vec::new());
    for row in ranked(&app, id).await? {
        file.serialize(row).map_err(|error| ApiError::internal(error.to_string()))?;
    }
    let bytes = file.into_inner().map_err(|error| ApiError::internal(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(csv_file("targets.csv", text))
}

/// Every candidate, best first by the planner's probability of a hit; those set aside come last.
async fn ranked(app: &App, id: Uuid) -> Result<Vec<Target>, ApiError> {
    let campaign = campaigns::row(app, id).await?;
    let families = Families::of(app, &campaign).await?;
    let db = app.store().api();
    let query = StoreQuery {
        perturbation: Perturbation::KnockOut,
        search: None,
        status: None,
        sort: TargetSort::PHit,
        descending: true,
        limit: i64::MAX,
        offset: 0,
    };
    let rows = targets::page(db, id, &query).await?.targets;
    let scores = match screens::latest_done(db, id).await? {
        Some(screen) => screen_scores::list(db, screen.id).await?,
        None => Vec::new(),
    };
    let over: HashMap<&str, &ScreenScore> = scores
        .iter()
        .filter(|score| score.perturbation == Perturbation::OverExpression)
        .map(|score| (score.symbol.as_str(), score))
        .collect();
    let (mut rows, aside): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.excluded_reason.is_none());
    rows.extend(aside);
    let numbered = rows.into_iter().zip(1_u32..);
    Ok(numbered
        .map(|(row, rank)| {
            let over = over.get(row.symbol.as_str()).copied();
            target(rank, row, over, &families)
        })
        .collect())
}

/// Knock-outs in finished screens of other model families on the campaign's cells and states.
struct Families(Vec<HashMap<String, f64>>);

impl Families {
    async fn of(app: &App, campaign: &Campaign) -> Result<Self, ApiError> {
        let settings = wire::screen_settings(campaign)?;
        let state = |value: String| {
            wire::encode(&CellStateOrder { column: settings.state_column.clone(), value })
        };
        let start = state(settings.start_value.clone())?;
        let goal = state(settings.goal_value.clone())?;
        let db = app.store().api();
        let cells = &campaign.dataset_digest;
        let screens = screen_orders::alike(db, cells, &start, &goal, MOST_SCREENS).await?;
        let own = models::by_digest(db, &campaign.model_digest).await?;
        let mut seen: Vec<String> = own.into_iter().map(|model| model.family).collect();
        let mut all = Vec::new();
        // Newest first: a family counts with its newest screen.
        for screen in screens {
            if seen.contains(&screen.family) {
                continue;
            }
            seen.push(screen.family);
            let rows = screen_rows::ranked(db, screen.id, "knock_out").await?;
            let single = rows.into_iter().filter(|row| row.genes.len() == 1);
            all.push(
                single.filter_map(|row| Some((row.genes.first()?.clone(), row.mean))).collect(),
            );
        }
        Ok(Self(all))
    }

    /// Families that measured a gene and those that agree with the campaign's own sign.
    fn agreeing(&self, gene: Option<&str>, own: Option<f64>) -> Option<(u64, u64)> {
        let (gene, own) = (gene?, own?);
        let others: Vec<f64> = self.0.iter().filter_map(|means| means.get(gene).copied()).collect();
        let same = others.iter().filter(|mean| (**mean > 0.0) == (own > 0.0)).count();
        Some((1 + others.len() as u64, 1 + same as u64))
    }
}

fn target(
    rank: u32,
    row: targets::Target,
    over: Option<&ScreenScore>,
    families: &Families,
) -> Target {
    let agreeing = families.agreeing(row.ensembl_id.as_deref(), row.mean_shift);
    Target {
        rank,
        symbol: row.symbol,
        ensembl_id: row.ensembl_id,
        excluded_reason: row.excluded_reason,
        knock_out_shift: row.mean_shift,
        knock_out_low: row.ci_low,
        knock_out_high: row.ci_high,
        knock_out_cells: row.n_cells.map(wire::count),
        knock_out_donors: row.n_donors.map(wire::count),
        knock_out_donors_agreeing: row.donors_agreeing.map(wire::count),
        knock_out_q: row.q_value,
        families: agreeing.map(|(all, _)| all),
        families_agreeing: agreeing.map(|(_, same)| same),
        over_expression_shift: over.and_then(|score| score.mean_shift),
        over_expression_low: over.and_then(|score| score.ci_low),
        over_expression_high: over.and_then(|score| score.ci_high),
        over_expression_q: over.and_then(|score| score.q_value),
        coverage: row.coverage,
        mean: row.posterior_mean,
        sd: row.posterior_sd,
        p_hit: row.p_hit,
        round_number: row.round.map(wire::small),
        robust_z: row.robust_z,
        hit: row.hit,
    }
}

/// Sorts by a column; missing values come last in either direction, ties by rank.
fn sort(rows: &mut [Target], by: &str) -> Result<(), ApiError> {
    let (name, descending) = match by.strip_prefix('-') {
        Some(name) => (name, true),
        None => (by, false),
    };
    let value: fn(&Target) -> Option<f64> = match name {
        "rank" => |row| Some(f64::from(row.rank)),
        "knock_out_shift" => |row| row.knock_out_shift,
        "knock_out_q" => |row| row.knock_out_q,
        "over_expression_shift" => |row| row.over_expression_shift,
        "p_hit" => |row| row.p_hit,
        "robust_z" => |row| row.robust_z,
        "symbol" => {
            rows.sort_by(|a, b| a.symbol.cmp(&b.symbol));
            if descending {
                rows.reverse();
            }
            return Ok(());
        }
        other => {
            let detail = format!(
                "cannot sort by {other}; use rank, symbol, knock_out_shift, knock_out_q, \
                 over_expression_shift, p_hit or robust_z"
            );
            return Err(ApiError::bad_request("unknown_sort", detail));
        }
    };
    rows.sort_by(|a, b| match (value(a), value(b)) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    Ok(())
}
