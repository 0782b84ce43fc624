//! What a finished screen says: the stored report beside other screens and measured results.

use std::collections::HashMap;

use nextwell_contract::worker::{
    CompareWork, Compared, EvaluateWork, EvaluatedRow, FinishedScreen, RankedTarget,
};
use nextwell_contract::{Agreement, RankingEvaluation, ScreenOrder, ScreenReport, ScreenTargetRow};
use nextwell_store::gene_results::{self, MeasuredGene};
use nextwell_store::screen_orders::{self, ScreenOrder as Stored};
use nextwell_store::screen_rows::{self, RowQuery};
use nextwell_store::screens::ScreenState;
use nextwell_store::{StoreError, Uuid};

use crate::error::ApiError;
use crate::{App, screen_orders as orders, wire};

/// Other screens that a report compares.
const MOST_OTHERS: i64 = 7;

/// The screen with this id.
///
/// # Errors
/// 404.
pub async fn row(app: &App, id: Uuid) -> Result<Stored, ApiError> {
    let row = screen_orders::get(app.store().api(), id).await?;
    row.ok_or_else(|| ApiError::not_found("screen", id))
}

/// The screen with this id, which must be finished.
///
/// # Errors
/// 404; 409 `not_finished`.
pub async fn finished(app: &App, id: Uuid) -> Result<Stored, ApiError> {
    let row = row(app, id).await?;
    match row.state {
        ScreenState::Done => Ok(row),
        state => {
            let detail = format!("the screen is {state}; its report is there when it is done");
            Err(ApiError::conflict("not_finished", detail))
        }
    }
}

/// The whole report without its rows. Without the model service it lacks evaluations and
/// agreement, and says so.
pub async fn report(app: &App, id: Uuid) -> Result<ScreenReport, ApiError> {
    let row = finished(app, id).await?;
    let stored = screen_orders::report(app.store().api(), id).await?.unwrap_or_default();
    let stored: FinishedScreen = wire::decode("screen report", stored)?;
    let order = orders::decode(&row)?;
    let n_rows = screen_rows::page(app.store().api(), id, &RowQuery { limit: 1, ..all() }).await?.1;
    let others = alike(app, &row, &order).await?;
    let (measured, campaigns) = measured(app, &row.dataset_digest).await?;
    let mut warnings = stored.warnings;
    let hits = measured.iter().filter(|gene| gene.hit).count();
    let known = Known::Measured(by_id(&measured));
    let evaluations = match hits {
        0 => Vec::new(),
        _ => or_warning(evaluate(app, &row, &order, &others, &known).await, &mut warnings)?,
    };
    let agreement = or_warning(agreement(app, &row, &order, &others).await, &mut warnings)?;
    let positives = match (evaluations.is_empty(), campaigns.as_slice()) {
        (true, _) => String::new(),
        (false, names) => format!(
            "the {hits} hits among the {} genes that were measured in {}",
            measured.len(),
            names.join(", ")
        ),
    };
    Ok(ScreenReport {
        screen: orders::summary(row)?,
        measures: stored.measures,
        n_cells: stored.n_cells,
        n_null: stored.n_null,
        n_donors: stored.n_donors,
        n_rows: wire::count(n_rows),
        noise_floor: stored.noise_floor,
        confounding: stored.confounding,
        evaluations,
        positives,
        agreement,
        map: stored.map,
        first_order: stored.first_order,
        warnings,
        provenance: stored.provenance,
    })
}

/// A list that a report can do without while the model service is away.
fn or_warning<T>(
    found: Result<Vec<T>, ApiError>,
    warnings: &mut Vec<String>,
) -> Result<Vec<T>, ApiError> {
    match found {
        Err(error) if error.0.status == 503 => {
            warnings.push(format!("Not compared with anything: {}.", error.0.detail));
            Ok(Vec::new())
        }
        other => other,
    }
}

fn all() -> RowQuery {
    RowQuery { limit: i64::MAX, ..RowQuery::default() }
}

/// Other finished screens of the same cells and states.
async fn alike(app: &App, row: &Stored, order: &ScreenOrder) -> Result<Vec<Stored>, ApiError> {
    let (start, goal) = (wire::encode(&order.start)?, wire::encode(&order.goal)?);
    let db = app.store().api();
    let mut found =
        screen_orders::alike(db, &row.dataset_digest, &start, &goal, MOST_OTHERS + 1).await?;
    found.retain(|other| other.id != row.id);
    found.truncate(MOST_OTHERS as usize);
    Ok(found)
}

/// Genes that the campaigns on these cells measured, and the names of those campaigns.
pub async fn measured(
    app: &App,
    dataset_digest: &str,
) -> Result<(Vec<MeasuredGene>, Vec<String>), ApiError> {
    let mut tx = app.store().begin().await?;
    let found = gene_results::of_dataset(&mut tx, dataset_digest).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(found)
}

/// Measured genes by their Ensembl id.
pub fn by_id(measured: &[MeasuredGene]) -> HashMap<&str, &MeasuredGene> {
    measured.iter().map(|gene| (gene.ensembl_id.as_str(), gene)).collect()
}

