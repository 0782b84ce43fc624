//! FlowJo's table editor: a row a sample, headers `Path/To/Gate | Statistic`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::finding::{Finding, Findings};
use super::super::import::{Content, Parsed};
use super::super::sheet::{Sheet, bare, cell};
use super::super::table::Table;
use super::super::values::{Numbers, Writer};
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;
use crate::assay::results::number::Cell;
use crate::assay::results::records::Record;
use crate::plate::{PlateFormat, Well};

/// Populations of flow cytometry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowTable {
    /// Frequencies as the file has them; `fraction` ones were multiplied by 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_unit: Option<&'static str>,
    /// In the order of the file.
    pub wells: Vec<FlowWell>,
}

/// One sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowWell {
    /// Position, from the name of the file; `None` when the name has none.
    pub well: Option<Well>,
    /// Name of the FCS file.
    pub file: String,
    /// Statistics by population, such as `Live_count`, `CD25_percent`, `CD25_median`.
    #[serde(flatten)]
    pub statistics: BTreeMap<String, Option<f64>>,
}

/// Rows at the end that are no samples.
const SUMMARY: [&str; 6] = ["Mean", "SD", "Median", "CV", "StdDev", "Geometric Mean"];

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let Some(first) = head.first() else { return no("the file is empty") };
    let gates = first.cells.iter().filter(|cell| cell.contains(" | ")).count();
    match (cell(first, 0).is_empty(), gates) {
        (_, 0) => no("no header is a gate with a statistic (`Gate | Statistic`)"),
        (true, _) => yes(format!("the first header is empty and {gates} are `Gate | Statistic`")),
        (false, _) => {
            maybe(format!("{gates} headers are `Gate | Statistic`, but the first is not empty"))
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Count,
    Percent,
    Other,
}

struct Statistic {
    column: usize,
    name: String,
    kind: Kind,
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let statistics = statistics(&table.header);
    let columns: Vec<usize> = statistics.iter().map(|statistic| statistic.column).collect();
    let numbers = table.numbers(&columns, Writer::Program, context, findings);
    let (mut wells, mut dropped) = (Vec::new(), Vec::new());
    for record in table.records() {
        if findings.full() {
            break;
        }
        let name = bare(cell(&record, 0));
        if SUMMARY.iter().any(|summary| name.eq_ignore_ascii_case(summary)) {
            dropped.push(record.line);
            continue;
        }
        if table.is_whole(&record, findings) {
            wells.push(sample(&record, name, &statistics, numbers, findings));
        }
    }
    report_dropped(dropped, findings);
    let frequency_unit = unify(&mut wells, &statistics, findings);
    Parsed::of(Content::Flow(FlowTable { frequency_unit, wells }), numbers.mark)
}

/// Short names of the statistics; two of one name get the whole path.
fn statistics(header: &[String]) -> Vec<Statistic> {
    let mut found: Vec<Statistic> = Vec::new();
    for (column, text) in header.iter().enumerate().skip(1) {
        let Some((path, statistic)) = text.rsplit_once(" | ") else { continue };
        let gate = path.rsplit('/').next().unwrap_or(path).trim();
        let gate = gate.trim_end_matches(['+', '-']);
        let lower = statistic.trim().to_lowercase();
        let marker = statistic.split_once("::").map(|(_, rest)| rest.trim_end_matches(')').trim());
        let (name, kind) = if lower.starts_with("count") {
            (format!("{gate}_count"), Kind::Count)
        } else if lower.starts_with("freq") {
            (format!("{gate}_percent"), Kind::Percent)
        } else {
            let word = lower.split([' ', '(']).next().unwrap_or_default().to_owned();
            (format!("{}_{word}", marker.unwrap_or(gate)), Kind::Other)
        };
        let taken = found.iter().any(|known| known.name == name);
        let name = if taken { text.clone() } else { name };
        found.push(Statistic { column, name, kind });
    }
    found
}

fn sample(
    record: &Record<'_>,
    name: &str,
    statistics: &[Statistic],
    numbers: Numbers,
    findings: &mut Findings,
) -> FlowWell {
    let well = well_of_name(name);
    let label = well.map_or_else(|| clip(name), |well| well.to_string());
    if well.is_none() {
        findings.error(
            Finding::new(
                IssueCode::NotAWell,
                format!(
                    "row {}: the name `{}` holds no well; expected one such as `_B02_`: say which well it is, or rename the sample",
                    record.line,
                    clip(name)
                ),
            )
            .row(record.line)
            .found(name),
        );
    }
    let mut missing: Option<String> = None;
    let mut values = BTreeMap::new();
    for statistic in statistics {
        let text = bare(cell(record, statistic.column));
        let wrong = |code, what: &str| {
            let message = format!(
                "{label} (row {}) holds `{}` for `{}`; expected {what}",
                record.line,
                clip(text),
                statistic.name
            );
            let finding = Finding::new(code, message).row(record.line).found(text);
            finding.column(&statistic.name)
        };
        let value = match numbers.read(text) {
            Cell::Value(value) => Some(value),
            Cell::Missing => {
                if numbers.mark.is_some() && missing.is_none() {
                    missing = Some(text.to_owned());
                }
                None
            }
            _ => {
                findings.error(wrong(IssueCode::NotANumber, "a number or `n/a`"));
                None
            }
        };
        let range = match statistic.kind {
            Kind::Count => Some((0.0, f64::MAX, "a count of 0 or more")),
            Kind::Percent => Some((0.0, 100.0, "a number from 0 to 100")),
            Kind::Other => None,
        };
        if let (Some(value), Some((low, high, what))) = (value, range)
            && !(low..=high).contains(&value)
        {
            findings.error(wrong(IssueCode::ValueOutOfRange, what));
        }
        values.insert(statistic.name.clone(), value);
    }
    if let Some(text) = missing {
        let mut finding = Finding::new(
            IssueCode::MissingValue,
            format!("{label} (row {}) lacks statistics: taken as missing", record.line),
        )
        .row(record.line)
        .found(&text);
        finding.well = well.map(|well| well.to_string());
        findings.warn(finding);
    }
    FlowWell { well, file: name.to_owned(), statistics: values }
}

fn report_dropped(rows: Vec<u64>, findings: &mut Findings) {
    if rows.is_empty() {
        return;
    }
    let mut finding = Finding::new(
        IssueCode::SummaryRowsDropped,
        format!("{} rows at the end are means or deviations, no samples: left out", rows.len()),
    );
    finding.rows = rows;
    findings.warn(finding);
}

/// Makes percent of fractions: all frequencies of the file are at most 1, and one is above 0.
fn unify(
    wells: &mut [FlowWell],
    statistics: &[Statistic],
    findings: &mut Findings,
) -> Option<&'static str> {
    let of_kind = |name: &str| statistics.iter().any(|s| s.name == name && s.kind == Kind::Percent);
    let all = wells.iter().flat_map(|well| &well.statistics);
    let frequencies = all.filter(|(name, _)| of_kind(name)).filter_map(|(_, value)| *value);
    let largest = frequencies.fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return None;
    }
    if largest > 1.0 || largest <= 0.0 || findings.full() {
        return Some("percent");
    }
    for well in wells {
        for (name, value) in &mut well.statistics {
            if of_kind(name) {
                *value = value.map(|fraction| 100.0 * fraction);
            }
        }
    }
    Some("fraction")
}

