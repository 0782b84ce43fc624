//! The arrayed guide library of a campaign: source plates, what is in their wells, what is left.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A library file as it was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryUpload {
    /// Identifier.
    pub id: Uuid,
    /// Name of the file.
    pub file_name: String,
    /// Wells it describes.
    pub wells: u32,
    /// Whether the campaign had this very file already; nothing was changed then.
    pub duplicate: bool,
    /// When it was first uploaded.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A source plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryPlate {
    /// Barcode.
    pub barcode: String,
    /// Number of wells.
    pub format: u32,
    /// Wells that hold something.
    pub wells: u32,
    /// Volume that cannot be taken out of a well, in µl.
    pub dead_volume_ul: f64,
}

/// Whether a source well can be used today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReagentState {
    /// It can.
    Available,
    /// Not enough for one more transfer is left.
    UsedUp,
    /// Its last day is over.
    Expired,
    /// Its first day is to come.
    NotYetHere,
}

/// A well of a source plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryWell {
    /// Barcode of its plate.
    pub plate_barcode: String,
    /// Canonical name, for example `B07`.
    pub well: String,
    /// Guide or reagent.
    pub guide_id: String,
    /// Gene symbol; absent for a control without a gene.
    pub symbol: Option<String>,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Protospacer.
    pub sequence: Option<String>,
    /// Volume when its file was uploaded, in µl.
    pub volume_ul: f64,
    /// Volume set aside for rounds, in µl.
    pub reserved_ul: f64,
    /// Volume that can still be taken out, in µl.
    pub available_ul: f64,
    /// Concentration, in µM.
    pub concentration_um: Option<f64>,
    /// Lot.
    pub lot: Option<String>,
    /// Last day on which it may be used, `YYYY-MM-DD`.
    pub expiry: Option<String>,
    /// First day on which it is there, `YYYY-MM-DD`.
    pub available_from: Option<String>,
    /// Whether it can be used today.
    pub state: ReagentState,
}

/// A candidate that cannot be chosen for want of a reagent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnavailableGene {
    /// Gene symbol.
    pub symbol: String,
    /// Why, for example `no reagent in the library`.
    pub reason: String,
}

/// A campaign's library; without uploads it is empty and limits nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Library {
    /// Files, newest first.
    pub uploads: Vec<LibraryUpload>,
    /// Source plates, by barcode.
    pub plates: Vec<LibraryPlate>,
    /// Wells that fit the search.
    pub total: u64,
    /// One page of them, by plate and well.
    pub wells: Vec<LibraryWell>,
    /// Candidates for which there is no reagent.
    pub n_unavailable: u64,
    /// The first of them, with the reason.
    pub unavailable: Vec<UnavailableGene>,
}

/// Where the reagent of a well comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WellReagent {
    /// Well of the plate, canonical.
    pub well: String,
    /// Guide or reagent.
    pub guide_id: String,
    /// Barcode of the source plate.
    pub source_plate: String,
    /// Well of the source plate, canonical.
    pub source_well: String,
    /// Lot.
    pub lot: Option<String>,
    /// Volume, in µl.
    pub volume_ul: f64,
}

/// Control wells of every plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlsPerPlate {
    /// Wells with a non-targeting control.
    pub non_targeting: u32,
    /// Wells with a positive control.
    pub positive: u32,
    /// Wells with cells but without a guide.
    pub untreated: u32,
}
