//! Results of a pooled round: a gene summary of MAGeCK and how it is read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Which command of MAGeCK wrote a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MageckMethod {
    /// `mageck test`: two groups, by robust rank aggregation.
    Test,
    /// `mageck mle`: an effect for every condition.
    Mle,
}

/// Which FDR of an MLE table calls the hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MageckFdr {
    /// `fdr`, from permutation.
    #[default]
    Fdr,
    /// `wald-fdr`, from the Wald test.
    WaldFdr,
}

/// How a table is read into hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PooledReading {
    /// Pooled round the table belongs to; the oldest one without results when absent.
    pub round_id: Option<Uuid>,
    /// Condition of an MLE table; needed when it has several.
    pub condition: Option<String>,
    /// Which FDR of an MLE table.
    pub fdr: MageckFdr,
    /// A hit's FDR is below this.
    pub max_fdr: f64,
}

impl Default for PooledReading {
    fn default() -> Self {
        Self { round_id: None, condition: None, fdr: MageckFdr::default(), max_fdr: 0.05 }
    }
}

/// Where zero and one of the effects lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EffectScale {
    /// Effect that becomes 0.
    pub median: f64,
    /// Effect above the median that becomes 1.
    pub mad: f64,
    /// Rows it was taken from.
    pub rows: u32,
    /// Whether these rows are the controls; all genes otherwise.
    pub from_controls: bool,
}

/// A row of the table as it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledCall {
    /// Row of the file, from 1.
    pub row: u64,
    /// Approved gene symbol, or the name of the control.
    pub symbol: String,
    /// Guides it comes from.
    pub guides: u32,
    /// Effect as written: log fold change or beta.
    pub effect: f64,
    /// Effect on the scale of the controls.
    pub robust_z: f64,
    /// Its standard error on that scale, where the table has one.
    pub se: Option<f64>,
    /// FDR it is called by.
    pub fdr: Option<f64>,
    /// Whether it is a hit; a control that would be one is a false positive.
    pub hit: bool,
}

/// What was found in a gene summary and how it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PooledReport {
    /// Which command wrote it.
    pub method: MageckMethod,
    /// Conditions of an MLE table.
    pub conditions: Vec<String>,
    /// The pooled round it is read for.
    pub round_id: Option<Uuid>,
    /// Number of that round.
    pub round_number: Option<u32>,
    /// How it is read.
    pub reading: PooledReading,
    /// The hit rule in words; absent until the reading is complete.
    pub rule: Option<String>,
    /// The scale; absent until the reading is complete.
    pub scale: Option<EffectScale>,
    /// Genes of the round, strongest first.
    pub genes: Vec<PooledCall>,
    /// Control rows, set apart: the calls are judged by them.
    pub controls: Vec<PooledCall>,
    /// Genes of the round without a row.
    pub missing: Vec<String>,
}
