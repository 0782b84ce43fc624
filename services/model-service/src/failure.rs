//! Every error of the service: a [`Problem`] for the caller, a cause for the log.

use std::io;
use std::path::Path;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nextwell_contract::{PROBLEM_JSON, Problem};

/// An error on its way to the edge, where it is logged once and answered as problem+json.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", problem.title, problem.detail)]
pub struct Failure {
    problem: Box<Problem>,
    retry_after_seconds: Option<u32>,
    /// For the log only: never shown to the caller.
    cause: Option<String>,
}

impl Failure {
    /// An error with a stable code and one line for people.
    pub fn new(status: u16, code: &str, title: &str) -> Self {
        let problem = Problem {
            code: code.to_owned(),
            title: title.to_owned(),
            status,
            detail: String::new(),
            issues: Vec::new(),
        };
        Self { problem: Box::new(problem), retry_after_seconds: None, cause: None }
    }

    /// Says what was found, what was expected and what to do.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = detail.into();
        self
    }

    /// Leaves a folder of ours out of the detail: the caller knows files by their names only.
    pub fn relative_to(mut self, folder: &Path) -> Self {
        self.problem.detail = self.problem.detail.replace(&format!("{}/", folder.display()), "");
        self
    }

    /// Keeps a cause for the log.
    pub fn cause(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Tells the caller when to try again.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// A fault of ours: the caller learns that it happened, the log why.
    pub fn internal(cause: impl ToString) -> Self {
        Self::new(500, "internal", "The model service failed")
            .detail("nothing was changed; try again, and look in the service's log if it repeats")
            .cause(cause)
    }

    /// The work was given up because its caller left or the service stops.
    pub fn cancelled() -> Self {
        Self::new(503, "cancelled", "The work was cancelled")
            .detail("the caller left or the service is stopping; send the same request again")
            .retry_after(5)
    }

    /// A file system error on `what`; a full disk has its own status.
    pub fn io(what: &str, error: &io::Error) -> Self {
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
        if full {
            return Self::new(507, "disk_full", "The disk of the model service is full")
                .detail(format!("no room for {what}; free space in the data directory, then retry"))
                .cause(error);
        }
        Self::internal(format!("{what}: {error}"))
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.problem.code
    }

    /// The body that will be sent.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    fn log(&self) {
        let Problem { code, status, title, detail, .. } = &*self.problem;
        let cause = self.cause.as_deref().unwrap_or("-");
        if *status >= 500 {
            tracing::error!(error_code = %code, status, cause, "{title}: {detail}");
        } else {
            tracing::info!(error_code = %code, status, cause, "refused: {title}: {detail}");
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.log();
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_and_other_faults_keep_their_cause_to_the_log() {
        let full = Failure::io("an upload", &io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((full.problem().status, full.code()), (507, "disk_full"));
        let other = Failure::io("an upload", &io::Error::other("secret path"));
        assert_eq!(other.problem().status, 500);
        assert!(!other.problem().detail.contains("secret path"));
        assert!(other.cause.unwrap().contains("secret path"));
    }
}
