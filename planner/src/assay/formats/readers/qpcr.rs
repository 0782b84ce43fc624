//! qPCR: QuantStudio and ViiA 7 (`[Results]`), Bio-Rad CFX (`Well, Fluor, Target, Content …, Cq`).
//!
//! `Undetermined` is a censored value, above the last cycle: neither 40 nor 0.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::finding::{Finding, Findings};
use super::super::genes::is_control_name;
use super::super::import::{Content, Parsed};
use super::super::sheet::{Sheet, bare, cell};
use super::super::table::Table;
use super::super::values::{Numbers, Place, Writer, value};
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;
use crate::assay::results::number::Cell;
use crate::assay::results::records::Record;
use crate::assay::stats;
use crate::plate::Well;

/// Threshold cycles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CtTable {
    /// Barcode of the plate, where the file says it.
    #[serde(rename = "plates_barcode")]
    pub barcode: Option<String>,
    /// In the order of the file.
    pub ct: Vec<CtWell>,
    /// ΔΔCt of each sample (and target, where there are several) against the mean of the
    /// non-targeting samples; above 0 there is less of the target. Empty without a reference target.
    #[serde(rename = "ddct_vs_mean_of_ntc", skip_serializing_if = "BTreeMap::is_empty")]
    pub ddct: BTreeMap<String, f64>,
}

/// One well and target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CtWell {
    /// Position.
    pub well: Well,
    /// Sample.
    pub sample: String,
    /// Target.
    pub target: String,
    /// Threshold cycle; `None` when undetermined or missing.
    pub ct: Option<f64>,
    /// Left out by a person in the instrument's software.
    pub omitted: bool,
}

/// Headers of the threshold cycle; the third has a Cyrillic letter, as the instrument writes it.
const CT: [&str; 5] = ["CT", "Ct", "C\u{442}", "Cq", "Crt"];
const WELL: [&str; 2] = ["Well Position", "Well"];
const SAMPLE: [&str; 2] = ["Sample Name", "Sample"];
const TARGET: [&str; 2] = ["Target Name", "Target"];

fn is_header(record: &Record<'_>, well: &str) -> bool {
    let has = |names: &[&str]| {
        record.cells.iter().any(|cell| names.iter().any(|name| cell.eq_ignore_ascii_case(name)))
    };
    has(&[well]) && has(&CT) && has(&TARGET) && has(&SAMPLE)
}

pub(super) fn recognise_quantstudio(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let stars = head.first().is_some_and(|first| {
        let text = cell(first, 0);
        text.starts_with("* ") && text.contains('=')
    });
    let section = head.iter().any(|record| cell(record, 0).starts_with('['));
    let header = head.iter().any(|record| is_header(record, "Well Position"));
    let of_book = head.first().is_some_and(|first| cell(first, 0) == "Block Type") && header;
    match (stars && section, of_book, header) {
        (true, ..) => yes("it starts with lines `* key = value` and has sections in brackets"),
        (_, true, _) => yes("the sheet starts with `Block Type` and has Well Position and CT"),
        (_, _, true) => maybe("there is a table with Well Position, Target Name and CT"),
        _ => no("there are no lines `* key = value` and no Well Position with CT"),
    }
}

pub(super) fn recognise_cfx(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let header = head.iter().find(|record| is_header(record, "Well"));
    let fluor = header.is_some_and(|header| {
        let has = |name: &str| header.cells.iter().any(|cell| cell.eq_ignore_ascii_case(name));
        has("Fluor") && has("Content") && has("Cq")
    });
    match (header.is_some(), fluor) {
        (_, true) => yes("the header has Well, Fluor, Target, Content, Sample and Cq"),
        (true, false) => maybe("the header has Well, Target, Sample and a cycle, but no Fluor"),
        _ => no("no header has Well, Fluor, Target and Cq"),
    }
}

