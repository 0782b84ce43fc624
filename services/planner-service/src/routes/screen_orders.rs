//! Screens of their own: estimate, order, look, compare, download.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nextwell_contract::worker::ValuesWork;
use nextwell_contract::{
    Consensus, ConsensusRow, KnownPositives, Problem, RankingEvaluation, ScreenEstimate,
    ScreenOrder, ScreenPoints, ScreenReport, ScreenRowPage, ScreenSummary, ScreenTargetRow,
};
use nextwell_store::screen_rows::{self, RowQuery, RowSort};
use nextwell_store::{Uuid, screen_orders as stored};
use serde::Deserialize;
use utoipa::IntoParams;

use super::csv_file;
use crate::error::ApiError;
use crate::screen_report::{self, Known};
use crate::screen_table;
use crate::{App, genes, screen_orders, wire};

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most entries, 1 to 1,000; 100 when absent.
    pub limit: Option<i64>,
    /// Entries to skip.
    pub offset: Option<i64>,
}

/// Which rows, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RowsQuery {
    /// Only of this perturbation.
    pub perturbation: Option<String>,
    /// Part of a symbol or Ensembl id.
    pub search: Option<String>,
    /// Only significant rows.
    pub significant: Option<bool>,
    /// Only transcription factors (Lambert et al. 2018).
    pub factors: Option<bool>,
    /// Only members of druggable families.
    pub druggable: Option<bool>,
    /// `helps` (towards the goal) or `harms`.
    pub direction: Option<String>,
    /// `rank`, `label`, `mean`, `q`, `n_cells`, `detection_rate`, `matched_percentile` or
    /// `joint_minus_sum`; a leading `-` turns the order round.
    pub sort: Option<String>,
    /// Most rows, 1 to 1,000; 100 when absent.
    pub limit: Option<i64>,
    /// Rows to skip.
    pub offset: Option<i64>,
}

/// Which perturbation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PointsQuery {
    /// The perturbation; the order's first when absent.
    pub perturbation: Option<String>,
}

/// Which screens, and which of their targets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsensusQuery {
    /// Ids of 2 to 8 finished screens, separated by commas.
    pub ids: String,
    /// Perturbation; the first screen's first when absent.
    pub perturbation: Option<String>,
    /// Only transcription factors.
    pub factors: Option<bool>,
    /// Only members of druggable families.
    pub druggable: Option<bool>,
    /// `helps` or `harms`, by the majority of the screens.
    pub direction: Option<String>,
    /// Most rows, 1 to 1,000; 100 when absent.
    pub limit: Option<i64>,
    /// Rows to skip.
    pub offset: Option<i64>,
}

