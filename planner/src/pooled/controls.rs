//! Names that libraries and tables give to guides that target no gene.

use serde::{Deserialize, Serialize};

/// What a control guide is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// Cuts nowhere.
    NonTargeting,
    /// Cuts where no gene is: the toxicity of cutting itself.
    SafeTargeting,
}

impl ControlKind {
    /// The kind in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::NonTargeting => "non-targeting",
            Self::SafeTargeting => "safe-targeting",
        }
    }
}

/// Beginnings that no gene symbol has, letters and digits only.
const NON_TARGETING: [&str; 9] = [
    "nontarget",
    "notarget",
    "negativecontrol",
    "negctrl",
    "scramble",
    "intergenic",
    "luciferase",
    "lacz",
    "egfp",
];
const SAFE_TARGETING: [&str; 4] = ["safetarget", "safeharbor", "safeharbour", "safecut"];
/// Whole names, once the number at the end is off: too short to be looked for as a beginning
/// (`NT5E` and `CTRB1` are genes).
const SHORT: [&str; 6] = ["ntc", "nt", "neg", "ctrl", "control", "nontargetingcontrol"];
const SHORT_SAFE: [&str; 2] = ["safe", "st"];

/// Whether a name means a control, and which. Ask only about names that are no candidate gene:
/// `CTRL` is a gene as well as a control.
pub fn control_kind(name: &str) -> Option<ControlKind> {
    let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let begins = |known: &[&str]| known.iter().any(|word| name.starts_with(word));
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if begins(&SAFE_TARGETING) || SHORT_SAFE.contains(&bare) {
        Some(ControlKind::SafeTargeting)
    } else if begins(&NON_TARGETING) || SHORT.contains(&bare) {
        Some(ControlKind::NonTargeting)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_controls_are_known_in_every_spelling_and_genes_are_not() {
        for name in ["NTC", "NT-1", "Non-Targeting_0042", "NonTargeting", "negative_control 3"] {
            assert_eq!(control_kind(name), Some(ControlKind::NonTargeting), "{name}");
        }
        for name in ["LacZ", "scrambled", "INTERGENIC_12", "CTRL0001", "control-7"] {
            assert_eq!(control_kind(name), Some(ControlKind::NonTargeting), "{name}");
        }
        for name in ["safe-targeting-3", "Safe_Harbor", "SAFE_12"] {
            assert_eq!(control_kind(name), Some(ControlKind::SafeTargeting), "{name}");
        }
        for gene in ["NT5E", "NTRK1", "CTRB1", "NEGR1", "GATA3", "STAT3", "SAFB", ""] {
            assert_eq!(control_kind(gene), None, "{gene}");
        }
    }
}
