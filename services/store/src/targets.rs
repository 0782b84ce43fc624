//! The ranked table of candidates: screen, surrogate and bench side by side.

use sqlx::PgExecutor;

use crate::screen_scores::Perturbation;
use crate::{Result, Uuid};

words! {
    /// Column the table is sorted by. Ties are broken by symbol; missing numbers come last.
    TargetSort in "targets"."sort" {
        /// Gene symbol.
        Symbol = "symbol",
        /// Rank in the screen.
        ScreenRank = "screen_rank",
        /// Mean shift in the screen.
        MeanShift = "mean_shift",
        /// Posterior mean.
        PosteriorMean = "posterior_mean",
        /// Probability of a hit.
        PHit = "p_hit",
        /// Measured effect.
        RobustZ = "robust_z",
        /// Round that picked it.
        Round = "round",
    }
}

words! {
    /// What is known of a candidate at the bench.
    TargetStatus in "targets"."status" {
        /// Never picked.
        Open = "open",
        /// Picked, no result yet.
        Pending = "pending",
        /// Measured, no hit.
        Measured = "measured",
        /// Measured, a hit.
        Hit = "hit",
        /// May not be picked.
        Excluded = "excluded",
    }
}

/// Which targets, in which order.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetQuery {
    /// Perturbation whose screen scores are shown.
    pub perturbation: Perturbation,
    /// Only symbols or Ensembl ids that contain this, whatever its case.
    pub search: Option<String>,
    /// Only these; all if `None`.
    pub status: Option<TargetStatus>,
    /// Column of the order.
    pub sort: TargetSort,
    /// Largest first.
    pub descending: bool,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

impl Default for TargetQuery {
    fn default() -> Self {
        Self {
            perturbation: Perturbation::KnockOut,
            search: None,
            status: None,
            sort: TargetSort::PHit,
            descending: true,
            limit: 100,
            offset: 0,
        }
    }
}

/// A candidate with everything known of it: the latest finished screen, the latest round's
/// surrogate, and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Gene symbol.
    pub symbol: String,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// What is known of it at the bench.
    pub status: TargetStatus,
    /// Why it may not be picked.
    pub excluded_reason: Option<String>,
    /// Rank in the screen, from 1.
    pub screen_rank: Option<i32>,
    /// Mean change in cosine similarity towards the goal state.
    pub mean_shift: Option<f64>,
    /// Lower end of its interval.
    pub ci_low: Option<f64>,
    /// Upper end of its interval.
    pub ci_high: Option<f64>,
    /// How the interval was made.
    pub interval_kind: Option<String>,
    /// P value adjusted for the number of genes.
    pub q_value: Option<f64>,
    /// Cells perturbed.
    pub n_cells: Option<i32>,
    /// Donors of those cells; `None` without a donor column.
    pub n_donors: Option<i32>,
    /// Donors whose mean has the sign of the whole.
    pub donors_agreeing: Option<i32>,
    /// Share of start-state cells perturbed, 0 to 1.
    pub coverage: Option<f64>,
    /// Posterior mean, in robust z.
    pub posterior_mean: Option<f64>,
    /// Posterior standard deviation, in robust z.
    pub posterior_sd: Option<f64>,
    /// Probability of a hit, 0 to 1.
    pub p_hit: Option<f64>,
    /// Number of the round that picked it.
    pub round: Option<i32>,
    /// Measured effect, in robust z.
    pub robust_z: Option<f64>,
    /// Standard error of `robust_z`.
    pub se: Option<f64>,
    /// Whether it is a hit.
    pub hit: Option<bool>,
}

/// A page of targets.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetPage {
    /// The targets of the page.
    pub targets: Vec<Target>,
    /// How many there are on all pages.
    pub total: i64,
}

