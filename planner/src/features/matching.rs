//! Finding a candidate in a source that may spell its symbol differently.

use std::collections::HashMap;

use super::sources::Symbols;

/// Turns a symbol of any age into the approved one.
pub type Resolve<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Position of each candidate in `source`, or `None`.
///
/// Exact spelling first. Only what is left is looked up again by approved symbol, on both sides:
/// a current candidate may stand under an old name in an old database, and the other way round.
pub fn locate(candidates: &[&str], source: &Symbols, resolve: Resolve<'_>) -> Vec<Option<u32>> {
    let mut found: Vec<Option<u32>> = candidates.iter().map(|c| source.get(c)).collect();
    if found.iter().all(Option::is_some) {
        return found;
    }
    let approved: Vec<Option<String>> = candidates
        .iter()
        .zip(&found)
        .map(|(c, hit)| if hit.is_none() { resolve(c) } else { None })
        .collect();
    let taken: std::collections::HashSet<u32> = found.iter().flatten().copied().collect();
    let mut renamed: HashMap<String, u32> = HashMap::new();
    for (id, name) in source.names().iter().enumerate() {
        if !taken.contains(&(id as u32))
            && let Some(new_name) = resolve(name)
        {
            renamed.entry(new_name).or_insert(id as u32);
        }
    }
    for ((slot, symbol), approved) in found.iter_mut().zip(candidates).zip(&approved) {
        if slot.is_none() {
            let name = approved.as_deref().unwrap_or(symbol);
            *slot = source.get(name).or_else(|| renamed.get(name).copied());
        }
    }
    found
}
