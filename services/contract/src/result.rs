//! Results of the wet lab: uploaded, checked, shown, accepted.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Issue, PlateQc, PooledReport};

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Checked and shown; nothing but the raw file is stored.
    Checked,
    /// Accepted: measurements and hit calls are written.
    Accepted,
    /// Has errors: cannot be accepted.
    Rejected,
}

/// One row of the preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewRow {
    /// Row of the file, from 1, including header lines.
    pub row: u64,
    /// Plate barcode.
    pub plate: String,
    /// Canonical well.
    pub well: String,
    /// What the plate map says is in it.
    pub symbol: Option<String>,
    /// Value as read; absent when the cell is missing.
    pub value: Option<f64>,
}

/// Quality preview of one plate of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlatePreview {
    /// Barcode.
    pub barcode: String,
    /// Values read.
    pub values: u32,
    /// Wells of the plate without a value.
    pub missing_wells: Vec<String>,
    /// Hits this file would call, when its controls allow robust z.
    pub hits: Option<u32>,
    /// Quality of the controls.
    pub qc: Option<PlateQc>,
}

/// What the checker says about a results file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckReport {
    /// Data rows read.
    pub rows: u64,
    /// Detected text encoding.
    pub encoding: String,
    /// Detected delimiter, in words.
    pub delimiter: String,
    /// Detected decimal mark, `.` or `,`.
    pub decimal: String,
    /// Plates found.
    pub plates: Vec<PlatePreview>,
    /// Must be mended before the file can be accepted.
    pub errors: Vec<Issue>,
    /// Worth a look; do not hold the file back.
    pub warnings: Vec<Issue>,
    /// Columns that were not used.
    pub unknown_columns: Vec<String>,
    /// First rows.
    pub preview: Vec<PreviewRow>,
    /// The table of a pooled round, when the file is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<PooledReport>,
}

/// One uploaded results file. The raw bytes are kept unchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// Identifier.
    pub id: Uuid,
    /// Campaign it was uploaded to.
    pub campaign_id: Uuid,
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// Name of the file.
    pub file_name: String,
    /// Size.
    pub n_bytes: u64,
    /// Where it stands.
    pub state: UploadState,
    /// True when this very file was here before: nothing was changed.
    pub duplicate: bool,
    /// What the checker says.
    pub report: CheckReport,
    /// When it was first uploaded.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was accepted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
}

/// Answer to *Accept*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// The upload.
    pub upload_id: Uuid,
    /// Measurements written by this file.
    pub measurements: u64,
    /// Candidate genes with a hit call from this file.
    pub genes: u64,
    /// Of these, hits.
    pub hits: u64,
    /// True when it had been accepted before: nothing was changed.
    pub already_accepted: bool,
    /// The learning job that follows; absent while plates of the round are missing.
    pub job_id: Option<i64>,
}
