//! Every route on one page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, Method, Uri};
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use crate::app::App;
use crate::failure::Failure;
use crate::routes::{datasets, genes, health, import, model_uses, models, screens};

/// Largest JSON body: 20,000 measured or candidate genes take about 1.5 MB.
const MAX_JSON_BYTES: usize = 16 << 20;
/// Largest body of rankings: 20,000 targets of eight screens take about 20 MB.
const MAX_TABLE_BYTES: usize = 128 << 20;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The service as a router, for [`crate::serve`] and for tests.
pub fn router(app: Arc<App>) -> Router {
    // These two read their bodies as streams and count the bytes themselves.
    let uploads = Router::new()
        .route("/v1/datasets", post(datasets::upload))
        .route("/v1/models", post(import::import))
        .layer(DefaultBodyLimit::disable());
    let json = Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/v1/info", get(health::info))
        .route("/v1/progress/{id}", get(health::progress))
        .route("/v1/genes/resolve", post(genes::resolve))
        .route("/v1/datasets/{digest}", get(datasets::report))
        .route("/v1/datasets/{digest}/expression", post(datasets::state_expression))
        .route("/v1/models/{digest}", get(models::info).delete(models::remove))
        .route("/v1/models/{digest}/verify", post(model_uses::verify))
        .route("/v1/models/coverage", post(model_uses::coverage))
        .route("/v1/models/embedding", post(model_uses::embedding))
        .route("/v1/models/pretrain", post(models::pretrain))
        .route("/v1/models/fine-tune", post(models::fine_tune))
        .route("/v1/screens/plan", post(screens::plan))
        .route("/v1/screens/estimate", post(screens::estimate))
        .route("/v1/screens/shards", post(screens::shard))
        .route("/v1/screens/finish", post(screens::finish))
        .route("/v1/screens/values", post(screens::values))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES));
    let tables = Router::new()
        .route("/v1/screens/evaluate", post(screens::evaluate))
        .route("/v1/screens/compare", post(screens::compare))
        .layer(DefaultBodyLimit::max(MAX_TABLE_BYTES));
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                // A failure logs itself, with its code and cause.
                .on_failure(()),
        )
        .layer(PropagateRequestIdLayer::new(REQUEST_ID));
    uploads
        .merge(json)
        .merge(tables)
        .fallback(no_such_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(layers)
        .with_state(app)
}

fn request_span(request: &Request) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or("-");
    tracing::info_span!(
        "request",
        request_id = %id,
        method = %request.method(),
        path = %request.uri().path(),
    )
}

async fn no_such_route(uri: Uri) -> Failure {
    Failure::new(404, "no_such_route", "There is nothing here")
        .detail(format!("{} is not part of the model service's API", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Failure {
    Failure::new(405, "wrong_method", "This method is not supported here")
        .detail(format!("{} does not take {method}", uri.path()))
}
