//! Finished screens: any table of genes and scores.

mod error;
mod layout;
mod names;
mod offer;
mod rule;
mod table;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

pub use error::{ScreenError, ScreenOption};
pub use layout::{GENE_COLUMNS, Layout};
pub use names::{Resolve, control_like, listed};
pub use offer::Excluded;
pub use table::Table;

use rule::Rule;

/// A gene of a finished screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Gene {
    /// Symbol, as the screen spells it.
    pub symbol: String,
    /// Score, in the screen's own unit.
    pub score: f64,
    /// Called a hit.
    pub hit: bool,
}

/// A finished screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// Name of its file.
    pub name: String,
    /// Its genes, each once.
    pub genes: Vec<Gene>,
    /// What makes a hit, in words.
    pub rule: String,
    /// What a reader should know, in words.
    pub notes: Vec<String>,
}

impl Screen {
    /// Genes, scores and hits of a table. Guides that target nothing are left out; a gene with
    /// several lines gets their mean score and is a hit when one of them is. Without a rule hits
    /// are the column `hit`, FDR below 5 %, else the 5 % of genes farthest from the median.
    ///
    /// `hits` is a column of 0 and 1 or a rule: `top5%`, `|score|>=3`, `score>=2`, `score<=-2`,
    /// `fdr<0.05`.
    ///
    /// # Errors
    /// A score that is no number, several screens in one table, fewer than two genes, a rule that
    /// cannot be used or that calls no gene or all.
    pub fn of(
        table: &Table,
        layout: &Layout,
        hits: Option<&str>,
        resolve: Resolve<'_>,
    ) -> Result<Self, ScreenError> {
        let mut seen = HashMap::new();
        let mut genes = Vec::new();
        let mut lines: Vec<Vec<(usize, f64)>> = Vec::new();
        for row in 0..table.rows.len() {
            let symbol = table.cell(row, layout.gene);
            // Guides that target nothing are no candidates.
            if symbol.is_empty() || names::is_control(symbol, resolve) {
                continue;
            }
            let Some(score) = table.number(row, layout.score) else {
                return Err(ScreenError::NoNumber {
                    file: table.name.clone(),
                    line: row + 2,
                    text: table.cell(row, layout.score).to_owned(),
                    symbol: symbol.to_owned(),
                });
            };
            // A gene that is listed twice (an old and a new name, two isoforms) is one gene.
            match seen.entry(symbol.to_owned()) {
                Entry::Vacant(place) => {
                    place.insert(genes.len());
                }
                Entry::Occupied(place) => {
                    lines[*place.get()].push((row, score));
                    continue;
                }
            }
            genes.push(Gene { symbol: symbol.to_owned(), score, hit: false });
            lines.push(vec![(row, score)]);
        }
        let notes = merge(table, &lines, &mut genes)?;
        if genes.len() < 2 {
            return Err(ScreenError::TooFew { file: table.name.clone(), genes: genes.len() });
        }
        let rule = Rule::of(table, layout, hits)?;
        rule.call(table, &lines, &mut genes)?;
        let (name, rule) = (table.name.clone(), rule.words(table));
        Ok(Self { name, genes, rule, notes: notes.into_iter().collect() })
    }

    /// Takes genes out.
    pub fn drop(&mut self, out: &impl Fn(&str) -> bool) {
        self.genes.retain(|gene| !out(&gene.symbol));
    }

    /// Symbols of the hits.
    #[must_use]
    pub fn hits(&self) -> BTreeSet<String> {
        self.genes.iter().filter(|gene| gene.hit).map(|gene| gene.symbol.clone()).collect()
    }

    /// Gives every gene the score and call of another one.
    pub fn permute(&mut self, seed: u64) {
        let of = permutation(self.genes.len(), seed);
        let labels: Vec<(f64, bool)> =
            of.iter().map(|&i| (self.genes[i].score, self.genes[i].hit)).collect();
        for (gene, (score, hit)) in self.genes.iter_mut().zip(labels) {
            (gene.score, gene.hit) = (score, hit);
        }
    }
}

/// Gives a gene with several lines their mean score, and says so. Many such genes are several
/// screens in one file.
fn merge(
    table: &Table,
    lines: &[Vec<(usize, f64)>],
    genes: &mut [Gene],
) -> Result<Option<String>, ScreenError> {
    let twice = lines.iter().zip(genes.iter()).filter(|(lines, _)| lines.len() > 1);
    let twice: Vec<(&Vec<(usize, f64)>, &Gene)> = twice.collect();
    let Some((first, gene)) = twice.first() else { return Ok(None) };
    if 10 * twice.len() > genes.len() {
        return Err(ScreenError::SeveralScreens {
            file: table.name.clone(),
            first: first[0].0 + 2,
            second: first[1].0 + 2,
            symbol: gene.symbol.clone(),
            others: twice.len() - 1,
        });
    }
    let names: Vec<&str> = twice.iter().map(|(_, gene)| gene.symbol.as_str()).take(8).collect();
    let (n, names) = (twice.len(), names.join(", "));
    let note = format!("{}: {n} genes have several lines and get their mean: {names}", table.name);
    for (lines, gene) in lines.iter().zip(genes) {
        gene.score = lines.iter().map(|(_, score)| score).sum::<f64>() / lines.len() as f64;
    }
    Ok(Some(note))
}

/// A permutation of `n` places.
#[must_use]
pub fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..n).collect();
    places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    places
}
