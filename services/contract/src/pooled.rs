//! Pooled rounds: the lab's guide library, what a round needs, what is ordered.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Issue, PooledReport};

/// How a round is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundKind {
    /// Well by well, on plates.
    #[default]
    Arrayed,
    /// A library of guides in one dish.
    Pooled,
}

/// The enzyme a guide library is cloned with; its sites must not be inside an oligo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloningEnzyme {
    /// BsmBI (Esp3I), CGTCTC.
    #[default]
    Bsmbi,
    /// BbsI (BpiI), GAAGAC.
    Bbsi,
    /// Both.
    Both,
    /// None: Gibson assembly or the like. TTTT is refused all the same.
    None,
}

/// Shape of a pooled round; absent fields have usual values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PooledSettings {
    /// Genes to pick.
    pub genes: u32,
    /// Guides a gene.
    pub guides_per_gene: u32,
    /// Non-targeting guides.
    pub non_targeting: u32,
    /// Safe-targeting guides.
    pub safe_targeting: u32,
    /// Infected cells a guide, at transduction and every passage.
    pub coverage: f64,
    /// Multiplicity of infection.
    pub moi: f64,
    /// Infections of their own: donors or biological replicates.
    pub replicates: u32,
    /// Sorted bins of every replicate; 0 without a sort.
    pub bins: u32,
    /// Cells a guide in every bin.
    pub cells_per_guide_in_bin: f64,
    /// Reads a guide of the plasmid pool.
    pub plasmid_reads_per_guide: f64,
    /// Reads a guide of every sample.
    pub sample_reads_per_guide: f64,
    /// Price of one oligo.
    pub cost_per_guide: f64,
    /// Price of a million infected cells.
    pub cost_per_million_cells: f64,
    /// Enzyme whose sites are refused.
    pub enzyme: CloningEnzyme,
    /// Letters before every insert; those of lentiGuide-type vectors when absent.
    pub adapter_5: Option<String>,
    /// Letters after every insert; those of lentiGuide-type vectors when absent.
    pub adapter_3: Option<String>,
}

impl Default for PooledSettings {
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
            enzyme: CloningEnzyme::default(),
            adapter_5: None,
            adapter_3: None,
        }
    }
}

/// What a pooled round needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledNumbers {
    /// Guides in all.
    pub guides: u64,
    /// Share of the cells that get a guide, 1 − e^(−MOI).
    pub infected_fraction: f64,
    /// Share of these that get exactly one.
    pub single_fraction: f64,
    /// Cells to infect, a replicate: guides × coverage / infected fraction.
    pub cells_to_infect: u64,
    /// Cells to infect over all replicates.
    pub cells_to_infect_in_all: u64,
    /// Cells to keep at every passage, a replicate.
    pub cells_per_passage: u64,
    /// Cells to sort into every bin, a replicate; 0 without a sort.
    pub cells_per_bin: u64,
    /// Reads of the plasmid pool.
    pub plasmid_reads: u64,
    /// Samples to sequence.
    pub samples: u64,
    /// Reads of one sample.
    pub reads_per_sample: u64,
    /// Reads in all.
    pub reads_in_all: u64,
    /// Price of oligos and cells.
    pub cost: f64,
}

/// Something to think about twice before ordering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledWarning {
    /// Stable machine word, such as `coverage_low`.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
}

/// What the campaign's guides allow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryFit {
    /// Guides that were uploaded.
    pub guides: u64,
    /// Guides refused under these settings.
    pub refused: u64,
    /// Open candidates with enough usable guides: neither measured, pending nor set aside.
    pub genes_ready: u64,
    /// Open candidates with fewer.
    pub genes_short: u64,
    /// Some of these, by name.
    pub short_names: Vec<String>,
    /// Usable non-targeting guides.
    pub non_targeting: u64,
    /// Usable safe-targeting guides.
    pub safe_targeting: u64,
}

/// A pooled round before it is planned; nothing is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledEstimate {
    /// Guides, cells, reads, money.
    pub numbers: PooledNumbers,
    /// Doubts that hold nothing back.
    pub warnings: Vec<PooledWarning>,
    /// What the uploaded guides allow.
    pub library: LibraryFit,
    /// Why the round cannot be planned like this; empty when it can.
    pub obstacles: Vec<Issue>,
    /// Money left before the round, when the campaign has a budget.
    pub budget_left: Option<f64>,
}

/// A pooled round to plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PooledPlanRequest {
    /// Its shape.
    pub settings: PooledSettings,
    /// Genes that must be in.
    pub force: Vec<String>,
    /// Genes that must stay out.
    pub exclude: Vec<String>,
}

/// A guide that cannot be ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RefusedGuide {
    /// The lab's name of it.
    pub guide_id: String,
    /// What it targets.
    pub target: String,
    /// `cloning_site`, `terminator`, `other_length` or `same_sequence`.
    pub code: String,
    /// Why, in words.
    pub reason: String,
}

/// A guide library file of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GuideLibrary {
    /// Identifier.
    pub id: Uuid,
    /// Name of the file.
    pub file_name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// Size.
    pub n_bytes: u64,
    /// Guides that came with it first.
    pub guides: u64,
    /// When it was uploaded.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Answer to the upload of a guide library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryStored {
    /// The file.
    pub library: GuideLibrary,
    /// True when this very file was here before: nothing was changed.
    pub duplicate: bool,
    /// Guides of the file that are new to the campaign.
    pub added: u64,
    /// Worth a look; held nothing back.
    pub warnings: Vec<Issue>,
    /// Guides that cannot be ordered with the enzyme asked for, by name.
    pub refused: Vec<RefusedGuide>,
}

/// All guides of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GuidesOverview {
    /// Files, oldest first.
    pub libraries: Vec<GuideLibrary>,
    /// Guides in all.
    pub guides: u64,
    /// Candidates of the campaign with at least one usable guide.
    pub candidates_covered: u64,
    /// Usable non-targeting guides.
    pub non_targeting: u64,
    /// Usable safe-targeting guides.
    pub safe_targeting: u64,
    /// Guides that cannot be ordered with the enzyme asked for, by name.
    pub refused: Vec<RefusedGuide>,
}

/// A guide of a pooled round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledGuide {
    /// The lab's name of it.
    pub guide_id: String,
    /// Its sequence.
    pub protospacer: String,
    /// Higher is better.
    pub score: Option<f64>,
}

/// A gene of a pooled round with its guides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledGene {
    /// Gene symbol.
    pub symbol: String,
    /// Its guides, best first; a guide that targets two genes is listed with both.
    pub guides: Vec<PooledGuide>,
}

/// What makes a round pooled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledRound {
    /// The round.
    pub round_id: Uuid,
    /// What was asked for.
    pub settings: PooledSettings,
    /// Guides, cells, reads, money.
    pub numbers: PooledNumbers,
    /// Doubts about the design.
    pub warnings: Vec<PooledWarning>,
    /// Genes with their guides, in order of choice.
    pub genes: Vec<PooledGene>,
    /// Non-targeting guides of the round.
    pub non_targeting: u64,
    /// Safe-targeting guides of the round.
    pub safe_targeting: u64,
    /// Letters of every oligo.
    pub oligo_length: u64,
    /// The table that was accepted, once it was.
    pub results: Option<PooledReport>,
}