/// A page of a campaign's targets.
///
/// # Errors
/// Those of the database.
pub async fn page(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
    query: &TargetQuery,
) -> Result<TargetPage> {
    let rows = sqlx::query!(
        r#"with latest_screen as (
             select id from screens where campaign_id = $1 and state = 'done'
             order by finished_at desc, id desc limit 1),
           latest_round as (
             select id from rounds r where campaign_id = $1
               and exists (select 1 from posteriors p where p.round_id = r.id)
             order by number desc limit 1),
           joined as (
             select c.symbol, c.ensembl_id, c.excluded_reason,
               case when g.hit then 'hit' when g.symbol is not null then 'measured'
                    when k.symbol is not null then 'pending'
                    when c.excluded then 'excluded' else 'open' end as status,
               s.rank as screen_rank, s.mean_shift, s.ci_low, s.ci_high, s.interval_kind,
               s.q_value, s.n_cells, s.n_donors, s.donors_agreeing, s.coverage, p.mean as posterior_mean, p.sd as posterior_sd,
               p.p_hit, r.number as round, g.robust_z, g.se, g.hit
             from candidates c
             left join screen_scores s on s.screen_id = (select id from latest_screen)
               and s.symbol = c.symbol and s.perturbation = $2
             left join posteriors p on p.round_id = (select id from latest_round)
               and p.symbol = c.symbol
             left join picks k on k.campaign_id = c.campaign_id and k.symbol = c.symbol
             left join rounds r on r.id = k.round_id
             left join current_gene_results g
               on g.campaign_id = c.campaign_id and g.symbol = c.symbol
             where c.campaign_id = $1),
           wanted as (
             select *, case $5
                 when 'screen_rank' then screen_rank::float8 when 'mean_shift' then mean_shift
                 when 'posterior_mean' then posterior_mean when 'p_hit' then p_hit
                 when 'robust_z' then robust_z when 'round' then round::float8
               end as sort_value
             from joined
             where ($3::text is null or strpos(upper(symbol), upper($3)) > 0
                    or strpos(upper(coalesce(ensembl_id, '')), upper($3)) > 0)
               and ($4::text is null or status = $4))
           select symbol as "symbol!", ensembl_id, status as "status!: TargetStatus",
             excluded_reason, screen_rank as "screen_rank?", mean_shift as "mean_shift?",
             ci_low as "ci_low?", ci_high as "ci_high?", interval_kind as "interval_kind?",
             q_value as "q_value?", n_cells as "n_cells?", n_donors as "n_donors?",
             donors_agreeing as "donors_agreeing?", coverage as "coverage?",
             posterior_mean as "posterior_mean?", posterior_sd as "posterior_sd?",
             p_hit as "p_hit?", round as "round?", robust_z as "robust_z?", se as "se?",
             hit as "hit?", count(*) over () as "total!"
           from wanted
           order by case when $6 then -sort_value else sort_value end nulls last,
             case when $6 and $5 = 'symbol' then symbol collate "C" end desc,
             symbol collate "C"
           limit $7 offset $8"#,
        campaign_id,
        query.perturbation.as_str(),
        query.search,
        query.status.map(TargetStatus::as_str),
        query.sort.as_str(),
        query.descending,
        query.limit,
        query.offset,
    )
    .fetch_all(executor)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let targets = rows
        .into_iter()
        .map(|row| Target {
            symbol: row.symbol,
            ensembl_id: row.ensembl_id,
            status: row.status,
            excluded_reason: row.excluded_reason,
            screen_rank: row.screen_rank,
            mean_shift: row.mean_shift,
            ci_low: row.ci_low,
            ci_high: row.ci_high,
            interval_kind: row.interval_kind,
            q_value: row.q_value,
            n_cells: row.n_cells,
            n_donors: row.n_donors,
            donors_agreeing: row.donors_agreeing,
            coverage: row.coverage,
            posterior_mean: row.posterior_mean,
            posterior_sd: row.posterior_sd,
            p_hit: row.p_hit,
            round: row.round,
            robust_z: row.robust_z,
            se: row.se,
            hit: row.hit,
        })
        .collect();
    Ok(TargetPage { targets, total })
}
