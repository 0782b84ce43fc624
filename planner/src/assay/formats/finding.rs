//! One thing found in a file, and the list of them.

use serde::Serialize;

use crate::assay::results::issue::clip;
use crate::assay::results::{Issue, IssueCode};
use crate::plate::Well;

/// Rows listed in one finding.
const ROWS_LISTED: usize = 20;

/// One error or warning, with the place that it is about; what does not apply is absent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Kind.
    pub code: IssueCode,
    /// What was found, what was expected, what to do.
    pub message: String,
    /// Row of the file, from 1, header included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// All rows concerned (the first 20), when there is more than one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// Header of the column, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The text found, cut to 60 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Well; as written when it is no well of the plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well: Option<String>,
    /// Barcode of the plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Number of the plate in the file, from 1, when it has no barcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<usize>,
    /// Gene as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gene: Option<String>,
    /// Guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// Letters of the rows that a matrix lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_rows: Vec<String>,
    /// Numbers of the columns that a matrix lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_columns: Vec<u32>,
    /// Number of cells (of a Perturb-seq file).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<usize>,
    /// Z′ of the plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub z_prime: Option<f64>,
    /// SSMD of the plate's controls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssmd: Option<f64>,
}

impl Finding {
    pub(super) fn new(code: IssueCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            row: None,
            rows: Vec::new(),
            column: None,
            found: None,
            well: None,
            barcode: None,
            plate: None,
            gene: None,
            guide: None,
            missing_rows: Vec::new(),
            missing_columns: Vec::new(),
            cells: None,
            z_prime: None,
            ssmd: None,
        }
    }

    pub(super) fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    pub(super) fn column(mut self, column: &str) -> Self {
        self.column = Some(clip(column));
        self
    }

    pub(super) fn found(mut self, text: &str) -> Self {
        self.found = Some(clip(text));
        self
    }

    pub(super) fn well(mut self, well: Well) -> Self {
        self.well = Some(well.to_string());
        self
    }

    pub(super) fn barcode(mut self, barcode: Option<&str>) -> Self {
        self.barcode = barcode.map(clip);
        self
    }
}

impl From<Issue> for Finding {
    fn from(issue: Issue) -> Self {
        let mut finding = Self::new(issue.code, issue.message);
        finding.row = issue.row;
        finding.rows = issue.rows;
        finding.column = issue.column;
        finding.found = issue.found;
        finding.well = issue.well;
        finding.barcode = issue.plate;
        finding
    }
}

/// Errors and warnings as they come, up to a limit each.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// What keeps the file from being accepted.
    pub errors: Vec<Finding>,
    /// What a person should see before accepting.
    pub warnings: Vec<Finding>,
    /// More was found than is listed.
    pub stopped_early: bool,
    limit: usize,
}

impl Findings {
    /// An empty list of at most `limit` errors and as many warnings.
    pub fn new(limit: usize) -> Self {
        Self { errors: Vec::new(), warnings: Vec::new(), stopped_early: false, limit }
    }

    pub(super) fn error(&mut self, finding: Finding) {
        if self.full() {
            self.stopped_early = true;
        } else {
            self.errors.push(finding);
        }
    }

    pub(super) fn warn(&mut self, finding: Finding) {
        if self.warnings.len() < self.limit {
            self.warnings.push(finding);
        } else {
            self.stopped_early = true;
        }
    }

    /// Whether reading should stop.
    pub(super) fn full(&self) -> bool {
        self.errors.len() >= self.limit
    }
}

/// Keys that may occur once; a second row is one error, which lists the rows.
#[derive(Debug, Default)]
pub(super) struct Unique<K> {
    seen: std::collections::HashMap<K, (u64, Option<usize>)>,
}

impl<K: std::hash::Hash + Eq> Unique<K> {
    pub(super) fn new() -> Self {
        Self { seen: std::collections::HashMap::new() }
    }

    /// Whether the key is new; if not, `finding(first row)` is reported once.
    pub(super) fn check(
        &mut self,
        key: K,
        row: u64,
        findings: &mut Findings,
        finding: impl FnOnce(u64) -> Finding,
    ) -> bool {
        let Some((first, error)) = self.seen.get_mut(&key) else {
            self.seen.insert(key, (row, None));
            return true;
        };
        if let Some(listed) = error.and_then(|index| findings.errors.get_mut(index)) {
            if listed.rows.len() < ROWS_LISTED {
                listed.rows.push(row);
            }
            return false;
        }
        let mut finding = finding(*first);
        finding.rows = vec![*first, row];
        *error = Some(findings.errors.len());
        findings.error(finding);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_comes_three_times_is_one_error_with_three_rows() {
        let mut findings = Findings::new(10);
        let mut unique = Unique::new();
        let mut check = |key: &'static str, row| {
            unique
                .check(key, row, &mut findings, |_| Finding::new(IssueCode::DuplicateGene, "twice"))
        };
        assert_eq!(
            [check("A", 2), check("B", 3), check("A", 4), check("A", 9)],
            [true, true, false, false]
        );
        assert_eq!(findings.errors.len(), 1);
        assert_eq!(findings.errors[0].rows, [2, 4, 9]);
    }

    #[test]
    fn the_list_ends_at_its_limit_and_says_so() {
        let mut findings = Findings::new(2);
        for row in 1..=3 {
            assert_eq!(findings.full(), row == 3);
            findings.error(Finding::new(IssueCode::NotANumber, "x").row(row));
        }
        assert_eq!((findings.errors.len(), findings.stopped_early), (2, true));
    }
}
