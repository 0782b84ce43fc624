//! What can go wrong when a round is planned.

use thiserror::Error;

/// Every reason the planner refuses or fails, with what was found and what to do about it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    /// There is nothing to choose from.
    #[error("no candidate given; a feature table needs at least one gene")]
    NoCandidates,
    /// The same symbol was offered twice.
    #[error("candidate `{symbol}` is listed more than once; list every gene once")]
    DuplicateCandidate {
        /// The repeated symbol.
        symbol: String,
    },
    /// An index does not point into the feature table.
    #[error("{what}: candidate index {index} is outside the feature table of {len} candidates")]
    UnknownCandidate {
        /// Which list held the index.
        what: &'static str,
        /// The index.
        index: usize,
        /// Candidates in the table.
        len: usize,
    },
    /// A measurement or feature is not a finite number.
    #[error(
        "{what} of `{symbol}` is {value}, expected a finite number; leave the row out or fix it"
    )]
    NotFinite {
        /// Which quantity.
        what: &'static str,
        /// The row's gene.
        symbol: String,
        /// The value as written.
        value: String,
    },
    /// Two slices that belong together differ in length.
    #[error("`{left}` has {left_len} entries but `{right}` has {right_len}; they must match")]
    LengthMismatch {
        /// First name.
        left: &'static str,
        /// Its length.
        left_len: usize,
        /// Second name.
        right: &'static str,
        /// Its length.
        right_len: usize,
    },
    /// A posterior handed to an acquisition is not usable.
    #[error("`{what}` is {value} at position {index}; expected a finite number{hint}")]
    BadPosterior {
        /// Which slice.
        what: &'static str,
        /// First bad position.
        index: usize,
        /// The value as written.
        value: String,
        /// What else is asked of it.
        hint: &'static str,
    },
    /// A hard limit makes the round impossible.
    #[error(
        "the round is infeasible: {limit} allows {available}, but {needed} are needed; {remedy}"
    )]
    Infeasible {
        /// The rule that cannot be met.
        limit: &'static str,
        /// What it leaves.
        available: usize,
        /// What was asked.
        needed: usize,
        /// What to change.
        remedy: &'static str,
    },
    /// The money left does not pay for the round.
    #[error(
        "No round fits: {} {}, budget {}{}",
        on_plates(*plates, *picks),
        costs(*plates, *picks, *cost),
        money(*budget),
        affordable_instead(*affordable)
    )]
    Unaffordable {
        /// Plates that were priced; 0 where no plate is paid for.
        plates: usize,
        /// Picks that were priced.
        picks: usize,
        /// Their price.
        cost: f64,
        /// The money left.
        budget: f64,
        /// Picks that the money would pay for.
        affordable: usize,
    },
    /// A setting is outside its range.
    #[error("`{what}` is {value}, expected {expected}")]
    BadSetting {
        /// Which setting.
        what: &'static str,
        /// The value as written.
        value: String,
        /// The valid range.
        expected: &'static str,
    },
    /// No jitter of the ladder made the covariance positive definite.
    #[error(
        "the covariance of {rows} observations is not positive definite even with jitter {jitter:e}; \
         look for two genes with identical features and contradictory, huge values"
    )]
    NotPositiveDefinite {
        /// Size of the matrix.
        rows: usize,
        /// Largest jitter tried.
        jitter: f64,
    },
    /// The optimiser failed outright.
    #[error("fitting the surrogate failed: {reason}")]
    FitFailed {
        /// The optimiser's message.
        reason: String,
    },
    /// A table of gene features cannot be used.
    #[error("feature block `{table}`: {reason}")]
    BadTable {
        /// Its name.
        table: String,
        /// What was found and what to do.
        reason: String,
    },
    /// A file compiled into the planner is broken.
    #[error("bundled feature file {file} cannot be read: {reason}")]
    BrokenBundle {
        /// Which file.
        file: &'static str,
        /// Why.
        reason: String,
    },
}

impl PlanError {
    /// Whether a limit of the lab, rather than the data, forbids the round.
    #[must_use]
    pub fn is_infeasible(&self) -> bool {
        matches!(self, Self::Infeasible { .. } | Self::Unaffordable { .. })
    }
}

fn on_plates(plates: usize, picks: usize) -> String {
    let s = |n: usize| if n == 1 { "" } else { "s" };
    match plates {
        0 => format!("{picks} pick{}", s(picks)),
        1 => "1 plate".to_owned(),
        _ => format!("{plates} plates of {picks} picks"),
    }
}

fn costs(plates: usize, picks: usize, cost: f64) -> String {
    let one = plates == 1 || (plates == 0 && picks == 1);
    format!("{} {}", if one { "costs" } else { "cost" }, money(cost))
}

/// To the hundredth, without needless digits.
fn money(amount: f64) -> String {
    ((amount * 100.0).round() / 100.0).to_string()
}

fn affordable_instead(picks: usize) -> String {
    match picks {
        0 => String::new(),
        1 => "; 1 pick would fit".to_owned(),
        _ => format!("; {picks} picks would fit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_without_money_says_what_it_costs_and_what_would_fit() {
        let say = |plates, picks, cost, budget, affordable| {
            PlanError::Unaffordable { plates, picks, cost, budget, affordable }.to_string()
        };
        assert_eq!(say(1, 24, 310.0, 10.0, 0), "No round fits: 1 plate costs 310, budget 10");
        assert_eq!(
            say(2, 48, 620.5, 400.0, 24),
            "No round fits: 2 plates of 48 picks cost 620.5, budget 400; 24 picks would fit"
        );
        assert_eq!(
            say(0, 8, 0.1 + 0.2, 0.1, 1),
            "No round fits: 8 picks cost 0.3, budget 0.1; 1 pick would fit"
        );
    }
}
