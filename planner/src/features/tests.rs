use super::*;
use crate::error::PlanError;

const GENES: [&str; 14] = [
    "STAT5A",
    "STAT5B",
    "JAK1",
    "JAK3",
    "GATA3",
    "FOXP3",
    "IRF4",
    "MYC",
    "ZNF10",
    "MYH7",
    "RPL3",
    "IKZF1",
    "NOT_A_GENE",
    "KMT2A",
];

fn candidates(symbols: &[&str]) -> Vec<Candidate> {
    symbols.iter().map(|s| Candidate { symbol: (*s).to_owned(), ensembl_id: None }).collect()
}

fn inputs() -> FeatureInputs<'static> {
    FeatureInputs {
        readout_gene: Some("IL2RA".to_owned()),
        keywords: vec!["interleukin-2".to_owned()],
        ..FeatureInputs::bundled_only()
    }
}

#[test]
fn every_block_is_centred_with_mean_squared_row_norm_one() {
    let table = FeatureTable::build(&candidates(&GENES), &inputs()).unwrap();
    let names: Vec<&str> = table.blocks().map(|b| &*b.name).collect();
    for name in ["depmap", "go", "reactome", "string", "degree", "deg_rbf", "assay", "prior"] {
        assert!(names.contains(&name), "{name} is missing from {names:?}");
    }
    assert!(!names.contains(&"expr") && !names.contains(&"lcm"));
    for block in table.data() {
        let (n, d) = (block.values.nrows(), block.values.ncols());
        let mut total = 0.0;
        for j in 0..d {
            let column: Vec<f64> = (0..n).map(|i| block.values[(i, j)]).collect();
            assert!(column.iter().sum::<f64>().abs() < 1e-9, "{}", block.info.name);
            total += column.iter().map(|v| v * v).sum::<f64>();
        }
        assert!((total / n as f64 - 1.0).abs() < 1e-9, "{}", block.info.name);
        assert!((0.0..=1.0).contains(&block.info.coverage));
    }
}

#[test]
fn the_prior_prefers_the_pathway_that_was_named() {
    let table = FeatureTable::build(&candidates(&GENES), &inputs()).unwrap();
    let prior = table.prior_scores();
    let of = |s: &str| prior[GENES.iter().position(|g| *g == s).unwrap()];
    assert!(of("JAK3") > of("MYH7") && of("STAT5B") > of("ZNF10"));
    let shares: f64 = table.prior_ingredients().iter().map(|(_, w)| w).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    assert_eq!(table.prior_ingredients()[0].0, "kwnet");
}

#[test]
fn without_keywords_the_prior_rests_on_expression_degree_and_annotation() {
    let expression: Vec<Expression> = GENES
        .iter()
        .enumerate()
        .map(|(i, s)| Expression {
            symbol: (*s).to_owned(),
            mean_log1p_cp10k: i as f64 / 5.0,
            detection_rate: i as f64 / 14.0,
        })
        .collect();
    let inputs = FeatureInputs { expression: Some(&expression), ..FeatureInputs::bundled_only() };
    let table = FeatureTable::build(&candidates(&GENES), &inputs).unwrap();
    let names: Vec<&str> = table.prior_ingredients().iter().map(|(n, _)| *n).collect();
    assert_eq!(names, ["texp", "deg", "ann"]);
    assert!(table.blocks().any(|b| b.name == "expr_rbf"));
}

#[test]
fn the_order_of_the_candidates_changes_no_number() {
    let straight = FeatureTable::build(&candidates(&GENES), &inputs()).unwrap();
    let mut reversed = GENES;
    reversed.reverse();
    let backwards = FeatureTable::build(&candidates(&reversed), &inputs()).unwrap();
    let mut scores = backwards.prior_scores();
    scores.reverse();
    assert_eq!(scores, straight.prior_scores());
    for (a, b) in straight.data().iter().zip(backwards.data()) {
        assert_eq!(a.values, b.values, "{}", a.info.name);
    }
}

#[test]
fn an_old_symbol_is_found_through_the_resolver_and_only_then() {
    let old = candidates(&["MLL", "JAK1", "MYC", "STAT3", "GATA3", "TP53"]);
    let coverage = |inputs: &FeatureInputs<'_>| {
        let table = FeatureTable::build(&old, inputs).unwrap();
        table.blocks().find(|b| b.name == "string").unwrap().coverage
    };
    let with = FeatureInputs {
        resolve: &|s| (s == "MLL").then(|| "KMT2A".to_owned()),
        ..FeatureInputs::bundled_only()
    };
    assert!(coverage(&with) > coverage(&FeatureInputs::bundled_only()));
}

#[test]
fn an_in_silico_screen_becomes_its_own_block_with_its_coverage() {
    let scores: Vec<ModelScore> = GENES[..7]
        .iter()
        .enumerate()
        .map(|(i, s)| ModelScore {
            symbol: (*s).to_owned(),
            knock_out: Some(i as f64),
            over_expression: None,
            predicted_effect: None,
        })
        .collect();
    let inputs = FeatureInputs { model_scores: Some(&scores), ..inputs() };
    let table = FeatureTable::build(&candidates(&GENES), &inputs).unwrap();
    let block = table.blocks().find(|b| b.name == "lcm").unwrap();
    assert_eq!((block.width, block.coverage), (1, 0.5));
    let bad = [ModelScore { knock_out: Some(f64::NAN), ..scores[0].clone() }];
    let inputs = FeatureInputs { model_scores: Some(&bad), ..FeatureInputs::bundled_only() };
    let err = FeatureTable::build(&candidates(&GENES), &inputs).unwrap_err();
    assert!(err.to_string().contains("STAT5A"), "{err}");
}

#[test]
fn an_empty_or_repeated_candidate_list_is_refused() {
    let build = |s: &[&str]| FeatureTable::build(&candidates(s), &FeatureInputs::bundled_only());
    assert!(matches!(build(&[]), Err(PlanError::NoCandidates)));
    let twice = build(&["MYC", "JAK1", "MYC"]).unwrap_err();
    assert_eq!(twice, PlanError::DuplicateCandidate { symbol: "MYC".to_owned() });
    assert_eq!(build(&["NOT_A_GENE"]).unwrap().len(), 1);
}
