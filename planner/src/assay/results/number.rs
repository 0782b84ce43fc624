//! Numbers as people and instruments write them.

use serde::{Deserialize, Serialize};

use super::issue::{Issue, IssueCode, clip};

/// The character before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `1.5`
    #[serde(rename = ".")]
    Point,
    /// `1,5`
    #[serde(rename = ",")]
    Comma,
}

/// What a value cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::assay) enum Cell {
    Value(f64),
    Missing,
    Saturated,
    Undetermined,
    SpreadsheetError,
    NotANumber,
}

/// Removes what surrounds a number or name: `="text"` of Excel, non-breaking spaces, ` %`.
pub(in crate::assay) fn bare(text: &str) -> &str {
    let blank = |c: char| c.is_whitespace() || c == '\u{a0}' || c == '\u{feff}';
    let text = text.trim_matches(blank);
    let text = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    text.trim_matches(blank)
}

fn number_part(text: &str) -> &str {
    bare(bare(text).trim_end_matches('%'))
}

/// Evidence for the decimal mark, gathered over all values of a file before any is read.
///
/// Other than three digits after a single mark, a leading zero or four digits before it, or both
/// marks in one number prove a mark. With `,` between the cells a point is decimal: nobody who
/// groups thousands with points separates cells with commas.
pub(in crate::assay) struct DecimalEvidence {
    comma_separated: bool,
    point: Option<(u64, String)>,
    comma: Option<(u64, String)>,
    ambiguous: Option<(u64, String)>,
}

impl DecimalEvidence {
    pub(in crate::assay) fn new(delimiter: u8) -> Self {
        Self { comma_separated: delimiter == b',', point: None, comma: None, ambiguous: None }
    }

    pub(in crate::assay) fn observe(&mut self, line: u64, text: &str) {
        let number = number_part(text).trim_start_matches(['+', '-', '\u{2212}']);
        let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
        let plain = mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
        let Some(last) = mantissa.rfind(['.', ',']).filter(|_| plain) else {
            return;
        };
        let (whole, decimals) = (&mantissa[..last], &mantissa[last + 1..]);
        let last_is_comma = mantissa[last..].starts_with(',');
        let (same, other) = if last_is_comma { (',', '.') } else { ('.', ',') };
        let slot = if whole.contains(other) {
            self.of(last_is_comma)
        } else if whole.contains(same) {
            self.of(!last_is_comma)
        } else if decimals.len() != 3
            || whole.len() > 3
            || whole.is_empty()
            || whole.starts_with('0')
            || (self.comma_separated && !last_is_comma)
        {
            self.of(last_is_comma)
        } else {
            &mut self.ambiguous
        };
        slot.get_or_insert_with(|| (line, clip(bare(text))));
    }

    fn of(&mut self, comma: bool) -> &mut Option<(u64, String)> {
        if comma { &mut self.comma } else { &mut self.point }
    }

    /// Whether a decimal point and a decimal comma are both proven.
    pub(in crate::assay) fn shows_both(&self) -> bool {
        self.point.is_some() && self.comma.is_some()
    }

    /// The mark, or an `ambiguous_number` error.
    pub(in crate::assay) fn decide(&self) -> Result<DecimalMark, Box<Issue>> {
        match (&self.point, &self.comma, &self.ambiguous) {
            (Some((row_a, point)), Some((row_b, comma)), _) => Err(Issue::new(
                IssueCode::AmbiguousNumber,
                format!(
                    "`{point}` in row {row_a} has a decimal point and `{comma}` in row {row_b} a decimal comma; expected one of them: write all values the same way"
                ),
            )
            .at(*row_a.max(row_b))
            .found(if row_a > row_b { point } else { comma }).into()),
            (_, Some(_), _) => Ok(DecimalMark::Comma),
            (Some(_), None, _) | (None, None, None) => Ok(DecimalMark::Point),
            (None, None, Some((row, text))) => Err(Issue::new(
                IssueCode::AmbiguousNumber,
                format!(
                    "every value has three digits after its only separator, as `{text}` in row {row}: thousands or decimals? Say which is meant, or write the values without thousands separators"
                ),
            )
            .at(*row)
            .found(text).into()),
        }
    }
}

/// Reads one value cell.
pub(in crate::assay) fn read(text: &str, decimal: DecimalMark) -> Cell {
    let text = number_part(text);
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "" | "na" | "n/a" | "nan" | "-" | "." | "null" => return Cell::Missing,
        "over" | "ovrflw" | "#sat" | "out" | "overflow" => return Cell::Saturated,
        "undetermined" => return Cell::Undetermined,
        "#div/0!" | "#ref!" | "#value!" | "#name?" | "#num!" | "#n/a" | "#null!" => {
            return Cell::SpreadsheetError;
        }
        _ => {}
    }
    if text.bytes().all(|b| b == b'?') || text.bytes().all(|b| b == b'#') {
        return Cell::Missing;
    }
    if let Some(bound) = text.strip_prefix(['>', '<']) {
        return match plain_number(bound.trim(), decimal) {
            Some(_) => Cell::Saturated,
            None => Cell::NotANumber,
        };
    }
    plain_number(text, decimal).map_or(Cell::NotANumber, Cell::Value)
}

