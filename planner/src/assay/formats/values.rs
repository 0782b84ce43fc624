//! Numbers of a file: the decimal mark, and what a value cell means.

use super::context::Context;
use super::finding::{Finding, Findings};
use super::sheet::Sheet;
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;
use crate::assay::results::number::{self, Cell, DecimalEvidence, DecimalMark};
use crate::plate::Well;

/// Who wrote the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// A person or a spreadsheet in any language: what can be read in two ways is asked.
    Anyone,
    /// A program that always writes a decimal point; `1.234` is no thousand.
    Program,
    /// An instrument's program that mixes points and commas in one file.
    Mixing,
}

/// How the numbers of a file are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers {
    /// `None` when it cannot be told: no number is read.
    pub(super) mark: Option<DecimalMark>,
    mixed: bool,
}

impl Numbers {
    /// Decides the mark from all value cells of a file.
    pub(super) fn decide<'c>(
        cells: impl Iterator<Item = (u64, &'c str)>,
        sheet: &Sheet<'_>,
        writer: Writer,
        context: &Context<'_>,
        findings: &mut Findings,
    ) -> Self {
        // Number cells of a workbook come with a point, as values between commas do.
        let delimiter = sheet.delimiter().map_or(b',', |delimiter| delimiter as u8);
        let mut evidence = DecimalEvidence::new(delimiter);
        let mut commas = 0usize;
        for (line, text) in cells {
            evidence.observe(line, text);
            commas += usize::from(text.contains(','));
        }
        Self::of_evidence(&evidence, commas, writer, context, findings)
    }

    /// As [`Numbers::decide`], from evidence gathered elsewhere and the number of cells with a comma.
    pub(super) fn of_evidence(
        evidence: &DecimalEvidence,
        commas: usize,
        writer: Writer,
        context: &Context<'_>,
        findings: &mut Findings,
    ) -> Self {
        if let Some(chosen) = context.decimal {
            return Self { mark: Some(chosen), mixed: false };
        }
        match evidence.decide() {
            Ok(mark) => {
                if mark == DecimalMark::Comma {
                    findings.warn(Finding::new(
                        IssueCode::DecimalComma,
                        "the values are read with a decimal comma: check them in the preview",
                    ));
                }
                Self { mark: Some(mark), mixed: false }
            }
            Err(_) if writer == Writer::Mixing && evidence.shows_both() => {
                findings.warn(Finding::new(
                    IssueCode::MixedDecimals,
                    format!(
                        "the file has decimal points and, in {commas} cells, decimal commas; this instrument mixes them, each is read as written: check the values in the preview"
                    ),
                ));
                Self { mark: Some(DecimalMark::Point), mixed: true }
            }
            Err(issue) => {
                let with_point = issue.found.as_ref().is_some_and(|found| found.contains('.'));
                if writer == Writer::Program && with_point && !evidence.shows_both() {
                    return Self { mark: Some(DecimalMark::Point), mixed: false };
                }
                findings.error(Finding::from(*issue));
                Self { mark: None, mixed: false }
            }
        }
    }

    pub(super) fn read(&self, text: &str) -> Cell {
        match self.mark {
            None => Cell::Missing,
            Some(_) if self.mixed && text.contains(',') => number::read(text, DecimalMark::Comma),
            Some(mark) => number::read(text, mark),
        }
    }
}

/// Where a value cell is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub(super) row: u64,
    pub(super) column: Option<&'a str>,
    pub(super) well: Option<Well>,
    pub(super) barcode: Option<&'a str>,
}

impl Place<'_> {
    fn put(self, mut finding: Finding) -> Finding {
        finding.row = Some(self.row);
        finding.column = self.column.map(clip);
        finding.well = self.well.map(|well| well.to_string());
        finding.barcode(self.barcode)
    }

    fn name(self) -> String {
        let well =
            self.well.map_or(String::new(), |well| format!("well {well} (row {})", self.row));
        if well.is_empty() { format!("row {}", self.row) } else { well }
    }
}

