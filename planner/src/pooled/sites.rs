//! Sequences that must not be inside an oligo: sites of the cloning enzyme, and the terminator.

use serde::{Deserialize, Serialize};

/// The enzyme the library is cloned with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enzyme {
    /// BsmBI (Esp3I).
    #[default]
    Bsmbi,
    /// BbsI (BpiI).
    Bbsi,
    /// Both, for a library that goes into two vectors.
    Both,
    /// None: Gibson assembly or the like.
    None,
}

/// A sequence with its name.
pub(super) struct Motif {
    pub(super) name: &'static str,
    pub(super) sequence: &'static str,
}

const BSMBI: [Motif; 2] = [
    Motif { name: "a BsmBI site", sequence: "CGTCTC" },
    Motif { name: "a BsmBI site", sequence: "GAGACG" },
];
const BBSI: [Motif; 2] = [
    Motif { name: "a BbsI site", sequence: "GAAGAC" },
    Motif { name: "a BbsI site", sequence: "GTCTTC" },
];
/// Four T end transcription by RNA polymerase III, from U6 and H1 alike.
const TERMINATOR: Motif = Motif { name: "the terminator", sequence: "TTTT" };

impl Enzyme {
    fn motifs(self) -> impl Iterator<Item = &'static Motif> {
        let (bsmbi, bbsi): (&[Motif], &[Motif]) = match self {
            Self::Bsmbi => (&BSMBI, &[]),
            Self::Bbsi => (&[], &BBSI),
            Self::Both => (&BSMBI, &BBSI),
            Self::None => (&[], &[]),
        };
        bsmbi.iter().chain(bbsi).chain([&TERMINATOR])
    }
}

/// Where a forbidden sequence lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    FivePrimeJunction,
    ThreePrimeJunction,
}

impl Place {
    fn words(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::FivePrimeJunction => "across the junction with the 5′ adapter",
            Self::ThreePrimeJunction => "across the junction with the 3′ adapter",
        }
    }
}

/// The first forbidden sequence of an oligo that touches its insert; sites wholly within an
/// adapter are how the oligo is cloned.
///
/// `insert` is the range of the insert (extra G and protospacer) in the oligo, in letters.
pub(super) fn forbidden(
    oligo: &str,
    insert: std::ops::Range<usize>,
    enzyme: Enzyme,
) -> Option<(&'static Motif, Place)> {
    enzyme.motifs().find_map(|motif| {
        let size = motif.sequence.len();
        let from = insert.start.saturating_sub(size - 1);
        let until = (insert.end + size - 1).min(oligo.len());
        let at = from + oligo.get(from..until)?.find(motif.sequence)?;
        let place = if at < insert.start {
            Place::FivePrimeJunction
        } else if at + size > insert.end {
            Place::ThreePrimeJunction
        } else {
            Place::Inside
        };
        Some((motif, place))
    })
}

/// A finding in words, such as `a BsmBI site (CGTCTC) inside`.
pub(super) fn words((motif, place): (&Motif, Place)) -> String {
    format!("{} ({}) {}", motif.name, motif.sequence, place.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(five: &str, insert: &str, three: &str, enzyme: Enzyme) -> Option<String> {
        let oligo = format!("{five}{insert}{three}");
        forbidden(&oligo, five.len()..five.len() + insert.len(), enzyme).map(words)
    }

    #[test]
    fn a_site_is_found_inside_and_across_both_junctions_but_not_within_an_adapter() {
        let five = "AACGTCTCACACCG";
        let three = "GTTTTAGAGC";
        let clean = "ACACACACACACACACACAC";
        assert_eq!(found(five, clean, three, Enzyme::Bsmbi), None);
        let inside = found(five, "ACACACGTCTCACACACACA", three, Enzyme::Bsmbi);
        assert_eq!(inside.as_deref(), Some("a BsmBI site (CGTCTC) inside"));
        let before = found(five, "TCTCACACACACACACACAC", three, Enzyme::Bsmbi);
        assert_eq!(
            before.as_deref(),
            Some("a BsmBI site (CGTCTC) across the junction with the 5′ adapter")
        );
        let after = found(five, "ACACACACACACACACAGAA", "GACTTTT", Enzyme::Bbsi);
        assert_eq!(
            after.as_deref(),
            Some("a BbsI site (GAAGAC) across the junction with the 3′ adapter")
        );
    }

    #[test]
    fn only_the_chosen_enzyme_is_looked_for_and_the_terminator_always() {
        let bbsi = "ACACAGTCTTCACACACACA";
        assert_eq!(found("CG", bbsi, "GT", Enzyme::Bsmbi), None);
        assert!(found("CG", bbsi, "GT", Enzyme::Both).is_some());
        let stops = "ACACACTTTTACACACACAC";
        for enzyme in [Enzyme::None, Enzyme::Bsmbi, Enzyme::Bbsi] {
            assert!(found("CG", stops, "GT", enzyme).unwrap().contains("TTTT"));
        }
    }
}