pub(super) fn parse_quantstudio(
    sheet: &Sheet<'_>,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Parsed {
    let barcode = setting(sheet, "Experiment Barcode");
    let reference = setting(sheet, "Endogenous Control");
    let start = sheet.records().find(|record| cell(record, 0) == "[Results]");
    let from = start.map_or(0, |record| record.line);
    let Some(table) =
        Table::open_where(sheet, |record| record.line > from && is_header(record, "Well Position"))
    else {
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            "the section [Results] with Well Position, Sample Name, Target Name and CT is missing: export the results, not only the raw data",
        ));
        return Parsed::nothing();
    };
    parse(&table, barcode, reference, context, findings)
}

pub(super) fn parse_cfx(
    sheet: &Sheet<'_>,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Parsed {
    let Some(table) = Table::open_where(sheet, |record| is_header(record, "Well")) else {
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            "no header has Well, Target, Sample and Cq: export the quantification results",
        ));
        return Parsed::nothing();
    };
    parse(&table, None, None, context, findings)
}

/// The value of `* key = value`, `key = value`, or of two cells.
fn setting(sheet: &Sheet<'_>, key: &str) -> Option<String> {
    let found = sheet.records().find_map(|record| {
        let text = cell(&record, 0).trim_start_matches('*').trim();
        let value = match text.split_once('=') {
            Some((name, value)) if name.trim() == key => value.to_owned(),
            None if text == key => cell(&record, 1).to_owned(),
            _ => return None,
        };
        Some(value)
    })?;
    let value = bare(&found);
    (!value.is_empty()).then(|| value.to_owned())
}

