//! Which genes: from names to Ensembl ids.

use std::path::Path;

use anyhow::{Context, bail};
use nextwell_model::genes::GeneResolver;
use nextwell_model::screen::Targets;
use nextwell_planner::features::transcription_factors;

use super::Args;

/// The targets that the arguments ask for.
///
/// # Errors
/// An unreadable file; no known gene; a combination that makes no sense.
pub fn targets(args: &Args) -> anyhow::Result<Targets> {
    let mut names = args.gene.clone();
    if let Some(path) = &args.genes {
        names.extend(lines(path)?);
    }
    if args.factors {
        names.extend(transcription_factors().into_iter().map(String::from));
    }
    if args.all && !names.is_empty() {
        bail!("--all and a list of genes: give one of them");
    }
    let genes = ids(&names, !args.factors);
    if !names.is_empty() && genes.is_empty() {
        bail!("none of the {} names is a known gene; give symbols or Ensembl ids", names.len());
    }
    if let Some(anchor) = &args.anchor {
        let anchor = ids(std::slice::from_ref(anchor), true);
        let anchor = anchor.into_iter().next().context("--anchor names no known gene")?;
        return Ok(Targets::Anchor { anchor, genes: (!genes.is_empty()).then_some(genes) });
    }
    Ok(match (args.group, args.pairs, genes.is_empty()) {
        (false, false, true) => Targets::All,
        (true, _, true) | (_, true, true) => bail!("--group and --pairs need --gene or --genes"),
        (true, ..) => Targets::Group { genes },
        (_, true, _) => Targets::Pairs { genes },
        _ => Targets::Each { genes },
    })
}

/// Ensembl ids, each once; says which names are left out if `tell`.
pub fn ids(names: &[String], tell: bool) -> Vec<String> {
    let resolver = GeneResolver::bundled();
    let mut ids = Vec::new();
    for name in names {
        let found = resolver.resolve(name);
        match found.ensembl_id.or_else(|| name.starts_with("ENS").then(|| name.clone())) {
            Some(id) if ids.contains(&id) => {}
            Some(id) => ids.push(id),
            None if tell => {
                let hint = match found.candidates.is_empty() {
                    true => String::new(),
                    false => format!("; did you mean {}?", found.candidates.join(", ")),
                };
                eprintln!("nextwell: {name} is left out: no known gene{hint}");
            }
            None => {}
        }
    }
    ids
}

/// Lines of a file that are not empty.
///
/// # Errors
/// It cannot be read.
pub fn lines(path: &Path) -> anyhow::Result<Vec<String>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(String::from).collect())
}
