use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn request(
    format: PlateFormat,
    genes: usize,
    replicates: u16,
    controls: [usize; 2],
) -> LayoutRequest {
    let candidates = (0..genes)
        .flat_map(|gene| {
            (1..=replicates).map(move |replicate| CandidateWell {
                symbol: format!("GENE{gene}"),
                ensembl_id: format!("ENSG{gene:011}"),
                replicate,
            })
        })
        .collect();
    LayoutRequest {
        format,
        barcode: "NW000001".into(),
        candidates,
        non_targeting: (0..controls[0]).map(|i| format!("NTC_{i:03}")).collect(),
        positive: (0..controls[1]).map(|i| format!("POS_{i:03}")).collect(),
        untreated: 0,
        donor: "D1".into(),
        seed: 7,
    }
}

fn most_in_a_line(plate: &Plate, content: Content) -> usize {
    let wells: Vec<Well> =
        plate.wells.iter().filter(|held| held.content == content).map(|held| held.well).collect();
    let in_row = |row| wells.iter().filter(|well| well.row == row).count();
    let in_col = |col| wells.iter().filter(|well| well.col == col).count();
    (0..48).map(|line| in_row(line).max(in_col(line))).max().unwrap_or(0)
}

fn quadrants(plate: &Plate, content: Content) -> usize {
    plate
        .wells
        .iter()
        .filter(|held| held.content == content)
        .map(|held| plate.format.quadrant(held.well))
        .collect::<BTreeSet<_>>()
        .len()
}

#[test]
fn a_focused_round_on_96_wells_leaves_the_edge_ring_empty() {
    let plate = layout(&request(PlateFormat::W96, 24, 1, [8, 4])).unwrap();
    assert!(plate.wells.iter().all(|held| !plate.format.is_edge(held.well)));
    assert_eq!(plate.count(Content::Candidate), 24);
    assert_eq!(plate.notes, Vec::<String>::new());
}

#[test]
fn a_full_plate_uses_the_edge_and_says_so() {
    let plate = layout(&request(PlateFormat::W96, 42, 2, [8, 4])).unwrap();
    assert_eq!(plate.count(Content::Empty), 0);
    assert!(plate.notes[0].contains("edge ring is used"), "{:?}", plate.notes);
}

#[test]
fn controls_of_a_kind_are_at_most_two_in_a_row_or_column_and_in_every_quadrant() {
    for seed in 0..40 {
        let mut wanted = request(PlateFormat::W96, 24, 2, [8, 4]);
        wanted.seed = seed;
        let plate = layout(&wanted).unwrap();
        for content in [Content::NonTargeting, Content::Positive] {
            assert!(most_in_a_line(&plate, content) <= 2, "seed {seed}");
            assert_eq!(quadrants(&plate, content), 4, "seed {seed}");
        }
    }
}

#[test]
fn replicates_of_a_gene_share_no_row_and_no_column() {
    let plate = layout(&request(PlateFormat::W96, 16, 3, [8, 4])).unwrap();
    for a in &plate.wells {
        for b in plate.wells.iter().filter(|b| b.symbol == a.symbol && b.well != a.well) {
            let apart = a.well.row != b.well.row && a.well.col != b.well.col;
            assert!(a.content != Content::Candidate || apart, "{a:?} {b:?}");
        }
    }
}

#[test]
fn the_order_of_the_request_does_not_change_the_layout_but_the_seed_does() {
    let wanted = request(PlateFormat::W96, 24, 2, [8, 4]);
    let mut reversed = wanted.clone();
    reversed.candidates.reverse();
    assert_eq!(layout(&wanted).unwrap(), layout(&reversed).unwrap());
    let mut other = wanted.clone();
    other.seed += 1;
    assert_ne!(layout(&wanted).unwrap().wells, layout(&other).unwrap().wells);
}

#[test]
fn a_layout_with_few_controls_notes_the_rule_that_cannot_be_kept() {
    let plate = layout(&request(PlateFormat::W24, 8, 2, [3, 1])).unwrap();
    assert!(plate.notes.iter().any(|note| note.contains("3 non-targeting wells cannot cover")));
}

#[test]
fn requests_that_cannot_be_laid_out_are_refused_with_the_reason() {
    let too_many = layout(&request(PlateFormat::W24, 24, 1, [3, 1])).unwrap_err();
    assert!(too_many.to_string().contains("28 wells were asked for"), "{too_many}");
    let no_controls = layout(&request(PlateFormat::W96, 4, 1, [2, 1])).unwrap_err();
    assert!(matches!(no_controls, PlateError::TooFewNonTargeting { found: 2, needed: 3 }));
    let none = layout(&request(PlateFormat::W96, 0, 1, [4, 1])).unwrap_err();
    assert_eq!(none, PlateError::NoCandidates);
    let mut twice = request(PlateFormat::W96, 4, 1, [4, 1]);
    twice.candidates.push(twice.candidates[0].clone());
    assert!(matches!(layout(&twice).unwrap_err(), PlateError::DuplicateCandidate { .. }));
    let mut lower = request(PlateFormat::W96, 4, 1, [4, 1]);
    lower.barcode = "plate 1".into();
    assert!(matches!(layout(&lower).unwrap_err(), PlateError::Barcode { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_requested_well_is_placed_once_and_no_two_overlap(
        which in 0usize..4,
        genes in 1usize..40,
        replicates in 1u16..4,
        non_targeting in 3usize..10,
        positive in 0usize..5,
        seed in any::<u64>(),
    ) {
        let format = [PlateFormat::W24, PlateFormat::W48, PlateFormat::W96, PlateFormat::W384][which];
        let mut wanted = request(format, genes, replicates, [non_targeting, positive]);
        wanted.seed = seed;
        let needed = genes * usize::from(replicates) + non_targeting + positive;
        let Ok(plate) = layout(&wanted) else {
            prop_assert!(needed > usize::from(format.wells()));
            return Ok(());
        };
        prop_assert_eq!(plate.wells.len(), needed);
        let places: BTreeSet<Well> = plate.wells.iter().map(|held| held.well).collect();
        prop_assert_eq!(places.len(), needed);
        prop_assert!(places.iter().all(|well| format.contains(*well)));
        prop_assert_eq!(plate.count(Content::NonTargeting), non_targeting);
        prop_assert_eq!(plate.count(Content::Positive), positive);
        let mut placed: Vec<CandidateWell> = plate.wells.iter()
            .filter(|held| held.content == Content::Candidate)
            .map(|held| CandidateWell {
                symbol: held.symbol.clone(),
                ensembl_id: held.ensembl_id.clone(),
                replicate: held.replicate,
            })
            .collect();
        placed.sort();
        wanted.candidates.sort();
        prop_assert_eq!(placed, wanted.candidates.clone());
        prop_assert_eq!(plate, layout(&wanted).unwrap());
    }
}