/// Reads one value cell; what is not a number is reported.
///
/// An empty cell and what an instrument writes for "not computed" are missing without a word;
/// `NA` and the like are missing with a warning, out of range too.
pub(super) fn value(
    numbers: Numbers,
    text: &str,
    place: Place<'_>,
    findings: &mut Findings,
) -> Option<f64> {
    let shown = clip(number::bare(text));
    let name = place.name();
    let (code, message) = match numbers.read(text) {
        Cell::Value(value) => return Some(value),
        Cell::Missing => {
            let worded = shown.chars().any(char::is_alphabetic);
            if worded && numbers.mark.is_some() {
                let message = format!("{name} holds `{shown}`: taken as missing");
                findings
                    .warn(place.put(Finding::new(IssueCode::MissingValue, message)).found(&shown));
            }
            return None;
        }
        Cell::Saturated => {
            let message = format!(
                "{name} holds `{shown}`, out of the range of the instrument: taken as missing"
            );
            findings
                .warn(place.put(Finding::new(IssueCode::SaturatedValue, message)).found(&shown));
            return None;
        }
        Cell::Undetermined => {
            let message = format!(
                "{name} is undetermined: above the last cycle, not a number; taken as missing"
            );
            findings
                .warn(place.put(Finding::new(IssueCode::UndeterminedCt, message)).found(&shown));
            return None;
        }
        Cell::SpreadsheetError => (
            IssueCode::SpreadsheetError,
            format!(
                "{name} holds the spreadsheet error `{shown}`; expected a number: correct the formula or leave the cell empty"
            ),
        ),
        Cell::NotANumber => (
            IssueCode::NotANumber,
            format!(
                "{name} holds `{shown}`; expected a finite number, or an empty cell or `NA` for a missing value"
            ),
        ),
    };
    findings.error(place.put(Finding::new(code, message)).found(&shown));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(texts: &[&str], writer: Writer) -> (Option<DecimalMark>, Vec<IssueCode>) {
        let sheet = Sheet::of_text("a\tb\n1\t2\n");
        let mut findings = Findings::new(10);
        let cells = (1..).zip(texts.iter().copied());
        let numbers = Numbers::decide(cells, &sheet, writer, &Context::default(), &mut findings);
        let all = findings.errors.iter().chain(&findings.warnings);
        (numbers.mark, all.map(|finding| finding.code).collect())
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_asked_unless_a_program_wrote_it() {
        let ambiguous = (None, vec![IssueCode::AmbiguousNumber]);
        assert_eq!(decide(&["1.234", "2.345"], Writer::Anyone), ambiguous);
        assert_eq!(decide(&["1.234"], Writer::Program), (Some(DecimalMark::Point), vec![]));
        assert_eq!(decide(&["1,234"], Writer::Program), ambiguous);
        assert_eq!(decide(&["0,5", "0.5"], Writer::Program), ambiguous);
    }

    #[test]
    fn an_instrument_that_mixes_marks_is_read_cell_by_cell() {
        let (mark, codes) = decide(&["0,02", "0.03"], Writer::Mixing);
        assert_eq!((mark, codes), (Some(DecimalMark::Point), vec![IssueCode::MixedDecimals]));
        let numbers = Numbers { mark, mixed: true };
        assert_eq!(numbers.read("0,02"), Cell::Value(0.02));
        assert_eq!(numbers.read("0.03"), Cell::Value(0.03));
    }

    #[test]
    fn cells_without_a_number_are_missing_or_errors_with_their_place() {
        let numbers = Numbers { mark: Some(DecimalMark::Point), mixed: false };
        let mut findings = Findings::new(10);
        let place = Place { row: 4, well: "C3".parse().ok(), ..Place::default() };
        for text in ["", "?????", "n/a", "OVER", ">4.0", "high", "#REF!", "1.2.3"] {
            assert_eq!(value(numbers, text, place, &mut findings), None, "{text}");
        }
        let codes = |list: &[Finding]| list.iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(
            codes(&findings.warnings),
            [IssueCode::MissingValue, IssueCode::SaturatedValue, IssueCode::SaturatedValue]
        );
        assert_eq!(
            codes(&findings.errors),
            [IssueCode::NotANumber, IssueCode::SpreadsheetError, IssueCode::NotANumber]
        );
        assert_eq!(findings.errors[0].well.as_deref(), Some("C03"));
        assert!(findings.errors[0].message.contains("well C03 (row 4)"));
    }
}
