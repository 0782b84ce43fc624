//! Volume of the library set aside for the wells of a round.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

/// Volume set aside for one well.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    /// Destination plate.
    pub plate_id: Uuid,
    /// Destination well: row letter and two-digit column.
    pub well: String,
    /// Barcode of the source plate.
    pub source_plate: String,
    /// Source well: row letter and two-digit column.
    pub source_well: String,
    /// Volume, in nl.
    pub volume_nl: f64,
}

/// Sets volume aside; a well that has its share already keeps it.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) (`reservations_source_known` and others).
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    reservations: &[Reservation],
) -> Result<()> {
    fn column<'a, T>(all: &'a [Reservation], of: impl Fn(&'a Reservation) -> T) -> Vec<T> {
        all.iter().map(of).collect()
    }
    sqlx::query!(
        "insert into reservations (
           campaign_id, plate_id, well, source_plate, source_well, volume_nl)
         select $1, r.* from unnest(
           $2::uuid[], $3::text[], $4::text[], $5::text[], $6::float8[]) as r
         on conflict (plate_id, well) do nothing",
        campaign_id,
        &column(reservations, |r| r.plate_id),
        column(reservations, |r| r.well.as_str()) as Vec<&str>,
        column(reservations, |r| r.source_plate.as_str()) as Vec<&str>,
        column(reservations, |r| r.source_well.as_str()) as Vec<&str>,
        &column(reservations, |r| r.volume_nl),
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// What is set aside for a round, by plate and well.
///
/// # Errors
/// Those of the database.
pub async fn of_round(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Vec<Reservation>> {
    let found = sqlx::query_as!(
        Reservation,
        r#"select r.plate_id, r.well, r.source_plate, r.source_well, r.volume_nl
           from reservations r join plates p on p.id = r.plate_id
           where p.round_id = $1 and r.released_at is null
           order by p.barcode collate "C", r.well collate "C""#,
        round_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(found)
}

/// Gives back what was set aside for a round that will not be run; returns how many wells.
///
/// # Errors
/// Those of the database.
pub async fn release(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<u64> {
    let released = sqlx::query!(
        "update reservations set released_at = now()
         where released_at is null and plate_id in (select id from plates where round_id = $1)",
        round_id,
    )
    .execute(executor)
    .await?;
    Ok(released.rows_affected())
}