/// A finite number; thousands separators are taken only in well-formed groups of three.
fn plain_number(text: &str, decimal: DecimalMark) -> Option<f64> {
    let (mark, group) = match decimal {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let text = text.replace('\u{2212}', "-");
    let unsigned = text.trim_start_matches(['+', '-']);
    // `inf`, `nan` and the like start with a letter.
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == mark) {
        return None;
    }
    let whole = unsigned.split([mark, 'e', 'E']).next().unwrap_or_default();
    if whole.contains(group) {
        let mut groups = whole.split(group);
        let first_ok = groups.next().is_some_and(|first| (1..=3).contains(&first.len()));
        if !first_ok || !groups.all(|digits| digits.len() == 3) {
            return None;
        }
    }
    if unsigned[whole.len()..].contains(group) {
        return None;
    }
    let plain = text.replace(group, "").replace(mark, ".");
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decide(delimiter: u8, values: &[&str]) -> Result<DecimalMark, IssueCode> {
        let mut evidence = DecimalEvidence::new(delimiter);
        for (index, value) in values.iter().enumerate() {
            evidence.observe(index as u64 + 2, value);
        }
        evidence.decide().map_err(|issue| issue.code)
    }

    #[test]
    fn the_decimal_mark_is_decided_by_the_whole_file() {
        assert_eq!(decide(b';', &["1,234", "1,5"]), Ok(DecimalMark::Comma));
        assert_eq!(decide(b';', &["1.234", "0,500"]), Ok(DecimalMark::Comma));
        assert_eq!(decide(b'\t', &["1,234.50"]), Ok(DecimalMark::Point));
        assert_eq!(decide(b'\t', &["1.234,50"]), Ok(DecimalMark::Comma));
        assert_eq!(decide(b'\t', &["1,234,567"]), Ok(DecimalMark::Point));
        assert_eq!(decide(b',', &["1.234", "2.345"]), Ok(DecimalMark::Point));
        assert_eq!(decide(b',', &["12", "high"]), Ok(DecimalMark::Point));
    }

    #[test]
    fn thousands_or_decimals_is_never_guessed() {
        let ambiguous = Err(IssueCode::AmbiguousNumber);
        assert_eq!(decide(b',', &["1,234", "2,345"]), ambiguous);
        assert_eq!(decide(b';', &["1.234", "2.345"]), ambiguous);
        assert_eq!(decide(b';', &["1.5", "1,5"]), ambiguous);
    }

    #[test]
    fn numbers_are_read_as_written() {
        let point = |text: &str| read(text, DecimalMark::Point);
        for (text, value) in [
            ("47.99", 47.99),
            ("1,234.5", 1234.5),
            ("-3e-2", -0.03),
            ("+.5", 0.5),
            ("58.2 %", 58.2),
            ("=\"12\"", 12.0),
            ("\u{a0}7\u{a0}", 7.0),
            ("\u{2212}7", -7.0),
        ] {
            assert_eq!(point(text), Cell::Value(value), "{text}");
        }
        assert_eq!(read("1.234,5", DecimalMark::Comma), Cell::Value(1234.5));
    }

    #[test]
    fn cells_without_a_number_are_told_apart() {
        let point = |text: &str| read(text, DecimalMark::Point);
        for text in ["", "NA", "n/a", "NaN", "-", ".", "null", "?????", "#####"] {
            assert_eq!(point(text), Cell::Missing, "{text}");
        }
        for text in ["OVER", "OVRFLW", "#Sat", ">1000", "> 4.5", "Overflow"] {
            assert_eq!(point(text), Cell::Saturated, "{text}");
        }
        for text in ["#DIV/0!", "#REF!", "#N/A", "#NUM!"] {
            assert_eq!(point(text), Cell::SpreadsheetError, "{text}");
        }
        for text in ["inf", "-inf", "high", "1.2.3", "1e999", "12,34", "1.5x", "--1", ">x", "0x10"]
        {
            assert_eq!(point(text), Cell::NotANumber, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_value_is_always_finite(text in "[-+0-9.,eE%naif#>]{0,12}") {
            for mark in [DecimalMark::Point, DecimalMark::Comma] {
                if let Cell::Value(value) = read(&text, mark) {
                    prop_assert!(value.is_finite());
                }
            }
        }

        #[test]
        fn a_printed_number_is_read_back_exactly(value in prop::num::f64::NORMAL) {
            prop_assert_eq!(read(&value.to_string(), DecimalMark::Point), Cell::Value(value));
        }
    }
}
