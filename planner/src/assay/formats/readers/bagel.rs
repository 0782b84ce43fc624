//! BAGEL: log2 Bayes factors, signed one way (above 0 essential), without a p value.

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::sheet::{Sheet, bare, cell};
use super::super::table::Table;
use super::super::values::Writer;
use super::mageck_sgrna::unique_guide;
use super::mageck_test::unique_gene;
use super::{Verdict, by_headers, no, yes};

/// Bayes factors of genes, or of guides.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum BagelTable {
    /// A row a gene.
    Genes {
        /// In the order of the file.
        genes: Vec<BagelGene>,
    },
    /// A row a guide.
    Guides {
        /// In the order of the file.
        guides: Vec<BagelGuide>,
    },
}

/// One gene.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BagelGene {
    /// Gene as written.
    pub gene: String,
    /// log2 Bayes factor.
    pub bf: Option<f64>,
    /// Its standard deviation over resamplings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_obs: Option<u64>,
    /// After boosting with the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boosted_bf: Option<f64>,
    /// Normalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm_bf: Option<f64>,
}

/// One guide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BagelGuide {
    /// Guide.
    pub guide: String,
    /// Gene as written.
    pub gene: String,
    /// log2 Bayes factor over all replicates.
    pub bf: Option<f64>,
}

/// Precision and recall.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionTable {
    /// In the order of the file.
    pub genes: Vec<PrecisionGene>,
}

/// One gene of `BAGEL.py pr`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionGene {
    /// Gene as written.
    pub gene: String,
    /// log2 Bayes factor.
    pub bf: Option<f64>,
    /// Recall of the reference genes down to this gene.
    pub recall: Option<f64>,
    /// Precision down to this gene.
    pub precision: Option<f64>,
    /// FDR.
    pub fdr: Option<f64>,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let Some(first) = head.first() else { return no("the file is empty") };
    let cells: Vec<String> =
        first.cells.iter().map(|cell| bare(cell).to_ascii_uppercase()).collect();
    let last = cells.iter().rfind(|cell| !cell.is_empty()).map_or("", String::as_str);
    let pr = cells.iter().any(|cell| cell == "PRECISION");
    match cells.first().map(String::as_str) {
        Some("GENE") if cells.get(1).is_some_and(|cell| cell == "BF") && !pr => {
            yes("the header starts with GENE and BF")
        }
        Some("RNA") if cells.get(1).is_some_and(|cell| cell == "GENE") && last == "BF" => {
            yes("the header starts with RNA and GENE and ends with BF")
        }
        _ => no("the header is neither that of genes (GENE, BF) nor of guides (RNA, GENE … BF)"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let guides =
        sheet.head().first().is_some_and(|first| cell(first, 0).eq_ignore_ascii_case("RNA"));
    let (Some(gene_at), Some(bf)) = (table.need("GENE", findings), table.need("BF", findings))
    else {
        return Parsed::nothing();
    };
    let optional = ["STD", "NumObs", "BoostedBF", "NormBF"].map(|name| table.find(name));
    let mut numeric: Vec<usize> = optional.iter().flatten().copied().collect();
    numeric.push(bf);
    let numbers = table.numbers(&numeric, Writer::Program, context, findings);
    let [sd, n_obs, boosted, norm] = optional;
    let mut doubts = match guides {
        true => Doubts::of_guides(context, &table.header[gene_at]),
        false => Doubts::of_genes(context, &table.header[gene_at]),
    };
    let (mut of_genes, mut of_guides, mut unique) = (Vec::new(), Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let gene = row.text(gene_at).to_owned();
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        if guides {
            let guide = row.text(0).to_owned();
            unique_guide(&mut unique, &guide, row.line(), row.findings);
            of_guides.push(BagelGuide { guide, gene, bf: row.number(bf) });
            return;
        }
        unique_gene(&mut unique, &gene, row.line(), row.findings);
        of_genes.push(BagelGene {
            gene,
            bf: row.number(bf),
            sd: sd.and_then(|at| row.number(at)),
            n_obs: n_obs.and_then(|at| row.count(at)),
            boosted_bf: boosted.and_then(|at| row.number(at)),
            norm_bf: norm.and_then(|at| row.number(at)),
        });
    });
    let table = match guides {
        true => BagelTable::Guides { guides: of_guides },
        false => BagelTable::Genes { genes: of_genes },
    };
    Parsed {
        content: Content::Bagel(table),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}

const PRECISION: [&str; 5] = ["Gene", "BF", "Recall", "Precision", "FDR"];

pub(super) fn recognise_precision(sheet: &Sheet<'_>) -> Verdict {
    by_headers(sheet, &PRECISION)
}

pub(super) fn parse_precision(
    sheet: &Sheet<'_>,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let columns = PRECISION.map(|name| table.need(name, findings));
    let [Some(gene_at), Some(bf), Some(recall), Some(precision), Some(fdr)] = columns else {
        return Parsed::nothing();
    };
    let numbers = table.numbers(&[bf, recall, precision, fdr], Writer::Program, context, findings);
    let mut doubts = Doubts::of_genes(context, &table.header[gene_at]);
    let (mut genes, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let gene = row.text(gene_at).to_owned();
        unique_gene(&mut unique, &gene, row.line(), row.findings);
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        genes.push(PrecisionGene {
            gene,
            bf: row.number(bf),
            recall: row.probability(recall),
            precision: row.probability(precision),
            fdr: row.probability(fdr),
        });
    });
    Parsed {
        content: Content::Precision(PrecisionTable { genes }),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}
