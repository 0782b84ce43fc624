//! The model crate's facts in the contract's words.

use nextwell_contract::DatasetReport;
use nextwell_contract::worker::ResolvedGene;
use nextwell_model::cells::{ObsColumnKind, ValidationReport};
use nextwell_model::genes::{GeneResolver, ResolutionStatus};

/// What was found in an AnnData file; only categorical `obs` columns have states to list.
pub fn dataset_report(report: &ValidationReport) -> DatasetReport {
    let obs = report.obs_columns.iter().filter(|column| !column.categories.is_empty());
    let numeric = report.obs_columns.iter().filter(|c| c.kind == ObsColumnKind::Numeric);
    let counts = |column: &nextwell_model::cells::ObsSummary| {
        column.categories.iter().map(|c| (c.value.clone(), c.cells as u64)).collect()
    };
    DatasetReport {
        n_cells: report.n_cells as u64,
        n_genes: report.n_genes as u64,
        n_nonzeros: report.n_nonzeros as u64,
        counts_source: report.counts_source.clone(),
        genes_with_ensembl: report.genes_with_ensembl as u64,
        genes_mapped_by_symbol: report.genes_mapped_by_symbol as u64,
        duplicates_collapsed: report.duplicates_collapsed as u64,
        median_counts_per_cell: report.median_counts_per_cell,
        median_genes_per_cell: report.median_genes_per_cell,
        obs: obs.map(|column| (column.name.clone(), counts(column))).collect(),
        numeric_obs: numeric.map(|column| column.name.clone()).collect(),
        warnings: report.warnings.clone(),
    }
}

/// What a gene name means, by the bundled table.
pub fn resolved_gene(name: &str) -> ResolvedGene {
    let found = GeneResolver::bundled().resolve(name);
    let status = match found.status {
        ResolutionStatus::Approved => "approved",
        ResolutionStatus::Previous => "previous",
        ResolutionStatus::Alias => "alias",
        ResolutionStatus::EnsemblId => "ensembl_id",
        ResolutionStatus::Ambiguous => "ambiguous",
        ResolutionStatus::Withdrawn => "withdrawn",
        // A date a spreadsheet made of a symbol: only a person can tell, as with several answers.
        ResolutionStatus::DateDamaged => "ambiguous",
        ResolutionStatus::Unknown => "unknown",
    };
    ResolvedGene {
        query: name.to_owned(),
        status: status.to_owned(),
        symbol: found.symbol,
        ensembl_id: found.ensembl_id,
        candidates: found.candidates,
    }
}
