//! Read counts: a guide, its gene, and a column of whole numbers for each sample.

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Finding, Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::sheet::{Sheet, bare, cell};
use super::super::table::Table;
use super::super::values::Writer;
use super::mageck_sgrna::unique_guide;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::records::Record;

/// Counts of a pooled screen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CountTable {
    /// Names of the samples, in the order of the file.
    pub samples: Vec<String>,
    /// In the order of the file.
    pub guides: Vec<GuideCounts>,
}

/// Counts of one guide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuideCounts {
    /// Guide.
    pub guide: String,
    /// Gene as written.
    pub gene: String,
    /// Reads, one a sample; `None` where the cell is empty or wrong.
    pub counts: Vec<Option<u64>>,
}

const GUIDE: [&str; 6] = ["sgrna", "guide", "guide_id", "sgrna_id", "grna", "id"];
const GENE: [&str; 4] = ["gene", "gene_symbol", "symbol", "target"];

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let Some(first) = head.first().filter(|first| first.cells.len() >= 3) else {
        return no("there are fewer than three columns");
    };
    let is = |index: usize, names: &[&str]| {
        names.iter().any(|name| bare(cell(first, index)).eq_ignore_ascii_case(name))
    };
    if !is(1, &GENE) {
        return no("the second column is not `Gene`");
    }
    let (mut numbers, mut counts, mut all) = (0usize, 0usize, 0usize);
    for record in head.iter().skip(1) {
        for text in record.cells.iter().skip(2).map(|text| bare(text)) {
            all += 1;
            let number: Option<f64> = text.parse().ok();
            numbers += usize::from(number.is_some() || text.is_empty());
            counts += usize::from(number.is_some_and(|n| n >= 0.0 && n.fract() == 0.0));
        }
    }
    let samples = first.cells.len() - 2;
    match (is(0, &GUIDE), all > 0 && numbers == all, counts * 10 >= all * 9 && all > 0) {
        (true, true, _) => {
            yes(format!("the columns are a guide, its gene and {samples} samples of numbers"))
        }
        (false, _, true) => {
            yes(format!("the second column is the gene, and {samples} columns hold whole numbers"))
        }
        (true, false, true) => {
            maybe("a guide, its gene and mostly whole numbers, but also other text")
        }
        _ => no("the columns after the gene are not whole numbers"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let samples: Vec<String> = table.header.iter().skip(2).cloned().collect();
    let columns: Vec<usize> = (2..table.header.len()).collect();
    if columns.is_empty() {
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            "there is no column of counts; expected guide, gene and a column for each sample",
        ));
        return Parsed::nothing();
    }
    let numbers = table.numbers(&columns, Writer::Anyone, context, findings);
    let mut doubts = Doubts::of_guides(context, &table.header[1]);
    let (mut guides, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let (guide, gene) = (row.text(0).to_owned(), row.text(1).to_owned());
        unique_guide(&mut unique, &guide, row.line(), row.findings);
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        let counts = columns.iter().map(|column| row.count(*column)).collect();
        warn_of_empty(row.record, &columns, row.findings);
        guides.push(GuideCounts { guide, gene, counts });
    });
    Parsed {
        content: Content::Counts(CountTable { samples, guides }),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}

/// An empty cell is not a count of 0.
fn warn_of_empty(record: &Record<'_>, columns: &[usize], findings: &mut Findings) {
    let empty = columns.iter().filter(|column| cell(record, **column).is_empty()).count();
    if empty > 0 {
        findings.warn(
            Finding::new(
                IssueCode::MissingValue,
                format!(
                    "row {} has {empty} empty counts, taken as missing: write 0 where no read was found",
                    record.line
                ),
            )
            .row(record.line),
        );
    }
}
