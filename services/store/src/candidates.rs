//! Candidates: genes the planner may choose.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

/// A gene the planner may choose, or why it may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Gene symbol.
    pub symbol: String,
    /// Ensembl gene id, if the gene map knows the symbol.
    pub ensembl_id: Option<String>,
    /// Why it is excluded; `None`: it may be chosen.
    pub excluded_reason: Option<String>,
}

/// Adds candidates; those already there stay as they are. Returns how many are new.
///
/// # Errors
/// Those of the database.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    candidates: &[Candidate],
) -> Result<u64> {
    let symbols: Vec<&str> = candidates.iter().map(|c| c.symbol.as_str()).collect();
    let ids: Vec<Option<&str>> = candidates.iter().map(|c| c.ensembl_id.as_deref()).collect();
    let reasons: Vec<Option<&str>> =
        candidates.iter().map(|c| c.excluded_reason.as_deref()).collect();
    let inserted = sqlx::query!(
        "insert into candidates (campaign_id, symbol, ensembl_id, excluded, excluded_reason)
         select $1, symbol, ensembl_id, reason is not null, reason
         from unnest($2::text[], $3::text[], $4::text[]) as c (symbol, ensembl_id, reason)
         on conflict (campaign_id, symbol) do nothing",
        campaign_id,
        symbols.as_slice() as &[&str],
        ids.as_slice() as &[Option<&str>],
        reasons.as_slice() as &[Option<&str>],
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected())
}

/// All candidates of a campaign, excluded ones too, by symbol.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Candidate>> {
    let candidates = sqlx::query_as!(
        Candidate,
        r#"select symbol, ensembl_id, excluded_reason from candidates
           where campaign_id = $1 order by symbol collate "C""#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(candidates)
}

/// Excludes a candidate with a reason, or lets it back in with `None`; false when there is none.
///
/// # Errors
/// Those of the database.
pub async fn set_excluded(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    symbol: &str,
    reason: Option<&str>,
) -> Result<bool> {
    let updated = sqlx::query!(
        "update candidates set excluded = $3::text is not null, excluded_reason = $3
         where campaign_id = $1 and symbol = $2",
        campaign_id,
        symbol,
        reason,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}
