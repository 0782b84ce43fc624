use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::{PlateWell, Well};
use super::*;

fn request(format: PlateFormat, genes: usize, donors: usize, replicates: u16) -> RoundLayout {
    RoundLayout {
        format,
        genes: (0..genes)
            .map(|gene| Gene {
                symbol: format!("GENE{gene}"),
                ensembl_id: format!("ENSG{gene:011}"),
            })
            .collect(),
        donors: (1..=donors).map(|donor| format!("D{donor}")).collect(),
        replicates,
        non_targeting: (0..5).map(|guide| format!("NTC_{guide}")).collect(),
        positive: vec!["POS_1".into(), "POS_2".into()],
        controls: ControlCounts::of_format(format),
        max_plates: None,
        barcode_stem: "NWABCDEF-1".into(),
        seed: 11,
    }
}

fn of(plate: &BlockPlate, content: Content) -> impl Iterator<Item = &PlateWell> {
    plate.plate.wells.iter().filter(move |held| held.content == content)
}

/// Donor, plate and well of every well of each gene.
fn by_gene(plates: &[BlockPlate]) -> BTreeMap<&str, Vec<(&str, usize, Well)>> {
    let mut genes: BTreeMap<&str, Vec<(&str, usize, Well)>> = BTreeMap::new();
    for (number, plate) in plates.iter().enumerate() {
        for held in of(plate, Content::Candidate) {
            genes.entry(&held.symbol).or_default().push((&plate.donor, number, held.well));
        }
    }
    genes
}

#[test]
fn every_donor_gets_every_candidate_with_controls_of_its_own() {
    let plates = lay_out_round(&request(PlateFormat::W96, 24, 3, 1)).unwrap();
    let donors: Vec<&str> = plates.iter().map(|plate| plate.donor.as_str()).collect();
    assert_eq!(donors, ["D1", "D2", "D3"]);
    for plate in &plates {
        assert_eq!(of(plate, Content::Candidate).count(), 24);
        assert_eq!(of(plate, Content::NonTargeting).count(), 8);
        assert_eq!(of(plate, Content::Positive).count(), 4);
        assert_eq!(of(plate, Content::Untreated).count(), 2);
        let guides: BTreeSet<&str> =
            of(plate, Content::NonTargeting).map(|held| held.guide_id.as_str()).collect();
        assert_eq!(guides.len(), 5, "all guides take part");
        assert!(plate.plate.wells.iter().all(|held| held.donor == plate.donor));
    }
    let seeds: BTreeSet<u64> = plates.iter().map(|plate| plate.plate.seed).collect();
    assert_eq!(seeds.len(), 3);
}

#[test]
fn three_donors_put_a_candidate_on_three_rows_and_columns() {
    for seed in 0..20 {
        let mut wanted = request(PlateFormat::W96, 24, 3, 1);
        wanted.seed = seed;
        let plates = lay_out_round(&wanted).unwrap();
        assert!(plates.iter().all(|plate| plate.plate.notes.is_empty()), "seed {seed}");
        for wells in by_gene(&plates).values() {
            let rows: BTreeSet<u8> = wells.iter().map(|(_, _, well)| well.row).collect();
            let columns: BTreeSet<u8> = wells.iter().map(|(_, _, well)| well.col).collect();
            assert_eq!((rows.len(), columns.len()), (3, 3), "seed {seed}");
        }
    }
}

#[test]
fn when_few_plates_may_be_used_replicates_still_go_to_different_ones() {
    let mut wanted = request(PlateFormat::W96, 60, 1, 3);
    wanted.max_plates = Some(3);
    let plates = lay_out_round(&wanted).unwrap();
    assert_eq!(plates.len(), 3);
    for wells in by_gene(&plates).values() {
        let on: BTreeSet<usize> = wells.iter().map(|(_, plate, _)| *plate).collect();
        assert_eq!(on.len(), 3);
    }
    wanted.max_plates = Some(2);
    let refused = lay_out_round(&wanted).unwrap_err();
    assert!(matches!(refused, PlateError::TooFewPlates { needed: 3, allowed: 2, .. }), "{refused}");
}

#[test]
fn replicates_on_the_only_plate_are_said_to_be_so() {
    let mut wanted = request(PlateFormat::W96, 12, 1, 2);
    wanted.max_plates = Some(1);
    let plates = lay_out_round(&wanted).unwrap();
    assert_eq!(plates.len(), 1);
    assert!(plates[0].plate.notes.iter().any(|note| note.contains("no other plate may be used")));
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let mut twice = request(PlateFormat::W96, 3, 2, 1);
    twice.donors[1] = "D1".into();
    assert!(matches!(lay_out_round(&twice), Err(PlateError::DuplicateDonor { .. })));
    let mut full = request(PlateFormat::W6, 3, 1, 1);
    full.controls = ControlCounts { non_targeting: 5, positive: 1, untreated: 0 };
    assert!(matches!(lay_out_round(&full), Err(PlateError::NoRoom { controls: 6, wells: 6 })));
    assert_eq!(lay_out_round(&request(PlateFormat::W96, 0, 1, 1)), Err(PlateError::NoCandidates));
}

