//! A guide of the lab's library.

use serde::{Deserialize, Serialize};

use super::controls::ControlKind;

/// Shortest and longest protospacer, in nucleotides.
pub(super) const LENGTHS: std::ops::RangeInclusive<usize> = 17..=25;

/// One guide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    /// The lab's name of it.
    pub guide_id: String,
    /// Genes it targets, one or two; empty for a control.
    pub symbols: Vec<String>,
    /// Ensembl gene ids of these, where the file says so; empty or as many as `symbols`.
    pub ensembl_ids: Vec<String>,
    /// What it is when it targets no gene.
    pub control: Option<ControlKind>,
    /// 17 to 25 letters A, C, G, T, without the PAM.
    pub protospacer: String,
    /// PAM next to it in the genome.
    pub pam: Option<String>,
    /// `+` or `-`.
    pub strand: Option<String>,
    /// Position in the genome.
    pub position: Option<i64>,
    /// Higher is better, in the unit of whoever designed it.
    pub score: Option<f64>,
}

impl Guide {
    /// Its genes joined by `;`, or the word for a control.
    pub fn target(&self) -> String {
        match self.control {
            Some(kind) => kind.word().to_owned(),
            None => self.symbols.join(";"),
        }
    }
}

/// The first letter that is none of A, C, G, T, with its place from 0.
pub(super) fn foreign_letter(sequence: &str) -> Option<(usize, char)> {
    sequence.chars().enumerate().find(|(_, letter)| !matches!(letter, 'A' | 'C' | 'G' | 'T'))
}
