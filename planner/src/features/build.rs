//! The blocks, one function each.

use std::collections::HashMap;

use super::assay::AssayFeatures;
use super::block::{Block, Raw, coverage, missing, to_columns};
use super::gene_table::GENE2VEC;
use super::network::NETWORK;
use super::nystrom::rbf_map;
use super::scores::{normal_scores, standardise};
use super::sources::{DEPMAP, FAMILIES};
use super::table::Located;
use super::terms::{GO_SPACE, REACTOME_SPACE, TermSpace};
use super::{ArchiveScores, FeatureInputs, ModelScore};

const BUNDLED: &str = "of the sources themselves";

pub(crate) fn all_blocks(
    symbols: &[&str],
    at: &Located,
    expression: Option<&[Option<(f64, f64)>]>,
    assay: &AssayFeatures,
    prior: &[f64],
    inputs: &FeatureInputs<'_>,
) -> Vec<Block> {
    let mut raw = vec![
        depmap(at),
        terms("go", "Gene Ontology biological process", "CC BY 4.0", &at.go, &GO_SPACE),
        terms("reactome", "Reactome pathways", "CC0", &at.reactome, &REACTOME_SPACE),
        string(at),
        families(at),
    ];
    if let Some(rows) = expression {
        raw.extend(expression_blocks(rows));
    }
    raw.extend(degree_blocks(at));
    raw.push(GENE2VEC.block(&at.gene2vec));
    raw.push(flags(at, expression));
    raw.push(Raw {
        name: "assay".into(),
        source: "readout gene, keywords, cell type".into(),
        licence: "from the campaign and the bundled sources".into(),
        coverage: 1.0,
        columns: assay.named.iter().map(|(_, v)| normal_scores(v)).collect(),
    });
    raw.push(Raw {
        name: "prior".into(),
        source: "the assay prior's score".into(),
        licence: "from the campaign and the bundled sources".into(),
        coverage: 1.0,
        columns: vec![prior.to_vec()],
    });
    raw.extend(inputs.tables.iter().map(|t| t.block(&t.locate(symbols, inputs.resolve))));
    raw.extend(inputs.archive.and_then(|scores| archive(symbols, scores)));
    raw.extend(inputs.model_scores.and_then(|scores| model(symbols, scores, inputs)));
    raw.into_iter().filter_map(Raw::finish).collect()
}

fn depmap(at: &Located) -> Raw {
    let covered: Vec<&[f64]> = at.depmap.iter().flatten().map(|&g| DEPMAP.row(g)).collect();
    let mean: Vec<f64> = (0..DEPMAP.lines)
        .map(|j| covered.iter().map(|r| r[j]).sum::<f64>() / covered.len().max(1) as f64)
        .collect();
    let mut columns: Vec<Vec<f64>> = (0..DEPMAP.lines)
        .map(|j| at.depmap.iter().map(|g| g.map_or(0.0, |g| DEPMAP.row(g)[j] - mean[j])).collect())
        .collect();
    columns.push(missing(&at.depmap));
    Raw {
        name: "depmap".into(),
        source: "DepMap CRISPR gene effect, 121 cell lines".into(),
        licence: "CC BY 4.0".into(),
        coverage: coverage(&at.depmap),
        columns,
    }
}

fn terms(
    name: &'static str,
    source: &'static str,
    licence: &'static str,
    found: &[Option<u32>],
    space: &TermSpace,
) -> Raw {
    let mut values = Vec::with_capacity(found.len() * space.width);
    for gene in found {
        match gene {
            Some(g) => values.extend(space.project(*g)),
            None => values.resize(values.len() + space.width, 0.0),
        }
    }
    let columns = to_columns(&values, space.width);
    let [name, source, licence] = [name, source, licence].map(Into::into);
    Raw { name, source, licence, coverage: coverage(found), columns }
}

fn string(at: &Located) -> Raw {
    let columns = (0..NETWORK.width)
        .map(|j| at.string.iter().map(|n| n.map_or(0.0, |n| NETWORK.embedding(n)[j])).collect())
        .collect();
    Raw {
        name: "string".into(),
        source: "STRING protein network, spectral embedding".into(),
        licence: "CC BY 4.0".into(),
        coverage: coverage(&at.string),
        columns,
    }
}

/// One-hot families with at least five members among the candidates.
fn families(at: &Located) -> Raw {
    let member = |family: u32| -> Vec<f64> {
        at.families
            .iter()
            .map(|g| match g {
                Some(g) if FAMILIES.of_gene[*g as usize].contains(&family) => 1.0,
                _ => 0.0,
            })
            .collect()
    };
    let columns = (0..FAMILIES.names.len() as u32)
        .map(member)
        .filter(|c| c.iter().sum::<f64>() >= 5.0)
        .collect();
    Raw {
        name: "fam".into(),
        source: "gene families; Lambert et al. 2018 transcription factors".into(),
        licence: "MIT".into(),
        coverage: coverage(&at.families),
        columns,
    }
}

