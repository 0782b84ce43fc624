//! Genes known to matter, and how well the ranking and the baselines find them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nextwell_model::screen::report::{Evaluation, evaluate, rankings};
use nextwell_model::stats::BootstrapInterval;

use super::Args;
use super::annotate;
use super::engine::Done;
use super::targets::{ids, lines};

/// Seed of the random baseline and of intervals.
const SEED: u64 = 0;

/// What a file says about genes.
pub struct Known {
    path: PathBuf,
    genes: Genes,
}

enum Genes {
    /// Positives among all genes screened.
    Positive(HashSet<String>),
    /// Hit or not, of the genes that were measured; others are not ranked.
    Measured(HashMap<String, bool>),
}

impl Known {
    /// The files of `--positives` and `--measured`.
    ///
    /// # Errors
    /// A file that cannot be read or lacks a column.
    pub fn open(args: &Args) -> anyhow::Result<Vec<Self>> {
        let mut all = Vec::new();
        if let Some(path) = &args.positives {
            let genes = ids(&lines(path)?, true).into_iter().collect();
            all.push(Self { path: path.clone(), genes: Genes::Positive(genes) });
        }
        if let Some(path) = &args.measured {
            all.push(Self { path: path.clone(), genes: Genes::Measured(hits(path)?) });
        }
        Ok(all)
    }

    /// Prints a line per ranking.
    ///
    /// # Errors
    /// Nothing to compare: no positive or no negative was screened.
    pub fn evaluate(&self, done: &Done) -> anyhow::Result<()> {
        println!("\nagainst {} of {}:", self.words(), self.path.display());
        println!(
            "{:<38} {:>5} {:>22} {:>22} {:>8} {:>7}",
            "ranking", "n", "AUROC", "AUPRC", "top 20", "MRR"
        );
        let report = &done.report;
        let mut any = false;
        for &kind in &done.screener.plan().perturbations {
            let rows = report.rows.iter().filter(|row| row.id.perturbation == kind);
            let known: Vec<Option<bool>> = rows.map(|row| self.of(report.genes(row))).collect();
            let kept: Vec<bool> = known.iter().copied().flatten().collect();
            let ranked = report.ranked_rows(kind).into_iter().zip(&known);
            let ranked: Vec<_> = ranked.filter(|(_, known)| known.is_some()).map(|r| r.0).collect();
            for ranking in rankings(&ranked, report.has_goal, SEED) {
                let Some(found) = evaluate(&ranking, &kept, SEED) else { continue };
                any = true;
                println!("{}", line(&found, &kind.to_string()));
            }
        }
        any.then_some(()).context("none of these genes was screened, or all were positive")
    }

    /// Whether a target is positive; `None` leaves it out.
    fn of(&self, genes: &[String]) -> Option<bool> {
        match (&self.genes, genes) {
            (Genes::Positive(known), genes) => Some(genes.iter().any(|gene| known.contains(gene))),
            (Genes::Measured(known), [gene]) => known.get(gene).copied(),
            (Genes::Measured(_), _) => None,
        }
    }

    fn words(&self) -> String {
        match &self.genes {
            Genes::Positive(known) => format!("the {} genes", known.len()),
            Genes::Measured(known) => {
                let hits = known.values().filter(|hit| **hit).count();
                format!("the {hits} hits among the {} measured genes", known.len())
            }
        }
    }
}

/// Hit or not by Ensembl id: a CSV with a column of genes and a column `hit`.
fn hits(path: &Path) -> anyhow::Result<HashMap<String, bool>> {
    let shown = path.display();
    let (names, values) = annotate::read(path)?;
    let column = names.iter().position(|name| name.eq_ignore_ascii_case("hit"));
    let column = column.with_context(|| {
        format!("{shown} has no column hit (yes or no); it has {}", names.join(", "))
    })?;
    let mut hits = HashMap::new();
    for (gene, values) in values {
        let hit = match values[column].trim().to_lowercase().as_str() {
            "1" | "true" | "yes" | "hit" => true,
            "0" | "false" | "no" => false,
            // Not called: not measured well enough.
            "" | "na" | "nan" => continue,
            other => bail!("{shown}: hit of {gene} is {other:?}; expected yes or no, 1 or 0"),
        };
        hits.insert(gene, hit);
    }
    Ok(hits)
}

fn line(found: &Evaluation, kind: &str) -> String {
    let ranged = |value: Option<BootstrapInterval>| match value {
        Some(v) => format!("{:.3} ({:.3} to {:.3})", v.estimate, v.low, v.high),
        None => String::new(),
    };
    let top = found.enrichment.iter().find(|at| at.k == 20);
    format!(
        "{:<38} {:>5} {:>22} {:>22} {:>8} {:>7}",
        format!("{} ({kind})", found.ranking),
        found.n,
        ranged(found.auroc),
        ranged(found.auprc),
        top.map_or(String::new(), |at| format!("{:.1}x", at.value)),
        found.mrr.map_or(String::new(), |mrr| format!("{mrr:.3}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_read_in_the_words_of_labs_and_what_was_not_called_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "gene,lfc,Hit\nGATA3,1,yes\nMYB,0,0\nTBX21,0,NA\n").unwrap();
        let found = hits(&path).unwrap();
        assert_eq!((found["ENSG00000107485"], found["ENSG00000118513"]), (true, false));
        assert_eq!(found.len(), 2);
        std::fs::write(&path, "gene,hit\nGATA3,maybe\n").unwrap();
        let error = hits(&path).unwrap_err().to_string();
        assert!(error.contains("maybe") && error.contains("yes or no"), "{error}");
        std::fs::write(&path, "gene,lfc\nGATA3,1\n").unwrap();
        assert!(hits(&path).unwrap_err().to_string().contains("no column hit"));
    }

    #[test]
    fn only_what_was_measured_is_ranked_against_measurements() {
        let genes = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let measured = Known {
            path: PathBuf::new(),
            genes: Genes::Measured([("A".to_owned(), true), ("B".to_owned(), false)].into()),
        };
        assert_eq!(measured.of(&genes(&["A"])), Some(true));
        assert_eq!(measured.of(&genes(&["C"])), None);
        assert_eq!(measured.of(&genes(&["A", "B"])), None);
        let positive =
            Known { path: PathBuf::new(), genes: Genes::Positive(["A".to_owned()].into()) };
        assert_eq!(positive.of(&genes(&["B", "A"])), Some(true));
        assert_eq!(positive.of(&genes(&["C"])), Some(false));
    }
}
