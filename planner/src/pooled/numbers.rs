//! What a pooled round needs: guides, cells, reads, money.

use serde::{Deserialize, Serialize};

use super::error::PooledError;

/// The shape of a pooled round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Genes.
    pub genes: usize,
    /// Guides a gene.
    pub guides_per_gene: usize,
    /// Non-targeting guides.
    pub non_targeting: usize,
    /// Safe-targeting guides.
    pub safe_targeting: usize,
    /// Infected cells a guide, at transduction and at every passage.
    pub coverage: f64,
    /// Multiplicity of infection: mean integrations a cell.
    pub moi: f64,
    /// Infections of their own: donors or biological replicates.
    pub replicates: usize,
    /// Sorted bins of every replicate; 0 for a screen without a sort.
    pub bins: usize,
    /// Cells a guide in every sorted bin.
    pub cells_per_guide_in_bin: f64,
    /// Reads a guide of the plasmid pool.
    pub plasmid_reads_per_guide: f64,
    /// Reads a guide of every sample of cells.
    pub sample_reads_per_guide: f64,
    /// Price of one oligo.
    pub cost_per_guide: f64,
    /// Price of a million infected cells: medium, cytokines, virus.
    pub cost_per_million_cells: f64,
}

impl Default for Design {
    /// 200 genes × 4 guides and 60 non-targeting ones at 500 cells a guide and MOI 0.3.
    ///
    /// # Source
    /// 4 to 6 guides a gene, 500 cells a guide and MOI 0.3: Joung et al. 2017, Nat. Protoc.
    /// 12:828. 100 to 300 reads a guide and sample: the MAGeCK wiki's advice on sequencing depth.
    /// 200 cells a guide in a bin: twice the least that a count of guides can be told apart with.
    fn default() -> Self {
        Self {
            genes: 200,
            guides_per_gene: 4,
            non_targeting: 60,
            safe_targeting: 0,
            coverage: 500.0,
            moi: 0.3,
            replicates: 1,
            bins: 2,
            cells_per_guide_in_bin: 200.0,
            plasmid_reads_per_guide: 300.0,
            sample_reads_per_guide: 300.0,
            cost_per_guide: 0.0,
            cost_per_million_cells: 0.0,
        }
    }
}

/// What a [`Design`] comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Guides in all: genes × guides a gene + controls.
    pub guides: u64,
    /// Share of cells with at least one integration, `1 − e^(−MOI)`.
    pub infected_fraction: f64,
    /// Share of the infected cells with exactly one, `MOI e^(−MOI) / (1 − e^(−MOI))`.
    pub single_fraction: f64,
    /// Cells to put virus on, a replicate: `guides × coverage / (1 − e^(−MOI))`, rounded up.
    pub cells_to_infect: u64,
    /// The same over all replicates.
    pub cells_to_infect_in_all: u64,
    /// Cells to keep at every passage after selection, a replicate: `guides × coverage`.
    pub cells_per_passage: u64,
    /// Cells to sort into every bin, a replicate; 0 without a sort.
    pub cells_per_bin: u64,
    /// Reads of the plasmid pool.
    pub plasmid_reads: u64,
    /// Samples of cells to sequence: replicates × bins, or the replicates alone.
    pub samples: u64,
    /// Reads of one sample.
    pub reads_per_sample: u64,
    /// Reads in all, plasmid pool included.
    pub reads_in_all: u64,
    /// `guides × cost per guide + cells to infect in all / 10⁶ × cost per million cells`.
    pub cost: f64,
}

/// The numbers of a design.
///
/// Integrations a cell are taken as Poisson with mean MOI: a cell has none with probability
/// `e^(−MOI)` and exactly one with `MOI e^(−MOI)`. At MOI 0.3 that is 26 % infected, of these 86 %
/// once.
///
/// # Errors
/// [`PooledError::Setting`] naming the first setting out of its range.
/// # Source
/// Poisson model of infection and coverage by infected cells: Joung et al. 2017, Nat. Protoc.
/// 12:828, box on library representation.
pub fn numbers(design: &Design) -> Result<Numbers, PooledError> {
    let guides =
        design.genes * design.guides_per_gene + design.non_targeting + design.safe_targeting;
    numbers_of(guides, design)
}

/// The numbers for a known count of guides: a guide that targets two genes of the round counts
/// once.
///
/// # Errors
/// As [`numbers`].
pub fn numbers_of(guides: usize, design: &Design) -> Result<Numbers, PooledError> {
    check(design)?;
    let infected_fraction = -(-design.moi).exp_m1();
    let n = guides as f64;
    let cells_to_infect = n * design.coverage / infected_fraction;
    let replicates = design.replicates as f64;
    let samples = (design.replicates * design.bins.max(1)) as u64;
    let plasmid_reads = whole(n * design.plasmid_reads_per_guide);
    let reads_per_sample = whole(n * design.sample_reads_per_guide);
    Ok(Numbers {
        guides: guides as u64,
        infected_fraction,
        single_fraction: design.moi * (-design.moi).exp() / infected_fraction,
        cells_to_infect: whole(cells_to_infect),
        cells_to_infect_in_all: whole(cells_to_infect * replicates),
        cells_per_passage: whole(n * design.coverage),
        cells_per_bin: match design.bins {
            0 => 0,
            _ => whole(n * design.cells_per_guide_in_bin),
        },
        plasmid_reads,
        samples,
        reads_per_sample,
        reads_in_all: plasmid_reads + samples * reads_per_sample,
        cost: n * design.cost_per_guide
            + cells_to_infect * replicates / 1e6 * design.cost_per_million_cells,
    })
}

