//! Rows of screens that were ordered on their own: one per perturbation of a target.

use serde_json::Value;
use sqlx::PgExecutor;

use crate::{Result, Uuid};

words! {
    /// Column that rows are sorted by. Ties are broken by the place in the report; missing numbers
    /// come last.
    RowSort in "screen_rows"."sort" {
        /// Place in the ranking.
        Rank = "rank",
        /// Symbols.
        Label = "label",
        /// Mean of the first measure.
        Mean = "mean",
        /// The q that decides.
        Q = "q",
        /// Cells perturbed.
        Cells = "n_cells",
        /// Share of start cells with a count above zero.
        Detection = "detection_rate",
        /// Share of expression-matched targets with a smaller effect.
        Matched = "matched_percentile",
        /// For a pair: joint effect less the sum of the singles.
        Joint = "joint_minus_sum",
    }
}

/// A row to store.
#[derive(Debug, Clone, PartialEq)]
pub struct ScreenRow {
    /// Order in the report.
    pub place: i32,
    /// Symbols.
    pub label: String,
    /// Ensembl ids.
    pub genes: Vec<String>,
    /// What was done.
    pub perturbation: String,
    /// Place in the ranking of its perturbation, from 1.
    pub rank: Option<i32>,
    /// Mean of the first measure.
    pub mean: Option<f64>,
    /// The q that decides.
    pub q: Option<f64>,
    /// Start cells perturbed.
    pub n_cells: i64,
    /// Significant?
    pub significant: bool,
    /// Transcription factor?
    pub transcription_factor: bool,
    /// Member of a druggable family?
    pub druggable: bool,
    /// The whole row.
    pub content: Value,
}

/// What comparisons need of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedRow {
    /// Symbols.
    pub label: String,
    /// Ensembl ids.
    pub genes: Vec<String>,
    /// Place in the ranking, from 1.
    pub rank: i32,
    /// Mean of the first measure.
    pub mean: f64,
    /// The q that decides.
    pub q: Option<f64>,
    /// Significant?
    pub significant: bool,
}

/// Which rows, in which order.
#[derive(Debug, Clone, PartialEq)]
pub struct RowQuery {
    /// Only of this perturbation.
    pub perturbation: Option<String>,
    /// Only labels or Ensembl ids that contain this, whatever its case.
    pub search: Option<String>,
    /// Only significant ones.
    pub significant: bool,
    /// Only transcription factors.
    pub factors: bool,
    /// Only members of druggable families.
    pub druggable: bool,
    /// Only means above zero (`true`) or below (`false`).
    pub positive: Option<bool>,
    /// Column of the order.
    pub sort: RowSort,
    /// Largest first.
    pub descending: bool,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

impl Default for RowQuery {
    fn default() -> Self {
        Self {
            perturbation: None,
            search: None,
            significant: false,
            factors: false,
            druggable: false,
            positive: None,
            sort: RowSort::Rank,
            descending: false,
            limit: 100,
            offset: 0,
        }
    }
}

/// Stores rows; those already there stay as they are.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for a number out of its range.
pub async fn insert_all(
    executor: impl PgExecutor<'_>,
    screen_id: Uuid,
    rows: &[ScreenRow],
) -> Result<()> {
    fn column<'a, T>(rows: &'a [ScreenRow], of: impl Fn(&'a ScreenRow) -> T) -> Vec<T> {
        rows.iter().map(of).collect()
    }
    // Lists of genes travel joined, as arrays of arrays must all have one length.
    let genes: Vec<String> = column(rows, |row| row.genes.join(" "));
    sqlx::query!(
        "insert into screen_rows (screen_id, place, label, genes, perturbation, rank, mean, q,
                                  n_cells, significant, transcription_factor, druggable, content)
         select $1, r.place, r.label, string_to_array(r.genes, ' '), r.perturbation, r.rank, r.mean,
           r.q, r.n_cells, r.significant, r.transcription_factor, r.druggable, r.content
         from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::float8[],
           $8::float8[], $9::bigint[], $10::bool[], $11::bool[], $12::bool[], $13::jsonb[])
           as r (place, label, genes, perturbation, rank, mean, q, n_cells, significant,
                 transcription_factor, druggable, content)
         on conflict (screen_id, place) do nothing",
        screen_id,
        &column(rows, |row| row.place),
        column(rows, |row| row.label.as_str()) as Vec<&str>,
        &genes,
        column(rows, |row| row.perturbation.as_str()) as Vec<&str>,
        column(rows, |row| row.rank) as Vec<Option<i32>>,
        column(rows, |row| row.mean) as Vec<Option<f64>>,
        column(rows, |row| row.q) as Vec<Option<f64>>,
        &column(rows, |row| row.n_cells),
        &column(rows, |row| row.significant),
        &column(rows, |row| row.transcription_factor),
        &column(rows, |row| row.druggable),
        &column(rows, |row| row.content.clone()),
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Rows of a page as they were stored, and how many there are on all pages.
///
/// # Errors
/// Those of the database.
pub async fn page(
    executor: impl PgExecutor<'_>,
    screen_id: Uuid,
    query: &RowQuery,
) -> Result<(Vec<Value>, i64)> {
    let rows = sqlx::query!(
        r#"with wanted as (
             select place, label, content, case $8
                 when 'rank' then rank::float8 when 'mean' then mean when 'q' then q
                 when 'n_cells' then n_cells::float8
                 when 'detection_rate' then (content->>'detection_rate')::float8
                 when 'matched_percentile' then (content->>'matched_percentile')::float8
                 when 'joint_minus_sum' then (content->>'joint_minus_sum')::float8
               end as sort_value
             from screen_rows
             where screen_id = $1
               and ($2::text is null or perturbation = $2)
               and ($3::text is null or strpos(upper(label), upper($3)) > 0
                    or strpos(upper(array_to_string(genes, ' ')), upper($3)) > 0)
               and (not $4 or significant)
               and (not $5 or transcription_factor)
               and (not $6 or druggable)
               and ($7::bool is null or (mean > 0) = $7))
           select content, count(*) over () as "total!"
           from wanted
           order by case when $9 then -sort_value else sort_value end nulls last,
             case when $8 = 'label' and not $9 then label collate "C" end,
             case when $8 = 'label' and $9 then label collate "C" end desc,
             place
           limit $10 offset $11"#,
        screen_id,
        query.perturbation,
        query.search,
        query.significant,
        query.factors,
        query.druggable,
        query.positive,
        query.sort.as_str(),
        query.descending,
        query.limit,
        query.offset,
    )
    .fetch_all(executor)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    Ok((rows.into_iter().map(|row| row.content).collect(), total))
}

/// Ranked rows of one perturbation, best first.
///
/// # Errors
/// Those of the database.
pub async fn ranked(
    executor: impl PgExecutor<'_>,
    screen_id: Uuid,
    perturbation: &str,
) -> Result<Vec<RankedRow>> {
    let rows = sqlx::query_as!(
        RankedRow,
        r#"select label, genes, rank as "rank!", mean as "mean!", q, significant
           from screen_rows
           where screen_id = $1 and perturbation = $2 and rank is not null and mean is not null
           order by rank, place"#,
        screen_id,
        perturbation,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows)
}
