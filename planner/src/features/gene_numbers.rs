//! Numbers per gene as a lab brings them, made into a block: read, named as HGNC names the genes,
//! put on one scale, reduced.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use faer::{Mat, Side};

use super::gene_table::GeneTable;
use super::matching::Resolve;
use crate::error::PlanError;

/// Most dimensions of a file.
const MAX_WIDTH: usize = 20_000;
/// Words for a value that is not there.
const MISSING: [&str; 7] = ["", "na", "n/a", "nan", "null", "-", "."];

/// Numbers per gene, NaN where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneNumbers {
    /// Symbols, a row each.
    pub genes: Vec<String>,
    /// Dimensions.
    pub width: usize,
    /// Row-major `[genes, width]`.
    pub values: Vec<f32>,
}

/// How columns and rows are put on one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Every column to mean 0 and sd 1: columns of different units.
    #[default]
    Columns,
    /// Columns centred, every row to length 1: embeddings, where directions count.
    Rows,
    /// As they are.
    None,
}

/// What naming did to the genes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Naming {
    /// Rows under another name than the file's.
    pub renamed: usize,
    /// Rows whose name no gene has; kept as spelt.
    pub unknown: Vec<String>,
    /// Rows averaged into another row of the same gene.
    pub merged: usize,
}

impl GeneNumbers {
    /// Reads a table: genes in the first column, numbers in all others, a header line. Commas, tabs
    /// or semicolons; lines that start with `#` are left out; empty, NA and the like are missing.
    ///
    /// # Errors
    /// [`PlanError::BadTable`] with the line and column of what is no number.
    pub fn read_table(name: &str, text: &str) -> Result<Self, PlanError> {
        let refuse = |reason: String| PlanError::BadTable { table: name.to_owned(), reason };
        let header = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        let delimiter = ['\t', ';', ',']
            .into_iter()
            .max_by_key(|mark| header.matches(*mark).count())
            .map_or(b',', |mark| mark as u8);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let names = reader.headers().map_err(|e| refuse(e.to_string()))?.clone();
        let width = names.len().saturating_sub(1);
        if width == 0 || width > MAX_WIDTH {
            return Err(refuse(format!(
                "{width} columns of numbers; expected the genes in the first column and 1 to \
                 {MAX_WIDTH} columns of numbers after it"
            )));
        }
        let mut out = Self { genes: Vec::new(), width, values: Vec::new() };
        for row in reader.records() {
            let row = row.map_err(|e| refuse(e.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let gene = row.get(0).unwrap_or_default().trim();
            if gene.is_empty() {
                return Err(refuse(format!("line {line}: no gene in the first column")));
            }
            out.genes.push(gene.to_owned());
            for (cell, column) in row.iter().zip(&names).skip(1) {
                let value = number(cell).ok_or_else(|| {
                    refuse(format!("line {line}, column {column}: {cell:?} is no number"))
                })?;
                out.values.push(value);
            }
        }
        if out.genes.is_empty() {
            return Err(refuse("no gene below the header".to_owned()));
        }
        Ok(out)
    }

    /// Reads a NumPy file of `[genes, width]` numbers, `genes` naming its rows.
    ///
    /// # Errors
    /// [`PlanError::BadTable`] when the file is something else or does not fit the list.
    pub fn read_npy(name: &str, bytes: &[u8], genes: Vec<String>) -> Result<Self, PlanError> {
        let (rows, width, values) = super::npy::read(bytes)
            .map_err(|reason| PlanError::BadTable { table: name.to_owned(), reason })?;
        if rows != genes.len() {
            let reason = format!("{rows} rows, but {} genes in the list", genes.len());
            return Err(PlanError::BadTable { table: name.to_owned(), reason });
        }
        Ok(Self { genes, width, values })
    }

    /// Gives every row its gene's approved symbol; rows of one gene become their mean.
    #[must_use]
    pub fn named(self, resolve: Resolve<'_>) -> (Self, Naming) {
        let mut naming = Naming::default();
        let mut row_of: HashMap<String, usize> = HashMap::new();
        let mut out = Self { genes: Vec::new(), width: self.width, values: Vec::new() };
        let mut counts: Vec<Vec<f32>> = Vec::new();
        for (gene, row) in self.genes.iter().zip(self.values.chunks_exact(self.width)) {
            let symbol = resolve(gene);
            match &symbol {
                Some(symbol) if symbol != gene => naming.renamed += 1,
                Some(_) => {}
                None => naming.unknown.push(gene.clone()),
            }
            let known: Vec<f32> = row.iter().map(|v| f32::from(u8::from(!v.is_nan()))).collect();
            let zeroed = row.iter().map(|v| if v.is_nan() { 0.0 } else { *v });
            match row_of.entry(symbol.unwrap_or_else(|| gene.clone())) {
                Entry::Vacant(place) => {
                    out.genes.push(place.key().clone());
                    out.values.extend(zeroed);
                    place.insert(counts.len());
                    counts.push(known);
                }
                Entry::Occupied(place) => {
                    naming.merged += 1;
                    let at = *place.get();
                    let sums = &mut out.values[at * self.width..][..self.width];
                    sums.iter_mut().zip(zeroed).for_each(|(sum, v)| *sum += v);
                    counts[at].iter_mut().zip(known).for_each(|(n, k)| *n += k);
                }
            }
        }
        let all = out.values.iter_mut().zip(counts.iter().flatten());
        all.for_each(|(value, n)| *value = if *n > 0.0 { *value / n } else { f32::NAN });
        (out, naming)
    }

    /// Missing numbers become their column's mean; says how many there were.
    pub fn fill(&mut self) -> usize {
        let mut filled = 0;
        for j in 0..self.width {
            let mean = self.mean(j);
            for value in self.values.iter_mut().skip(j).step_by(self.width) {
                if value.is_nan() {
                    *value = mean;
                    filled += 1;
                }
            }
        }
        filled
    }

    fn mean(&self, column: usize) -> f32 {
        let known = self.values.iter().skip(column).step_by(self.width).filter(|v| !v.is_nan());
        let (sum, n) = known.fold((0.0, 0.0), |(sum, n), v| (sum + f64::from(*v), n + 1.0));
        if n > 0.0 { (sum / n) as f32 } else { 0.0 }
    }

    /// Puts filled numbers on one scale.
    pub fn scale(&mut self, scale: Scale) {
        if scale == Scale::None {
            return;
        }
        for j in 0..self.width {
            let mean = self.mean(j);
            let column = || self.values.iter().skip(j).step_by(self.width);
            let square: f64 = column().map(|v| f64::from(v - mean).powi(2)).sum();
            let sd = (square / self.genes.len().max(1) as f64).sqrt() as f32;
            let by = if scale == Scale::Columns && sd > 1e-12 { 1.0 / sd } else { 1.0 };
            let column = self.values.iter_mut().skip(j).step_by(self.width);
            column.for_each(|v| *v = (*v - mean) * by);
        }
        if scale == Scale::Rows {
            for row in self.values.chunks_exact_mut(self.width) {
                let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
                if length > 1e-12 {
                    row.iter_mut().for_each(|v| *v /= length);
                }
            }
        }
    }

    /// The first principal components in place of more columns than `components`; says what share
    /// of the variance they keep, nothing where there was nothing to do.
    ///
    /// # Errors
    /// [`PlanError::FitFailed`] when the decomposition does not converge.
    pub fn reduce(&mut self, components: usize) -> Result<Option<f64>, PlanError> {
        if self.width <= components || components == 0 {
            return Ok(None);
        }
        let (n, d) = (self.genes.len(), self.width);
        let means: Vec<f32> = (0..d).map(|j| self.mean(j)).collect();
        let x = Mat::from_fn(n, d, |i, j| f64::from(self.values[i * d + j] - means[j]));
        let failed = |e| PlanError::FitFailed { reason: format!("principal components: {e:?}") };
        let gram = x.transpose() * &x;
        let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(failed)?;
        // Ascending, so the last ones are the largest.
        let axes = eigen.U().subcols(d - components, components);
        let variances = eigen.S().column_vector();
        let kept: f64 = (d - components..d).map(|k| variances[k].max(0.0)).sum();
        let all: f64 = (0..d).map(|k| variances[k].max(0.0)).sum();
        let scores = &x * axes;
        self.width = components;
        self.values = (0..n * components)
            .map(|at| scores[(at / components, components - 1 - at % components)] as f32)
            .collect();
        Ok(Some(kept / all.max(1e-300)))
    }

    /// The block under its name.
    ///
    /// # Errors
    /// [`PlanError::BadTable`], see [`GeneTable::new`].
    pub fn block(self, name: &str, source: &str, licence: &str) -> Result<GeneTable, PlanError> {
        GeneTable::new(name, source, licence, &self.genes, self.width, self.values)
    }
}

/// A cell as a number, NaN where nothing is there; nothing when it is a word.
fn number(cell: &str) -> Option<f32> {
    let cell = cell.trim();
    if MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Some(f32::NAN);
    }
    cell.parse::<f32>().ok().filter(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_whatever_its_delimiter_and_says_where_a_word_stands() {
        for text in
            ["gene,a,b\nMYB,1,NA\n", "# note\ngene\ta\tb\nMYB\t1\t\n", "gene;a;b\nMYB;1;-\n"]
        {
            let read = GeneNumbers::read_table("t", text).unwrap();
            assert_eq!((read.genes.as_slice(), read.width), (&["MYB".to_owned()][..], 2));
            assert!(read.values[0] == 1.0 && read.values[1].is_nan());
        }
        let error = GeneNumbers::read_table("t", "gene,a\nMYB,1\nJUN,high\n").unwrap_err();
        assert!(error.to_string().contains("line 3, column a"), "{error}");
        let error = GeneNumbers::read_table("t", "gene\nMYB\n").unwrap_err();
        assert!(error.to_string().contains("0 columns"), "{error}");
    }

    #[test]
    fn rows_of_one_gene_become_their_mean_and_unknown_names_are_listed() {
        let text = "gene,a,b\nMYB,1,4\nc-myb,3,\nNOPE,7,8\n";
        let resolve = |name: &str| ["MYB", "c-myb"].contains(&name).then(|| "MYB".to_owned());
        let (mut named, naming) = GeneNumbers::read_table("t", text).unwrap().named(&resolve);
        assert_eq!(naming, Naming { renamed: 1, unknown: vec!["NOPE".into()], merged: 1 });
        assert_eq!(named.values, [2.0, 4.0, 7.0, 8.0]);
        assert_eq!(named.fill(), 0);
    }

    #[test]
    fn missing_numbers_become_the_columns_mean() {
        let mut read = GeneNumbers::read_table("t", "g,a\nA,1\nB,3\nC,NA\n").unwrap();
        assert_eq!((read.fill(), read.values[2]), (1, 2.0));
    }

    #[test]
    fn principal_components_keep_the_plane_that_holds_the_data() {
        let genes: Vec<String> = (0..30).map(|i| format!("G{i}")).collect();
        let at = |i: usize, j: usize| {
            let (s, t) = ((i as f32 * 0.7).sin(), (i as f32 * 1.3).cos());
            [s, t, s + t, s - 2.0 * t][j]
        };
        let values = (0..120).map(|k| at(k / 4, k % 4)).collect();
        let mut numbers = GeneNumbers { genes, width: 4, values };
        let share = numbers.reduce(2).unwrap().unwrap();
        assert!((share - 1.0).abs() < 1e-6 && numbers.width == 2 && numbers.values.len() == 60);
        let variance = |j: usize| (0..30).map(|i| numbers.values[2 * i + j].powi(2)).sum::<f32>();
        assert!(variance(0) >= variance(1));
        assert_eq!(numbers.reduce(5).unwrap(), None);
    }

    #[test]
    fn scaled_columns_have_sd_one_and_scaled_rows_length_one() {
        let text = "g,a,b\nA,1,100\nB,3,300\nC,8,-400\n";
        let mut columns = GeneNumbers::read_table("t", text).unwrap();
        let mut rows = columns.clone();
        columns.scale(Scale::Columns);
        let square: f32 = columns.values.iter().step_by(2).map(|v| v * v).sum();
        assert!((square / 3.0 - 1.0).abs() < 1e-5);
        rows.scale(Scale::Rows);
        let length: f32 = rows.values[..2].iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }
}
