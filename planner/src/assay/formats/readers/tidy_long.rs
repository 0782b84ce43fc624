//! A table of measurements: a gene column, and a number in each row.

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Finding, Findings};
use super::super::genes::is_control_name;
use super::super::import::{Content, Parsed};
use super::super::sheet::Sheet;
use super::super::table::Table;
use super::super::values::Writer;
use super::super::workbook::CellKind;
use super::tidy_columns::{Role, column, value_columns};
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::records::Record;

/// Measurements, a row each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TidyTable {
    /// Rows with a value.
    pub n_measurements: usize,
    /// Which header was taken for what.
    pub columns: TidyColumns,
    /// Names in the gene column that are no genes, in the order of the file.
    pub controls: Vec<String>,
    /// The first three measurements.
    pub first: Vec<TidyMeasurement>,
    /// All measurements, in the order of the file.
    pub measurements: Vec<TidyMeasurement>,
}

/// Headers, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TidyColumns {
    /// Gene.
    pub gene: String,
    /// Guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// Donor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub donor: Option<String>,
    /// Replicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicate: Option<String>,
    /// Plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
    /// The (first) value.
    pub value: String,
    /// Further values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_values: Vec<String>,
}

/// One number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TidyMeasurement {
    /// Row of the file.
    pub row: u64,
    /// Gene as written, or a control.
    pub gene: String,
    /// Guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// Donor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub donor: Option<String>,
    /// Replicate: a number when it is written as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicate: Option<serde_json::Value>,
    /// Plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
    /// Header of the value, when the table has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readout: Option<String>,
    /// The number.
    pub value: f64,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let Some(table) = Table::open(sheet) else { return no("the file is empty") };
    let Some(gene) = column(&table.header, Role::Gene) else {
        return no("no header names a gene column");
    };
    let has_wells = column(&table.header, Role::Well).is_some();
    let rows: Vec<Record<'_>> = table.records().take(200).collect();
    let values = value_columns(&table.header, &rows);
    let gene = &table.header[gene];
    match (has_wells, values.len()) {
        (true, _) => no("it has a column of wells"),
        (_, 0) => no("there is no column of numbers"),
        (_, 1) => yes(format!("`{gene}` is the gene and `{}` the value", table.header[values[0]])),
        (_, n) if sheet.grid().is_some() => no(format!("{n} columns hold numbers")),
        (_, n) => maybe(format!("`{gene}` is the gene, and {n} columns hold numbers")),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let rows: Vec<Record<'_>> = table.records().take(200).collect();
    let values = value_columns(&table.header, &rows);
    let Some(gene_at) = column(&table.header, Role::Gene).or_else(|| table.need("Gene", findings))
    else {
        return Parsed::nothing();
    };
    if values.is_empty() {
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            "no column holds numbers; expected the measured value: name its column `Value`",
        ));
        return Parsed::nothing();
    }
    let numbers = table.numbers(&values, Writer::Anyone, context, findings);
    let at = |role| column(&table.header, role);
    let [guide, donor, replicate, plate] =
        [Role::Guide, Role::Donor, Role::Replicate, Role::Plate].map(at);
    let header = |at: Option<usize>| at.map(|at| table.header[at].clone());
    let columns = TidyColumns {
        gene: table.header[gene_at].clone(),
        guide: header(guide),
        donor: header(donor),
        replicate: header(replicate),
        plate: header(plate),
        value: table.header[values[0]].clone(),
        other_values: values[1..].iter().map(|at| table.header[*at].clone()).collect(),
    };
    let mut doubts = Doubts::of_guides(context, &columns.gene);
    let (mut measurements, mut controls) = (Vec::new(), Vec::<String>::new());
    table.each(numbers, findings, |mut row| {
        let gene = row.text(gene_at).to_owned();
        let line = row.line();
        let cell = match sheet.kind(line, gene_at) {
            CellKind::Date => GeneCell::Date(&gene),
            _ => GeneCell::Text(&gene),
        };
        doubts.check(line, cell, row.findings);
        if is_control_name(&gene) && !controls.contains(&gene) {
            controls.push(gene.clone());
        }
        let text = |at: Option<usize>| at.map(|at| row.text(at).to_owned());
        let (guide, donor, plate) = (text(guide), text(donor), text(plate));
        let replicate = text(replicate).map(number_or_text);
        for at in &values {
            let Some(value) = row.number(*at) else { continue };
            measurements.push(TidyMeasurement {
                row: line,
                gene: gene.clone(),
                guide: guide.clone(),
                donor: donor.clone(),
                replicate: replicate.clone(),
                plate: plate.clone(),
                readout: (values.len() > 1).then(|| table.header[*at].clone()),
                value,
            });
        }
    });
    let content = Content::Tidy(TidyTable {
        n_measurements: measurements.len(),
        columns,
        controls,
        first: measurements.iter().take(3).cloned().collect(),
        measurements,
    });
    Parsed { content, decimal: numbers.mark, gene_resolution: doubts.finish(findings) }
}

fn number_or_text(text: String) -> serde_json::Value {
    match text.parse::<u64>() {
        // `01` is a name, not the number 1.
        Ok(number) if number.to_string() == text => number.into(),
        _ => text.into(),
    }
}
