//! Picks: which genes a round measures, and why.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

/// A chosen gene with the numbers of that moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// Place in the batch, from 1.
    pub rank: i32,
    /// Gene symbol.
    pub symbol: String,
    /// How it was chosen; the planner's word.
    pub kind: String,
    /// Posterior mean, in robust z.
    pub mean: f64,
    /// Posterior standard deviation, in robust z.
    pub sd: f64,
    /// Probability of a hit, 0 to 1.
    pub p_hit: f64,
    /// Value of the acquisition.
    pub acquisition: f64,
    /// The screen's score as the surrogate saw it.
    pub prior_score: Option<f64>,
    /// Pending genes and earlier picks the posterior was conditioned on.
    pub conditioned_on: Vec<String>,
    /// The reason in words and numbers.
    pub reason: String,
}

/// Stores the picks of a round.
///
/// # Errors
/// [`StoreError::Conflict`](crate::StoreError::Conflict) (`picks_gene_once`) when a gene was
/// picked before, unless a person or the planner wants it measured again; [`StoreError::Refused`](crate::StoreError::Refused) when it is no candidate.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    round_id: Uuid,
    campaign_id: Uuid,
    picks: &[Pick],
) -> Result<()> {
    fn column<'a, T>(picks: &'a [Pick], of: impl Fn(&'a Pick) -> T) -> Vec<T> {
        picks.iter().map(of).collect()
    }
    // An array of arrays must be rectangular, hence JSON for this one.
    let conditioned_on = column(picks, |p| serde_json::json!(p.conditioned_on));
    sqlx::query!(
        "insert into picks (
           round_id, campaign_id, rank, symbol, kind, mean, sd, p_hit, acquisition, prior_score,
           conditioned_on, reason)
         select $1, $2, rank, symbol, kind, mean, sd, p_hit, acquisition, prior_score,
           array(select jsonb_array_elements_text(conditioned_on)), reason
         from unnest($3::int[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::float8[],
                     $9::float8[], $10::float8[], $11::jsonb[], $12::text[])
           as p (rank, symbol, kind, mean, sd, p_hit, acquisition, prior_score, conditioned_on,
                 reason)",
        round_id,
        campaign_id,
        &column(picks, |p| p.rank),
        column(picks, |p| p.symbol.as_str()) as Vec<&str>,
        column(picks, |p| p.kind.as_str()) as Vec<&str>,
        &column(picks, |p| p.mean),
        &column(picks, |p| p.sd),
        &column(picks, |p| p.p_hit),
        &column(picks, |p| p.acquisition),
        column(picks, |p| p.prior_score) as Vec<Option<f64>>,
        &conditioned_on,
        column(picks, |p| p.reason.as_str()) as Vec<&str>,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Picks of a round, by rank.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Vec<Pick>> {
    let picks = sqlx::query_as!(
        Pick,
        "select rank, symbol, kind, mean, sd, p_hit, acquisition, prior_score, conditioned_on,
           reason
         from picks where round_id = $1 order by rank",
        round_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(picks)
}

/// Genes of a campaign that were picked and have no result yet, by symbol; a measured gene that is
/// in the lab once more is among them.
///
/// # Errors
/// Those of the database.
pub async fn pending(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<String>> {
    let symbols = sqlx::query_scalar!(
        r#"select distinct symbol collate "C" as "symbol!"
           from picks p join rounds r on r.id = p.round_id
           where p.campaign_id = $1 and not exists (
             select 1 from gene_results g
             where g.campaign_id = p.campaign_id and g.symbol = p.symbol
               and (g.round_id = p.round_id or r.state in ('results_in', 'learned')))
           order by 1"#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(symbols)
}
