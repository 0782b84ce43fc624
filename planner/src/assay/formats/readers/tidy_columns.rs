//! What the columns of a table of measurements are.

use super::super::sheet::bare;
use crate::assay::results::number::{self, Cell, DecimalMark};
use crate::assay::results::records::Record;

/// What a column holds, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Gene,
    Guide,
    Donor,
    Replicate,
    Plate,
    Well,
    Row,
    Column,
    /// Described, but not measured.
    Annotation,
    /// Measured, by its name.
    Value,
}

const ROLES: [(Role, &[&str]); 10] = [
    (
        Role::Gene,
        &[
            "gene",
            "genesymbol",
            "genename",
            "symbol",
            "targetgene",
            "hgncsymbol",
            "ensemblid",
            "geneid",
        ],
    ),
    (Role::Guide, &["guide", "guideid", "sgrna", "grna", "sgrnaid", "crrna"]),
    (Role::Donor, &["donor", "donorid", "patient", "subject"]),
    (Role::Replicate, &["replicate", "rep", "replicateid", "techrep", "biorep"]),
    (Role::Plate, &["plate", "platebarcode", "plateid", "platename", "barcode"]),
    (Role::Well, &["well", "wellid", "wellname", "wellposition", "position"]),
    (Role::Row, &["row", "wellrow"]),
    (Role::Column, &["column", "col", "wellcolumn", "wellcol"]),
    (
        Role::Annotation,
        &[
            "comment",
            "comments",
            "note",
            "notes",
            "sample",
            "samplename",
            "sampleid",
            "content",
            "condition",
            "date",
            "time",
            "batch",
            "run",
            "day",
            "experiment",
            "treatment",
            "concentration",
            "dose",
            "volume",
            "site",
            "field",
            "index",
            "no",
            "number",
            "readout",
            "feature",
            "channel",
            "task",
            "hit",
            "ishit",
            "call",
        ],
    ),
    (Role::Value, &["value", "measurement", "rawvalue", "signal", "result", "reading"]),
];

/// The role that a header names; `None` when it says nothing.
pub(super) fn role(header: &str) -> Option<Role> {
    let folded: String = header
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '%')
        .flat_map(char::to_lowercase)
        .collect();
    let found = ROLES.iter().find(|(_, names)| names.contains(&folded.as_str()));
    found.map(|(role, _)| *role)
}

/// The columns of values: those whose header says so, and those of unknown meaning that hold at
/// least as many numbers as words.
pub(super) fn value_columns(header: &[String], rows: &[Record<'_>]) -> Vec<usize> {
    let named: Vec<usize> =
        (0..header.len()).filter(|at| role(&header[*at]) == Some(Role::Value)).collect();
    if !named.is_empty() {
        return named;
    }
    (0..header.len())
        .filter(|at| !header[*at].is_empty() && role(&header[*at]).is_none())
        .filter(|at| mostly_numbers(*at, rows))
        .collect()
}

fn mostly_numbers(column: usize, rows: &[Record<'_>]) -> bool {
    let (mut numbers, mut words) = (0usize, 0usize);
    for record in rows {
        let text = record.cells.get(column).map_or("", |cell| bare(cell));
        match number::read(text, DecimalMark::Point) {
            Cell::Value(_) | Cell::Saturated => numbers += 1,
            Cell::NotANumber => match number::read(text, DecimalMark::Comma) {
                Cell::Value(_) => numbers += 1,
                _ => words += 1,
            },
            _ => {}
        }
    }
    numbers > 0 && numbers >= words
}

/// The first column with a role.
pub(super) fn column(header: &[String], wanted: Role) -> Option<usize> {
    header.iter().position(|text| role(text) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_whatever_their_case_and_separators() {
        for (header, expected) in [
            ("Gene Symbol", Some(Role::Gene)),
            ("PLATE_ID", Some(Role::Plate)),
            ("Well-ID", Some(Role::Well)),
            ("MFI", None),
            ("% CD25+ of live", None),
        ] {
            assert_eq!(role(header), expected, "{header}");
        }
    }
}
