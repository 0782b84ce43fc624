//! The demo's wet lab: a finished, real CRISPR screen that reveals a gene only when its well is run.
//!
//! See `data/SOURCE.md` for the screen, its sign, and how the control wells are filled.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use nextwell_contract::{Plate, WellContent};
use nextwell_model::genes::GeneResolver;

const SCREEN: &str = include_str!("../../data/freimer2022_il2ra.csv");

/// Knocked out in the positive-control wells: the sorted protein itself.
pub const POSITIVE: &str = "IL2RA";

/// The row that sums up the screen's 593 non-targeting guides; not a gene.
const NON_TARGETING_ROW: &str = "Non-Targeting";

/// Negative controls: library genes without a transcript in any of the demo's cells, at evenly
/// spaced ranks of their effect, so that they spread as the assay's noise does.
pub const NEGATIVE: [&str; 24] = [
    "AHRR", "CCL1", "HOXA5", "HOXB1", "HOXB5", "HOXB9", "HOXC11", "HOXD1", "KLF15", "KLF5",
    "MEOX2", "NCR2", "NHLH1", "NOBOX", "NR2F6", "OLIG1", "POU4F3", "PTF1A", "TBR1", "TEAD1",
    "ZBTB22", "ZNF324", "ZNF423", "ZSCAN5A",
];

/// MAD to standard deviation of a normal distribution.
const MAD_SCALE: f64 = 1.482_602_218_505_602;

/// The lab: log fold change of each gene's knock-out, by approved symbol.
#[derive(Debug)]
pub struct Lab {
    library: Vec<String>,
    effects: HashMap<String, f64>,
}

impl Lab {
    /// Reads the bundled screen.
    ///
    /// # Errors
    /// When the bundled file is not what this program expects.
    pub fn bundled() -> anyhow::Result<Self> {
        let resolver = GeneResolver::bundled();
        let mut reader = csv::Reader::from_reader(SCREEN.as_bytes());
        let mut lab = Self { library: Vec::new(), effects: HashMap::new() };
        for row in reader.records() {
            let row = row?;
            let name = row.get(0).context("no symbol")?;
            let effect: f64 = row.get(2).context("no lfc")?.parse()?;
            if name == NON_TARGETING_ROW {
                continue;
            }
            lab.library.push(name.to_owned());
            let approved = resolver.resolve(name).symbol.unwrap_or_else(|| name.to_owned());
            lab.effects.entry(approved).or_insert(effect);
            lab.effects.entry(name.to_owned()).or_insert(effect);
        }
        Ok(lab)
    }

    /// Every gene of the library, as the lab's list names it.
    pub fn library(&self) -> &[String] {
        &self.library
    }

    /// A results file of one plate: the wells' real values.
    ///
    /// # Errors
    /// When a well holds something the lab does not have.
    pub fn measure(&self, plate: &Plate) -> anyhow::Result<String> {
        let mut file = String::from("plate_barcode,well,symbol,value\n");
        for well in &plate.wells {
            let Some(symbol) = &well.symbol else { continue };
            let effect = self.effect(symbol)?;
            let shown = if well.content == WellContent::Candidate { symbol } else { "" };
            file.push_str(&format!("{},{},{shown},{effect}\n", plate.barcode, well.well));
        }
        Ok(file)
    }

    /// Robust z of every candidate against the same controls that are on every plate: what the
    /// loop would measure if it ran the whole library. Only the demo's table sees this.
    ///
    /// # Errors
    /// When a candidate is not in the library.
    pub fn truth(&self, candidates: &[String]) -> anyhow::Result<Vec<(String, f64)>> {
        let controls =
            NEGATIVE.iter().map(|gene| self.effect(gene)).collect::<Result<Vec<_>, _>>()?;
        let centre = median(&controls);
        let spread: Vec<f64> = controls.iter().map(|x| (x - centre).abs()).collect();
        let mad = MAD_SCALE * median(&spread);
        candidates
            .iter()
            .map(|symbol| Ok((symbol.clone(), (self.effect(symbol)? - centre) / mad)))
            .collect()
    }

    fn effect(&self, symbol: &str) -> anyhow::Result<f64> {
        let found = self.effects.get(symbol).copied();
        found.ok_or_else(|| anyhow!("the demo's lab has no {symbol} in its library"))
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_has_the_published_screen_and_its_controls() {
        let lab = Lab::bundled().unwrap();
        assert_eq!(lab.library().len(), 1350);
        assert_eq!(lab.effect(POSITIVE).unwrap(), 2.6818);
        let candidates: Vec<String> = lab
            .library()
            .iter()
            .filter(|gene| !NEGATIVE.contains(&gene.as_str()) && gene.as_str() != POSITIVE)
            .cloned()
            .collect();
        let truth = lab.truth(&candidates).unwrap();
        assert_eq!(truth.iter().filter(|(_, z)| z.abs() >= 3.0).count(), 75);
    }
}
