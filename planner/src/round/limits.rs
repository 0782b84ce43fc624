//! Hard limits: filters and counters, never penalties.

use serde::{Deserialize, Serialize};

use super::RoundRequest;
use crate::error::PlanError;
use crate::features::is_core_essential;

/// What a round may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Candidates wanted.
    pub batch: usize,
    /// Wells left in the campaign, one per pick.
    pub wells_left: Option<usize>,
    /// Money left, in the unit of `cost_per_well`.
    pub budget_left: Option<f64>,
    /// Price of one pick.
    pub cost_per_well: f64,
    /// Leave out core-essential genes unless forced.
    pub exclude_essential: bool,
}

impl Limits {
    /// `batch` picks, essential genes left out, nothing else limited.
    #[must_use]
    pub fn batch(batch: usize) -> Self {
        Self {
            batch,
            wells_left: None,
            budget_left: None,
            cost_per_well: 0.0,
            exclude_essential: true,
        }
    }
}

/// The request after checking, in canonical rows.
pub(crate) struct Feasible {
    pub forced: Vec<usize>,
    pub pending: Vec<usize>,
    /// Rows that may be picked by score or at random, ascending.
    pub available: Vec<usize>,
    pub shortfall: Option<String>,
}

/// Check every limit before anything is scored.
pub(crate) fn check(request: &RoundRequest<'_>) -> Result<Feasible, PlanError> {
    settings(request)?;
    money_and_wells(&request.limits)?;
    let table = request.table;
    let rows = |what, list: &[usize]| -> Result<Vec<usize>, PlanError> {
        let mut rows = list.iter().map(|&c| table.row(what, c)).collect::<Result<Vec<_>, _>>()?;
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    };
    let pending = rows("pending", &request.pending)?;
    let excluded = rows("excluded", &request.excluded)?;
    let forced = rows("forced", &request.forced)?;
    let batch = request.limits.batch;
    infeasible_if(
        forced.len() > batch,
        "the batch size",
        batch,
        forced.len(),
        "force fewer genes or enlarge the batch",
    )?;
    let clash = forced.iter().filter(|r| excluded.contains(r) || pending.contains(r)).count();
    infeasible_if(
        clash > 0,
        "the list of excluded and pending genes",
        forced.len() - clash,
        forced.len(),
        "a forced gene may be neither excluded nor pending",
    )?;
    let mut taken = vec![false; table.len()];
    for &row in pending.iter().chain(&excluded).chain(&forced) {
        taken[row] = true;
    }
    for o in &request.observed {
        taken[table.row("observed", o.candidate)?] = true;
    }
    let essential =
        |row: usize| request.limits.exclude_essential && is_core_essential(table.symbol(row));
    let open: Vec<usize> = (0..table.len()).filter(|&r| !taken[r]).collect();
    let available: Vec<usize> = open.iter().copied().filter(|&r| !essential(r)).collect();
    let reachable = forced.len() + available.len();
    infeasible_if(
        reachable == 0,
        "the candidate list",
        0,
        batch,
        "every gene is measured, pending, excluded or essential; offer more candidates",
    )?;
    let shortfall = (reachable < batch).then(|| {
        format!(
            "{reachable} instead of {batch} picks: no other candidate is left ({} essential genes \
             are held back).",
            open.len() - available.len()
        )
    });
    Ok(Feasible { forced, pending, available, shortfall })
}

fn settings(request: &RoundRequest<'_>) -> Result<(), PlanError> {
    let checks: [(&'static str, f64, bool, &'static str); 4] = [
        ("kappa", request.kappa, request.kappa >= 0.0 && request.kappa.is_finite(), "0 or more"),
        (
            "hit threshold",
            request.hit_threshold,
            request.hit_threshold >= 0.0 && request.hit_threshold.is_finite(),
            "0 or more",
        ),
        (
            "random share",
            request.random_share,
            (0.0..=1.0).contains(&request.random_share),
            "between 0 and 1",
        ),
        (
            "cost per well",
            request.limits.cost_per_well,
            request.limits.cost_per_well >= 0.0,
            "0 or more",
        ),
    ];
    for (what, value, fine, expected) in checks {
        if !fine {
            return Err(PlanError::BadSetting { what, value: value.to_string(), expected });
        }
    }
    if request.limits.batch == 0 {
        let value = "0".to_owned();
        return Err(PlanError::BadSetting { what: "batch", value, expected: "at least 1" });
    }
    Ok(())
}

fn money_and_wells(limits: &Limits) -> Result<(), PlanError> {
    if let Some(wells) = limits.wells_left {
        infeasible_if(
            wells < limits.batch,
            "the number of wells left",
            wells,
            limits.batch,
            "use a smaller batch",
        )?;
    }
    if let Some(budget) = limits.budget_left
        && limits.cost_per_well > 0.0
    {
        // A sum such as 3 x 0.1 must still pay for three wells.
        let affordable = (budget.max(0.0) / limits.cost_per_well * (1.0 + 1e-12)).floor() as usize;
        infeasible_if(
            affordable < limits.batch,
            "the budget left",
            affordable,
            limits.batch,
            "use a smaller batch or raise the budget",
        )?;
    }
    Ok(())
}

fn infeasible_if(
    broken: bool,
    limit: &'static str,
    available: usize,
    needed: usize,
    remedy: &'static str,
) -> Result<(), PlanError> {
    if broken { Err(PlanError::Infeasible { limit, available, needed, remedy }) } else { Ok(()) }
}
