//! The order sheet: one oligo a row, as oligo makers take it.

use serde::Serialize;

use super::guide::Guide;
use super::oligo::Adapters;

/// A row of the sheet; the columns' names and order are the format.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SheetRow {
    /// Name of the oligo, unique in the order.
    pub oligo_name: String,
    /// Genes, `;` between two; the kind of a control.
    pub symbol: String,
    /// Ensembl gene ids, `;` between two.
    pub ensembl_id: String,
    /// The lab's name of the guide.
    pub guide_id: String,
    /// The protospacer. The name is that of the format, whatever the length.
    pub protospacer_20nt: String,
    /// PAM in the genome.
    pub pam: String,
    /// `+` or `-`.
    pub strand: String,
    /// Position in the genome.
    pub position: String,
    /// Score of the design.
    pub score: String,
    /// What to order.
    pub oligo_sequence: String,
}

/// The sheet of guides in their order; `prefix` begins every oligo's name.
///
/// With guides that a [`Shelf`](super::Shelf) chose, all oligos have the same length and none has
/// a forbidden site in or at its insert.
pub fn order_sheet<'a>(
    prefix: &str,
    guides: impl IntoIterator<Item = &'a Guide>,
    adapters: &Adapters,
    with_g: bool,
) -> Vec<SheetRow> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let row = |guide: &Guide| SheetRow {
        oligo_name: format!("{prefix}_{}", guide.guide_id),
        symbol: guide.target(),
        ensembl_id: guide.ensembl_ids.join(";"),
        guide_id: guide.guide_id.clone(),
        protospacer_20nt: guide.protospacer.clone(),
        pam: text(&guide.pam),
        strand: text(&guide.strand),
        position: guide.position.map(|n| n.to_string()).unwrap_or_default(),
        score: guide.score.map(|n| n.to_string()).unwrap_or_default(),
        oligo_sequence: adapters.oligo(with_g, &guide.protospacer),
    };
    guides.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pooled::{ControlKind, Enzyme, Shelf};

    fn guide(name: &str, symbols: &[&str], protospacer: &str, score: Option<f64>) -> Guide {
        Guide {
            guide_id: name.into(),
            symbols: symbols.iter().map(|s| (*s).to_owned()).collect(),
            ensembl_ids: Vec::new(),
            control: symbols.is_empty().then_some(ControlKind::NonTargeting),
            protospacer: protospacer.into(),
            pam: Some("NGG".into()),
            strand: Some("-".into()),
            position: Some(8_073_000),
            score,
        }
    }

    fn library() -> Vec<Guide> {
        vec![
            guide("GATA3_1", &["GATA3"], "ACACACACACACACACACAC", Some(0.2)),
            guide("GATA3_2", &["GATA3"], "GCACACACACACACACACAC", Some(0.9)),
            guide("GATA3_3", &["GATA3"], "ACACACGTCTCACACACACA", Some(1.0)),
            guide("GATA3_4", &["GATA3"], "TCTCACACACACACACACAC", None),
            guide("GATA3_5", &["GATA3"], "ACACACACACACACACACAG", None),
            guide("HBA_1", &["HBA1", "HBA2"], "AGAGAGAGAGAGAGAGAGAG", Some(0.5)),
            guide("HBA_2", &["HBA1", "HBA2"], "AGAGAGAGAGAGAGAGAGCC", Some(0.4)),
            guide("MYB_1", &["MYB"], "ACACATTTTACACACACACA", Some(0.5)),
            guide("MYB_2", &["MYB"], "ACACAACACACACACACAC", Some(0.5)),
            guide("MYB_3", &["MYB"], "ACACACACACACACACACAC", Some(0.5)),
            guide("NT_1", &[], "AGAGAGACAGAGACACACAC", None),
        ]
    }

    #[test]
    fn guides_that_cannot_be_ordered_are_refused_by_name_with_the_reason() {
        let (guides, adapters) = (library(), Adapters::default());
        let shelf = Shelf::new(&guides, &adapters, Enzyme::Bsmbi);
        let lines: Vec<String> = shelf
            .refused()
            .iter()
            .map(|r| format!("{} ({}) {}: {}", r.guide_id, r.target, r.code, r.reason))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        GATA3_3 (GATA3) cloning_site: a BsmBI site (CGTCTC) inside
        GATA3_4 (GATA3) cloning_site: a BsmBI site (CGTCTC) across the junction with the 5′ adapter
        MYB_1 (MYB) terminator: the terminator (TTTT) inside
        MYB_2 (MYB) other_length: 19 letters, the other guides have 20
        MYB_3 (MYB) same_sequence: the same sequence as guide GATA3_1
        ");
        let bbsi = Shelf::new(&guides, &adapters, Enzyme::Bbsi);
        assert!(bbsi.refused().iter().all(|refused| refused.code != "cloning_site"));
    }

    #[test]
    fn the_best_guides_by_score_then_by_file_order_make_the_sheet() {
        let (guides, adapters) = (library(), Adapters::default());
        let shelf = Shelf::new(&guides, &adapters, Enzyme::Bsmbi);
        let controls = [(ControlKind::NonTargeting, 1), (ControlKind::SafeTargeting, 0)];
        let chosen = shelf.choose(&["HBA2", "GATA3", "HBA1"], 2, controls).unwrap();
        let picked = chosen.guides.iter().map(|place| &guides[*place]);
        let rows = order_sheet("NWR2", picked, &adapters, shelf.with_g());
        let mut file = csv::Writer::from_writer(Vec::new());
        rows.iter().for_each(|row| file.serialize(row).unwrap());
        let text = String::from_utf8(file.into_inner().unwrap()).unwrap();
        insta::assert_snapshot!(text, @r"
        oligo_name,symbol,ensembl_id,guide_id,protospacer_20nt,pam,strand,position,score,oligo_sequence
        NWR2_HBA_1,HBA1;HBA2,,HBA_1,AGAGAGAGAGAGAGAGAGAG,NGG,-,8073000,0.5,TATCTTGTGGAAAGGACGAAACACCGAGAGAGAGAGAGAGAGAGAGGTTTTAGAGCTAGAAATAGCAAGTTAAAAT
        NWR2_HBA_2,HBA1;HBA2,,HBA_2,AGAGAGAGAGAGAGAGAGCC,NGG,-,8073000,0.4,TATCTTGTGGAAAGGACGAAACACCGAGAGAGAGAGAGAGAGAGCCGTTTTAGAGCTAGAAATAGCAAGTTAAAAT
        NWR2_GATA3_2,GATA3,,GATA3_2,GCACACACACACACACACAC,NGG,-,8073000,0.9,TATCTTGTGGAAAGGACGAAACACCGGCACACACACACACACACACGTTTTAGAGCTAGAAATAGCAAGTTAAAAT
        NWR2_GATA3_1,GATA3,,GATA3_1,ACACACACACACACACACAC,NGG,-,8073000,0.2,TATCTTGTGGAAAGGACGAAACACCGACACACACACACACACACACGTTTTAGAGCTAGAAATAGCAAGTTAAAAT
        NWR2_NT_1,non-targeting,,NT_1,AGAGAGACAGAGACACACAC,NGG,-,8073000,,TATCTTGTGGAAAGGACGAAACACCGAGAGAGACAGAGACACACACGTTTTAGAGCTAGAAATAGCAAGTTAAAAT
        ");
    }

    #[test]
    fn genes_and_controls_with_too_few_guides_are_named() {
        let (guides, adapters) = (library(), Adapters::default());
        let shelf = Shelf::new(&guides, &adapters, Enzyme::Bsmbi);
        let none = [(ControlKind::NonTargeting, 0), (ControlKind::SafeTargeting, 0)];
        let error = shelf.choose(&["GATA3", "MYB", "KLF2"], 2, none).unwrap_err();
        insta::assert_snapshot!(error, @"the guide library has fewer than 2 usable guides for MYB (0), KLF2 (0); upload guides for them, ask for fewer guides a gene or leave the genes out");
        let many = [(ControlKind::NonTargeting, 50), (ControlKind::SafeTargeting, 0)];
        let error = shelf.choose(&["GATA3"], 2, many).unwrap_err();
        insta::assert_snapshot!(error, @"the guide library has 1 usable non-targeting guides, 50 are asked for; upload more or ask for fewer");
    }

    fn sequence() -> impl Strategy<Value = String> {
        // Few letters at a time make sites and terminators common.
        prop_oneof!["[ACGT]{20}", "[CGT]{20}", "[ACGT]{7}(CGTCTC|GAAGAC|TTTT)[ACGT]{7,8}"]
    }

    proptest! {
        #[test]
        fn no_oligo_of_a_sheet_has_a_forbidden_site_and_all_have_one_length(
            sequences in prop::collection::vec((sequence(), 0usize..4, prop::option::of(0u8..5)), 1..40),
            five in "[ACGT]{4,12}", three in "[ACGT]{4,12}",
            enzyme in prop_oneof![Just(Enzyme::Bsmbi), Just(Enzyme::Bbsi), Just(Enzyme::Both)],
        ) {
            let names = ["A", "B", "C"];
            let guides: Vec<Guide> = sequences.iter().enumerate().map(|(i, (sequence, gene, score))| {
                let symbols: Vec<&str> = names.get(*gene).copied().into_iter().collect();
                guide(&format!("g{i}"), &symbols, sequence, score.map(f64::from))
            }).collect();
            let adapters = Adapters::new(&five, &three).unwrap();
            let shelf = Shelf::new(&guides, &adapters, enzyme);
            let non_targeting = shelf.of_kind(ControlKind::NonTargeting);
            let usable: usize = names.iter().map(|name| shelf.of_gene(name)).sum();
            prop_assert_eq!(usable + non_targeting + shelf.refused().len(), guides.len());
            let genes: Vec<&str> = names.into_iter().filter(|name| shelf.of_gene(name) > 0).collect();
            let controls = [(ControlKind::NonTargeting, non_targeting), (ControlKind::SafeTargeting, 0)];
            let chosen = shelf.choose(&genes, 1, controls).unwrap();
            prop_assert_eq!(chosen.guides.len(), genes.len() + non_targeting);
            let rows = order_sheet("R", chosen.guides.iter().map(|i| &guides[*i]), &adapters, shelf.with_g());
            let forbidden: &[&str] = match enzyme {
                Enzyme::Bsmbi => &["CGTCTC", "GAGACG", "TTTT"],
                Enzyme::Bbsi => &["GAAGAC", "GTCTTC", "TTTT"],
                _ => &["CGTCTC", "GAGACG", "GAAGAC", "GTCTTC", "TTTT"],
            };
            for row in &rows {
                prop_assert_eq!(row.oligo_sequence.len(), rows[0].oligo_sequence.len());
                // What touches the insert; the adapters themselves may hold anything.
                let g = usize::from(shelf.with_g());
                let (from, until) = (five.len(), five.len() + g + row.protospacer_20nt.len());
                for site in forbidden {
                    let last = row.oligo_sequence.len() - site.len();
                    let touches = (0..=last).any(|at| {
                        row.oligo_sequence[at..].starts_with(site) && at < until && at + site.len() > from
                    });
                    prop_assert!(!touches, "{} in {}", site, row.oligo_sequence);
                }
            }
        }
    }
}
