//! Limits that a request breaks, in words: the limit, the count, and what fits.

use nextwell_contract::Issue;

use crate::error::ApiError;
use crate::limits::Prices;

/// The refusal of a round: 422 `no_round_fits`.
pub fn no_round_fits(why: String) -> ApiError {
    let mut error =
        ApiError::unprocessable("no_round_fits", format!("No round fits: {why}"), Vec::new());
    error.0.title = "This round is not possible".into();
    error
}

/// A setting that cannot be used.
pub fn bad(field: &str, message: impl Into<String>) -> Issue {
    Issue {
        code: "bad_setting".into(),
        row: None,
        column: Some(field.into()),
        message: message.into(),
    }
}

/// `1 plate`, `2 plates`.
pub fn plural(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// An amount of money with at most two decimals: `310`, `10.50`.
pub fn money(amount: f64) -> String {
    if (amount - amount.round()).abs() < 0.005 {
        format!("{amount:.0}")
    } else {
        format!("{amount:.2}")
    }
}

/// The rounds are used up.
pub fn rounds_used(most: i32) -> String {
    format!("all {most} rounds are planned; allow more rounds in the settings")
}

/// More genes are locked than the round has wells.
pub fn too_many_forced(forced: usize, asked: usize) -> String {
    format!(
        "{} locked, the round has {}; unlock some or ask for more wells",
        plural(forced, "gene"),
        plural(asked, "well")
    )
}

/// No candidate may be picked.
pub fn nothing_open(candidates: usize) -> String {
    format!(
        "0 of {} open: the others are measured, in the lab, essential or set aside",
        plural(candidates, "candidate")
    )
}

/// The campaign's wells do not suffice.
pub fn wells_used(wanted: usize, left: u32, most: i32) -> String {
    format!(
        "{} wanted, {left} of the campaign's {most} left; ask for fewer, or allow more wells in \
         the settings",
        plural(wanted, "well")
    )
}

/// The money does not suffice.
pub fn too_dear(prices: &Prices, candidates: usize, budget: f64) -> String {
    let has = money(budget.max(0.0));
    if prices.plate > 0.0 && budget < prices.plate {
        return format!("1 plate costs {}, budget {has}", money(prices.plate));
    }
    let most = prices.affordable(candidates, budget);
    let wells = if most == 0 { 1 } else { candidates };
    let (subject, what) = if prices.plate > 0.0 {
        let plates = prices.plates(wells);
        let words = plural(wells * prices.sets, "well");
        (plates, format!("{} with {words}", plural(plates, "plate")))
    } else {
        (wells * prices.sets, plural(wells * prices.sets, "well"))
    };
    let verb = if subject == 1 { "costs" } else { "cost" };
    let cost = format!("{what} {verb} {}, budget {has}", money(prices.total(wells)));
    if most == 0 {
        cost
    } else {
        format!("{cost}; it pays for {}", plural(most * prices.sets, "well"))
    }
}

/// Fewer candidates are open than asked for.
pub fn short(found: usize, asked: usize) -> String {
    format!(
        "{found} instead of {asked} picks: no other candidate is open (the others are measured, in \
         the lab, essential or set aside)."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_is_too_dear_names_the_price_the_budget_and_what_it_pays_for() {
        let prices = |well, plate| Prices { well, plate, per_plate: 68, sets: 1 };
        assert_eq!(too_dear(&prices(0.0, 310.0), 136, 10.0), "1 plate costs 310, budget 10");
        assert_eq!(
            too_dear(&prices(1.0, 310.0), 136, 400.0),
            "2 plates with 136 wells cost 756, budget 400; it pays for 68 wells"
        );
        assert_eq!(
            too_dear(&prices(1.0, 310.0), 136, 310.5),
            "1 plate with 1 well costs 311, budget 310.50"
        );
        assert_eq!(too_dear(&prices(5.0, 0.0), 24, 3.0), "1 well costs 5, budget 3");
        assert_eq!(
            too_dear(&prices(5.0, 0.0), 24, 12.0),
            "24 wells cost 120, budget 12; it pays for 2 wells"
        );
        assert_eq!(too_dear(&prices(5.0, 0.0), 24, -3.0), "1 well costs 5, budget 0");
        let donors = Prices { sets: 3, ..prices(1.0, 100.0) };
        assert_eq!(
            too_dear(&donors, 24, 330.0),
            "3 plates with 72 wells cost 372, budget 330; it pays for 30 wells"
        );
    }

    #[test]
    fn a_budget_pays_for_the_wells_its_price_says_in_spite_of_rounding() {
        let prices = Prices { well: 0.1, plate: 0.0, per_plate: 68, sets: 1 };
        assert!(prices.fits(3, 0.3));
        assert_eq!(prices.affordable(24, 0.3), 3);
        let with_plates = Prices { well: 1.0, plate: 100.0, per_plate: 10, sets: 1 };
        assert_eq!(with_plates.affordable(100, 215.0), 15);
        assert_eq!(with_plates.affordable(100, 205.0), 10, "a second plate pays for no well");
    }
}