fn parse(
    table: &Table<'_>,
    barcode: Option<String>,
    reference: Option<String>,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Parsed {
    let at = [&WELL[..], &SAMPLE, &TARGET, &CT].map(|names| table.find_any(names));
    let [Some(well_at), Some(sample), Some(target), Some(ct_at)] = at else {
        return Parsed::nothing();
    };
    let omit = table.find("Omit");
    let rows = || rows(table);
    let cells: Vec<(u64, String)> =
        rows().map(|record| (record.line, cell(&record, ct_at).to_owned())).collect();
    let numbers = decide(table, &cells, context, findings);
    let mut ct: Vec<CtWell> = Vec::new();
    for record in rows() {
        if findings.full() {
            break;
        }
        let Some(well) = well_of(&record, well_at, table, findings) else { continue };
        let omitted = omit.is_some_and(|at| {
            matches!(cell(&record, at).to_ascii_lowercase().as_str(), "true" | "yes" | "1")
        });
        if omitted {
            findings.warn(
                Finding::new(
                    IssueCode::OmittedWell,
                    format!(
                        "well {well} (row {}) was left out in the instrument's software",
                        record.line
                    ),
                )
                .row(record.line)
                .well(well),
            );
        }
        ct.push(CtWell {
            well,
            sample: bare(cell(&record, sample)).to_owned(),
            target: bare(cell(&record, target)).to_owned(),
            ct: cycle(numbers, cell(&record, ct_at), &record, well, findings),
            omitted,
        });
    }
    let ddct = reference.map_or_else(BTreeMap::new, |reference| ddct(&ct, &reference));
    Parsed::of(Content::Ct(CtTable { barcode, ct, ddct }), numbers.mark)
}

/// The rows of the table: up to a blank line or the next section.
fn rows<'t>(table: &'t Table<'_>) -> impl Iterator<Item = Record<'t>> {
    let mut last = None;
    table.records().take_while(move |record| {
        let follows = last.is_none_or(|last| record.line == last + 1);
        last = Some(record.line);
        follows && !cell(record, 0).starts_with('[')
    })
}

fn decide(
    table: &Table<'_>,
    cells: &[(u64, String)],
    context: &Context<'_>,
    findings: &mut Findings,
) -> Numbers {
    let cells = cells.iter().map(|(line, text)| (*line, text.as_str()));
    Numbers::decide(cells, table.sheet(), Writer::Program, context, findings)
}

fn well_of(
    record: &Record<'_>,
    column: usize,
    table: &Table<'_>,
    findings: &mut Findings,
) -> Option<Well> {
    let text = bare(cell(record, column));
    match text.parse::<Well>() {
        Ok(well) => Some(well),
        Err(error) => {
            findings.error(
                Finding::new(IssueCode::NotAWell, format!("row {}: {error}", record.line))
                    .row(record.line)
                    .column(&table.header[column])
                    .found(text),
            );
            None
        }
    }
}

fn cycle(
    numbers: Numbers,
    text: &str,
    record: &Record<'_>,
    well: Well,
    findings: &mut Findings,
) -> Option<f64> {
    let place = Place { row: record.line, well: Some(well), ..Place::default() };
    // CFX writes NaN where QuantStudio writes Undetermined.
    let undetermined = bare(text).eq_ignore_ascii_case("nan");
    if !undetermined || numbers.read(text) != Cell::Missing {
        return value(numbers, text, place, findings);
    }
    findings.warn(
        Finding::new(
            IssueCode::UndeterminedCt,
            format!("well {well} (row {}) is undetermined (`{}`)", record.line, clip(text)),
        )
        .row(record.line)
        .well(well)
        .found(text),
    );
    None
}

/// ΔΔCt against the mean ΔCt of the non-targeting samples.
fn ddct(ct: &[CtWell], reference: &str) -> BTreeMap<String, f64> {
    let mut cycles: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for well in ct.iter().filter(|well| !well.omitted) {
        if let Some(value) = well.ct {
            cycles.entry((&well.sample, &well.target)).or_default().push(value);
        }
    }
    let mut targets: Vec<&str> = ct.iter().map(|well| well.target.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets.retain(|target| !target.eq_ignore_ascii_case(reference) && !target.is_empty());
    let mean = |sample: &str, target: &str| stats::mean(cycles.get(&(sample, target))?);
    let mut samples: Vec<&str> = cycles.keys().map(|(sample, _)| *sample).collect();
    samples.dedup();
    let mut found = BTreeMap::new();
    for target in &targets {
        let delta: Vec<(&str, f64)> = samples
            .iter()
            .filter_map(|sample| Some((*sample, mean(sample, target)? - mean(sample, reference)?)))
            .collect();
        let controls: Vec<f64> =
            delta.iter().filter(|(s, _)| is_control_name(s)).map(|(_, d)| *d).collect();
        let Some(centre) = stats::mean(&controls) else { continue };
        for (sample, delta) in delta {
            let name = match targets.len() {
                1 => sample.to_owned(),
                _ => format!("{sample} / {target}"),
            };
            found.insert(name, delta - centre);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::{Content, FormatId, read};
    use super::*;

    #[test]
    fn cfx_is_read_with_its_empty_first_column_and_nan_is_undetermined() {
        let text = ",Well,Fluor,Target,Content,Sample,Cq\n,A01,SYBR,ACTB,Unkn,NTC_1,17.1\n,A02,SYBR,IL2RA,Unkn,NTC_1,NaN\n";
        let import = read(text.as_bytes(), &Context::default());
        assert_eq!((import.format, import.errors.len()), (FormatId::BioradCfx, 0));
        assert_eq!(import.warnings[0].code, IssueCode::UndeterminedCt);
        let Content::Ct(table) = import.content else { panic!("expected cycles") };
        assert_eq!((table.ct[0].ct, table.ct[1].ct), (Some(17.1), None));
    }

    #[test]
    fn several_targets_and_replicate_wells_are_told_apart_by_name() {
        let well = |name: &str, sample: &str, target: &str, ct: f64| CtWell {
            well: name.parse().unwrap(),
            sample: sample.into(),
            target: target.into(),
            ct: Some(ct),
            omitted: false,
        };
        let mut ct = vec![
            well("A1", "NTC", "ACTB", 16.0),
            well("A2", "NTC", "ACTB", 18.0),
            well("A3", "NTC", "IL2", 20.0),
            well("A4", "g1", "ACTB", 17.0),
            well("A5", "g1", "IL2", 22.0),
            well("A6", "g1", "CD25", 22.0),
        ];
        ct.push(CtWell { omitted: true, ..well("A7", "g1", "IL2", 99.0) });
        let found = ddct(&ct, "ACTB");
        assert_eq!(found.len(), 2);
        assert_eq!((found["NTC / IL2"], found["g1 / IL2"]), (0.0, 2.0));
    }
}
