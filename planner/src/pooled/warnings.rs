//! What a lab should think about twice before it orders.

use serde::{Deserialize, Serialize};

use super::numbers::Design;

/// Least non-targeting guides for a null distribution worth the name.
const NON_TARGETING: usize = 50;
/// Least share of the guides that are non-targeting.
const NON_TARGETING_SHARE: f64 = 0.05;
const COVERAGE: f64 = 200.0;
const MOI: f64 = 0.5;
const GUIDES: usize = 3;
const IN_BIN: f64 = 100.0;
const READS: f64 = 100.0;

/// One doubt about a design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Machine word, such as `coverage_low`.
    pub code: String,
    /// What was found, what is usual, what to do.
    pub message: String,
}

/// Doubts about a design of `guides` guides; they hold nothing back.
pub fn warnings(design: &Design, guides: u64) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut doubt = |code: &str, message: String| {
        found.push(Warning { code: code.to_owned(), message });
    };
    let share = design.non_targeting as f64 / guides.max(1) as f64;
    if design.non_targeting < NON_TARGETING || share < NON_TARGETING_SHARE {
        let least = NON_TARGETING.max((NON_TARGETING_SHARE * guides as f64).ceil() as usize);
        doubt(
            "few_non_targeting",
            format!(
                "{} non-targeting guides are {:.1} % of the library; take at least {least} (50, and 5 %), or the null distribution is guesswork",
                design.non_targeting,
                100.0 * share
            ),
        );
    }
    if design.guides_per_gene < GUIDES {
        doubt(
            "few_guides",
            format!(
                "{} guides per gene: one bad guide decides; take 4 to 6 where the library has them",
                design.guides_per_gene
            ),
        );
    }
    if design.coverage < COVERAGE {
        doubt(
            "coverage_low",
            format!(
                "coverage {}: chance alone moves guides at fewer than 200 cells each; 500 to 1,000 is usual",
                design.coverage
            ),
        );
    }
    if design.moi > MOI {
        let several = 1.0 - design.moi * (-design.moi).exp() / -(-design.moi).exp_m1();
        doubt(
            "moi_high",
            format!(
                "MOI {}: {:.0} % of the infected cells carry two guides or more; 0.3 keeps it at 14 %",
                design.moi,
                100.0 * several
            ),
        );
    }
    if design.bins > 0 && design.cells_per_guide_in_bin < IN_BIN {
        doubt(
            "few_cells_in_bin",
            format!(
                "{} cells per guide in a bin; sort at least 100, better 200",
                design.cells_per_guide_in_bin
            ),
        );
    }
    let reads = design.plasmid_reads_per_guide.min(design.sample_reads_per_guide);
    if reads < READS {
        doubt("few_reads", format!("{reads} reads per guide; sequence at least 100, better 300"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pooled::numbers;

    fn codes(design: Design) -> Vec<String> {
        let guides = numbers(&design).unwrap().guides;
        warnings(&design, guides).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn the_usual_design_gives_no_doubt_and_every_limit_gives_its_own() {
        let usual = Design::default();
        assert!(codes(usual).is_empty());
        assert_eq!(codes(Design { non_targeting: 49, ..usual }), ["few_non_targeting"]);
        // 60 of 1,260 guides are 4.8 %.
        assert_eq!(codes(Design { guides_per_gene: 6, ..usual }), ["few_non_targeting"]);
        assert_eq!(codes(Design { guides_per_gene: 2, ..usual }), ["few_guides"]);
        assert_eq!(codes(Design { coverage: 199.0, ..usual }), ["coverage_low"]);
        assert_eq!(codes(Design { moi: 0.51, ..usual }), ["moi_high"]);
        assert_eq!(codes(Design { moi: 0.5, ..usual }), Vec::<String>::new());
        assert_eq!(codes(Design { cells_per_guide_in_bin: 50.0, ..usual }), ["few_cells_in_bin"]);
        assert_eq!(codes(Design { sample_reads_per_guide: 20.0, ..usual }), ["few_reads"]);
    }

    #[test]
    fn a_doubt_says_what_was_found_and_what_to_do() {
        let design = Design { moi: 1.0, non_targeting: 10, ..Design::default() };
        let words: Vec<String> = warnings(&design, 810).into_iter().map(|w| w.message).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        10 non-targeting guides are 1.2 % of the library; take at least 50 (50, and 5 %), or the null distribution is guesswork
        MOI 1: 42 % of the infected cells carry two guides or more; 0.3 keeps it at 14 %
        ");
    }
}
