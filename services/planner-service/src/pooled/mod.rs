//! Pooled rounds: guide libraries, numbers, the choice of guides, order sheets, MAGeCK tables. The
//! maths is `nextwell_planner::pooled`; here its inputs are gathered and its answers written.

mod bench;
mod estimate;
mod library;
mod names;
mod results;
mod table;
mod view;

pub use bench::{Bench, Ordered};
pub use estimate::{estimate, plan};
pub use library::{overview, receive as receive_library};
pub use results::{is_pooled, read as read_again, receive as receive_results, write as accept};
pub use view::{order_sheet, round};

use nextwell_contract::{self as c, Issue, PooledNumbers, PooledSettings, PooledWarning};
use nextwell_planner::pooled::{
    self as p, Adapters, ControlKind, Design, Enzyme, Finding, Guide, Numbers, PooledError,
};
use nextwell_store::guides::{self, GuideControl};

use crate::error::ApiError;

/// The planner's words as a problem.
fn refused(error: PooledError) -> ApiError {
    ApiError::unprocessable("bad_pooled_round", error.to_string(), Vec::new())
}

fn design(settings: &PooledSettings) -> Design {
    Design {
        genes: settings.genes as usize,
        guides_per_gene: settings.guides_per_gene as usize,
        non_targeting: settings.non_targeting as usize,
        safe_targeting: settings.safe_targeting as usize,
        coverage: settings.coverage,
        moi: settings.moi,
        replicates: settings.replicates as usize,
        bins: settings.bins as usize,
        cells_per_guide_in_bin: settings.cells_per_guide_in_bin,
        plasmid_reads_per_guide: settings.plasmid_reads_per_guide,
        sample_reads_per_guide: settings.sample_reads_per_guide,
        cost_per_guide: settings.cost_per_guide,
        cost_per_million_cells: settings.cost_per_million_cells,
    }
}

fn adapters(settings: &PooledSettings) -> Result<Adapters, ApiError> {
    let usual = Adapters::default();
    let five = settings.adapter_5.as_deref().unwrap_or(usual.five());
    let three = settings.adapter_3.as_deref().unwrap_or(usual.three());
    Adapters::new(five, three).map_err(refused)
}

fn enzyme(word: c::CloningEnzyme) -> Enzyme {
    match word {
        c::CloningEnzyme::Bsmbi => Enzyme::Bsmbi,
        c::CloningEnzyme::Bbsi => Enzyme::Bbsi,
        c::CloningEnzyme::Both => Enzyme::Both,
        c::CloningEnzyme::None => Enzyme::None,
    }
}

fn numbers(n: &Numbers) -> PooledNumbers {
    PooledNumbers {
        guides: n.guides,
        infected_fraction: n.infected_fraction,
        single_fraction: n.single_fraction,
        cells_to_infect: n.cells_to_infect,
        cells_to_infect_in_all: n.cells_to_infect_in_all,
        cells_per_passage: n.cells_per_passage,
        cells_per_bin: n.cells_per_bin,
        plasmid_reads: n.plasmid_reads,
        samples: n.samples,
        reads_per_sample: n.reads_per_sample,
        reads_in_all: n.reads_in_all,
        cost: n.cost,
    }
}

fn warnings(design: &Design, guides: u64) -> Vec<PooledWarning> {
    let found = p::warnings(design, guides).into_iter();
    found.map(|w| PooledWarning { code: w.code, message: w.message }).collect()
}

fn refused_guides(found: &[p::Refused]) -> Vec<c::RefusedGuide> {
    found
        .iter()
        .map(|guide| c::RefusedGuide {
            guide_id: guide.guide_id.clone(),
            target: guide.target.clone(),
            code: guide.code.clone(),
            reason: guide.reason.clone(),
        })
        .collect()
}

fn issue(found: &Finding) -> Issue {
    Issue {
        code: found.code.to_owned(),
        row: found.row,
        column: found.column.clone(),
        message: found.message.clone(),
    }
}

fn from_store(guide: guides::Guide) -> Guide {
    Guide {
        guide_id: guide.guide_id,
        symbols: guide.symbols,
        ensembl_ids: guide.ensembl_ids,
        control: guide.control.map(|kind| match kind {
            GuideControl::NonTargeting => ControlKind::NonTargeting,
            GuideControl::SafeTargeting => ControlKind::SafeTargeting,
        }),
        protospacer: guide.protospacer,
        pam: guide.pam,
        strand: guide.strand,
        position: guide.position,
        score: guide.score,
    }
}

fn to_store(guide: Guide) -> guides::Guide {
    guides::Guide {
        guide_id: guide.guide_id,
        symbols: guide.symbols,
        ensembl_ids: guide.ensembl_ids,
        control: guide.control.map(|kind| match kind {
            ControlKind::NonTargeting => GuideControl::NonTargeting,
            ControlKind::SafeTargeting => GuideControl::SafeTargeting,
        }),
        protospacer: guide.protospacer,
        pam: guide.pam,
        strand: guide.strand,
        position: guide.position,
        score: guide.score,
    }
}

/// The first names of a list, and how many more there are.
fn listed(names: &[String]) -> String {
    const NAMED: usize = 12;
    let first = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_usual_settings_are_the_planners() {
        assert_eq!(design(&PooledSettings::default()), Design::default());
        assert_eq!(adapters(&PooledSettings::default()).unwrap(), Adapters::default());
    }

    #[test]
    fn a_long_list_of_names_is_cut_and_counted() {
        let names: Vec<String> = (1..=14).map(|n| format!("G{n}")).collect();
        assert!(listed(&names).ends_with("G12 and 2 more"));
        assert_eq!(listed(&names[..2]), "G1, G2");
    }
}
