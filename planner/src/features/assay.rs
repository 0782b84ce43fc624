//! What the user already typed about the assay, as features: keywords, readout, cell type.
//!
//! No measured label enters here, so the prior is honest before the first round.

use std::collections::HashMap;

use super::ArchiveScores;
use super::gene_table::{GENE2VEC, cosine};
use super::matching::Resolve;
use super::network::NETWORK;
use super::scores::normal_scores;
use super::sources::{GO, STRING};
use super::table::Located;
use super::terms::GO_SPACE;

/// Named raw features over the candidates.
pub(crate) struct AssayFeatures {
    pub named: Vec<(&'static str, Vec<f64>)>,
}

impl AssayFeatures {
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.named.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_slice())
    }
}

/// Keyword weight, diffused keyword weight, readout proximity, expression, degree, annotation.
pub(crate) fn assay_features(
    symbols: &[&str],
    at: &Located,
    keyword_weight: &HashMap<&'static str, f64>,
    readout: Option<&str>,
    expression: Option<&[f64]>,
    resolve: Resolve<'_>,
) -> AssayFeatures {
    let mut named = Vec::new();
    if !keyword_weight.is_empty() {
        let (kw, kwnet) = keyword_features(symbols, at, keyword_weight, resolve);
        named.push(("kw", kw));
        named.push(("kwnet", kwnet));
        named.push(("kwg2v", along(&keyword_direction(keyword_weight), at)));
    }
    if let Some(readout) = readout {
        if let Some(node) = find(readout, resolve, |s| STRING.genes.get(s)) {
            named.push(("ronet", readout_diffusion(node, at)));
        }
        if let Some(gene) = find(readout, resolve, |s| GO.genes.get(s)) {
            named.push(("rogo", readout_similarity(gene, at)));
        }
        if let Some(gene) = GENE2VEC.find(readout, resolve) {
            named.push(("rog2v", along(&wide(GENE2VEC.row(gene)), at)));
        }
    }
    if let Some(expression) = expression {
        named.push(("texp", expression.to_vec()));
    }
    named.push(("deg", at.log_degree()));
    named.push(("ann", at.annotation_count()));
    AssayFeatures { named }
}