fn expression_blocks(rows: &[Option<(f64, f64)>]) -> [Raw; 2] {
    let mean: Vec<f64> = rows.iter().map(|r| r.map_or(0.0, |(m, _)| m)).collect();
    let rate: Vec<f64> = rows.iter().map(|r| r.map_or(0.0, |(_, d)| d)).collect();
    let values = vec![standardise(&mean), standardise(&rate)];
    let mut linear = values.clone();
    linear.push(standardise(&missing(rows)));
    let raw = |name: &'static str, columns| Raw {
        name: name.into(),
        source: "expression in the assay's cell type".into(),
        licence: "from the campaign's data set".into(),
        coverage: coverage(rows),
        columns,
    };
    [raw("expr", linear), raw("expr_rbf", rbf_map(&values, 40))]
}

fn degree_blocks(at: &Located) -> [Raw; 2] {
    let [go, reactome] = at.log_terms();
    let counts = vec![standardise(&at.log_degree()), standardise(&go), standardise(&reactome)];
    let mut linear = counts.clone();
    linear.push(standardise(&missing(&at.string)));
    let raw = |name: &'static str, columns| Raw {
        name: name.into(),
        source: "STRING degree, GO and Reactome term counts".into(),
        licence: "CC BY 4.0, CC0".into(),
        coverage: coverage(&at.string),
        columns,
    };
    [raw("degree", linear), raw("deg_rbf", rbf_map(&counts, 40))]
}

fn flags(at: &Located, expression: Option<&[Option<(f64, f64)>]>) -> Raw {
    let mut columns: Vec<Vec<f64>> =
        [&at.depmap, &at.go, &at.reactome, &at.string, &at.families].map(|f| missing(f)).into();
    columns.extend(expression.map(missing));
    Raw {
        name: "flags".into(),
        source: "which sources know the gene".into(),
        licence: BUNDLED.into(),
        coverage: 1.0,
        columns,
    }
}

/// Predictions and measured ranks of earlier screens, a column each; 0 where not assayed.
fn archive(symbols: &[&str], scores: &ArchiveScores) -> Option<Raw> {
    let column = |of: &HashMap<String, f64>| -> Vec<f64> {
        symbols.iter().map(|symbol| of.get(*symbol).copied().unwrap_or(0.0)).collect()
    };
    let known = |symbol: &&&str| scores.observed.iter().any(|of| of.contains_key(**symbol));
    let assayed = symbols.iter().filter(known).count();
    let columns: Vec<Vec<f64>> =
        scores.predicted.iter().chain(&scores.observed).map(column).collect();
    (!columns.is_empty()).then(|| Raw {
        name: "arch".into(),
        source: "the lab's earlier screens: measured ranks, and predictions for other genes".into(),
        licence: "the lab's own".into(),
        coverage: assayed as f64 / symbols.len().max(1) as f64,
        columns,
    })
}

/// A cellular model's scores: one column per kind, ranks only, 0 where the gene was not screened.
fn model(symbols: &[&str], scores: &[ModelScore], inputs: &FeatureInputs<'_>) -> Option<Raw> {
    let by_symbol: HashMap<&str, &ModelScore> =
        scores.iter().map(|s| (s.symbol.as_str(), s)).collect();
    let found: Vec<Option<&ModelScore>> = symbols
        .iter()
        .map(|s| {
            by_symbol
                .get(s)
                .copied()
                .or_else(|| (inputs.resolve)(s).and_then(|r| by_symbol.get(r.as_str()).copied()))
        })
        .collect();
    let kinds: [fn(&ModelScore) -> Option<f64>; 3] =
        [|s| s.knock_out, |s| s.over_expression, |s| s.predicted_effect];
    let columns: Vec<Vec<f64>> = kinds
        .iter()
        .map(|kind| found.iter().map(|s| s.and_then(kind)).collect::<Vec<_>>())
        .filter(|column| column.iter().flatten().count() >= 2)
        .map(|column| scores_where_known(&column))
        .collect();
    (!columns.is_empty()).then(|| Raw {
        name: "lcm".into(),
        source: "in-silico screen of the cellular model".into(),
        licence: "from the campaign's model".into(),
        coverage: coverage(&found),
        columns,
    })
}

fn scores_where_known(column: &[Option<f64>]) -> Vec<f64> {
    let known: Vec<f64> = column.iter().flatten().copied().collect();
    let mut scores = normal_scores(&known).into_iter();
    column.iter().map(|v| v.and_then(|_| scores.next()).unwrap_or(0.0)).collect()
}
