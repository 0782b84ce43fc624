//! What the measurements say about each gene.

use sqlx::{PgConnection, PgExecutor};

use crate::{Result, Uuid};

/// Whether a campaign has any result.
///
/// # Errors
/// Those of the database.
pub async fn exist(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<bool> {
    let exist = sqlx::query_scalar!(
        r#"select exists (select 1 from gene_results where campaign_id = $1) as "exist!""#,
        campaign_id,
    )
    .fetch_one(executor)
    .await?;
    Ok(exist)
}

/// Result of a gene under a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneResult {
    /// Round that measured it.
    pub round_id: Uuid,
    /// Gene symbol.
    pub symbol: String,
    /// Effect, in robust z.
    pub robust_z: f64,
    /// Its standard error; `None` with a single well.
    pub se: Option<f64>,
    /// Wells it comes from.
    pub n_wells: i32,
    /// Whether it is a hit under `rule`.
    pub hit: bool,
    /// The hit rule, in words and numbers.
    pub rule: String,
    /// Upload it was computed after.
    pub upload_id: Uuid,
}

/// Writes results; a later one of the same gene and rule takes the place of the earlier, as it
/// follows newer measurements.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) when a gene is no candidate.
pub async fn upsert_all(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    results: &[GeneResult],
) -> Result<()> {
    fn column<'a, T>(results: &'a [GeneResult], of: impl Fn(&'a GeneResult) -> T) -> Vec<T> {
        results.iter().map(of).collect()
    }
    sqlx::query!(
        "insert into gene_results (
           campaign_id, round_id, symbol, robust_z, se, n_wells, hit, rule, upload_id)
         select $1, g.* from unnest(
           $2::uuid[], $3::text[], $4::float8[], $5::float8[], $6::int[], $7::bool[], $8::text[],
           $9::uuid[]) as g
         on conflict (campaign_id, symbol, rule) do update set
           round_id = excluded.round_id, robust_z = excluded.robust_z, se = excluded.se,
           n_wells = excluded.n_wells, hit = excluded.hit, upload_id = excluded.upload_id,
           updated_at = now()",
        campaign_id,
        &column(results, |g| g.round_id),
        column(results, |g| g.symbol.as_str()) as Vec<&str>,
        &column(results, |g| g.robust_z),
        column(results, |g| g.se) as Vec<Option<f64>>,
        &column(results, |g| g.n_wells),
        &column(results, |g| g.hit),
        column(results, |g| g.rule.as_str()) as Vec<&str>,
        &column(results, |g| g.upload_id),
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The result that counts for each gene of a campaign, by symbol.
///
/// # Errors
/// Those of the database.
pub async fn current(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<GeneResult>> {
    let results = sqlx::query_as!(
        GeneResult,
        r#"select round_id as "round_id!", symbol as "symbol!", robust_z as "robust_z!", se,
             n_wells as "n_wells!", hit as "hit!", rule as "rule!", upload_id as "upload_id!"
           from current_gene_results where campaign_id = $1 order by symbol collate "C""#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(results)
}

/// The result that counts for each gene of a round, by symbol; a gene that was measured again in a
/// later round stays in both.
///
/// # Errors
/// Those of the database.
pub async fn of_round(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Vec<GeneResult>> {
    let results = sqlx::query_as!(
        GeneResult,
        r#"select g.round_id as "round_id!", g.symbol as "symbol!", g.robust_z as "robust_z!", g.se,
             g.n_wells as "n_wells!", g.hit as "hit!", g.rule as "rule!",
             g.upload_id as "upload_id!"
           from current_gene_results g
           join picks p on p.campaign_id = g.campaign_id and p.symbol = g.symbol
           join rounds r on r.id = p.round_id
           where r.id = $1 and (g.round_id = r.id or r.state in ('results_in', 'learned'))
           order by g.symbol collate "C""#,
        round_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(results)
}

/// What the campaigns on some cells measured of a gene.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredGene {
    /// Ensembl gene id.
    pub ensembl_id: String,
    /// Largest |robust z| of the campaigns.
    pub robust_z: f64,
    /// Whether any of them called a hit.
    pub hit: bool,
}

/// Everything measured of genes by the campaigns on a dataset, by Ensembl id, and the names of
/// those campaigns.
///
/// # Errors
/// Those of the database.
pub async fn of_dataset(
    connection: &mut PgConnection,
    dataset_digest: &str,
) -> Result<(Vec<MeasuredGene>, Vec<String>)> {
    let genes = sqlx::query_as!(
        MeasuredGene,
        r#"select k.ensembl_id as "ensembl_id!", max(abs(g.robust_z)) as "robust_z!",
             bool_or(g.hit) as "hit!"
           from current_gene_results g
           join campaigns c on c.id = g.campaign_id
           join candidates k on k.campaign_id = g.campaign_id and k.symbol = g.symbol
           where c.dataset_digest = $1 and k.ensembl_id is not null
           group by k.ensembl_id order by k.ensembl_id"#,
        dataset_digest,
    )
    .fetch_all(&mut *connection)
    .await?;
    let names = sqlx::query_scalar!(
        "select name from campaigns c where dataset_digest = $1
           and exists (select 1 from current_gene_results g where g.campaign_id = c.id)
         order by name",
        dataset_digest,
    )
    .fetch_all(connection)
    .await?;
    Ok((genes, names))
}
