//! A wet lab: the finished screen of the demo, which reveals a gene when its well is run.

use std::collections::{BTreeMap, BTreeSet};

use nextwell_contract::{Plate, WellContent};

use crate::bundled;

/// Knocked out in the positive-control wells.
pub const POSITIVE: &str = "IL2RA";

/// Negative controls, as in the demo (`services/cli/data/SOURCE.md` says why these).
pub const NEGATIVE: [&str; 24] = [
    "AHRR", "CCL1", "HOXA5", "HOXB1", "HOXB5", "HOXB9", "HOXC11", "HOXD1", "KLF15", "KLF5",
    "MEOX2", "NCR2", "NHLH1", "NOBOX", "NR2F6", "OLIG1", "POU4F3", "PTF1A", "TBR1", "TEAD1",
    "ZBTB22", "ZNF324", "ZNF423", "ZSCAN5A",
];

/// Known by the lab's and by the approved name alike, and wanted in every test campaign.
const KNOWN: [&str; 6] = ["GATA3", "STAT5B", "FOXP1", "MYB", "KLF2", "MED12"];

/// Value of each gene's knock-out.
#[derive(Debug, Clone, PartialEq)]
pub struct Lab {
    effects: BTreeMap<String, f64>,
}

impl Lab {
    /// The lab with the real values.
    pub fn real() -> Self {
        let text = String::from_utf8(bundled("freimer2022_il2ra.csv")).expect("UTF-8");
        let row = |line: &str| {
            let mut cells = line.split(',');
            let symbol = cells.next().expect("a symbol").to_owned();
            let effect = cells.nth(1).expect("lfc").parse().expect("a number");
            (symbol, effect)
        };
        let effects: BTreeMap<String, f64> = text.lines().skip(1).map(row).collect();
        assert!(effects.len() > 1300, "only {} genes in the lab", effects.len());
        Self { effects }
    }

    /// `count` genes that may be candidates: some known regulators, and others spread evenly over
    /// the alphabet. The same for the same count.
    pub fn candidates(&self, count: usize) -> Vec<String> {
        let free = |symbol: &&String| {
            let plain = symbol.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            let taken = NEGATIVE.contains(&symbol.as_str()) || *symbol == POSITIVE;
            plain && !taken && !KNOWN.contains(&symbol.as_str())
        };
        let others: Vec<&String> = self.effects.keys().filter(free).collect();
        let wanted = count - KNOWN.len();
        let spread = (0..wanted).map(|i| others[i * others.len() / wanted].clone());
        KNOWN.map(str::to_owned).into_iter().chain(spread).collect()
    }

    /// Value of one gene's knock-out.
    pub fn effect(&self, symbol: &str) -> f64 {
        let found = self.effects.get(symbol);
        *found.unwrap_or_else(|| panic!("the lab does not know {symbol}"))
    }

    /// Genes the lab could measure.
    pub fn genes(&self) -> impl Iterator<Item = &String> {
        self.effects.keys()
    }

    /// The same lab with every value moved to another gene, except those of `kept`.
    pub fn permuted(&self, kept: &BTreeSet<String>) -> Self {
        let moved: Vec<&String> =
            self.effects.keys().filter(|gene| !kept.contains(*gene)).collect();
        let shift = moved.len() / 2 + 1;
        let mut effects = self.effects.clone();
        for (index, gene) in moved.iter().enumerate() {
            let from = moved[(index + shift) % moved.len()];
            effects.insert((*gene).clone(), self.effects[from]);
        }
        Self { effects }
    }

    /// A results file of one plate.
    pub fn measure(&self, plate: &Plate) -> String {
        let mut file = String::from("plate_barcode,well,symbol,value\n");
        for well in &plate.wells {
            let Some(symbol) = &well.symbol else { continue };
            let shown = if well.content == WellContent::Candidate { symbol } else { "" };
            let effect = self.effect(symbol);
            file += &format!("{},{},{shown},{effect}\n", plate.barcode, well.well);
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permuting_moves_every_value_but_those_kept_and_loses_none() {
        let lab = Lab::real();
        let kept = BTreeSet::from(["GATA3".to_owned(), "MYB".to_owned()]);
        let other = lab.permuted(&kept);
        let sorted = |lab: &Lab| {
            let mut values: Vec<f64> = lab.effects.values().copied().collect();
            values.sort_by(f64::total_cmp);
            values
        };
        assert_eq!(sorted(&lab), sorted(&other));
        assert!(kept.iter().all(|gene| lab.effect(gene) == other.effect(gene)));
        let same = lab.genes().filter(|gene| lab.effect(gene) == other.effect(gene)).count();
        assert!(same < 20, "{same} values stayed");
    }
}
