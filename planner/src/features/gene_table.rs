//! Gene x dimension tables: the bundled embedding and whatever a lab brings.

use std::sync::LazyLock;

use super::block::{Raw, coverage, missing};
use super::matching::{Resolve, locate};
use super::sources::{Symbols, unpack, unpack_bytes};
use crate::error::PlanError;

/// Gene2vec (Du et al. 2019, BMC Genomics 20:82): 200 dimensions of co-expression over 984 data
/// sets, 16,906 genes, rounded to 8 bits.
pub static GENE2VEC: LazyLock<GeneTable> = LazyLock::new(bundled_gene2vec);

/// A named, versioned block of numbers per gene.
#[derive(Debug, Clone, Default)]
pub struct GeneTable {
    name: String,
    source: String,
    licence: String,
    genes: Symbols,
    width: usize,
    /// Row-major `[genes, width]`.
    values: Vec<f32>,
}

impl GeneTable {
    /// A table of `values`, row-major `[genes, width]`, one row per symbol of `genes`.
    ///
    /// # Errors
    /// [`PlanError::BadTable`] for a name that is taken or no name, a symbol listed twice, a number
    /// of values that does not fit, or one that is not finite.
    pub fn new(
        name: &str,
        source: &str,
        licence: &str,
        genes: &[String],
        width: usize,
        values: Vec<f32>,
    ) -> Result<Self, PlanError> {
        let refuse = |reason: String| Err(PlanError::BadTable { table: name.to_owned(), reason });
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
            return refuse("a block's name is 1 to 40 of a-z, 0-9 and _".to_owned());
        }
        if super::BUNDLED_BLOCKS.contains(&name) {
            return refuse("a bundled block has this name; choose another".to_owned());
        }
        if width == 0 || values.len() != genes.len() * width {
            let (n, all) = (genes.len(), values.len());
            return refuse(format!("{all} values for {n} genes of {width} dimensions"));
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            let (gene, column) = (&genes[at / width], at % width + 1);
            return refuse(format!("value {} of {gene}, dimension {column}", values[at]));
        }
        let mut symbols = Symbols::default();
        for (row, gene) in genes.iter().enumerate() {
            if symbols.intern(gene) as usize != row {
                return refuse(format!("{gene} is listed twice; merge its rows first"));
            }
        }
        let [name, source, licence] = [name, source, licence].map(str::to_owned);
        Ok(Self { name, source, licence, genes: symbols, width, values })
    }

    /// Block name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the numbers come from, with their version.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Licence of that source.
    #[must_use]
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Symbols, a row each.
    #[must_use]
    pub fn genes(&self) -> &[String] {
        self.genes.names()
    }

    /// Dimensions.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Numbers of one gene, `[width]`.
    #[must_use]
    pub fn row(&self, gene: u32) -> &[f32] {
        &self.values[gene as usize * self.width..(gene as usize + 1) * self.width]
    }

    /// Position of a symbol of any age.
    pub(crate) fn find(&self, symbol: &str, resolve: Resolve<'_>) -> Option<u32> {
        self.genes.get(symbol).or_else(|| resolve(symbol).and_then(|s| self.genes.get(&s)))
    }

    /// Row of each candidate.
    pub(crate) fn locate(&self, symbols: &[&str], resolve: Resolve<'_>) -> Vec<Option<u32>> {
        locate(symbols, &self.genes, resolve)
    }

    /// The block over the candidates at `found`: centred over those the table knows, 0 and a
    /// column of their own for the others.
    pub(crate) fn block(&self, found: &[Option<u32>]) -> Raw {
        let known: Vec<u32> = found.iter().flatten().copied().collect();
        let column = |j: usize| -> Vec<f64> {
            let at = |gene: u32| f64::from(self.row(gene)[j]);
            let mean = known.iter().map(|&g| at(g)).sum::<f64>() / known.len().max(1) as f64;
            found.iter().map(|g| g.map_or(0.0, |g| at(g) - mean)).collect()
        };
        let mut columns: Vec<Vec<f64>> = (0..self.width).map(column).collect();
        columns.push(missing(found));
        Raw {
            name: self.name.clone().into(),
            source: self.source.clone().into(),
            licence: self.licence.clone().into(),
            coverage: coverage(found),
            columns,
        }
    }
}

/// Cosine of two rows; 0 for an empty one.
pub(crate) fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(x, y)| f64::from(*x) * y).sum();
    let square: f64 = a.iter().map(|x| f64::from(*x).powi(2)).sum();
    let other: f64 = b.iter().map(|y| y * y).sum();
    let length = (square * other).sqrt();
    if length > 0.0 { dot / length } else { 0.0 }
}

/// Rows of length 1, as the file holds directions only.
fn bundled_gene2vec() -> GeneTable {
    let names = unpack(include_bytes!("../../data/gene2vec_genes.txt.gz"));
    let bytes = unpack_bytes(include_bytes!("../../data/gene2vec_16906x200.i8.gz"));
    let mut genes = Symbols::default();
    names.lines().for_each(|name| {
        genes.intern(name);
    });
    let width = bytes.len() / genes.names().len().max(1);
    let mut values = Vec::with_capacity(bytes.len());
    for row in bytes.chunks_exact(width.max(1)) {
        let length = row.iter().map(|b| f32::from(b.cast_signed()).powi(2)).sum::<f32>().sqrt();
        values.extend(row.iter().map(|b| f32::from(b.cast_signed()) / length.max(1.0)));
    }
    GeneTable {
        name: "gene2vec".to_owned(),
        source: "gene2vec co-expression embedding, Du et al. 2019".to_owned(),
        licence: "MIT".to_owned(),
        genes,
        width,
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_bundled_embedding_has_its_genes_and_puts_a_complex_together() {
        assert_eq!((GENE2VEC.genes().len(), GENE2VEC.width()), (16_906, 200));
        let row = |symbol: &str| GENE2VEC.row(GENE2VEC.find(symbol, &|_| None).unwrap());
        let wide = |row: &[f32]| row.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
        let near = cosine(row("CD3D"), &wide(row("CD3E")));
        assert!(near > 0.3 && near > cosine(row("MYH7"), &wide(row("CD3E"))) + 0.3, "{near}");
    }

    #[test]
    fn genes_that_a_table_does_not_know_are_zero_and_marked() {
        let genes = names(&["MYB", "GATA3"]);
        let table = GeneTable::new("mine", "lab", "own", &genes, 1, vec![1.0, 3.0]).unwrap();
        let found = table.locate(&["GATA3", "JUN", "MYB"], &|_| None);
        let raw = table.block(&found);
        assert_eq!(raw.columns, [vec![1.0, 0.0, -1.0], vec![0.0, 1.0, 0.0]]);
        assert!((raw.coverage - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_table_that_cannot_be_used_is_refused_with_the_place() {
        let of = |name: &str, genes: &[&str], width, values| {
            GeneTable::new(name, "lab", "own", &names(genes), width, values)
                .unwrap_err()
                .to_string()
        };
        assert!(of("Mine!", &["MYB"], 1, vec![1.0]).contains("a-z"));
        assert!(of("go", &["MYB"], 1, vec![1.0]).contains("bundled"));
        assert!(of("mine", &["MYB", "MYB"], 1, vec![1.0, 2.0]).contains("MYB is listed twice"));
        assert!(of("mine", &["MYB"], 2, vec![1.0, f32::NAN]).contains("MYB, dimension 2"));
        assert!(of("mine", &["MYB"], 2, vec![1.0]).contains("1 values"));
    }
}
