//! Reading finished screens, lists and scores from files.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, bail};
use nextwell_model::genes::GeneResolver;
use nextwell_planner::replay::screen::{
    Excluded, GENE_COLUMNS, Layout, Screen, ScreenError, ScreenOption, Table, listed,
};

use super::{Args, Prior};

/// Approved symbol of a name.
pub fn approved(name: &str) -> Option<String> {
    GeneResolver::bundled().resolve(name).symbol
}

/// Reads the screen that the arguments name.
///
/// # Errors
/// An unreadable file, a missing column, no gene, no hit.
pub fn read(args: &Args) -> anyhow::Result<Screen> {
    let table = table(&args.screen, args.filter.as_deref())?;
    let layout = Layout::of(&table, args.gene_column.as_deref(), args.score_column.as_deref());
    let screen = Screen::of(&table, &layout.map_err(hinted)?, args.hits.as_deref(), &approved);
    let screen = screen.map_err(hinted)?;
    for note in &screen.notes {
        eprintln!("nextwell: {note}");
    }
    Ok(screen)
}

/// An earlier screen: `FILE` or `FILE:COLUMN=VALUE`.
///
/// # Errors
/// An unreadable file or a missing column.
pub fn earlier(text: &str) -> anyhow::Result<Screen> {
    let (file, filter) = match text.rsplit_once(':') {
        Some((file, filter)) if filter.contains('=') => (file, Some(filter)),
        _ => (text, None),
    };
    let table = table(Path::new(file), filter)?;
    let layout = Layout::of(&table, None, None)?.without_hits();
    let mut screen = Screen::of(&table, &layout, None, &approved)?;
    for note in &screen.notes {
        eprintln!("nextwell: {note}");
    }
    screen.name = text.to_owned();
    Ok(screen)
}

fn table(path: &Path, filter: Option<&str>) -> anyhow::Result<Table> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let mut table = Table::parse(&shown, &bytes)?;
    if let Some(filter) = filter {
        table.keep(filter).map_err(hinted)?;
    }
    Ok(table)
}

/// The error with the option that mends it.
fn hinted(error: ScreenError) -> anyhow::Error {
    let option = match error.option() {
        None => return error.into(),
        Some(ScreenOption::GeneColumn) => "--gene-column COLUMN",
        Some(ScreenOption::ScoreColumn) => "--score-column COLUMN",
        Some(ScreenOption::Filter) => "--where COLUMN=VALUE",
        Some(ScreenOption::Hits) => "--hits COLUMN|RULE",
    };
    anyhow::anyhow!("{error} ({option})")
}

/// Genes that are not offered: those of `--exclude`; without one, core-essential genes.
///
/// # Errors
/// A list that cannot be read.
pub fn excluded(args: &Args) -> anyhow::Result<Excluded> {
    let mut names = HashSet::new();
    for path in &args.exclude {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        names.extend(listed(&text));
    }
    Ok(match (args.exclude.is_empty(), args.keep_essential) {
        (false, _) => Excluded::Listed(names),
        (true, true) => Excluded::Nothing,
        (true, false) => Excluded::Essential,
    })
}

/// Scores of models, at most three files: what an in-silico screen wrote.
///
/// # Errors
/// An unreadable file, a missing column, more files than the planner has room for.
pub fn prior_scores(paths: &[std::path::PathBuf]) -> anyhow::Result<Prior> {
    if paths.len() > 3 {
        bail!("{} files of --prior; the planner takes up to 3", paths.len());
    }
    let mut scores: HashMap<String, [Option<f64>; 3]> = HashMap::new();
    for (place, path) in paths.iter().enumerate() {
        let rows = table(path, None)?;
        let known = ["mean_shift", "score", "effect", "shift"];
        let score = known.iter().find_map(|name| rows.find(name)).with_context(|| {
            format!("{} has no column of scores ({})", rows.name, known.join(", "))
        })?;
        let gene = GENE_COLUMNS.iter().find_map(|name| rows.find(name));
        let gene = gene.with_context(|| format!("{} has no column of genes", rows.name))?;
        for row in 0..rows.rows.len() {
            let slot = scores.entry(rows.cell(row, gene).to_owned()).or_default();
            slot[place] = slot[place].or(rows.number(row, score));
        }
    }
    type Scores = [Option<f64>; 3];
    let one = |(symbol, [knock_out, over_expression, predicted_effect]): (String, Scores)| {
        nextwell_planner::features::ModelScore {
            symbol,
            knock_out,
            over_expression,
            predicted_effect,
        }
    };
    let mut all: Prior = scores.into_iter().map(one).collect();
    all.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_option_that_mends_it() {
        let table = Table::parse("screen.csv", b"gene,value\nMYB,1\n").unwrap();
        let error = hinted(Layout::of(&table, None, None).unwrap_err()).to_string();
        assert!(error.ends_with("(--score-column COLUMN)"), "{error}");
    }
}
