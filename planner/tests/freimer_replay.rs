//! The default strategy on a real screen, when the development data are beside the checkout.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nextwell_planner::features::{Candidate, FeatureInputs, FeatureTable};
use nextwell_planner::replay::{ReplaySpec, ScoreScale, Strategy, random_band, run};
use nextwell_planner::target::Tail;

struct Screen {
    truth: Vec<(String, f64)>,
    hits: BTreeSet<String>,
}

fn load(readout: &str) -> Option<Screen> {
    let root = std::env::var_os("NEXTWELL_DATA_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("screen_freimer22_tf/freimer2022_tf_screens.csv.gz");
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).ok()?;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().ok()?.clone();
    let at = |name: &str| header.iter().position(|h| h == name);
    let (id, lfc, screen) = (at("id")?, at("neg|lfc")?, at("screen")?);
    let (neg, pos) = (at("neg|fdr")?, at("pos|fdr")?);
    let (mut genes, mut hits) = (Vec::new(), BTreeSet::new());
    for row in rows.records().flatten() {
        if &row[screen] != readout || [readout, "Non-Targeting"].contains(&&row[id]) {
            continue;
        }
        let value = |i: usize| row[i].parse::<f64>().ok();
        genes.push((row[id].to_owned(), value(lfc)?));
        if value(neg)?.min(value(pos)?) < 0.05 {
            hits.insert(row[id].to_owned());
        }
    }
    let median = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        v[v.len() / 2]
    };
    let centre = median(genes.iter().map(|g| g.1).collect());
    let scale = 1.4826 * median(genes.iter().map(|g| (g.1 - centre).abs()).collect());
    let truth = genes.into_iter().map(|(g, v)| (g, (v - centre) / scale)).collect();
    Some(Screen { truth, hits })
}

#[test]
fn the_default_strategy_finds_three_times_the_hits_of_chance_on_a_real_screen() {
    let Some(screen) = load("IL2RA") else {
        println!("skipped: ../shared/data/screen_freimer22_tf is not beside the checkout");
        return;
    };
    let candidates: Vec<Candidate> = screen
        .truth
        .iter()
        .map(|(s, _)| Candidate { symbol: s.clone(), ensembl_id: None })
        .collect();
    let inputs = FeatureInputs {
        readout_gene: Some("IL2RA".to_owned()),
        keywords: vec!["interleukin-2".to_owned(), "t cell".to_owned()],
        ..FeatureInputs::bundled_only()
    };
    let start = Instant::now();
    let table = FeatureTable::build(&candidates, &inputs).unwrap();
    println!("features of {} genes in {:.2?}", table.len(), start.elapsed());
    let curves = run(&ReplaySpec {
        scale: ScoreScale::RobustZ,
        cold: None,
        truth: screen.truth.clone(),
        hit_threshold: 3.0,
        hits: Some(screen.hits.clone()),
        tail: Tail::TwoSided,
        table: &table,
        rounds: 5,
        batch: 24,
        seeds: (0..4).collect(),
        strategies: vec![Strategy::Default, Strategy::Ridge, Strategy::Prior, Strategy::Random],
    })
    .unwrap();
    for curve in &curves {
        println!("IL2RA {:8} {:.3?}", curve.name, curve.recall());
    }
    let recall = |name: &str| {
        let curve = curves.iter().find(|c| c.name == name).unwrap();
        *curve.recall().last().unwrap()
    };
    let (expected, low, high) = random_band(screen.truth.len(), screen.hits.len(), 120);
    let hits = screen.hits.len() as f64;
    let chance = expected / hits;
    assert!(recall("default") >= 3.0 * chance, "{} against {chance}", recall("default"));
    let after_two = |name: &str| curves.iter().find(|c| c.name == name).unwrap().recall()[1];
    assert!(after_two("default") > after_two("ridge"), "the prior is worth the first rounds");
    let random = recall("random");
    assert!((low as f64 / hits..=high as f64 / hits).contains(&random), "{random}");
}
