//! Gene names: what a text means is asked of the caller, who has the table.

use serde::{Deserialize, Serialize};

/// How a text led to a gene, or why it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneStatus {
    /// The current symbol.
    Approved,
    /// An Ensembl gene id.
    EnsemblId,
    /// An earlier symbol of exactly one gene: accepted with a warning.
    Previous,
    /// Another name of exactly one gene: accepted with a warning.
    Alias,
    /// Several genes: a person chooses.
    Ambiguous,
    /// One gene when case and separators are ignored: a person confirms.
    Folded,
    /// A date made of a symbol by a spreadsheet: a person chooses or confirms.
    DateDamaged,
    /// Withdrawn.
    Withdrawn,
    /// Nothing known; the candidates are the nearest names.
    Unknown,
    /// No gene: a non-targeting or other control.
    Control,
}

impl GeneStatus {
    /// Whether the row can be used without a person.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Approved | Self::EnsemblId | Self::Previous | Self::Alias | Self::Control
        )
    }
}

/// What a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneMatch {
    /// How it was found.
    pub status: GeneStatus,
    /// Current symbol, when exactly one gene was found.
    pub symbol: Option<String>,
    /// Ensembl gene id, when exactly one gene was found and has one.
    pub ensembl_id: Option<String>,
    /// Symbols to choose from, best first.
    pub candidates: Vec<String>,
}

/// Looks gene names up in the order of a nomenclature: identifier, approved symbol, previous symbol
/// of one gene, alias of one gene, ambiguous, folded, withdrawn, unknown.
pub trait GeneNames: Sync {
    /// What the text means. A date such as `2-Sep` or `2026-09-02` gives [`GeneStatus::DateDamaged`].
    fn resolve(&self, text: &str) -> GeneMatch;
}

/// Names of guides and rows that target no gene, folded.
const CONTROLS: [&str; 15] = [
    "nontargeting",
    "nontargetingcontrol",
    "negativecontrol",
    "negctrl",
    "safetargeting",
    "safeharbor",
    "scramble",
    "scrambled",
    "intergenic",
    "luciferase",
    "control",
    "ctrl",
    "ntc",
    "lacz",
    "egfp",
];

/// Whether a gene column names a control instead of a gene: a known word, alone or followed by a
/// number (`NTC_12`, `NonTargeting`, `negative_control-3`). `AAVS1` is a gene unless the lab says
/// otherwise, and `NT5E` is not `NT`.
pub fn is_control_name(text: &str) -> bool {
    let folded: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '.' | '#'))
        .flat_map(char::to_lowercase)
        .collect();
    let name = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    CONTROLS.contains(&name) || name == "nt"
}

/// Text of a cell in a gene column that a spreadsheet stored as a number between 1990 and 2060: the
/// day, as `2026-03-01`. Numbers that are no such day are `None`.
pub(super) fn date_of_serial(text: &str) -> Option<String> {
    let serial: i64 = text.strip_suffix(".0").unwrap_or(text).parse().ok()?;
    (32_874..58_440).contains(&serial).then(|| iso_date(serial, false))
}

/// `2026-03-01` of a spreadsheet's day number.
pub(super) fn iso_date(serial: i64, is_1904: bool) -> String {
    // Day 0 of the 1900 system is 30 December 1899 for all dates after its phantom leap day.
    let days = serial + if is_1904 { 1_462 } else { 0 } - 25_569;
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a number of days since 1 January 1970 (proleptic Gregorian; Hinnant's
/// `civil_from_days`).
fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `1 March` of `2026-03-01`.
pub(super) fn day_and_month(iso: &str) -> Option<String> {
    let mut parts = iso.split('-').skip(1);
    let month: usize = parts.next()?.parse().ok()?;
    let day: u32 = parts.next()?.get(..2)?.parse().ok()?;
    Some(format!("{day} {}", MONTHS.get(month.checked_sub(1)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_told_from_genes_with_similar_names() {
        for name in ["NTC", "NTC_048", "NonTargeting", "non-targeting_12", "neg_ctrl", "nt", "LacZ"]
        {
            assert!(is_control_name(name), "{name}");
        }
        for name in ["NT5E", "NTRK1", "AAVS1", "CTRC", "GATA3", "EGFR", ""] {
            assert!(!is_control_name(name), "{name}");
        }
    }

    #[test]
    fn day_numbers_of_spreadsheets_are_dates_in_both_systems() {
        assert_eq!(iso_date(46_082, false), "2026-03-01");
        assert_eq!(iso_date(46_082 - 1_462, true), "2026-03-01");
        assert_eq!(iso_date(61, false), "1900-03-01");
        assert_eq!(day_and_month("2026-09-02").as_deref(), Some("2 September"));
        assert_eq!(day_and_month("2026-13-02"), None);
        assert_eq!(date_of_serial("46267").as_deref(), Some("2026-09-02"));
        assert_eq!(date_of_serial("12"), None);
    }
}