/// What is known to matter.
pub enum Known<'a> {
    /// Hits, among the genes that were measured: only those are ranked.
    Measured(HashMap<&'a str, &'a MeasuredGene>),
    /// Ensembl ids of a person's own list, among all genes screened.
    Listed(&'a [String]),
}

impl Known<'_> {
    /// Whether a row is positive; `None` leaves it out.
    fn positive(&self, genes: &[String]) -> Option<bool> {
        match (self, genes) {
            (Self::Measured(found), [gene]) => found.get(gene.as_str()).map(|gene| gene.hit),
            (Self::Measured(_), _) => None,
            (Self::Listed(ids), genes) => Some(genes.iter().any(|gene| ids.contains(gene))),
        }
    }
}

/// Every perturbation's ranking, the baselines and other screens against what is known.
pub async fn evaluate(
    app: &App,
    row: &Stored,
    order: &ScreenOrder,
    others: &[Stored],
    known: &Known<'_>,
) -> Result<Vec<RankingEvaluation>, ApiError> {
    let mut all = Vec::new();
    for kind in &order.perturbations {
        let mut means = Vec::new();
        for other in others {
            let rows = screen_rows::ranked(app.store().api(), other.id, kind).await?;
            let of: HashMap<Vec<String>, f64> =
                rows.into_iter().map(|row| (row.genes, row.mean)).collect();
            means.push(of);
        }
        let rows = rows_of(app, row.id, kind).await?;
        let rows = rows.iter().filter_map(|row| evaluated_row(row, known, &means));
        let work = EvaluateWork {
            has_goal: order.goal.is_some(),
            rows: rows.collect(),
            others: others.iter().map(|other| other.model_name.clone()).collect(),
        };
        let found = app.model().evaluate_rankings(&work).await?;
        all.extend(
            found.into_iter().map(|e| RankingEvaluation { perturbation: kind.clone(), ..e }),
        );
    }
    Ok(all)
}

async fn rows_of(app: &App, id: Uuid, kind: &str) -> Result<Vec<ScreenTargetRow>, ApiError> {
    let query = RowQuery { perturbation: Some(kind.to_owned()), ..all() };
    let (rows, _) = screen_rows::page(app.store().api(), id, &query).await?;
    rows.into_iter().map(|row| wire::decode("screen row", row)).collect()
}

fn evaluated_row(
    row: &ScreenTargetRow,
    known: &Known<'_>,
    others: &[HashMap<Vec<String>, f64>],
) -> Option<EvaluatedRow> {
    Some(EvaluatedRow {
        positive: known.positive(&row.genes)?,
        mean: row.effects.first().and_then(|effect| effect.mean),
        detection_rate: row.detection_rate,
        mean_expression: row.mean_expression,
        goal_minus_start: row.goal_minus_start,
        others: others.iter().map(|means| means.get(&row.genes).copied()).collect(),
    })
}

/// How far other screens agree with this one.
async fn agreement(
    app: &App,
    row: &Stored,
    order: &ScreenOrder,
    others: &[Stored],
) -> Result<Vec<Agreement>, ApiError> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = std::iter::once(row).chain(others).map(|screen| screen.id).collect();
    let found = compare(app, &ids, &order.perturbations).await?.agreement;
    let one = |(other, found): (&Stored, nextwell_contract::worker::AgreementFigures)| Agreement {
        screen_id: other.id,
        model_name: other.model_name.clone(),
        family: other.family.clone(),
        spearman: found.spearman,
        n: found.n,
        top_overlap: found.top_overlap,
    };
    Ok(others.iter().zip(found).map(one).collect())
}

/// Screens side by side, by these perturbations.
pub async fn compare(app: &App, ids: &[Uuid], kinds: &[String]) -> Result<Compared, ApiError> {
    let mut tables = Vec::new();
    for &id in ids {
        let mut table = Vec::new();
        for kind in kinds {
            let rows = screen_rows::ranked(app.store().api(), id, kind).await?;
            table.extend(rows.into_iter().map(|row| RankedTarget {
                genes: row.genes,
                perturbation: kind.clone(),
                rank: wire::small(row.rank),
                mean: row.mean,
                significant: row.significant,
            }));
        }
        tables.push(table);
    }
    app.model().compare_screens(&CompareWork { tables }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_genes_that_were_measured_are_evaluated_against_measurements() {
        let gene = |id: &str, hit| MeasuredGene { ensembl_id: id.into(), robust_z: 4.0, hit };
        let genes = [gene("A", true), gene("B", false)];
        let known = Known::Measured(by_id(&genes));
        let positive = |genes: &[&str]| {
            let genes: Vec<String> = genes.iter().map(|&gene| gene.to_owned()).collect();
            known.positive(&genes)
        };
        assert_eq!(positive(&["A"]), Some(true));
        assert_eq!(positive(&["B"]), Some(false));
        assert_eq!(positive(&["C"]), None, "never measured is not negative");
        assert_eq!(positive(&["A", "B"]), None);
        let listed = Known::Listed(&["A".to_owned()][..]);
        assert!(matches!(listed, Known::Listed(_)));
    }
}