#[test]
fn controls_of_a_full_plate_are_in_proportion_over_edge_and_inner_wells() {
    for (format, genes) in
        [(PlateFormat::W96, 82), (PlateFormat::W384, 340), (PlateFormat::W1536, 1424)]
    {
        let plates = lay_out_round(&request(format, genes, 1, 1)).unwrap();
        let plate = &plates[0].plate;
        assert_eq!(plate.wells.len(), usize::from(format.wells()));
        let edge_share = format.iter().filter(|well| format.is_edge(*well)).count() as f64
            / f64::from(format.wells());
        let wells: Vec<Well> =
            of(&plates[0], Content::NonTargeting).map(|held| held.well).collect();
        let edge = wells.iter().filter(|well| format.is_edge(**well)).count() as f64;
        assert!((edge - edge_share * wells.len() as f64).abs() < 1.0, "{edge} of {}", wells.len());
        let columns = format.columns();
        let outer = of(&plates[0], Content::Positive)
            .filter(|held| held.well.col < 2 || held.well.col + 2 >= columns)
            .count();
        assert_eq!(outer * 2, of(&plates[0], Content::Positive).count(), "{:?}", plate.notes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn every_candidate_has_exactly_its_replicates_and_no_pair_shares_a_plate_where_more_exist(
        which in 0usize..6,
        genes in 0usize..24,
        donors in 0usize..4,
        replicates in 1u16..4,
        max_plates in prop::option::of(1usize..10),
        seed in any::<u64>(),
        reversed in any::<bool>(),
    ) {
        let format = [
            PlateFormat::W6, PlateFormat::W12, PlateFormat::W24, PlateFormat::W48,
            PlateFormat::W96, PlateFormat::W384,
        ][which];
        let room = usize::from(format.wells()) - ControlCounts::of_format(format).total();
        // Up to three plates a block.
        let genes = 1 + genes % (3 * room);
        let mut wanted = request(format, genes, donors, replicates);
        (wanted.seed, wanted.max_plates) = (seed, max_plates);
        let n_donors = donors.max(1);
        let plates = match lay_out_round(&wanted) {
            Ok(plates) => plates,
            Err(PlateError::TooFewPlates { needed, allowed, .. }) => {
                prop_assert!(needed > allowed / n_donors * n_donors);
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        prop_assert!(max_plates.is_none_or(|most| plates.len() <= most));
        let of_donor = plates.len() / n_donors;
        for plate in &plates {
            let places: BTreeSet<Well> = plate.plate.wells.iter().map(|held| held.well).collect();
            prop_assert_eq!(places.len(), plate.plate.wells.len());
            prop_assert!(places.iter().all(|well| format.contains(*well)));
            prop_assert!(of(plate, Content::Candidate).count() <= room);
            prop_assert_eq!(of(plate, Content::NonTargeting).count(), wanted.controls.non_targeting);
            prop_assert_eq!(of(plate, Content::Positive).count(), wanted.controls.positive);
            prop_assert_eq!(of(plate, Content::Untreated).count(), wanted.controls.untreated);
        }
        let found = by_gene(&plates);
        prop_assert_eq!(found.len(), genes);
        for wells in found.values() {
            prop_assert_eq!(wells.len(), n_donors * usize::from(replicates));
            for donor in wells.iter().map(|(donor, _, _)| donor).collect::<BTreeSet<_>>() {
                let on: Vec<usize> =
                    wells.iter().filter(|(d, _, _)| d == donor).map(|(_, plate, _)| *plate).collect();
                let distinct = on.iter().collect::<BTreeSet<_>>().len();
                prop_assert_eq!(on.len(), usize::from(replicates));
                prop_assert_eq!(distinct, usize::from(replicates).min(of_donor));
            }
        }
        let clashing = clashes(&found);
        let noted = plates.iter().flat_map(|plate| &plate.plate.notes)
            .any(|note| note.contains("share a row or column"));
        prop_assert!(clashing == 0 || noted, "{} clashes and no note", clashing);
        let mut again = wanted.clone();
        if reversed {
            again.genes.reverse();
        }
        prop_assert_eq!(plates, lay_out_round(&again).unwrap());
    }
}

/// Pairs of a gene's wells that share a row or column.
fn clashes(genes: &BTreeMap<&str, Vec<(&str, usize, Well)>>) -> usize {
    let pairs = |wells: &Vec<(&str, usize, Well)>| {
        let mut count = 0;
        for (index, (_, _, a)) in wells.iter().enumerate() {
            count +=
                wells[..index].iter().filter(|(_, _, b)| a.row == b.row || a.col == b.col).count();
        }
        count
    };
    genes.values().map(pairs).sum()
}
