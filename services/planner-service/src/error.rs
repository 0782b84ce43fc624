//! Every failure of the edge as one [`Problem`].

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nextwell_contract::{Issue, PROBLEM_JSON, Problem};
use nextwell_store::StoreError;

/// An error on its way to the caller: a [`Problem`] with its HTTP status.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError(pub Problem);

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.title, self.0.detail)
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    fn new(status: StatusCode, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Problem {
            code: code.into(),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            issues: Vec::new(),
        })
    }

    /// 400: the request itself is wrong.
    pub fn bad_request(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, "The request cannot be used", detail)
    }

    /// 404: `what` with this name does not exist.
    pub fn not_found(what: &str, name: impl std::fmt::Display) -> Self {
        let detail = format!("no {what} {name}; list what exists and check the identifier");
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", detail)
    }

    /// 409: the request does not fit the present state.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, "This does not fit the present state", detail)
    }

    /// 413: the body is larger than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!(
            "the file is larger than the limit of {} MiB; split it by plate and upload the parts",
            limit >> 20
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The file is too large", detail)
    }

    /// 422: the content of the request cannot work; `issues` names the places.
    pub fn unprocessable(code: &str, detail: impl Into<String>, issues: Vec<Issue>) -> Self {
        let mut error =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "The content cannot be used", detail);
        error.0.issues = issues;
        error
    }

    /// 503: something this server needs is away for now.
    pub fn unavailable(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "Not available right now", detail)
    }

    /// 500: a fault of ours; the detail is for the log and safe to show.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something broke here", detail)
    }

    /// HTTP status of the problem.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(code = self.0.code, status = self.0.status, "{self}");
        } else {
            tracing::debug!(code = self.0.code, status = self.0.status, "{self}");
        }
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { table, constraint } => Self::conflict(
                "already_exists",
                format!("{table} holds such an entry already ({constraint}); choose another name"),
            ),
            StoreError::NotFound { what, id } => Self::not_found(what, id),
            error @ StoreError::KeyReused { .. } => {
                Self::unprocessable("key_reused", error.to_string(), Vec::new())
            }
            error if error.is_transient() => Self::unavailable(
                "database_away",
                format!("the database does not answer: {error}; try again in a few seconds"),
            ),
            error => Self::internal(format!("store: {error}")),
        }
    }
}
