//! Source plates of a campaign's arrayed guide library.

use sqlx::types::time::Date;
use sqlx::{PgConnection, PgExecutor};

use crate::{OffsetDateTime, Result, Uuid};

/// A file to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLibraryUpload {
    /// Its id.
    pub id: Uuid,
    /// Campaign it belongs to.
    pub campaign_id: Uuid,
    /// Digest of its bytes.
    pub digest: String,
    /// Its name on the user's machine.
    pub file_name: String,
    /// Source plates it describes.
    pub plates: Vec<LibraryPlate>,
    /// Their wells.
    pub wells: Vec<LibraryWell>,
}

/// A source plate.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryPlate {
    /// Barcode.
    pub barcode: String,
    /// Number of wells.
    pub format: i32,
    /// Volume that cannot be taken out of a well, in µl.
    pub dead_volume_ul: f64,
}

/// A well of a source plate.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryWell {
    /// Barcode of its plate.
    pub plate_barcode: String,
    /// Row letter and two-digit column: `A01`.
    pub well: String,
    /// Name of the guide or reagent.
    pub guide_id: String,
    /// Gene symbol; empty for a control without a gene.
    pub symbol: String,
    /// Ensembl gene id; empty when not known.
    pub ensembl_id: String,
    /// Protospacer; empty when not known.
    pub sequence: String,
    /// Volume when the file was uploaded, in µl.
    pub volume_ul: f64,
    /// Concentration, in µM.
    pub concentration_um: Option<f64>,
    /// Lot; empty when not known.
    pub lot: String,
    /// Last day on which it may be used.
    pub expires_on: Option<Date>,
    /// First day on which it is there.
    pub available_on: Option<Date>,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryUpload {
    /// Its id.
    pub id: Uuid,
    /// Its name on the user's machine.
    pub file_name: String,
    /// Wells it described.
    pub n_wells: i32,
    /// When it came.
    pub created_at: OffsetDateTime,
}

/// A well of the library with what is spoken for.
#[derive(Debug, Clone, PartialEq)]
pub struct StockedWell {
    /// Barcode of its plate.
    pub plate_barcode: String,
    /// Number of wells of its plate.
    pub format: i32,
    /// Row letter and two-digit column: `A01`.
    pub well: String,
    /// Name of the guide or reagent.
    pub guide_id: String,
    /// Gene symbol; empty for a control without a gene.
    pub symbol: String,
    /// Ensembl gene id; empty when not known.
    pub ensembl_id: String,
    /// Protospacer; empty when not known.
    pub sequence: String,
    /// Volume when its file was uploaded, in µl.
    pub volume_ul: f64,
    /// Volume that cannot be taken out, in µl.
    pub dead_volume_ul: f64,
    /// Volume set aside since, or for rounds that are not measured yet, in µl.
    pub reserved_ul: f64,
    /// Concentration, in µM.
    pub concentration_um: Option<f64>,
    /// Lot; empty when not known.
    pub lot: String,
    /// Last day on which it may be used.
    pub expires_on: Option<Date>,
    /// First day on which it is there.
    pub available_on: Option<Date>,
}

/// The campaign's upload with this digest.
///
/// # Errors
/// Those of the database.
pub async fn by_digest(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    digest: &str,
) -> Result<Option<LibraryUpload>> {
    let upload = sqlx::query_as!(
        LibraryUpload,
        "select id, file_name, n_wells, created_at from library_uploads
         where campaign_id = $1 and digest = $2",
        campaign_id,
        digest,
    )
    .fetch_optional(executor)
    .await?;
    Ok(upload)
}

