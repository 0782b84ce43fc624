//! Every limit is checked before anything is scored.

use super::ledger::Ledger;
use super::{Limits, RoundRequest};
use crate::error::PlanError;
use crate::features::is_core_essential;

/// The request after checking, in canonical rows.
pub(crate) struct Feasible {
    pub forced: Vec<usize>,
    pub pending: Vec<usize>,
    pub excluded: Vec<usize>,
    /// Rows that may be picked by score or at random, ascending.
    pub available: Vec<usize>,
    pub shortfall: Option<String>,
}

/// Check every limit before anything is scored.
pub(crate) fn check(request: &RoundRequest<'_>) -> Result<Feasible, PlanError> {
    settings(request)?;
    wells(&request.limits)?;
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
    families(request, &forced)?;
    money(request, &forced, &available)?;
    let shortfall = (reachable < batch).then(|| {
        format!(
            "{reachable} instead of {batch} picks: no other candidate is left ({} essential genes \
             are held back).",
            open.len() - available.len()
        )
    });
    Ok(Feasible { forced, pending, excluded, available, shortfall })
}

fn settings(request: &RoundRequest<'_>) -> Result<(), PlanError> {
    let not_negative = |value: f64| value >= 0.0 && value.is_finite();
    let share = |value: f64| (0.0..=1.0).contains(&value);
    let (kappa, random, top) = (request.kappa, request.random_share, request.top_share);
    let threshold = request.hit_threshold;
    let checks: [(&'static str, f64, bool, &'static str); 4] = [
        ("kappa", kappa, not_negative(kappa), "0 or more"),
        ("hit threshold", threshold, not_negative(threshold), "0 or more"),
        ("random share", random, share(random), "between 0 and 1"),
        ("top share", top, top > 0.0 && top < 1.0, "more than 0 and less than 1"),
    ];
    for (what, value, fine, expected) in checks {
        if !fine {
            return Err(PlanError::BadSetting { what, value: value.to_string(), expected });
        }
    }
    request.limits.check(request.table.len())
}

fn wells(limits: &Limits) -> Result<(), PlanError> {
    if let Some(wells) = limits.wells_left {
        infeasible_if(
            wells < limits.batch,
            "the number of wells left",
            wells,
            limits.batch,
            "use a smaller batch",
        )?;
    }
    if let Some(plates) = limits.plates_left {
        let needed = limits.plates(limits.batch);
        infeasible_if(
            plates < needed,
            "the number of plates left",
            plates,
            needed,
            "use a smaller batch or larger plates",
        )?;
    }
    Ok(())
}

/// The forced genes alone must keep the families' limit.
fn families(request: &RoundRequest<'_>, forced: &[usize]) -> Result<(), PlanError> {
    let Some(most) = request.limits.family_max else { return Ok(()) };
    let mut ledger = Ledger::new(&request.limits, request.table);
    forced.iter().for_each(|&row| ledger.take(row));
    let largest = ledger.largest_family().map_or(0, |(_, taken)| taken);
    infeasible_if(
        largest > most,
        "the most picks of one gene family",
        most,
        largest,
        "force fewer genes of one family or raise its limit",
    )
}

/// The forced genes and the cheapest others must be affordable in the number asked for.
fn money(
    request: &RoundRequest<'_>,
    forced: &[usize],
    available: &[usize],
) -> Result<(), PlanError> {
    let limits = &request.limits;
    let Some(budget) = limits.budget_left else { return Ok(()) };
    let price = |row: &usize| limits.cost(request.table.candidate(*row));
    let mut cheapest: Vec<f64> = available.iter().map(price).collect();
    cheapest.sort_by(f64::total_cmp);
    let forced: Vec<f64> = forced.iter().map(price).collect();
    let wanted = limits.batch.min(forced.len() + cheapest.len());
    let prices: Vec<f64> = forced.iter().chain(&cheapest).copied().take(wanted).collect();
    let cost = |picks: usize| {
        limits.cost_per_plate * limits.plates(picks) as f64 + prices[..picks].iter().sum::<f64>()
    };
    if limits.pays(cost(wanted)) {
        return Ok(());
    }
    let affordable =
        (0..wanted).rev().find(|&picks| picks >= forced.len() && limits.pays(cost(picks)));
    // Where not even the first plate can be paid, its price says more than that of all.
    let first = wanted.min(limits.candidates_per_plate.unwrap_or(wanted));
    let picks = if limits.pays(cost(first)) { wanted } else { first };
    let paid_plates = limits.cost_per_plate > 0.0 || limits.candidates_per_plate.is_some();
    Err(PlanError::Unaffordable {
        plates: if paid_plates { limits.plates(picks) } else { 0 },
        picks,
        cost: cost(picks),
        budget,
        affordable: affordable.unwrap_or(0),
    })
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
