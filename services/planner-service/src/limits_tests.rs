//! Limits of one round, without a database.

use nextwell_store::controls::{Control, ControlKind};
use nextwell_store::gene_results::GeneResult;
use nextwell_store::plate_designs::PlateDesign;
use nextwell_store::rounds::Spent;
use nextwell_store::{OffsetDateTime, Uuid, candidates::Candidate};

use super::*;
use crate::known::CORE_ESSENTIAL;

/// Ten candidates `GENE00` to `GENE09`, the last set aside by hand, and an essential one; two
/// controls on plates of six wells.
fn known() -> Known {
    let gene = |symbol: String, reason: Option<&str>| Candidate {
        symbol,
        ensembl_id: None,
        excluded_reason: reason.map(str::to_owned),
    };
    let mut genes: Vec<Candidate> = (0..10)
        .map(|n| gene(format!("GENE0{n}"), (n == 9).then_some("set aside by a person")))
        .collect();
    genes.push(gene("RPL3".into(), Some(CORE_ESSENTIAL)));
    let control = |name: &str| Control { name: name.into(), kind: ControlKind::NonTargeting };
    Known {
        design: PlateDesign { non_targeting_wells: Some(2), ..PlateDesign::default() },
        campaign: campaign(),
        number: 3,
        index: genes.iter().enumerate().map(|(i, g)| (g.symbol.clone(), i)).collect(),
        genes,
        results: vec![result("GENE00"), result("GENE01")],
        pending: vec!["GENE02".into()],
        controls: vec![control("NT1"), control("NT2")],
        screen: None,
        blocks: Vec::new(),
        spent: Spent { amount: 30.0, wells: 3, rounds: 2 },
        outcomes: Vec::new(),
    }
}

fn result(symbol: &str) -> GeneResult {
    GeneResult {
        round_id: Uuid::nil(),
        symbol: symbol.into(),
        robust_z: 1.0,
        se: None,
        n_wells: 1,
        hit: false,
        rule: "rule".into(),
        upload_id: Uuid::nil(),
    }
}

fn campaign() -> Campaign {
    Campaign {
        id: Uuid::nil(),
        name: "c".into(),
        dataset_digest: "d".into(),
        readout: "r".into(),
        readout_gene: None,
        keywords: Vec::new(),
        state_column: "s".into(),
        start_value: "a".into(),
        goal_value: "b".into(),
        donor_column: None,
        hit_threshold: 3.0,
        two_sided: true,
        batch: 4,
        plate_format: 6,
        budget_amount: Some(100.0),
        cost_per_well: 10.0,
        max_rounds: Some(5),
        library_hits: None,
        ask_me_first: true,
        exclude_essential: true,
        seed: 1,
        model_digest: "m".into(),
        screen_settings: serde_json::json!({}),
        cost_per_plate: 0.0,
        max_wells: None,
        acquisition: "upper_confidence_bound".into(),
        kappa: 1.0,
        random_share: 0.05,
        replicate_share: 0.0,
        family_max: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
        archived_at: None,
    }
}

fn symbols(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn refusal(known: &Known, request: &PlanRequest) -> String {
    let error = allow(known, request).unwrap_err();
    assert_eq!(error.0.code, "no_round_fits", "{error}");
    error.0.detail
}

#[test]
fn what_is_left_counts_money_wells_rounds_and_open_genes() {
    let mut known = known();
    known.campaign.max_wells = Some(20);
    let allowed = allow(&known, &PlanRequest::default()).unwrap();
    let expected =
        LimitsLeft { budget: Some(70.0), wells: Some(17), rounds: Some(3), candidates: 6 };
    assert_eq!((allowed.left.clone(), allowed.batch, allowed.per_plate), (expected, 4, 4));
    let cost = Prices::of(&known.campaign, 4, 1).cost(4, 1);
    let after = after(&allowed.left, &cost, 4);
    let expected =
        LimitsLeft { budget: Some(30.0), wells: Some(13), rounds: Some(2), candidates: 2 };
    assert_eq!(after, expected);
}

#[test]
fn each_limit_that_breaks_is_named_with_its_count() {
    let base = known();
    let plan = PlanRequest::default;
    let locked = PlanRequest { batch: Some(1), force: symbols(&["GENE03", "GENE04"]), ..plan() };
    assert_eq!(
        refusal(&base, &locked),
        "No round fits: 2 genes locked, the round has 1 well; unlock some or ask for more wells"
    );
    let dear = PlanRequest { budget: Some(25.0), ..plan() };
    assert_eq!(
        refusal(&base, &dear),
        "No round fits: 4 wells cost 40, budget 25; it pays for 2 wells"
    );
    let mut few = known();
    few.campaign.max_wells = Some(5);
    assert!(refusal(&few, &plan()).contains("4 wells wanted, 2 of the campaign's 5 left"));
    let mut over = known();
    over.campaign.max_rounds = Some(2);
    assert!(refusal(&over, &plan()).contains("all 2 rounds are planned"));
    let mut done = known();
    done.pending = done.genes.iter().map(|gene| gene.symbol.clone()).collect();
    assert!(refusal(&done, &plan()).contains("0 of 11 candidates open"));
}

#[test]
fn a_round_larger_than_the_open_genes_is_cut_and_says_so_before_it_is_priced() {
    let base = known();
    let two_plates = PlanRequest { plates: Some(2), ..PlanRequest::default() };
    let allowed = allow(&base, &two_plates).unwrap();
    assert_eq!(allowed.batch, 6, "8 wells on two plates, 6 genes open");
    assert!(allowed.shortfall.unwrap().starts_with("6 instead of 8 picks"));
}

#[test]
fn essential_genes_come_back_when_wanted_or_locked_and_others_set_aside_do_not() {
    let base = known();
    let wanted = PlanRequest { exclude_essential: Some(false), ..PlanRequest::default() };
    assert_eq!(allow(&base, &wanted).unwrap().left.candidates, 7);
    let locked = PlanRequest { force: symbols(&["RPL3"]), ..PlanRequest::default() };
    let allowed = allow(&base, &locked).unwrap();
    assert_eq!((allowed.forced, allowed.excluded), (vec![10], vec![9]));
    let refused = PlanRequest { force: symbols(&["GENE09"]), ..PlanRequest::default() };
    let error = allow(&base, &refused).unwrap_err();
    assert_eq!(error.0.issues[0].message, "GENE09 was set aside: set aside by a person");
    let pending = PlanRequest { force: symbols(&["GENE02"]), ..PlanRequest::default() };
    assert_eq!(allow(&base, &pending).unwrap_err().0.code, "bad_plan");
    let measured = PlanRequest { force: symbols(&["GENE00"]), ..PlanRequest::default() };
    assert_eq!(allow(&base, &measured).unwrap().forced, [0], "measured again on request");
}

#[test]
fn the_name_of_a_state_changes_with_what_a_round_depends_on_and_only_with_that() {
    let name = |change: &dyn Fn(&mut Known)| {
        let mut known = known();
        change(&mut known);
        known.name().unwrap()
    };
    let same = name(&|_| ());
    assert_eq!(name(&|known| known.campaign.library_hits = Some(3)), same);
    assert_ne!(name(&|known| known.results[0].robust_z = 1.1), same);
    assert_ne!(name(&|known| known.pending.clear()), same);
    assert_ne!(name(&|known| known.campaign.kappa = 2.0), same);
    assert_ne!(name(&|known| known.campaign.keywords.push("t cell".into())), same);
    assert_ne!(name(&|known| known.genes[3].excluded_reason = Some("x".into())), same);
    assert_ne!(name(&|known| known.spent.amount = 31.0), same);
}
