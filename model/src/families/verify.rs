//! Checks a checkpoint on this machine: our kernels against the definition, and every cell
//! against itself in company.

use std::path::Path;
use std::time::Instant;

use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{CellModel, CellTokens, EncodeOptions, FamilyError, Kernels, OpenOptions};
use crate::cells::Gene;
use crate::device::DeviceChoice;

/// Genes expressed in the sample cells, of different lengths so that padding would show.
const EXPRESSED: [usize; 3] = [40, 251, 120];
/// Genes that the sample cells are drawn from.
const MEASURED: usize = 512;
const SEED: u64 = 0x0ce1_1000;

/// How far a model on this machine is from its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parity {
    /// Kind of embedding that was compared: the family's default.
    pub embedding: String,
    /// Cells compared.
    pub cells: usize,
    /// Tokens of all of them.
    pub tokens: usize,
    /// Largest absolute difference between an embedding by the chosen device's fastest kernels and
    /// by Burn's own forward pass on the CPU.
    pub largest_difference: f64,
    /// Whether each cell alone gave exactly the numbers it gave among the others.
    pub batch_invariant: bool,
    /// Time for loading twice and for all passes, in seconds.
    pub seconds: f64,
}

impl Parity {
    /// Largest difference accepted.
    pub const TOLERANCE: f64 = 2e-5;

    /// Whether the model can be relied on here.
    pub fn holds(&self) -> bool {
        self.largest_difference <= Self::TOLERANCE && self.batch_invariant
    }
}

/// Opens the checkpoint `dir` twice, with the fastest kernels on `device` and with Burn's on the
/// CPU, and compares the default embeddings of a few cells.
///
/// The cells are seeded synthetic counts over the model's own genes, the same at every call. The
/// two models are never in memory together.
///
/// # Errors
/// As [`super::open`]; embeddings that are not finite.
pub fn verify(dir: &Path, device: DeviceChoice) -> Result<Parity, FamilyError> {
    let start = Instant::now();
    let (here, batch_invariant, tokens, kind) = {
        let model = super::open(dir, OpenOptions { device, kernels: Kernels::Fused })?;
        let cells = sample_cells(model.as_ref())?;
        let kind = default_kind(model.as_ref());
        let together = finite(model.embed(&cells, kind)?)?;
        let alone = one_by_one(model.as_ref(), &cells, kind)?;
        let tokens = cells.iter().map(|cell| cell.ids.len()).sum();
        let same = bits(&together) == bits(&alone);
        (together, same, tokens, kind)
    };
    let reference = OpenOptions { device: DeviceChoice::Cpu, kernels: Kernels::Burn };
    let model = super::open(dir, reference)?;
    let defined = finite(model.embed(&sample_cells(model.as_ref())?, kind)?)?;
    let pairs = here.iter().flatten().zip(defined.iter().flatten());
    let differences = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    Ok(Parity {
        embedding: kind.to_owned(),
        cells: here.len(),
        tokens,
        largest_difference: differences.fold(0.0, f64::max),
        batch_invariant,
        seconds: start.elapsed().as_secs_f64(),
    })
}

fn default_kind(model: &dyn CellModel) -> &'static str {
    model.card().embeddings.first().map_or("", |kind| kind.name)
}

fn one_by_one(
    model: &dyn CellModel,
    cells: &[CellTokens],
    kind: &str,
) -> Result<Vec<Vec<f32>>, FamilyError> {
    let mut found = Vec::with_capacity(cells.len());
    for cell in cells {
        found.extend(model.embed(std::slice::from_ref(cell), kind)?);
    }
    Ok(found)
}

fn finite(rows: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, FamilyError> {
    match rows.iter().position(|row| !row.iter().all(|value| value.is_finite())) {
        None => Ok(rows),
        Some(index) => Err(FamilyError::BadCell {
            index,
            found: "an embedding that is not finite".into(),
            expected: "finite weights and activations; get the checkpoint again".into(),
        }),
    }
}

fn bits(rows: &[Vec<f32>]) -> Vec<Vec<u32>> {
    rows.iter().map(|row| row.iter().map(|value| value.to_bits()).collect()).collect()
}

/// Cells with skewed counts of random genes of the model.
fn sample_cells(model: &dyn CellModel) -> Result<Vec<CellTokens>, FamilyError> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let known = model.genes();
    let mut chosen = sample(&mut rng, known.len(), MEASURED.min(known.len())).into_vec();
    chosen.sort_unstable();
    let genes: Vec<Gene> = chosen
        .into_iter()
        .map(|i| Gene { ensembl: known[i].ensembl.clone(), symbol: known[i].symbol.clone() })
        .collect();
    let encoder = model.encoder(&genes, &EncodeOptions::default())?;
    let mut cells = Vec::with_capacity(EXPRESSED.len());
    for (number, expressed) in EXPRESSED.into_iter().enumerate() {
        let mut columns: Vec<u32> = sample(&mut rng, genes.len(), expressed.min(genes.len()))
            .into_iter()
            .map(|column| column as u32)
            .collect();
        columns.sort_unstable();
        let counts: Vec<f32> =
            columns.iter().map(|_| rng.random_range(0.0_f32..6.0).exp2().floor()).collect();
        let total = counts.iter().map(|count| f64::from(*count)).sum();
        cells.push(encoder.encode(number, &columns, &counts, total));
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::Family;

    #[test]
    fn every_family_is_at_parity_and_alone_equal_to_in_company() {
        for &family in Family::ALL {
            let dir = tempfile::tempdir().unwrap();
            family.random(dir.path(), family.random_sizes()[0], 7).unwrap();
            let parity = verify(dir.path(), DeviceChoice::Cpu).unwrap();
            assert!(parity.holds(), "{family}: {parity:?}");
            assert_eq!(parity.cells, EXPRESSED.len());
            assert!(parity.tokens > 3, "{family}: {parity:?}");
        }
    }

    #[test]
    fn a_difference_above_the_tolerance_or_a_changed_batch_does_not_hold() {
        let parity = Parity {
            embedding: "cls".into(),
            cells: 1,
            tokens: 9,
            largest_difference: 1.9e-5,
            batch_invariant: true,
            seconds: 0.1,
        };
        assert!(parity.holds());
        assert!(!Parity { largest_difference: 2.1e-5, ..parity.clone() }.holds());
        assert!(!Parity { batch_invariant: false, ..parity }.holds());
    }
}
