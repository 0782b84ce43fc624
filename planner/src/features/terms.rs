//! Gene sets as a weighted gene x term matrix, its truncated space, and keyword look-up.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::sources::{GO, REACTOME, TermSets};
use super::spectral::{Sparse, right_singular};

const RANK: usize = 200;

/// A source's term space: rows weighted `ln(N / term size)` and scaled to length 1, terms of
/// 3..=800 genes, repeated sets once.
pub struct TermSpace {
    matrix: Sparse,
    axes: Vec<f64>,
    /// Dimensions kept.
    pub width: usize,
    /// Number of terms of each gene.
    pub terms_of_gene: Vec<usize>,
}

/// Gene ontology's space, built on first use.
pub static GO_SPACE: LazyLock<TermSpace> = LazyLock::new(|| TermSpace::build(&GO));
/// Reactome's space, built on first use.
pub static REACTOME_SPACE: LazyLock<TermSpace> = LazyLock::new(|| TermSpace::build(&REACTOME));

impl TermSpace {
    fn build(sets: &TermSets) -> Self {
        let genes = sets.genes.names().len();
        let mut seen: HashSet<&[u32]> = HashSet::new();
        let kept = sets
            .terms
            .iter()
            .map(|(_, members)| members.as_slice())
            .filter(|m| (3..=800).contains(&m.len()) && seen.insert(m));
        let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); genes];
        let mut columns = 0;
        for members in kept {
            let weight = (genes as f64 / members.len() as f64).ln();
            for &gene in members {
                rows[gene as usize].push((columns, weight));
            }
            columns += 1;
        }
        let terms_of_gene = rows.iter().map(Vec::len).collect();
        for row in &mut rows {
            let norm = row.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
            row.iter_mut().for_each(|(_, w)| *w /= norm);
        }
        let matrix = Sparse::from_rows(columns as usize, &rows);
        let (axes, width) = right_singular(&matrix, RANK);
        Self { matrix, axes, width, terms_of_gene }
    }

    /// `U S` of one gene, `[width]`.
    #[must_use]
    pub fn project(&self, gene: u32) -> Vec<f64> {
        let mut out = vec![0.0; self.width];
        self.matrix.add_row_times(gene as usize, &self.axes, self.width, &mut out);
        out
    }
}

/// For every gene in a term whose name contains a keyword: the sum over those terms of
/// `1 / sqrt(term size)`, GO and Reactome together, by symbol.
#[must_use]
pub fn keyword_weights(keywords: &[String]) -> HashMap<&'static str, f64> {
    let wanted: Vec<String> = keywords.iter().map(|k| plain(k)).filter(|k| !k.is_empty()).collect();
    let mut out = HashMap::new();
    for sets in [&*GO, &*REACTOME] {
        for (name, members) in &sets.terms {
            let name = plain(name);
            if !members.is_empty() && wanted.iter().any(|k| mentions(&name, k)) {
                let weight = 1.0 / (members.len() as f64).sqrt();
                for &gene in members {
                    *out.entry(sets.genes.names()[gene as usize].as_str()).or_insert(0.0) += weight;
                }
            }
        }
    }
    out
}

/// Lower case, every run of anything but letters and digits one space.
fn plain(text: &str) -> String {
    let lower: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' })
        .collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `keyword` begins a word of `name`. It may end inside a word ("lysosom" finds
/// "lysosomal"), but not inside a number ("interleukin 2" does not find "interleukin 21").
fn mentions(name: &str, keyword: &str) -> bool {
    let digit_end = keyword.ends_with(|c: char| c.is_ascii_digit());
    name.match_indices(keyword).any(|(at, _)| {
        let starts_word = at == 0 || name.as_bytes()[at - 1] == b' ';
        let next = name.as_bytes().get(at + keyword.len());
        starts_word && !(digit_end && next.is_some_and(u8::is_ascii_digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_finds_words_but_not_the_middle_of_other_words_or_numbers() {
        assert!(mentions(&plain("T-cell receptor signaling"), &plain("t cell")));
        assert!(!mentions(&plain("mast cell activation"), &plain("t cell")));
        assert!(mentions(&plain("Interleukin-2-signaling"), &plain("interleukin-2")));
        assert!(!mentions(&plain("interleukin-21 production"), &plain("interleukin-2")));
        assert!(mentions(&plain("lysosomal transport"), &plain("lysosom")));
    }

    #[test]
    fn genes_of_small_matching_terms_weigh_more() {
        let weights = keyword_weights(&["interleukin-2".to_owned()]);
        assert!(weights["IL2RA"] > 0.0);
        assert!(!weights.contains_key("OR5A1"));
        assert!(keyword_weights(&[" - ".to_owned()]).is_empty());
    }
}
