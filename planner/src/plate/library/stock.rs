//! What is left in the library, and which of its wells serves which destination.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plate::Well;

/// One source well with what may be taken out of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stock {
    /// Barcode of the source plate.
    pub plate: String,
    /// Its well.
    pub well: Well,
    /// Name of the guide or reagent.
    pub guide_id: String,
    /// Gene symbol, approved; empty for a control without a gene.
    pub symbol: String,
    /// Ensembl gene id; empty when not known.
    pub ensembl_id: String,
    /// Volume beyond dead and reserved volume, in nl; at least 0.
    pub available_nl: f64,
    /// Last day on which it may be used, `YYYY-MM-DD`.
    pub expiry: Option<String>,
    /// First day on which it is there, `YYYY-MM-DD`.
    pub available_from: Option<String>,
}

/// What a destination well needs a reagent for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A candidate gene: any guide of it.
    Gene {
        /// Approved symbol.
        symbol: String,
        /// Ensembl gene id; empty when not known.
        ensembl_id: String,
    },
    /// A control by its name: the guide of this name, or a guide of the gene of this name.
    Control(String),
}

impl Target {
    /// The name that people see.
    pub fn name(&self) -> &str {
        match self {
            Self::Gene { symbol, .. } => symbol,
            Self::Control(name) => name,
        }
    }

    fn is_served_by(&self, stock: &Stock) -> bool {
        match self {
            Self::Gene { symbol, ensembl_id } => {
                let same_id = !ensembl_id.is_empty() && *ensembl_id == stock.ensembl_id;
                same_id || !symbol.is_empty() && *symbol == stock.symbol
            }
            Self::Control(name) => *name == stock.guide_id || *name == stock.symbol,
        }
    }
}

/// A destination well that needs a reagent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it needs.
    pub target: Target,
    /// Replicate number, from 1: replicates take the gene's guides in turn.
    pub replicate: u16,
}

/// Why no reagent can be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Shortage {
    /// No well of the library holds it.
    NoReagent,
    /// What there was may no longer be used; the latest day it could have been.
    Expired(String),
    /// It is not there yet; the first day it will be.
    Arrives(String),
    /// Too little is left.
    TooLittle {
        /// Volume that may still be taken, in µl.
        left_ul: f64,
        /// Volume needed, in µl.
        needed_ul: f64,
    },
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReagent => write!(f, "no reagent in the library"),
            Self::Expired(day) => write!(f, "reagent expired on {day}"),
            Self::Arrives(day) => write!(f, "reagent arrives on {day}"),
            Self::TooLittle { left_ul, needed_ul } => {
                write!(f, "too little reagent: {left_ul:.1} µl left, {needed_ul:.1} µl needed")
            }
        }
    }
}

/// Whether `wells` wells of a target can be filled with `volume_nl` each on the day `today`
/// (`YYYY-MM-DD`).
///
/// # Errors
/// The [`Shortage`] otherwise.
pub fn availability(
    stock: &[Stock],
    target: &Target,
    wells: usize,
    volume_nl: f64,
    today: &str,
) -> Result<(), Shortage> {
    let of_target: Vec<&Stock> = stock.iter().filter(|held| target.is_served_by(held)).collect();
    let usable: Vec<&&Stock> = of_target.iter().filter(|held| is_usable(held, today)).collect();
    let servings: f64 = usable.iter().map(|held| servings(held.available_nl, volume_nl)).sum();
    if !usable.is_empty() {
        if servings >= wells as f64 {
            return Ok(());
        }
        let left: f64 = usable.iter().map(|held| held.available_nl).sum();
        return Err(Shortage::TooLittle {
            left_ul: left / 1000.0,
            needed_ul: wells as f64 * volume_nl / 1000.0,
        });
    }
    let coming = of_target
        .iter()
        .filter(|held| held.expiry.as_deref().is_none_or(|last| last >= today))
        .filter_map(|held| held.available_from.as_deref())
        .min();
    if let Some(day) = coming {
        return Err(Shortage::Arrives(day.to_owned()));
    }
    let expired = of_target.iter().filter_map(|held| held.expiry.as_deref()).max();
    Err(expired.map_or(Shortage::NoReagent, |day| Shortage::Expired(day.to_owned())))
}

fn is_usable(stock: &Stock, today: &str) -> bool {
    // ISO dates sort as text.
    stock.expiry.as_deref().is_none_or(|last| last >= today)
        && stock.available_from.as_deref().is_none_or(|first| first <= today)
}

/// Whole transfers that a volume gives; a hair below a whole one counts as it.
fn servings(available_nl: f64, volume_nl: f64) -> f64 {
    (available_nl / volume_nl + 1e-9).floor().max(0.0)
}

/// Which source well serves each wanted well.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// For each wanted well, the index of its source well; `None` where none can serve it.
    pub sources: Vec<Option<usize>>,
}

/// Serves wanted wells one after the other. Replicate r of a gene takes its guide number r (by
/// name, in turn); of several wells with the guide, the first by plate and well that still has
/// enough. Where that guide is used up, the gene's next one steps in.
pub fn allocate(stock: &[Stock], wanted: &[Wanted], volume_nl: f64, today: &str) -> Allocation {
    let mut order: Vec<usize> =
        (0..stock.len()).filter(|index| is_usable(&stock[*index], today)).collect();
    order.sort_by_key(|index| {
        let held = &stock[*index];
        (&held.guide_id, &held.plate, held.well)
    });
    let mut left: Vec<f64> = stock.iter().map(|held| held.available_nl).collect();
    let mut serve = |wanted: &Wanted| -> Option<usize> {
        let of_target: Vec<usize> = order
            .iter()
            .copied()
            .filter(|index| wanted.target.is_served_by(&stock[*index]))
            .collect();
        let guides: Vec<&[usize]> =
            of_target.chunk_by(|a, b| stock[*a].guide_id == stock[*b].guide_id).collect();
        let first = usize::from(wanted.replicate.saturating_sub(1));
        let turn = (0..guides.len()).map(|step| guides[(first + step) % guides.len()]);
        let found =
            turn.flatten().copied().find(|index| servings(left[*index], volume_nl) >= 1.0)?;
        left[found] -= volume_nl;
        Some(found)
    };
    Allocation { sources: wanted.iter().map(&mut serve).collect() }
}
