//! `mageck test`, guide summary: counts of replicates joined with `/`.

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Finding, Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::sheet::Sheet;
use super::super::table::{Row, Table};
use super::super::values::Writer;
use super::{Verdict, by_headers};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;

/// Guides of `mageck test`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SgrnaTable {
    /// In the order of the file.
    pub guides: Vec<SgrnaTest>,
}

/// One guide of `mageck test`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SgrnaTest {
    /// Guide.
    pub guide: String,
    /// Gene as written.
    pub gene: String,
    /// Normalised counts of the controls, one a replicate.
    pub control: Vec<f64>,
    /// Normalised counts of the treatment, one a replicate.
    pub treatment: Vec<f64>,
    /// log2 fold change, treatment over control.
    pub lfc: Option<f64>,
    /// Two-sided p.
    pub p: Option<f64>,
    /// FDR.
    pub fdr: Option<f64>,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    by_headers(
        sheet,
        &["sgrna", "Gene", "control_count", "treatment_count", "LFC", "p.twosided", "FDR"],
    )
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let names = ["sgrna", "Gene", "control_count", "treatment_count", "LFC", "p.twosided", "FDR"];
    let columns = names.map(|name| table.need(name, findings));
    let [
        Some(guide_at),
        Some(gene_at),
        Some(control),
        Some(treatment),
        Some(lfc),
        Some(p),
        Some(fdr),
    ] = columns
    else {
        return Parsed::nothing();
    };
    let numbers = table.numbers(&[lfc, p, fdr], Writer::Program, context, findings);
    let mut doubts = Doubts::of_guides(context, &table.header[gene_at]);
    let (mut guides, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let (guide, gene) = (row.text(guide_at).to_owned(), row.text(gene_at).to_owned());
        unique_guide(&mut unique, &guide, row.line(), row.findings);
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        guides.push(SgrnaTest {
            guide,
            gene,
            control: replicates(&mut row, control, &table.header[control]),
            treatment: replicates(&mut row, treatment, &table.header[treatment]),
            lfc: row.number(lfc),
            p: row.probability(p),
            fdr: row.probability(fdr),
        });
    });
    Parsed {
        content: Content::Sgrna(SgrnaTable { guides }),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}

/// `427/390` as two numbers; MAGeCK always writes points.
fn replicates(row: &mut Row<'_, '_>, column: usize, header: &str) -> Vec<f64> {
    let text = row.text(column);
    let read: Option<Vec<f64>> = text
        .split('/')
        .map(|part| {
            part.trim().parse().ok().filter(|count: &f64| count.is_finite() && *count >= 0.0)
        })
        .collect();
    if let Some(counts) = read {
        return counts;
    }
    let line = row.line();
    row.findings.error(
        Finding::new(
            IssueCode::NotACount,
            format!(
                "row {line} holds `{}` in column `{header}`; expected counts joined with `/`, such as `427/390`",
                clip(text)
            ),
        )
        .row(line)
        .column(header)
        .found(text),
    );
    Vec::new()
}

/// Reports a guide that has two rows.
pub(super) fn unique_guide(
    unique: &mut Unique<String>,
    guide: &str,
    row: u64,
    findings: &mut Findings,
) {
    unique.check(guide.to_owned(), row, findings, |first| {
        let mut finding = Finding::new(
            IssueCode::DuplicateGuide,
            format!(
                "guide `{}` is in row {first} and again in row {row}; expected one row a guide: remove one, or give the guides names of their own",
                clip(guide)
            ),
        );
        finding.guide = Some(clip(guide));
        finding
    });
}
