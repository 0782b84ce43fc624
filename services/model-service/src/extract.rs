//! Request bodies and answers as JSON, with our problems instead of axum's plain text.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Path, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::digest::Digest;
use crate::failure::Failure;

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let Json(body) = Json::from_request(request, state).await.map_err(refused)?;
        Ok(Self(body))
    }
}

fn refused(rejection: JsonRejection) -> Failure {
    let status = rejection.status().as_u16();
    let code = match status {
        413 => "body_too_large",
        415 => "not_json",
        422 => "bad_request_body",
        _ => "bad_json",
    };
    Failure::new(status, code, "The request body cannot be read").detail(rejection.body_text())
}

/// The digest in the path.
///
/// # Errors
/// 400 `bad_digest`.
pub fn digest_of(Path(text): Path<String>) -> Result<Digest, Failure> {
    Digest::parse(&text)
}

/// Bytes that are JSON already: a kept answer goes out as it was first written.
pub struct JsonBytes(pub Vec<u8>);

impl IntoResponse for JsonBytes {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}
