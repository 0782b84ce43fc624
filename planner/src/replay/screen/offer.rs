//! Which genes of a screen are offered.

use std::collections::HashSet;

use super::Resolve;
use crate::features::is_core_essential;

/// Genes that are not offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excluded {
    /// Core-essential genes (by DepMap).
    Essential,
    /// None.
    Nothing,
    /// Those of a list.
    Listed(HashSet<String>),
}

impl Excluded {
    /// Whether a gene is left out. A gene stands under its old name in one file and under its new
    /// one in another, so a listed name counts under its approved symbol too.
    pub fn test<'a>(&'a self, resolve: Resolve<'a>) -> impl Fn(&str) -> bool + 'a {
        let renamed: HashSet<String> = match self {
            Self::Listed(names) => names.iter().filter_map(|name| resolve(name)).collect(),
            Self::Essential | Self::Nothing => HashSet::new(),
        };
        move |symbol: &str| match self {
            Self::Essential => is_core_essential(symbol),
            Self::Nothing => false,
            Self::Listed(names) => {
                names.contains(symbol)
                    || (!renamed.is_empty()
                        && resolve(symbol).is_some_and(|symbol| renamed.contains(&symbol)))
            }
        }
    }
}
