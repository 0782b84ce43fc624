//! Errors on the wire: RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Media type of every error body.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One error, said so that the reader knows what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable machine word, for example `truncated_file` or `no_round_fits`.
    pub code: String,
    /// One line: what went wrong.
    pub title: String,
    /// HTTP status, repeated from the status line.
    pub status: u16,
    /// What was found, what was expected, what to do.
    #[serde(default)]
    pub detail: String,
    /// Places in the input, when the error has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

/// One finding about one place of an uploaded file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Issue {
    /// Stable machine word, for example `duplicate_well`.
    pub code: String,
    /// Row of the file, counted from 1 and including header lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Column name or well, when it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What was found, what was expected, what to do.
    pub message: String,
}
