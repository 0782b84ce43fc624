//! `mageck mle`, gene summary: a block of columns for each condition.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::sheet::{Sheet, cell};
use super::super::table::Table;
use super::super::values::Writer;
use super::mageck_test::unique_gene;
use super::{Verdict, maybe, no, yes};

/// Genes of `mageck mle`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MleTable {
    /// Conditions of the design, in the order of the file.
    pub conditions: Vec<String>,
    /// In the order of the file.
    pub genes: Vec<MleGene>,
}

/// One gene of `mageck mle`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MleGene {
    /// Gene as written.
    pub gene: String,
    /// Guides of the gene.
    pub n_guides: Option<u64>,
    /// By condition.
    #[serde(flatten)]
    pub conditions: BTreeMap<String, MleCondition>,
}

/// What a condition does to the guides of a gene.
///
/// `p` and `fdr` come from permutations, the `wald` ones from the parametric test: they can rank
/// differently, so which is used must be said. `fdr` is the default.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct MleCondition {
    /// Effect, natural logarithm of the fold change.
    pub beta: Option<f64>,
    /// beta over its standard error.
    pub z: Option<f64>,
    /// p from permutations.
    pub p: Option<f64>,
    /// FDR from permutations.
    pub fdr: Option<f64>,
    /// p of the Wald test.
    pub wald_p: Option<f64>,
    /// FDR of the Wald test.
    pub wald_fdr: Option<f64>,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let Some(first) = head.first() else { return no("the file is empty") };
    let named =
        cell(first, 0).eq_ignore_ascii_case("Gene") && cell(first, 1).eq_ignore_ascii_case("sgRNA");
    let conditions = first.cells.iter().filter_map(|cell| cell.strip_suffix("|beta"));
    let conditions: Vec<&str> = conditions.collect();
    match (named, conditions.is_empty()) {
        (true, false) => {
            yes(format!("the header has Gene, sgRNA and `|beta` of {}", conditions.join(", ")))
        }
        (false, false) => maybe("the header has `|beta`, but does not start with Gene and sgRNA"),
        _ => no("the header has no column that ends with `|beta`"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let (Some(gene_at), Some(guides_at)) =
        (table.need("Gene", findings), table.need("sgRNA", findings))
    else {
        return Parsed::nothing();
    };
    let conditions: Vec<String> = table
        .header
        .iter()
        .filter_map(|header| header.strip_suffix("|beta").map(str::to_owned))
        .collect();
    let parts = ["beta", "z", "p-value", "fdr", "wald-p-value", "wald-fdr"];
    let mut columns: Vec<[usize; 6]> = Vec::new();
    for condition in &conditions {
        let found = parts.map(|part| table.need(&format!("{condition}|{part}"), findings));
        if found.iter().all(Option::is_some) {
            columns.push(found.map(Option::unwrap_or_default));
        }
    }
    if columns.len() < conditions.len() {
        return Parsed::nothing();
    }
    let mut numeric: Vec<usize> = columns.iter().flatten().copied().collect();
    numeric.push(guides_at);
    let numbers = table.numbers(&numeric, Writer::Program, context, findings);
    let mut doubts = Doubts::of_genes(context, &table.header[gene_at]);
    let (mut genes, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let gene = row.text(gene_at).to_owned();
        unique_gene(&mut unique, &gene, row.line(), row.findings);
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        let n_guides = row.count(guides_at);
        let mut read = |[beta, z, p, fdr, wald_p, wald_fdr]: [usize; 6]| MleCondition {
            beta: row.number(beta),
            z: row.number(z),
            p: row.probability(p),
            fdr: row.probability(fdr),
            wald_p: row.probability(wald_p),
            wald_fdr: row.probability(wald_fdr),
        };
        let conditions =
            conditions.iter().zip(&columns).map(|(name, at)| (name.clone(), read(*at))).collect();
        genes.push(MleGene { gene, n_guides, conditions });
    });
    Parsed {
        content: Content::Mle(MleTable { conditions, genes }),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}
