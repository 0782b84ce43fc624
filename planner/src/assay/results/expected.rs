//! What the campaign knows about the plates of a round.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plate::{Content, Plate, PlateFormat, Well};

/// The plates that may get results.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expected {
    /// Plates of the round.
    pub plates: Vec<ExpectedPlate>,
}

/// One plate that may get results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedPlate {
    /// Barcode.
    pub barcode: String,
    /// Size.
    pub format: PlateFormat,
    /// Wells with content; all others are empty.
    pub wells: Vec<ExpectedWell>,
    /// Results of this plate are recorded already.
    pub already_has_results: bool,
}

/// One planned well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedWell {
    /// Position.
    pub well: Well,
    /// Kind of content.
    pub content: Content,
    /// Gene symbol; empty for controls.
    pub symbol: String,
}

impl ExpectedPlate {
    /// The expectation of a plate that has no results yet.
    pub fn of(plate: &Plate) -> Self {
        let wells = plate.wells.iter().map(|held| ExpectedWell {
            well: held.well,
            content: held.content,
            symbol: held.symbol.clone(),
        });
        Self {
            barcode: plate.barcode.clone(),
            format: plate.format,
            wells: wells.collect(),
            already_has_results: false,
        }
    }
}

/// [`Expected`] arranged for looking up.
pub(super) struct Plates<'a> {
    by_barcode: BTreeMap<&'a str, PlateIndex<'a>>,
}

/// One plate arranged for looking up.
pub(super) struct PlateIndex<'a> {
    pub(super) plate: &'a ExpectedPlate,
    wells: BTreeMap<Well, &'a ExpectedWell>,
    symbols: BTreeSet<String>,
}

impl<'a> Plates<'a> {
    pub(super) fn of(expected: &'a Expected) -> Self {
        let index = |plate: &'a ExpectedPlate| PlateIndex {
            plate,
            wells: plate
                .wells
                .iter()
                .filter(|held| held.content != Content::Empty)
                .map(|held| (held.well, held))
                .collect(),
            symbols: plate.wells.iter().map(|held| fold(&held.symbol)).collect(),
        };
        let plates = expected.plates.iter();
        Self { by_barcode: plates.map(|plate| (plate.barcode.as_str(), index(plate))).collect() }
    }

    pub(super) fn get(&self, barcode: &str) -> Option<&PlateIndex<'a>> {
        self.by_barcode.get(barcode)
    }

    /// The plate, when there is exactly one.
    pub(super) fn only(&self) -> Option<&PlateIndex<'a>> {
        let mut plates = self.by_barcode.values();
        plates.next().filter(|_| plates.next().is_none())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &PlateIndex<'a>> {
        self.by_barcode.values()
    }

    /// A known barcode that differs only in case or leading zeros.
    pub(super) fn similar(&self, barcode: &str) -> Option<&'a str> {
        let key = |text: &str| fold(text).trim_start_matches('0').to_owned();
        let wanted = key(barcode);
        self.by_barcode.keys().copied().find(|known| key(known) == wanted)
    }

    /// The first barcodes, for messages.
    pub(super) fn names(&self) -> String {
        let mut names: Vec<&str> = self.by_barcode.keys().copied().take(5).collect();
        if self.by_barcode.len() > names.len() {
            names.push("…");
        }
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
}

impl<'a> PlateIndex<'a> {
    /// The planned content of a well; `None` when empty.
    pub(super) fn get(&self, well: Well) -> Option<&'a ExpectedWell> {
        self.wells.get(&well).copied()
    }

    /// Wells with content, in order.
    pub(super) fn wells(&self) -> impl Iterator<Item = Well> {
        self.wells.keys().copied()
    }

    /// Whether the symbol written in the file contradicts the planned well. A control may carry
    /// any name (`NTC`, `ctrl`) but not the symbol of a gene on this plate.
    pub(super) fn contradicts(&self, held: &ExpectedWell, symbol: &str) -> bool {
        let written = fold(symbol);
        if written.is_empty() || written == fold(&held.symbol) {
            return false;
        }
        held.content == Content::Candidate || self.symbols.contains(&written)
    }
}

fn fold(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}
