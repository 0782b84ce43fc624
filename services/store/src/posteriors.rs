//! What the surrogate thought of every candidate when a round was planned.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

/// The surrogate's view of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Gene symbol.
    pub symbol: String,
    /// Mean, in robust z.
    pub mean: f64,
    /// Standard deviation, in robust z.
    pub sd: f64,
    /// Probability of a hit, 0 to 1.
    pub p_hit: f64,
}

/// Stores the posteriors of a round.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for a number that is not finite.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    round_id: Uuid,
    posteriors: &[Posterior],
) -> Result<()> {
    let symbols: Vec<&str> = posteriors.iter().map(|p| p.symbol.as_str()).collect();
    let means: Vec<f64> = posteriors.iter().map(|p| p.mean).collect();
    let sds: Vec<f64> = posteriors.iter().map(|p| p.sd).collect();
    let hits: Vec<f64> = posteriors.iter().map(|p| p.p_hit).collect();
    sqlx::query!(
        "insert into posteriors (round_id, symbol, mean, sd, p_hit)
         select $1, p.* from unnest($2::text[], $3::float8[], $4::float8[], $5::float8[]) as p",
        round_id,
        symbols.as_slice() as &[&str],
        &means,
        &sds,
        &hits,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Posteriors of a round, by symbol.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, round_id: Uuid) -> Result<Vec<Posterior>> {
    let posteriors = sqlx::query_as!(
        Posterior,
        r#"select symbol, mean, sd, p_hit from posteriors
           where round_id = $1 order by symbol collate "C""#,
        round_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(posteriors)
}
