//! A plate as a map: each well with its content, value, result and reason.

use sqlx::PgExecutor;

use crate::plates::WellContent;
use crate::{Result, Uuid};

/// A well with everything known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct WellOnMap {
    /// Row letter and two-digit column: `A01`.
    pub well: String,
    /// What lies in it.
    pub content: WellContent,
    /// Gene symbol, or name of the control.
    pub symbol: Option<String>,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Which replicate of its content, from 1.
    pub replicate: i32,
    /// Latest value of the campaign's read-out, as it stood in the file.
    pub value: Option<f64>,
    /// Revision of `value`.
    pub revision: Option<i32>,
    /// Effect of the well's gene, in robust z.
    pub robust_z: Option<f64>,
    /// Whether the gene is a hit.
    pub hit: Option<bool>,
    /// Place of the gene in the round's batch.
    pub pick_rank: Option<i32>,
    /// Posterior mean when it was picked, in robust z.
    pub mean: Option<f64>,
    /// Posterior standard deviation when it was picked, in robust z.
    pub sd: Option<f64>,
    /// Probability of a hit when it was picked.
    pub p_hit: Option<f64>,
    /// Why it was picked.
    pub reason: Option<String>,
}

/// Wells of a plate, row by row.
///
/// # Errors
/// Those of the database.
pub async fn of_plate(executor: impl PgExecutor<'_>, plate_id: Uuid) -> Result<Vec<WellOnMap>> {
    let wells = sqlx::query_as!(
        WellOnMap,
        r#"select w.well, w.content as "content: WellContent", w.symbol, w.ensembl_id,
             w.replicate, m.value as "value?", m.revision as "revision?",
             g.robust_z as "robust_z?", g.hit as "hit?", k.rank as "pick_rank?",
             k.mean as "mean?", k.sd as "sd?", k.p_hit as "p_hit?", k.reason as "reason?"
           from wells w
           join plates l on l.id = w.plate_id
           join rounds r on r.id = l.round_id
           join campaigns c on c.id = r.campaign_id
           left join picks k on k.round_id = r.id and k.symbol = w.symbol
             and w.content = 'candidate'
           left join current_gene_results g on g.campaign_id = r.campaign_id
             and g.symbol = w.symbol and w.content = 'candidate'
           left join lateral (
             select value, revision from measurements m
             where m.plate_id = w.plate_id and m.well = w.well and m.readout = c.readout
             order by revision desc limit 1) as m on true
           where w.plate_id = $1 order by w.well collate "C""#,
        plate_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(wells)
}
