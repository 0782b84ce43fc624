//! Guides of a campaign and the library files they came in.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::{OffsetDateTime, Result, Uuid};

words! {
    /// What a guide without a gene is for.
    GuideControl in "guides"."control" {
        /// Cuts nowhere.
        NonTargeting = "non_targeting",
        /// Cuts where no gene is.
        SafeTargeting = "safe_targeting",
    }
}

/// A library file to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLibrary {
    /// Its id; ids of later libraries sort after it.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Digest of `content`.
    pub digest: String,
    /// Name the user's file had; only shown.
    pub file_name: String,
    /// The file.
    pub content: Vec<u8>,
    /// What the reader said.
    pub report: Value,
}

/// A stored library file, without its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Digest of the file.
    pub digest: String,
    /// Name the user's file had; only shown.
    pub file_name: String,
    /// Size of the file.
    pub n_bytes: i64,
    /// What the reader said.
    pub report: Value,
    /// When it came.
    pub created_at: OffsetDateTime,
    /// Guides that came with it first.
    pub n_guides: i64,
}

/// A guide.
#[derive(Debug, Clone, PartialEq)]
pub struct Guide {
    /// The lab's name of it.
    pub guide_id: String,
    /// Genes it targets.
    pub symbols: Vec<String>,
    /// Ensembl ids of these, where known.
    pub ensembl_ids: Vec<String>,
    /// What it is when it targets no gene.
    pub control: Option<GuideControl>,
    /// Its sequence.
    pub protospacer: String,
    /// PAM in the genome.
    pub pam: Option<String>,
    /// `+` or `-`.
    pub strand: Option<String>,
    /// Position in the genome.
    pub position: Option<i64>,
    /// Higher is better.
    pub score: Option<f64>,
}

/// Stores a library file, or finds the campaign's one with the same content; true when it is new.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for an unknown campaign.
pub async fn insert_library(
    connection: &mut PgConnection,
    library: &NewLibrary,
) -> Result<(Library, bool)> {
    let inserted = sqlx::query!(
        "insert into guide_libraries (id, campaign_id, digest, file_name, content, n_bytes, report)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint guide_libraries_content_once do nothing",
        library.id,
        library.campaign_id,
        library.digest,
        library.file_name,
        library.content,
        library.content.len() as i64,
        library.report,
    )
    .execute(&mut *connection)
    .await?;
    let stored = by_digest(connection, library.campaign_id, &library.digest).await?;
    Ok((found(stored, "guide library", &library.digest)?, inserted.rows_affected() == 1))
}

macro_rules! select_libraries {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Library,
            r#"select id, campaign_id, digest, file_name, n_bytes, report, created_at,
                 (select count(*) from guides g where g.library_id = l.id) as "n_guides!"
               from guide_libraries l "# + $tail
            $(, $argument)*
        )
    };
}

/// The campaign's library with this content, if it was uploaded before.
///
/// # Errors
/// Those of the database.
pub async fn by_digest(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    digest: &str,
) -> Result<Option<Library>> {
    let library = select_libraries!("where campaign_id = $1 and digest = $2", campaign_id, digest)
        .fetch_optional(executor)
        .await?;
    Ok(library)
}

/// Library files of a campaign, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn libraries(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Library>> {
    let libraries = select_libraries!("where campaign_id = $1 order by id", campaign_id)
        .fetch_all(executor)
        .await?;
    Ok(libraries)
}

/// Adds guides in their order; one whose name the campaign has already stays as it is. Returns how
/// many are new.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for a guide that breaks a rule of the table.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    library_id: Uuid,
    guides: &[Guide],
) -> Result<u64> {
    fn column<'a, T>(guides: &'a [Guide], of: impl Fn(&'a Guide) -> T) -> Vec<T> {
        guides.iter().map(of).collect()
    }
    // An array of arrays must be rectangular, hence JSON for these.
    let symbols = column(guides, |g| serde_json::json!(g.symbols));
    let ensembl_ids = column(guides, |g| serde_json::json!(g.ensembl_ids));
    let inserted = sqlx::query!(
        "insert into guides (
           campaign_id, library_id, guide_id, place, symbols, ensembl_ids, control, protospacer, pam,
           strand, position, score)
         select $1, $2, guide_id, place - 1, array(select jsonb_array_elements_text(symbols)),
           array(select jsonb_array_elements_text(ensembl_ids)), control, protospacer, pam, strand,
           position, score
         from unnest($3::text[], $4::jsonb[], $5::jsonb[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::int8[], $11::float8[]) with ordinality
           as g (guide_id, symbols, ensembl_ids, control, protospacer, pam, strand, position, score,
                 place)
         on conflict on constraint guides_pkey do nothing",
        campaign_id,
        library_id,
        column(guides, |g| g.guide_id.as_str()) as Vec<&str>,
        &symbols,
        &ensembl_ids,
        column(guides, |g| g.control.map(GuideControl::as_str)) as Vec<Option<&str>>,
        column(guides, |g| g.protospacer.as_str()) as Vec<&str>,
        column(guides, |g| g.pam.as_deref()) as Vec<Option<&str>>,
        column(guides, |g| g.strand.as_deref()) as Vec<Option<&str>>,
        column(guides, |g| g.position) as Vec<Option<i64>>,
        column(guides, |g| g.score) as Vec<Option<f64>>,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected())
}

/// All guides of a campaign, by library and order of the file.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Guide>> {
    let guides = sqlx::query_as!(
        Guide,
        r#"select guide_id, symbols, ensembl_ids, control as "control: GuideControl", protospacer,
             pam, strand, position, score
           from guides where campaign_id = $1 order by library_id, place"#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(guides)
}

/// Guides of a pooled round, in the order of its order sheet.
///
/// # Errors
/// Those of the database.
pub async fn of_round(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Vec<Guide>> {
    let guides = sqlx::query_as!(
        Guide,
        r#"select guide_id, symbols, ensembl_ids, control as "control: GuideControl", protospacer,
             pam, strand, position, score
           from pooled_guides p join guides g using (campaign_id, guide_id)
           where p.round_id = $1 order by p.place"#,
        round_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(guides)
}
