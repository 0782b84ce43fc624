//! A campaign at a glance: what was spent, what was found, round by round.

use sqlx::{PgConnection, PgExecutor};

use crate::rounds::RoundState;
use crate::{OffsetDateTime, Result, Uuid};

/// One round's part of the curve. Cumulative numbers include this round and those before.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundProgress {
    /// The round.
    pub round_id: Uuid,
    /// Number within the campaign, from 1.
    pub number: i32,
    /// Where it stands.
    pub state: RoundState,
    /// When it was planned.
    pub created_at: OffsetDateTime,
    /// Wells it spends, controls included.
    pub wells: i32,
    /// Genes picked.
    pub picks: i64,
    /// Genes with a result.
    pub measured: i64,
    /// Hits among them.
    pub hits: i64,
    /// Plates of the round.
    pub plates: i64,
    /// Plates with at least one value.
    pub plates_measured: i64,
    /// Wells spent up to here.
    pub wells_cumulative: i64,
    /// Genes picked up to here.
    pub picks_cumulative: i64,
    /// Genes with a result up to here.
    pub measured_cumulative: i64,
    /// Hits up to here.
    pub hits_cumulative: i64,
}

/// A campaign at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// Candidates, excluded ones too.
    pub candidates: i64,
    /// Candidates that are excluded.
    pub excluded: i64,
    /// Picked genes without a result.
    pub pending: i64,
    /// Genes with a result.
    pub measured: i64,
    /// Hits among them.
    pub hits: i64,
    /// Wells of all rounds.
    pub wells: i64,
    /// Rounds, by number.
    pub rounds: Vec<RoundProgress>,
}

/// The campaign at a glance; all zero for a campaign that does not exist. Use a transaction if the
/// totals must agree with the rounds to the last row.
///
/// # Errors
/// Those of the database.
pub async fn overview(connection: &mut PgConnection, campaign_id: Uuid) -> Result<Overview> {
    let rounds = rounds(&mut *connection, campaign_id).await?;
    let totals = sqlx::query!(
        r#"select
             (select count(*) from candidates where campaign_id = $1) as "candidates!",
             (select count(*) from candidates where campaign_id = $1 and excluded) as "excluded!",
             (select count(*) from current_gene_results where campaign_id = $1) as "measured!",
             (select count(*) from current_gene_results where campaign_id = $1 and hit)
               as "hits!",
             (select count(*) from picks p where campaign_id = $1 and not exists (
                select 1 from gene_results g
                where g.campaign_id = p.campaign_id and g.symbol = p.symbol)) as "pending!""#,
        campaign_id,
    )
    .fetch_one(connection)
    .await?;
    Ok(Overview {
        candidates: totals.candidates,
        excluded: totals.excluded,
        pending: totals.pending,
        measured: totals.measured,
        hits: totals.hits,
        wells: rounds.last().map_or(0, |round| round.wells_cumulative),
        rounds,
    })
}

/// Rounds of a campaign with their part of the curve, by number.
///
/// # Errors
/// Those of the database.
pub async fn rounds(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
) -> Result<Vec<RoundProgress>> {
    let rounds = sqlx::query_as!(
        RoundProgress,
        r#"with counted as (
             select r.id, r.number, r.state, r.created_at, r.wells,
               (select count(*) from picks p where p.round_id = r.id) as picks,
               (select count(*) from current_gene_results g where g.round_id = r.id) as measured,
               (select count(*) from current_gene_results g where g.round_id = r.id and g.hit)
                 as hits,
               (select count(*) from plates l where l.round_id = r.id) as plates,
               (select count(*) from plates l where l.round_id = r.id and exists (
                  select 1 from measurements m where m.plate_id = l.id)) as plates_measured
             from rounds r where r.campaign_id = $1)
           select id as round_id, number, state as "state: RoundState", created_at, wells,
             picks as "picks!", measured as "measured!", hits as "hits!", plates as "plates!",
             plates_measured as "plates_measured!",
             (sum(wells) over so_far)::bigint as "wells_cumulative!",
             (sum(picks) over so_far)::bigint as "picks_cumulative!",
             (sum(measured) over so_far)::bigint as "measured_cumulative!",
             (sum(hits) over so_far)::bigint as "hits_cumulative!"
           from counted window so_far as (order by number) order by number"#,
        campaign_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(rounds)
}