/// The assay prior's score and its ingredients with their shares.
///
/// With keywords `z(kwnet) + z(texp) + z(deg)/2 + z(kwg2v)/2`; without
/// `z(texp) + z(deg) + z(ann)/2 + z(rog2v)/2`. An ingredient that is not there is left out and the
/// weights are rescaled to sum 1.
pub(crate) fn prior(features: &AssayFeatures) -> (Vec<f64>, Vec<(&'static str, f64)>) {
    let recipe: &[(&'static str, f64)] = if features.get("kwnet").is_some() {
        &[("kwnet", 1.0), ("texp", 1.0), ("deg", 0.5), ("kwg2v", 0.5)]
    } else {
        &[("texp", 1.0), ("deg", 1.0), ("ann", 0.5), ("rog2v", 0.5)]
    };
    let present: Vec<(&'static str, f64, &[f64])> =
        recipe.iter().filter_map(|&(n, w)| features.get(n).map(|v| (n, w, v))).collect();
    let total: f64 = present.iter().map(|(_, w, _)| w).sum();
    let len = present.first().map_or(0, |(_, _, v)| v.len());
    let mut score = vec![0.0; len];
    for (_, weight, values) in &present {
        for (s, z) in score.iter_mut().zip(normal_scores(values)) {
            *s += weight / total * z;
        }
    }
    (normal_scores(&score), present.iter().map(|&(n, w, _)| (n, w / total)).collect())
}

/// The prior of a lab with earlier screens, in the unit of the assay prior's normal scores:
/// `z(P) + z(arch) + z(obs) / 2`, `arch` the mean prediction over screens and `obs` the mean rank of
/// what they measured.
pub(crate) fn with_archive(prior: &[f64], symbols: &[&str], scores: &ArchiveScores) -> Vec<f64> {
    let mean = |of: &[HashMap<String, f64>]| -> Vec<f64> {
        let sum = |symbol: &&str| of.iter().filter_map(|m| m.get(*symbol)).sum::<f64>();
        symbols.iter().map(|symbol| sum(symbol) / of.len().max(1) as f64).collect()
    };
    let (arch, obs) =
        (normal_scores(&mean(&scores.predicted)), normal_scores(&mean(&scores.observed)));
    prior.iter().zip(arch).zip(obs).map(|((p, a), o)| p + a + 0.5 * o).collect()
}

fn find(symbol: &str, resolve: Resolve<'_>, get: impl Fn(&str) -> Option<u32>) -> Option<u32> {
    get(symbol).or_else(|| resolve(symbol).and_then(|s| get(&s)))
}

fn keyword_features(
    symbols: &[&str],
    at: &Located,
    weight: &HashMap<&'static str, f64>,
    resolve: Resolve<'_>,
) -> (Vec<f64>, Vec<f64>) {
    let of = |symbol: &str| -> f64 {
        weight
            .get(symbol)
            .copied()
            .or_else(|| resolve(symbol).and_then(|s| weight.get(s.as_str()).copied()))
            .unwrap_or(0.0)
    };
    let kw: Vec<f64> = symbols.iter().map(|s| of(s)).collect();
    let nodes: Vec<f64> = STRING
        .genes
        .names()
        .iter()
        .map(|s| weight.get(s.as_str()).copied().unwrap_or(0.0))
        .collect();
    // A gene outside the network keeps its own evidence after the restart, nothing flows to it.
    let total = nodes.iter().sum::<f64>().max(1e-300);
    let seed: Vec<f64> = nodes.iter().map(|v| 100.0 * v / total).collect();
    let diffused = NETWORK.diffuse(&seed);
    let kwnet = at
        .string
        .iter()
        .zip(&kw)
        .map(|(node, own)| match node {
            Some(n) => diffused[*n as usize].max(0.0).sqrt(),
            None => (0.4 * 100.0 * own / total).sqrt(),
        })
        .collect();
    (kw, kwnet)
}

fn wide(row: &[f32]) -> Vec<f64> {
    row.iter().map(|v| f64::from(*v)).collect()
}

/// Mean gene2vec row of the keywords' genes, by weight, `[width]`.
fn keyword_direction(weight: &HashMap<&'static str, f64>) -> Vec<f64> {
    // In symbol order: a hash map's own order would change the last bits.
    let mut genes: Vec<(&str, f64)> = weight.iter().map(|(gene, w)| (*gene, *w)).collect();
    genes.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let mut mean = vec![0.0; GENE2VEC.width()];
    for (gene, weight) in genes {
        let Some(at) = GENE2VEC.find(gene, &|_| None) else { continue };
        mean.iter_mut().zip(GENE2VEC.row(at)).for_each(|(m, v)| *m += weight * f64::from(*v));
    }
    mean
}

/// Cosine of every candidate's gene2vec row with a direction; 0 where there is none.
fn along(direction: &[f64], at: &Located) -> Vec<f64> {
    let of = |gene: u32| cosine(GENE2VEC.row(gene), direction);
    at.gene2vec.iter().map(|gene| gene.map_or(0.0, of)).collect()
}

fn readout_diffusion(node: u32, at: &Located) -> Vec<f64> {
    let mut seed = vec![0.0; STRING.genes.names().len()];
    seed[node as usize] = 100.0;
    let f = NETWORK.diffuse(&seed);
    at.string.iter().map(|n| n.map_or(0.0, |n| f[n as usize].max(0.0).sqrt())).collect()
}

fn readout_similarity(gene: u32, at: &Located) -> Vec<f64> {
    let target = GO_SPACE.project(gene);
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
    at.go
        .iter()
        .map(|g| {
            g.map_or(0.0, |g| {
                let own = GO_SPACE.project(g);
                let dot: f64 = own.iter().zip(&target).map(|(a, b)| a * b).sum();
                dot / norm(&own) / norm(&target)
            })
        })
        .collect()
}
