//! How much a file holds, in words.

use super::import::{Content, Import};
use super::readers::BagelTable;

impl Import {
    /// How much was read, such as `2 plates, 192 values`.
    pub fn summary(&self) -> String {
        let of = |count: usize, one: &str, many: &str| {
            format!("{count} {}", if count == 1 { one } else { many })
        };
        let genes = |count| of(count, "gene", "genes");
        let guides = |count| of(count, "guide", "guides");
        let wells = |count| of(count, "well", "wells");
        match &self.content {
            Content::Nothing {} => "nothing was read".into(),
            Content::Plates { plates } => {
                let reads = plates.iter().flat_map(|plate| &plate.reads);
                let values = reads.flat_map(|read| read.wells.values()).flatten().count();
                let plates = of(plates.len(), "plate", "plates");
                format!("{plates}, {}", of(values, "value", "values"))
            }
            Content::Mageck(table) => genes(table.genes.len()),
            Content::Mle(table) => format!(
                "{}, {} ({})",
                genes(table.genes.len()),
                of(table.conditions.len(), "condition", "conditions"),
                table.conditions.join(", ")
            ),
            Content::Sgrna(table) => guides(table.guides.len()),
            Content::Counts(table) => format!(
                "{}, {} ({})",
                guides(table.guides.len()),
                of(table.samples.len(), "sample", "samples"),
                table.samples.join(", ")
            ),
            Content::Drugz(table) => genes(table.genes.len()),
            Content::Bagel(BagelTable::Genes { genes: rows }) => genes(rows.len()),
            Content::Bagel(BagelTable::Guides { guides: rows }) => guides(rows.len()),
            Content::Precision(table) => genes(table.genes.len()),
            Content::Editing(table) => format!(
                "editing of {}, a check of guides and no phenotype",
                of(table.samples.len(), "sample", "samples")
            ),
            Content::Ct(table) => format!("cycles of {}", wells(table.ct.len())),
            Content::Flow(table) => format!("populations of {}", wells(table.wells.len())),
            Content::Images(table) => {
                let first = table.first.wells.len();
                let others: usize = table.other_plates.iter().map(|plate| plate.wells.len()).sum();
                format!("images of {}", wells(first + others))
            }
            Content::Objects(table) => format!("objects of {}", wells(table.wells.len())),
            Content::Tidy(table) => of(table.n_measurements, "measurement", "measurements"),
            Content::Wide(table) => format!(
                "{}, {}",
                of(table.rows.len(), "row", "rows"),
                of(table.columns.len(), "column", "columns")
            ),
            Content::Cells(table) => format!(
                "{}, {} with the controls, {} left out",
                of(table.n_obs, "cell", "cells"),
                of(table.cells_per_perturbation.len(), "perturbation", "perturbations"),
                table.unassigned_cells
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Context, read};

    #[test]
    fn the_summary_counts_what_was_read() {
        let summary = |text: &str| read(text.as_bytes(), &Context::default()).summary();
        assert_eq!(summary("Well,Value\nA1,1\nA2,\n"), "1 plate, 1 value");
        assert_eq!(summary("sgRNA,Gene,D1,D2\ng1,A,1,2\n"), "1 guide, 2 samples (D1, D2)");
        assert_eq!(summary("Gene,MFI\nA,1\nB,2\n"), "2 measurements");
        assert_eq!(summary("nothing"), "nothing was read");
    }
}
