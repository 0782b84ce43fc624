//! Plates and what lies in their wells.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

words! {
    /// What lies in a well.
    WellContent in "wells"."content" {
        /// A candidate gene's perturbation.
        Candidate = "candidate",
        /// A control that targets nothing.
        NonTargeting = "non_targeting",
        /// A control known to move the read-out.
        Positive = "positive",
        /// Cells without reagent.
        Untreated = "untreated",
        /// Nothing.
        Empty = "empty",
    }
}

/// A plate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plate {
    /// Its id.
    pub id: Uuid,
    /// Round it belongs to.
    pub round_id: Uuid,
    /// What stands on the plate; unique.
    pub barcode: String,
    /// Wells of the plate: 96 or 384.
    pub format: i32,
    /// Seed of the layout.
    pub seed: i64,
    /// Donor of the cells; empty when the campaign names none.
    pub donor: String,
    /// Layout rules that could not be kept, in words.
    pub notes: Vec<String>,
}

/// A well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Well {
    /// Row letter and two-digit column: `A01`.
    pub well: String,
    /// What lies in it.
    pub content: WellContent,
    /// Gene symbol, or name of the control.
    pub symbol: Option<String>,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Which replicate of its content, from 1.
    pub replicate: i32,
}

/// Adds a plate.
///
/// # Errors
/// [`StoreError::Conflict`](crate::StoreError::Conflict) (`plates_barcode_once`).
pub async fn insert(executor: impl PgExecutor<'_>, plate: &Plate) -> Result<()> {
    sqlx::query!(
        "insert into plates (id, round_id, barcode, format, seed, donor, notes)
         values ($1, $2, $3, $4, $5, $6, $7)",
        plate.id,
        plate.round_id,
        plate.barcode,
        plate.format,
        plate.seed,
        plate.donor,
        &plate.notes,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Fills the wells of a plate.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) (`wells_name_canonical` and others).
pub async fn insert_wells(
    executor: impl PgExecutor<'_>,
    plate_id: Uuid,
    wells: &[Well],
) -> Result<()> {
    let names: Vec<&str> = wells.iter().map(|w| w.well.as_str()).collect();
    let contents: Vec<&str> = wells.iter().map(|w| w.content.as_str()).collect();
    let symbols: Vec<Option<&str>> = wells.iter().map(|w| w.symbol.as_deref()).collect();
    let ids: Vec<Option<&str>> = wells.iter().map(|w| w.ensembl_id.as_deref()).collect();
    let replicates: Vec<i32> = wells.iter().map(|w| w.replicate).collect();
    sqlx::query!(
        "insert into wells (plate_id, well, content, symbol, ensembl_id, replicate)
         select $1, w.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[]) as w",
        plate_id,
        names.as_slice() as &[&str],
        contents.as_slice() as &[&str],
        symbols.as_slice() as &[Option<&str>],
        ids.as_slice() as &[Option<&str>],
        &replicates,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The plate with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Plate>> {
    let plate = sqlx::query_as!(Plate, "select * from plates where id = $1", id)
        .fetch_optional(executor)
        .await?;
    Ok(plate)
}

/// The plate with this barcode.
///
/// # Errors
/// Those of the database.
pub async fn by_barcode(executor: impl PgExecutor<'_>, barcode: &str) -> Result<Option<Plate>> {
    let plate = sqlx::query_as!(Plate, "select * from plates where barcode = $1", barcode)
        .fetch_optional(executor)
        .await?;
    Ok(plate)
}

/// Plates of a round, by barcode.
///
/// # Errors
/// Those of the database.
pub async fn of_round(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Vec<Plate>> {
    let plates = sqlx::query_as!(
        Plate,
        r#"select * from plates where round_id = $1 order by barcode collate "C""#,
        round_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(plates)
}

/// Wells of a plate, row by row.
///
/// # Errors
/// Those of the database.
pub async fn wells(executor: impl PgExecutor<'_>, plate_id: Uuid) -> Result<Vec<Well>> {
    let wells = sqlx::query_as!(
        Well,
        r#"select well, content as "content: WellContent", symbol, ensembl_id, replicate
           from wells where plate_id = $1 order by well collate "C""#,
        plate_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(wells)
}
