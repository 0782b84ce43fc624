//! Which column holds what.

use super::{ScreenError, ScreenOption, Table};

/// Names of columns of genes, the likeliest first.
pub const GENE_COLUMNS: [&str; 6] = ["gene", "symbol", "gene_symbol", "id", "name", "target"];
const SCORES: [&str; 7] = ["score", "robust_z", "z", "lfc", "logfc", "effect", "beta"];

/// How scores and hits are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Column of the genes.
    pub gene: usize,
    /// Column of the scores.
    pub score: usize,
    /// Columns of the false discovery rates; the smallest counts.
    pub fdr: Vec<usize>,
    /// Column of the hits.
    pub hit: Option<usize>,
}

impl Layout {
    /// Recognises the columns of a plain table (`gene`, `score`, `hit`) or of a MAGeCK gene summary
    /// (RRA or MLE); those that are named are taken instead.
    ///
    /// # Errors
    /// [`ScreenError::NoColumn`], [`ScreenError::NotRecognised`].
    pub fn of(table: &Table, gene: Option<&str>, score: Option<&str>) -> Result<Self, ScreenError> {
        let ending = |end: &str| -> Vec<usize> {
            let of = |name: &String| name.to_lowercase().ends_with(end);
            (0..table.columns.len()).filter(|&at| of(&table.columns[at])).collect()
        };
        // MAGeCK RRA has neg|lfc (= pos|lfc), MLE one CONDITION|beta and CONDITION|fdr.
        let mageck = table.find("neg|lfc").or_else(|| ending("|beta").first().copied());
        let score = match (score, mageck) {
            (None, Some(at)) => at,
            (score, _) => named(table, score, &SCORES, "score", ScreenOption::ScoreColumn)?,
        };
        let fdr = match table.columns[score].strip_suffix("|beta") {
            Some(condition) => table.find(&format!("{condition}|fdr")).into_iter().collect(),
            None => ["neg|fdr", "pos|fdr", "neg_fdr", "pos_fdr", "fdr"]
                .iter()
                .filter_map(|name| table.find(name))
                .collect(),
        };
        let gene = named(table, gene, &GENE_COLUMNS, "gene", ScreenOption::GeneColumn)?;
        Ok(Self { gene, score, fdr, hit: table.find("hit") })
    }

    /// As an earlier screen is read: scores only.
    #[must_use]
    pub fn without_hits(self) -> Self {
        Self { hit: None, fdr: Vec::new(), ..self }
    }
}

fn named(
    table: &Table,
    name: Option<&str>,
    known: &[&str],
    what: &'static str,
    option: ScreenOption,
) -> Result<usize, ScreenError> {
    match name {
        Some(name) => table.column(name, option),
        None => known.iter().find_map(|name| table.find(name)).ok_or_else(|| {
            let (file, found) = (table.name.clone(), table.columns.join(", "));
            ScreenError::NotRecognised { file, what, found, option }
        }),
    }
}