/// Rounded up; what floating point adds to a whole number does not count as one more.
fn whole(value: f64) -> u64 {
    (value * (1.0 - 1e-12)).ceil() as u64
}

fn check(design: &Design) -> Result<(), PooledError> {
    let counts = [
        ("the number of genes", design.genes, 1, 100_000, "1 to 100,000"),
        ("guides per gene", design.guides_per_gene, 1, 100, "1 to 100"),
        ("non-targeting guides", design.non_targeting, 0, 100_000, "0 to 100,000"),
        ("safe-targeting guides", design.safe_targeting, 0, 100_000, "0 to 100,000"),
        ("the number of replicates", design.replicates, 1, 1_000, "1 to 1,000"),
        ("the number of bins", design.bins, 0, 100, "0 to 100"),
    ];
    for (what, found, least, most, expected) in counts {
        if !(least..=most).contains(&found) {
            return Err(PooledError::Setting { what, found: found.to_string(), expected });
        }
    }
    let sizes = [
        ("the coverage", design.coverage, 1.0, 1e6, "1 to 1,000,000 cells a guide"),
        ("the MOI", design.moi, 1e-3, 10.0, "0.001 to 10"),
        ("cells per guide in a bin", design.cells_per_guide_in_bin, 1.0, 1e6, "1 to 1,000,000"),
        ("plasmid reads per guide", design.plasmid_reads_per_guide, 1.0, 1e6, "1 to 1,000,000"),
        ("sample reads per guide", design.sample_reads_per_guide, 1.0, 1e6, "1 to 1,000,000"),
        ("the cost per guide", design.cost_per_guide, 0.0, 1e9, "0 to 1,000,000,000"),
        ("the cost per million cells", design.cost_per_million_cells, 0.0, 1e9, "0 or more"),
    ];
    for (what, found, least, most, expected) in sizes {
        // NaN is in no range.
        if !(least..=most).contains(&found) {
            return Err(PooledError::Setting { what, found: found.to_string(), expected });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_hundred_genes_with_four_guides_and_sixty_controls_need_1_66_million_cells() {
        let numbers = numbers(&Design::default()).unwrap();
        assert_eq!(numbers.guides, 860);
        assert!((numbers.infected_fraction - 0.259).abs() < 5e-4);
        assert!((numbers.single_fraction - 0.857).abs() < 5e-4);
        // 430,000 / (1 − e^(−0.3)) = 1,659,069.6…
        let expected = 860.0 * 500.0 / (1.0 - (-0.3f64).exp());
        assert_eq!(numbers.cells_to_infect, expected.ceil() as u64);
        assert!((numbers.cells_to_infect as f64 / 1e6 - 1.66).abs() < 5e-3);
        assert_eq!((numbers.cells_per_passage, numbers.cells_per_bin), (430_000, 172_000));
        assert_eq!((numbers.samples, numbers.reads_in_all), (2, 3 * 258_000));
    }

    #[test]
    fn replicates_multiply_cells_and_samples_and_money_is_for_all_of_them() {
        let design = Design {
            replicates: 3,
            bins: 0,
            cost_per_guide: 0.5,
            cost_per_million_cells: 100.0,
            ..Design::default()
        };
        let one = numbers(&Design { replicates: 1, ..design }).unwrap();
        let three = numbers(&design).unwrap();
        assert_eq!((three.samples, three.cells_per_bin), (3, 0));
        assert_eq!(one.cells_to_infect, three.cells_to_infect);
        let cells = 860.0 * 500.0 / (1.0 - (-0.3f64).exp()) * 3.0;
        assert!((three.cost - (430.0 + cells / 1e6 * 100.0)).abs() < 1e-9);
    }

    #[test]
    fn a_setting_out_of_its_range_is_named() {
        let bad = numbers(&Design { moi: 0.0, ..Design::default() }).unwrap_err();
        insta::assert_snapshot!(bad, @"the MOI is 0; expected 0.001 to 10");
        let bad = numbers(&Design { coverage: f64::NAN, ..Design::default() }).unwrap_err();
        insta::assert_snapshot!(bad, @"the coverage is NaN; expected 1 to 1,000,000 cells a guide");
        assert!(numbers(&Design { genes: 0, ..Design::default() }).is_err());
    }

    proptest! {
        #[test]
        fn more_of_anything_never_needs_fewer_cells(
            genes in 1usize..2000, per in 1usize..12, controls in 0usize..500,
            coverage in 50.0f64..2000.0, moi in 0.05f64..1.0,
        ) {
            let design = Design {
                genes, guides_per_gene: per, non_targeting: controls, coverage, moi,
                ..Design::default()
            };
            let base = numbers(&design).unwrap();
            prop_assert_eq!(base.guides as usize, genes * per + controls);
            prop_assert!(base.cells_to_infect >= base.cells_per_passage);
            let more = numbers(&Design { guides_per_gene: per + 1, ..design }).unwrap();
            prop_assert!(more.cells_to_infect > base.cells_to_infect);
            let thinner = numbers(&Design { moi: moi / 2.0, ..design }).unwrap();
            prop_assert!(thinner.cells_to_infect > base.cells_to_infect);
            prop_assert!(thinner.single_fraction > base.single_fraction);
        }
    }
}
