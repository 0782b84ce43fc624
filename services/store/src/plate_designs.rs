//! How a campaign's plates are laid out: donors, replicates, control wells.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

/// The design of a campaign's plates.
#[derive(Debug, Clone, PartialEq)]
pub struct PlateDesign {
    /// Donors of the cells; empty: one unnamed donor.
    pub donors: Vec<String>,
    /// Wells of every candidate in every donor.
    pub replicates: i32,
    /// Non-targeting wells of a plate; `None`: by its size.
    pub non_targeting_wells: Option<i32>,
    /// Positive control wells of a plate; `None`: by its size.
    pub positive_wells: Option<i32>,
    /// Untreated wells of a plate; `None`: by its size.
    pub untreated_wells: Option<i32>,
    /// Volume that goes into a well, in nl.
    pub transfer_nl: f64,
}

impl Default for PlateDesign {
    /// One unnamed donor, one well a candidate, controls by the size of the plate, 2.5 µl.
    fn default() -> Self {
        Self {
            donors: Vec::new(),
            replicates: 1,
            non_targeting_wells: None,
            positive_wells: None,
            untreated_wells: None,
            transfer_nl: 2500.0,
        }
    }
}

/// Writes a campaign's design; a later one takes the place of the earlier.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) naming the rule that is broken.
pub async fn put(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    design: &PlateDesign,
) -> Result<()> {
    sqlx::query!(
        "insert into plate_designs (campaign_id, donors, replicates, non_targeting_wells,
                                    positive_wells, untreated_wells, transfer_nl)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (campaign_id) do update set
           donors = excluded.donors, replicates = excluded.replicates,
           non_targeting_wells = excluded.non_targeting_wells,
           positive_wells = excluded.positive_wells, untreated_wells = excluded.untreated_wells,
           transfer_nl = excluded.transfer_nl",
        campaign_id,
        &design.donors,
        design.replicates,
        design.non_targeting_wells,
        design.positive_wells,
        design.untreated_wells,
        design.transfer_nl,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// A campaign's design; the default one where none was written.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<PlateDesign> {
    let found = sqlx::query_as!(
        PlateDesign,
        "select donors, replicates, non_targeting_wells, positive_wells, untreated_wells,
           transfer_nl
         from plate_designs where campaign_id = $1",
        campaign_id,
    )
    .fetch_optional(executor)
    .await?;
    Ok(found.unwrap_or_default())
}
