//! Every route of the public API, on one page.

mod calibration;
mod campaigns;
mod datasets;
mod events;
mod features;
mod health;
mod jobs;
mod library;
mod model_views;
mod models;
mod plates;
mod pooled;
mod replays;
mod rounds;
mod screen_orders;
mod screens;
mod targets;
mod uploads;
mod worklists;

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::{App, ui};

/// Largest body of a request that is not a file.
const JSON_LIMIT: usize = 4 << 20;
/// Largest data set or checkpoint.
const FILE_LIMIT: usize = 16 << 30;

#[derive(OpenApi)]
#[openapi(
    info(title = "nextwell", description = "Which wells to run next."),
    components(schemas(nextwell_contract::ChangeEvent))
)]
struct Document;

/// The API's routes with their documentation.
pub fn api(max_upload_bytes: usize) -> OpenApiRouter<App> {
    // Bodies of any length, or an answer that may take longer than the time limit of the others.
    let files = OpenApiRouter::new()
        .routes(routes!(datasets::create))
        .routes(routes!(models::import))
        .routes(routes!(features::add))
        .routes(routes!(model_views::coverage))
        .routes(routes!(screen_orders::values_csv))
        .routes(routes!(screen_orders::values_parquet))
        .layer(DefaultBodyLimit::max(FILE_LIMIT));
    let results = OpenApiRouter::new()
        .routes(routes!(uploads::create))
        .routes(routes!(replays::create, replays::list))
        .routes(routes!(library::upload))
        .routes(routes!(pooled::upload, pooled::overview))
        .layer(DefaultBodyLimit::max(max_upload_bytes));
    let json = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(health::info))
        .routes(routes!(datasets::list))
        .routes(routes!(models::pretrain))
        .routes(routes!(models::list))
        .routes(routes!(models::get, models::remove))
        .routes(routes!(models::verify))
        .routes(routes!(model_views::embed, model_views::embedding))
        .routes(routes!(campaigns::create))
        .routes(routes!(campaigns::list))
        .routes(routes!(campaigns::get))
        .routes(routes!(campaigns::change))
        .routes(routes!(features::list))
        .routes(routes!(features::remove))
        .routes(routes!(campaigns::loop_state))
        .routes(routes!(campaigns::decisions))
        .routes(routes!(calibration::get))
        .routes(routes!(targets::page))
        .routes(routes!(targets::csv))
        .routes(routes!(screens::list))
        .routes(routes!(screens::create))
        .routes(routes!(screen_orders::create, screen_orders::list))
        .routes(routes!(screen_orders::estimate))
        .routes(routes!(screen_orders::consensus))
        .routes(routes!(screen_orders::get))
        .routes(routes!(screen_orders::report))
        .routes(routes!(screen_orders::rows))
        .routes(routes!(screen_orders::rows_csv))
        .routes(routes!(screen_orders::points))
        .routes(routes!(screen_orders::evaluate))
        .routes(routes!(rounds::plan))
        .routes(routes!(rounds::preview))
        .routes(routes!(rounds::list))
        .routes(routes!(rounds::get))
        .routes(routes!(rounds::approve))
        .routes(routes!(rounds::picks_csv))
        .routes(routes!(plates::find))
        .routes(routes!(plates::get))
        .routes(routes!(plates::map_csv))
        .routes(routes!(worklists::worklist))
        .routes(routes!(worklists::order_csv))
        .routes(routes!(library::get))
        .routes(routes!(uploads::list))
        .routes(routes!(uploads::get))
        .routes(routes!(uploads::raw))
        .routes(routes!(uploads::accept))
        .routes(routes!(replays::get, replays::remove))
        .routes(routes!(replays::report))
        .routes(routes!(replays::csv))
        .routes(routes!(pooled::estimate))
        .routes(routes!(pooled::plan))
        .routes(routes!(pooled::round))
        .routes(routes!(pooled::order_sheet))
        .routes(routes!(pooled::read))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::rerun))
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            Duration::from_secs(120),
        ));
    json.merge(files).merge(results)
}

/// The OpenAPI document, committed as `ui/openapi.json`.
pub fn document() -> utoipa::openapi::OpenApi {
    api(0).split_for_parts().1
}

/// API, events, health and the web UI.
pub fn router(app: App) -> Router {
    let (api, document) = api(app.config().max_upload_bytes).split_for_parts();
    api.route("/api/openapi.json", get(async move || Json(document)))
        .route("/api/{*rest}", any(no_such_route))
        .layer(CompressionLayer::new())
        .route("/api/events", get(events::stream))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .fallback(ui::serve)
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        }))
        .with_state(app)
}

async fn no_such_route(Path(rest): Path<String>) -> ApiError {
    ApiError::not_found("route", format!("/api/{rest}"))
}

/// A CSV answer that a browser saves as `name`.
fn csv_file(name: &str, body: String) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, body).into_response()
}
