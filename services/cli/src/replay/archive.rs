//! The lab's earlier screens.

use std::collections::BTreeSet;

use nextwell_model::genes::GeneResolver;
use nextwell_planner::features::{
    ArchiveScreen, Candidate, FeatureInputs, FeatureTable, archive_scores,
};
use nextwell_planner::replay::screen::Screen;

use super::{Archive, Args, candidate, screen};

/// What the screens of `--archive` say about all genes of theirs and of the screen that is played;
/// nothing without any.
///
/// # Errors
/// A file that cannot be read; what the planner refuses.
pub fn scores(args: &Args, played: &Screen, inputs: &FeatureInputs<'_>) -> anyhow::Result<Archive> {
    if args.archive.is_empty() {
        return Ok(None);
    }
    let offered: BTreeSet<&str> = played.genes.iter().map(|gene| gene.symbol.as_str()).collect();
    // An old name of an offered gene is that gene.
    let spelt = |symbol: &str| -> String {
        if offered.contains(symbol) {
            return symbol.to_owned();
        }
        let approved = GeneResolver::bundled().resolve(symbol).symbol;
        approved.unwrap_or_else(|| symbol.to_owned())
    };
    let mut screens = Vec::new();
    let mut genes: BTreeSet<String> = offered.iter().map(|&symbol| symbol.to_owned()).collect();
    for text in &args.archive {
        let screen = screen::earlier(text)?;
        let scores: Vec<(String, f64)> =
            screen.genes.iter().map(|gene| (spelt(&gene.symbol), gene.score)).collect();
        genes.extend(scores.iter().map(|(symbol, _)| symbol.clone()));
        screens.push(ArchiveScreen { name: screen.name, scores });
    }
    let candidates: Vec<Candidate> = genes.iter().map(|symbol| candidate(symbol)).collect();
    let table = FeatureTable::build(&candidates, inputs)?;
    Ok(Some(archive_scores(&table, &screens)?))
}