/// Uploads of a campaign's library, newest first.
///
/// # Errors
/// Those of the database.
pub async fn uploads(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
) -> Result<Vec<LibraryUpload>> {
    let uploads = sqlx::query_as!(
        LibraryUpload,
        "select id, file_name, n_wells, created_at from library_uploads
         where campaign_id = $1 order by created_at desc, id desc",
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(uploads)
}

/// Stores a file's plates and wells; a well that is there already takes the file's content and
/// volume.
///
/// # Errors
/// [`StoreError::Conflict`](crate::StoreError::Conflict) (`library_uploads_content_once`) for a
/// file that is there already, [`StoreError::Refused`](crate::StoreError::Refused) naming the rule
/// that is broken.
pub async fn insert(connection: &mut PgConnection, upload: &NewLibraryUpload) -> Result<()> {
    sqlx::query!(
        "insert into library_uploads (id, campaign_id, digest, file_name, n_wells)
         values ($1, $2, $3, $4, $5)",
        upload.id,
        upload.campaign_id,
        upload.digest,
        upload.file_name,
        i32::try_from(upload.wells.len()).unwrap_or(i32::MAX),
    )
    .execute(&mut *connection)
    .await?;
    put_plates(&mut *connection, upload.campaign_id, &upload.plates).await?;
    put_wells(connection, upload).await
}

async fn put_plates(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    plates: &[LibraryPlate],
) -> Result<()> {
    let barcodes: Vec<&str> = plates.iter().map(|plate| plate.barcode.as_str()).collect();
    let formats: Vec<i32> = plates.iter().map(|plate| plate.format).collect();
    let dead: Vec<f64> = plates.iter().map(|plate| plate.dead_volume_ul).collect();
    sqlx::query!(
        "insert into library_plates (campaign_id, barcode, format, dead_volume_ul)
         select $1, p.* from unnest($2::text[], $3::int[], $4::float8[]) as p
         on conflict (campaign_id, barcode) do update set
           format = excluded.format, dead_volume_ul = excluded.dead_volume_ul",
        campaign_id,
        barcodes.as_slice() as &[&str],
        &formats,
        &dead,
    )
    .execute(executor)
    .await?;
    Ok(())
}

async fn put_wells(executor: impl PgExecutor<'_>, upload: &NewLibraryUpload) -> Result<()> {
    fn column<'a, T>(wells: &'a [LibraryWell], of: impl Fn(&'a LibraryWell) -> T) -> Vec<T> {
        wells.iter().map(of).collect()
    }
    let wells = upload.wells.as_slice();
    sqlx::query!(
        "insert into library_wells (
           campaign_id, upload_id, plate_barcode, well, guide_id, symbol, ensembl_id, sequence,
           volume_ul, concentration_um, lot, expires_on, available_on)
         select $1, $2, w.* from unnest(
           $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[],
           $10::float8[], $11::text[], $12::date[], $13::date[]) as w
         on conflict (campaign_id, plate_barcode, well) do update set
           upload_id = excluded.upload_id, uploaded_at = now(), guide_id = excluded.guide_id,
           symbol = excluded.symbol, ensembl_id = excluded.ensembl_id,
           sequence = excluded.sequence, volume_ul = excluded.volume_ul,
           concentration_um = excluded.concentration_um, lot = excluded.lot,
           expires_on = excluded.expires_on, available_on = excluded.available_on",
        upload.campaign_id,
        upload.id,
        column(wells, |w| w.plate_barcode.as_str()) as Vec<&str>,
        column(wells, |w| w.well.as_str()) as Vec<&str>,
        column(wells, |w| w.guide_id.as_str()) as Vec<&str>,
        column(wells, |w| w.symbol.as_str()) as Vec<&str>,
        column(wells, |w| w.ensembl_id.as_str()) as Vec<&str>,
        column(wells, |w| w.sequence.as_str()) as Vec<&str>,
        &column(wells, |w| w.volume_ul),
        column(wells, |w| w.concentration_um) as Vec<Option<f64>>,
        column(wells, |w| w.lot.as_str()) as Vec<&str>,
        column(wells, |w| w.expires_on) as Vec<Option<Date>>,
        column(wells, |w| w.available_on) as Vec<Option<Date>>,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Every well of a campaign's library, by plate and well. An upload tells what is in a well, so
/// what was taken before it for a measured round counts no more; what is set aside for rounds
/// that still wait for results does.
///
/// # Errors
/// Those of the database.
pub async fn stock(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<StockedWell>> {
    let wells = sqlx::query_as!(
        StockedWell,
        r#"select w.plate_barcode, p.format, w.well, w.guide_id, w.symbol, w.ensembl_id, w.sequence,
             w.volume_ul, p.dead_volume_ul, coalesce(r.reserved_ul, 0) as "reserved_ul!",
             w.concentration_um, w.lot, w.expires_on, w.available_on
           from library_wells w
           join library_plates p on p.campaign_id = w.campaign_id and p.barcode = w.plate_barcode
           left join lateral (
             select sum(v.volume_nl) / 1000 as reserved_ul
             from reservations v
             join plates d on d.id = v.plate_id
             join rounds n on n.id = d.round_id
             where v.campaign_id = w.campaign_id and v.source_plate = w.plate_barcode
               and v.source_well = w.well and v.released_at is null
               and (v.reserved_at >= w.uploaded_at or n.state in ('planned', 'approved'))
           ) r on true
           where w.campaign_id = $1
           order by w.plate_barcode collate "C", w.well collate "C""#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(wells)
}

/// Whether a campaign has a library at all.
///
/// # Errors
/// Those of the database.
pub async fn exists(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select 1 from library_wells where campaign_id = $1) as "found!""#,
        campaign_id,
    )
    .fetch_one(executor)
    .await?;
    Ok(found)
}
