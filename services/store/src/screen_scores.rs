//! Scores of a screen, one per perturbation.

use sqlx::PgExecutor;

use crate::{Result, Uuid};

words! {
    /// What was done to the gene in silico.
    Perturbation in "screen_scores"."perturbation" {
        /// Its token was taken out.
        KnockOut = "knock_out",
        /// Its token was put first.
        OverExpression = "over_expression",
    }
}

/// Outcome of one perturbation. Numbers are `None` where no cell could be perturbed.
#[derive(Debug, Clone, PartialEq)]
pub struct ScreenScore {
    /// Gene symbol.
    pub symbol: String,
    /// What was done to it.
    pub perturbation: Perturbation,
    /// Cells in which it could be done.
    pub n_cells: i32,
    /// Cells whose gene fell beyond the context length.
    pub n_truncated: i32,
    /// Share of start-state cells in which it could be done, 0 to 1.
    pub coverage: f64,
    /// Mean change in cosine similarity towards the goal state.
    pub mean_shift: Option<f64>,
    /// Standard deviation over cells, same unit.
    pub sd: Option<f64>,
    /// Lower end of the interval of `mean_shift`.
    pub ci_low: Option<f64>,
    /// Upper end of the interval of `mean_shift`.
    pub ci_high: Option<f64>,
    /// How the interval was made.
    pub interval_kind: String,
    /// P value against no shift.
    pub p_value: Option<f64>,
    /// P value adjusted for the number of genes.
    pub q_value: Option<f64>,
    /// Rank within this perturbation, from 1.
    pub rank: Option<i32>,
    /// Donors of the cells; `None` without a donor column.
    pub n_donors: Option<i32>,
    /// Donors whose mean has the sign of the whole.
    pub donors_agreeing: Option<i32>,
    /// Effect predicted by the model's fine-tuned head, ln(1 + |robust z|).
    pub predicted_effect: Option<f64>,
    /// Standard deviation of that prediction over the head's members.
    pub predicted_sd: Option<f64>,
}

/// Stores the scores of a screen; those already there stay as they are.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for a number out of its range.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    screen_id: Uuid,
    scores: &[ScreenScore],
) -> Result<()> {
    fn column<'a, T>(scores: &'a [ScreenScore], of: impl Fn(&'a ScreenScore) -> T) -> Vec<T> {
        scores.iter().map(of).collect()
    }
    sqlx::query!(
        "insert into screen_scores (
           screen_id, symbol, perturbation, n_cells, n_truncated, coverage, mean_shift, sd, ci_low,
           ci_high, interval_kind, p_value, q_value, rank, n_donors,
           donors_agreeing, predicted_effect, predicted_sd)
         select $1, s.* from unnest(
           $2::text[], $3::text[], $4::int[], $5::int[], $6::float8[], $7::float8[], $8::float8[],
           $9::float8[], $10::float8[], $11::text[], $12::float8[], $13::float8[], $14::int[],
           $15::int[], $16::int[], $17::float8[], $18::float8[]) as s
         on conflict (screen_id, symbol, perturbation) do nothing",
        screen_id,
        column(scores, |s| s.symbol.as_str()) as Vec<&str>,
        column(scores, |s| s.perturbation.as_str()) as Vec<&str>,
        &column(scores, |s| s.n_cells),
        &column(scores, |s| s.n_truncated),
        &column(scores, |s| s.coverage),
        column(scores, |s| s.mean_shift) as Vec<Option<f64>>,
        column(scores, |s| s.sd) as Vec<Option<f64>>,
        column(scores, |s| s.ci_low) as Vec<Option<f64>>,
        column(scores, |s| s.ci_high) as Vec<Option<f64>>,
        column(scores, |s| s.interval_kind.as_str()) as Vec<&str>,
        column(scores, |s| s.p_value) as Vec<Option<f64>>,
        column(scores, |s| s.q_value) as Vec<Option<f64>>,
        column(scores, |s| s.rank) as Vec<Option<i32>>,
        column(scores, |s| s.n_donors) as Vec<Option<i32>>,
        column(scores, |s| s.donors_agreeing) as Vec<Option<i32>>,
        column(scores, |s| s.predicted_effect) as Vec<Option<f64>>,
        column(scores, |s| s.predicted_sd) as Vec<Option<f64>>,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Scores of a screen, by perturbation and rank; genes without a rank last.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, screen_id: Uuid) -> Result<Vec<ScreenScore>> {
    let scores = sqlx::query_as!(
        ScreenScore,
        r#"select symbol, perturbation as "perturbation: Perturbation", n_cells, n_truncated,
             coverage, mean_shift, sd, ci_low, ci_high, interval_kind, p_value, q_value, rank,
             n_donors, donors_agreeing, predicted_effect, predicted_sd
           from screen_scores where screen_id = $1
           order by perturbation, rank nulls last, symbol collate "C""#,
        screen_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(scores)
}