/// `B02` of `Specimen_001_B02_B02_014.fcs` or `01-Well-B2.fcs`.
fn well_of_name(name: &str) -> Option<Well> {
    let stem = name.strip_suffix(".fcs").unwrap_or(name);
    stem.split(|c: char| !c.is_ascii_alphanumeric()).find_map(|part| {
        let usual =
            (2..=3).contains(&part.len()) && !part.starts_with(|c: char| c.is_ascii_digit());
        usual.then(|| PlateFormat::W384.parse_well(part).ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_is_found_in_the_usual_names_of_files() {
        for (name, well) in [
            ("Specimen_001_B02_B02_014.fcs", Some("B02")),
            ("01-Well-B2.fcs", Some("B02")),
            ("A12 stim.fcs", Some("A12")),
            ("Tube_001.fcs", None),
            ("CD45RA_stained.fcs", None),
        ] {
            let found = well_of_name(name).map(|well| well.to_string());
            assert_eq!(found.as_deref(), well, "{name}");
        }
    }

    #[test]
    fn fractions_become_percent_and_the_file_says_so() {
        let text =
            ",Live/CD25+ | Freq. of Parent,Live | Count\nx_B2_1.fcs,0.25,10\nx_B3_1.fcs,0.5,12\n";
        let import = super::super::super::read(text.as_bytes(), &Context::default());
        let Content::Flow(table) = import.content else { panic!("expected flow") };
        assert_eq!(table.frequency_unit, Some("fraction"));
        assert_eq!(table.wells[0].statistics["CD25_percent"], Some(25.0));
        assert_eq!(table.wells[1].statistics["Live_count"], Some(12.0));
    }
}
