//! Measured values of wells, each kept in every revision.

use sqlx::{PgConnection, PgExecutor};

use crate::{Result, Uuid};

/// A value to record.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMeasurement {
    /// Plate of the well.
    pub plate_id: Uuid,
    /// Row letter and two-digit column: `A01`.
    pub well: String,
    /// What was measured.
    pub readout: String,
    /// The value, as it stood in the file.
    pub value: f64,
}

/// A recorded value: the latest revision of its well and read-out.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Plate of the well.
    pub plate_id: Uuid,
    /// Row letter and two-digit column: `A01`.
    pub well: String,
    /// What was measured.
    pub readout: String,
    /// The value, as it stood in the file.
    pub value: f64,
    /// Upload it came with.
    pub upload_id: Uuid,
    /// 1 for the first value of the well.
    pub revision: i32,
}

/// What became of recorded values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// First values of their wells.
    pub new: usize,
    /// Later values that differ: a new revision.
    pub revised: usize,
    /// Values equal to the latest revision: nothing was written.
    pub unchanged: usize,
}

/// Records the values of an upload. A value that differs from the latest revision becomes a new
/// one; an equal value changes nothing, so that repeated and overlapping files are harmless.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused): `measurements_well_known` for a well that
/// is not on the plate, `measurements_value_finite`.
pub async fn record(
    connection: &mut PgConnection,
    upload_id: Uuid,
    measurements: &[NewMeasurement],
) -> Result<Recorded> {
    let plates: Vec<Uuid> = measurements.iter().map(|m| m.plate_id).collect();
    let wells: Vec<&str> = measurements.iter().map(|m| m.well.as_str()).collect();
    let readouts: Vec<&str> = measurements.iter().map(|m| m.readout.as_str()).collect();
    let values: Vec<f64> = measurements.iter().map(|m| m.value).collect();
    lock_plates(connection, &plates).await?;
    let revisions = sqlx::query_scalar!(
        "insert into measurements (plate_id, well, readout, value, upload_id, revision)
         select m.plate_id, m.well, m.readout, m.value, $5, coalesce(last.revision, 0) + 1
         from unnest($1::uuid[], $2::text[], $3::text[], $4::float8[])
           with ordinality as m (plate_id, well, readout, value, place)
         left join lateral (
           select revision, value from measurements l
           where l.plate_id = m.plate_id and l.well = m.well and l.readout = m.readout
           order by revision desc limit 1) as last on true
         where last.value is distinct from m.value
         order by m.place
         returning revision",
        &plates,
        wells.as_slice() as &[&str],
        readouts.as_slice() as &[&str],
        &values,
        upload_id,
    )
    .fetch_all(connection)
    .await?;
    let new = revisions.iter().filter(|revision| **revision == 1).count();
    Ok(Recorded {
        new,
        revised: revisions.len() - new,
        unchanged: measurements.len() - revisions.len(),
    })
}

/// Two uploads of one plate take turns, so that both find the revision before theirs.
async fn lock_plates(connection: &mut PgConnection, plates: &[Uuid]) -> Result<()> {
    sqlx::query!("select id from plates where id = any($1) order by id for no key update", plates,)
        .fetch_all(connection)
        .await?;
    Ok(())
}

/// Latest values of a plate, by well and read-out.
///
/// # Errors
/// Those of the database.
pub async fn of_plate(executor: impl PgExecutor<'_>, plate_id: Uuid) -> Result<Vec<Measurement>> {
    let measurements = sqlx::query_as!(
        Measurement,
        r#"select distinct on (well collate "C", readout collate "C")
             plate_id, well, readout, value, upload_id, revision
           from measurements where plate_id = $1
           order by well collate "C", readout collate "C", revision desc"#,
        plate_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(measurements)
}

/// Every value a well ever had, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn history(
    executor: impl PgExecutor<'_>,
    plate_id: Uuid,
    well: &str,
) -> Result<Vec<Measurement>> {
    let measurements = sqlx::query_as!(
        Measurement,
        r#"select plate_id, well, readout, value, upload_id, revision
           from measurements where plate_id = $1 and well = $2
           order by readout collate "C", revision"#,
        plate_id,
        well,
    )
    .fetch_all(executor)
    .await?;
    Ok(measurements)
}