/// What a screen would cost, for every model of the order. Nothing is kept.
#[utoipa::path(post, path = "/api/screens/estimate", operation_id = "screens_alone_estimate",
    tag = "screens", request_body = ScreenOrder,
    responses((status = 200, body = Vec<ScreenEstimate>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn estimate(
    State(app): State<App>,
    Json(order): Json<ScreenOrder>,
) -> Result<Json<Vec<ScreenEstimate>>, ApiError> {
    screen_orders::estimate(&app, &order).await.map(Json)
}

/// Orders in-silico screens, one per model (jobs). The same order again is answered with the same
/// screens; those that failed or were cancelled go on.
#[utoipa::path(post, path = "/api/screens", operation_id = "screens_alone_create",
    tag = "screens", request_body = ScreenOrder,
    responses((status = 202, body = Vec<ScreenSummary>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(app): State<App>,
    Json(order): Json<ScreenOrder>,
) -> Result<(StatusCode, Json<Vec<ScreenSummary>>), ApiError> {
    let placed = screen_orders::place(&app, &order).await?;
    Ok((StatusCode::ACCEPTED, Json(placed)))
}

/// Screens, newest first.
#[utoipa::path(get, path = "/api/screens", operation_id = "screens_alone_list", tag = "screens",
    params(PageQuery), responses((status = 200, body = Vec<ScreenSummary>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Vec<ScreenSummary>>, ApiError> {
    let (limit, offset) = page(query.limit, query.offset);
    let rows = stored::list(app.store().api(), limit, offset).await?;
    Ok(Json(rows.into_iter().map(screen_orders::summary).collect::<Result<_, _>>()?))
}

/// One screen: what was ordered and how far it is.
#[utoipa::path(get, path = "/api/screens/{id}", operation_id = "screens_alone_get",
    tag = "screens", params(("id" = Uuid, Path, description = "Screen")),
    responses((status = 200, body = ScreenSummary),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<ScreenSummary>, ApiError> {
    screen_orders::summary(screen_report::row(&app, id).await?).map(Json)
}

/// The report of a finished screen; its rows are read page by page.
#[utoipa::path(get, path = "/api/screens/{id}/report", operation_id = "screens_alone_report",
    tag = "screens", params(("id" = Uuid, Path, description = "Screen")),
    responses((status = 200, body = ScreenReport),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn report(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<ScreenReport>, ApiError> {
    screen_report::report(&app, id).await.map(Json)
}

/// Rows of a finished screen.
#[utoipa::path(get, path = "/api/screens/{id}/rows", operation_id = "screens_alone_rows",
    tag = "screens", params(("id" = Uuid, Path, description = "Screen"), RowsQuery),
    responses((status = 200, body = ScreenRowPage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn rows(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<ScreenRowPage>, ApiError> {
    read_rows(&app, id, &row_query(query)?).await.map(Json)
}

/// All rows that the filter leaves, as CSV.
#[utoipa::path(get, path = "/api/screens/{id}/rows.csv", operation_id = "screens_alone_rows_csv",
    tag = "screens", params(("id" = Uuid, Path, description = "Screen"), RowsQuery),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn rows_csv(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<RowsQuery>,
) -> Result<Response, ApiError> {
    let query = RowQuery { limit: i64::MAX, offset: 0, ..row_query(query)? };
    let page = read_rows(&app, id, &query).await?;
    Ok(csv_file("screen.csv", screen_table::csv(&page.rows)?))
}

/// Every ranked row of one perturbation as points: mean and q.
#[utoipa::path(get, path = "/api/screens/{id}/points", operation_id = "screens_alone_points",
    tag = "screens", params(("id" = Uuid, Path, description = "Screen"), PointsQuery),
    responses((status = 200, body = ScreenPoints),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn points(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<PointsQuery>,
) -> Result<Json<ScreenPoints>, ApiError> {
    let screen = screen_report::finished(&app, id).await?;
    let first = screen_orders::decode(&screen)?.perturbations.into_iter().next();
    let kind = query.perturbation.or(first).unwrap_or_default();
    let mut points = ScreenPoints::default();
    for row in screen_rows::ranked(app.store().api(), id, &kind).await? {
        points.labels.push(row.label);
        points.means.push(row.mean);
        points.qs.push(row.q);
        points.significant.push(row.significant);
    }
    Ok(Json(points))
}

/// The screen's ranking and the baselines against genes known to matter.
#[utoipa::path(post, path = "/api/screens/{id}/evaluate", operation_id = "screens_alone_evaluate",
    tag = "screens", params(("id" = Uuid, Path, description = "Screen")),
    request_body = KnownPositives,
    responses((status = 200, body = Vec<RankingEvaluation>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn evaluate(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(known): Json<KnownPositives>,
) -> Result<Json<Vec<RankingEvaluation>>, ApiError> {
    let screen = screen_report::finished(&app, id).await?;
    let order = screen_orders::decode(&screen)?;
    let asked = known.genes.len();
    let found = app.model().resolve(known.genes).await?;
    let ids: Vec<String> = found.into_iter().filter_map(|gene| gene.ensembl_id).collect();
    let known = Known::Listed(&ids);
    let found = screen_report::evaluate(&app, &screen, &order, &[], &known).await?;
    if found.is_empty() {
        let detail = format!(
            "of the {asked} names {} are genes, and none or all of those screened is among them; \
             nothing can be compared",
            ids.len()
        );
        return Err(ApiError::unprocessable("no_positives", detail, Vec::new()));
    }
    Ok(Json(found))
}

/// Every effect in every cell, as CSV.
#[utoipa::path(get, path = "/api/screens/{id}/values.csv",
    operation_id = "screens_alone_values_csv", tag = "screens",
    params(("id" = Uuid, Path, description = "Screen")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn values_csv(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiError> {
    values(&app, id, "csv").await
}

/// Every effect in every cell, as Parquet.
#[utoipa::path(get, path = "/api/screens/{id}/values.parquet",
    operation_id = "screens_alone_values_parquet", tag = "screens",
    params(("id" = Uuid, Path, description = "Screen")),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.apache.parquet"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn values_parquet(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiError> {
    values(&app, id, "parquet").await
}

/// Finished screens side by side: what all of them say about each target.
#[utoipa::path(get, path = "/api/screens/consensus", operation_id = "screens_alone_consensus",
    tag = "screens", params(ConsensusQuery),
    responses((status = 200, body = Consensus),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn consensus(
    State(app): State<App>,
    Query(query): Query<ConsensusQuery>,
) -> Result<Json<Consensus>, ApiError> {
    let positive = direction(query.direction.as_deref())?;
    let ids = ids(&query.ids)?;
    let mut screens = Vec::new();
    for &id in &ids {
        screens.push(screen_orders::summary(screen_report::finished(&app, id).await?)?);
    }
    let mut perturbations: Vec<String> = Vec::new();
    for kind in screens.iter().flat_map(|screen| &screen.order.perturbations) {
        if !perturbations.contains(kind) {
            perturbations.push(kind.clone());
        }
    }
    let kind = query.perturbation.or_else(|| perturbations.first().cloned()).unwrap_or_default();
    let compared = screen_report::compare(&app, &ids, &[kind]).await?;
    let mut rows: Vec<ConsensusRow> = compared.rows;
    for row in &mut rows {
        (row.transcription_factor, row.druggable) = genes::classes(&row.label);
    }
    let (factors, druggable) = (query.factors == Some(true), query.druggable == Some(true));
    rows.retain(|row| {
        (!factors || row.transcription_factor)
            && (!druggable || !row.druggable.is_empty())
            && positive.is_none_or(|positive| positive == (row.direction == "helps"))
    });
    let total = rows.len() as u64;
    let (limit, offset) = page(query.limit, query.offset);
    let rows = rows.into_iter().skip(wire::index(offset)).take(wire::index(limit)).collect();
    Ok(Json(Consensus { screens, perturbations, rows, total }))
}

fn ids(text: &str) -> Result<Vec<Uuid>, ApiError> {
    let refused = |detail: String| Err(ApiError::bad_request("bad_ids", detail));
    let mut ids = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.parse() {
            Ok(id) if !ids.contains(&id) => ids.push(id),
            Ok(_) => {}
            Err(_) => return refused(format!("{part} is not the id of a screen")),
        }
    }
    match ids.len() {
        2..=screen_orders::MOST_MODELS => Ok(ids),
        n => refused(format!("{n} screens; expected 2 to {}", screen_orders::MOST_MODELS)),
    }
}

fn page(limit: Option<i64>, offset: Option<i64>) -> (i64, i64) {
    (limit.unwrap_or(100).clamp(1, 1000), offset.unwrap_or(0).max(0))
}

fn direction(word: Option<&str>) -> Result<Option<bool>, ApiError> {
    match word {
        None | Some("") => Ok(None),
        Some("helps") => Ok(Some(true)),
        Some("harms") => Ok(Some(false)),
        Some(other) => {
            let detail = format!("direction = {other}; expected helps or harms");
            Err(ApiError::bad_request("unknown_direction", detail))
        }
    }
}

fn row_query(query: RowsQuery) -> Result<RowQuery, ApiError> {
    let by = query.sort.as_deref().unwrap_or("rank");
    let (name, descending) = match by.strip_prefix('-') {
        Some(name) => (name, true),
        None => (by, false),
    };
    let sort: RowSort = name.parse().map_err(|_| {
        let known: Vec<&str> = RowSort::ALL.iter().map(|sort| sort.as_str()).collect();
        let detail = format!("cannot sort by {name}; use one of {}", known.join(", "));
        ApiError::bad_request("unknown_sort", detail)
    })?;
    let text = |text: Option<String>| {
        text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let (limit, offset) = page(query.limit, query.offset);
    Ok(RowQuery {
        perturbation: text(query.perturbation),
        search: text(query.search),
        significant: query.significant == Some(true),
        factors: query.factors == Some(true),
        druggable: query.druggable == Some(true),
        positive: direction(query.direction.as_deref())?,
        sort,
        descending,
        limit,
        offset,
    })
}

/// Rows with what the bench measured since.
async fn read_rows(app: &App, id: Uuid, query: &RowQuery) -> Result<ScreenRowPage, ApiError> {
    let screen = screen_report::finished(app, id).await?;
    let (rows, total) = screen_rows::page(app.store().api(), id, query).await?;
    let (measured, _) = screen_report::measured(app, &screen.dataset_digest).await?;
    let measured = screen_report::by_id(&measured);
    let row = |content| -> Result<ScreenTargetRow, ApiError> {
        let mut row: ScreenTargetRow = wire::decode("screen row", content)?;
        if let [gene] = row.genes.as_slice() {
            row.measured = measured.get(gene.as_str()).map(|found| found.robust_z);
        }
        Ok(row)
    };
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(ScreenRowPage { rows, total: wire::count(total) })
}

/// The model service's file, passed on as it comes.
async fn values(app: &App, id: Uuid, format: &str) -> Result<Response, ApiError> {
    let screen = screen_report::finished(app, id).await?;
    let work = screen_orders::work(&screen_orders::decode(&screen)?);
    let answer = app.model().screen_values(&ValuesWork { work, format: format.into() }).await?;
    let mut response = Response::new(Body::empty());
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        if let Some(value) = answer.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    let disposition = format!("attachment; filename=\"screen-values.{format}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    Ok(response.into_response())
}
