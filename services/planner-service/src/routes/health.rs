//! Is the service alive, ready, and what does it see?

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nextwell_contract::worker::ServiceInfo;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::{App, VERSION};

/// Version and what the server sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct Info {
    /// Version of nextwell.
    pub version: String,
    /// The model service; absent when it does not answer.
    pub model_service: Option<ServiceInfo>,
    /// The database in words.
    pub database: String,
}

/// Version and what the server sees.
#[utoipa::path(get, path = "/api/info", operation_id = "info", tag = "info",
    responses((status = 200, body = Info)))]
pub async fn info(State(app): State<App>) -> Result<Json<Info>, ApiError> {
    let database = match app.store().ping().await {
        Ok(()) => "Postgres answers".to_owned(),
        Err(error) => error.to_string(),
    };
    let model_service = app.model().info().await.ok();
    Ok(Json(Info { version: VERSION.into(), model_service, database }))
}

/// The process is alive; nothing else is looked at.
pub async fn live() -> &'static str {
    "alive\n"
}

/// One thing readiness depends on.
#[derive(Debug, Serialize)]
pub struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
}

/// 200 when the database is migrated and the model service answers; otherwise 503 with reasons.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Vec<Check>>) {
    let schema = match app.store().schema_is_current().await {
        Ok(true) => Check { name: "database", ok: true, detail: "schema is current".into() },
        Ok(false) => Check { name: "database", ok: false, detail: "schema is not migrated".into() },
        Err(error) => Check { name: "database", ok: false, detail: error.to_string() },
    };
    let model = match app.model().info().await {
        Ok(info) => Check { name: "model_service", ok: true, detail: info.device },
        Err(error) => Check { name: "model_service", ok: false, detail: error.0.detail },
    };
    let ready = schema.ok && model.ok;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(vec![schema, model]))
}
