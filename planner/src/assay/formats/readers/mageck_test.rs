//! `mageck test`, gene summary. Both sides are kept: the smaller p times two is not what MAGeCK means.

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Finding, Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::sheet::Sheet;
use super::super::table::Table;
use super::super::values::Writer;
use super::{Verdict, by_headers};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;

/// Genes of `mageck test`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MageckTable {
    /// In the order of the file.
    pub genes: Vec<MageckGene>,
}

/// One gene of `mageck test`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MageckGene {
    /// Gene as written.
    pub gene: String,
    /// Guides of the gene.
    pub n_guides: Option<u64>,
    /// Median log2 fold change; below 0 the gene's guides are depleted in the treatment.
    pub lfc: Option<f64>,
    /// p of depletion.
    pub neg_p: Option<f64>,
    /// FDR of depletion.
    pub neg_fdr: Option<f64>,
    /// p of enrichment.
    pub pos_p: Option<f64>,
    /// FDR of enrichment.
    pub pos_fdr: Option<f64>,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    by_headers(sheet, &["id", "num", "neg|score", "neg|p-value", "neg|lfc", "pos|p-value"])
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let names = ["id", "num", "neg|lfc", "neg|p-value", "neg|fdr", "pos|p-value", "pos|fdr"];
    let columns = names.map(|name| table.need(name, findings));
    let [Some(id), Some(num), Some(lfc), Some(neg_p), Some(neg_fdr), Some(pos_p), Some(pos_fdr)] =
        columns
    else {
        return Parsed::nothing();
    };
    let numeric = [num, lfc, neg_p, neg_fdr, pos_p, pos_fdr];
    let numbers = table.numbers(&numeric, Writer::Program, context, findings);
    let mut doubts = Doubts::of_genes(context, &table.header[id]);
    let (mut genes, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let gene = row.text(id).to_owned();
        unique_gene(&mut unique, &gene, row.line(), row.findings);
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        genes.push(MageckGene {
            n_guides: row.count(num),
            lfc: row.number(lfc),
            neg_p: row.probability(neg_p),
            neg_fdr: row.probability(neg_fdr),
            pos_p: row.probability(pos_p),
            pos_fdr: row.probability(pos_fdr),
            gene,
        });
    });
    Parsed {
        content: Content::Mageck(MageckTable { genes }),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}

/// Reports a gene that has two rows.
pub(super) fn unique_gene(
    unique: &mut Unique<String>,
    gene: &str,
    row: u64,
    findings: &mut Findings,
) {
    unique.check(gene.to_owned(), row, findings, |first| {
        let mut finding = Finding::new(
            IssueCode::DuplicateGene,
            format!(
                "gene `{}` is in row {first} and again in row {row}; expected one row a gene: remove one, or export the table again",
                clip(gene)
            ),
        );
        finding.gene = Some(clip(gene));
        finding
    });
}
