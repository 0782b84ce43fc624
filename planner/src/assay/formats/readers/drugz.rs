//! drugZ: `synth` is the sensitising side (normZ below 0), `supp` the side of resistance.

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::sheet::Sheet;
use super::super::table::Table;
use super::super::values::Writer;
use super::mageck_test::unique_gene;
use super::{Verdict, by_headers};

/// Genes of drugZ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrugzTable {
    /// In the order of the file.
    pub genes: Vec<DrugzGene>,
}

/// One gene of drugZ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrugzGene {
    /// Gene as written.
    pub gene: String,
    /// Guide observations.
    pub n_obs: Option<u64>,
    /// Effect, in standard deviations.
    pub norm_z: Option<f64>,
    /// p of sensitisation.
    pub p_synth: Option<f64>,
    /// FDR of sensitisation.
    pub fdr_synth: Option<f64>,
    /// p of resistance.
    pub p_supp: Option<f64>,
    /// FDR of resistance.
    pub fdr_supp: Option<f64>,
}

const COLUMNS: [&str; 7] =
    ["GENE", "numObs", "normZ", "pval_synth", "fdr_synth", "pval_supp", "fdr_supp"];

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    by_headers(sheet, &COLUMNS)
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let columns = COLUMNS.map(|name| table.need(name, findings));
    let [
        Some(id),
        Some(n_obs),
        Some(z),
        Some(p_synth),
        Some(fdr_synth),
        Some(p_supp),
        Some(fdr_supp),
    ] = columns
    else {
        return Parsed::nothing();
    };
    let numeric = [n_obs, z, p_synth, fdr_synth, p_supp, fdr_supp];
    let numbers = table.numbers(&numeric, Writer::Program, context, findings);
    let mut doubts = Doubts::of_genes(context, &table.header[id]);
    let (mut genes, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let gene = row.text(id).to_owned();
        unique_gene(&mut unique, &gene, row.line(), row.findings);
        doubts.check(row.line(), GeneCell::Text(&gene), row.findings);
        genes.push(DrugzGene {
            gene,
            n_obs: row.count(n_obs),
            norm_z: row.number(z),
            p_synth: row.probability(p_synth),
            fdr_synth: row.probability(fdr_synth),
            p_supp: row.probability(p_supp),
            fdr_supp: row.probability(fdr_supp),
        });
    });
    Parsed {
        content: Content::Drugz(DrugzTable { genes }),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}
