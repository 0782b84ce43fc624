//! Comparison with reference numbers, where there are any.

use std::path::{Path, PathBuf};

use nextwell_planner::acquisition::{
    expected_improvement, log_ei_helper, log_expected_improvement, log_probability_of_improvement,
    probability_of_hit_two_sided, probability_of_improvement, upper_confidence_bound,
};
use nextwell_planner::calibration::Prediction;
use serde_json::Value;

/// Largest difference relative to max(1, |reference|), and the tolerance.
type Outcome = (f64, f64);

fn number(v: &Value) -> f64 {
    match v {
        Value::String(s) => s.parse().expect("inf, -inf or nan"),
        other => other.as_f64().expect("a number"),
    }
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("a list").iter().map(number).collect()
}

fn difference(got: f64, want: f64) -> f64 {
    if got == want { 0.0 } else { (got - want).abs() / want.abs().max(1.0) }
}

fn worst(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    // Not f64::max, which drops NaN.
    got.iter()
        .zip(want)
        .map(|(g, w)| difference(*g, *w))
        .fold(0.0, |a, b| if b.is_nan() || b > a { b } else { a })
}

fn column(file: &Value, name: &str) -> Option<Vec<f64>> {
    let at = file["columns"].as_array()?.iter().position(|c| c == name)?;
    Some(file["rows"].as_array()?.iter().map(|row| number(&row[at])).collect())
}

/// `ln h(u)` against the library's own f64 values.
fn log_ei(file: &Value) -> Option<Outcome> {
    let (u, want) = (column(file, "u")?, column(file, "f64")?);
    let got: Vec<f64> = u.iter().map(|u| log_ei_helper(*u)).collect();
    Some((worst(&got, &want), 1e-12))
}

/// EI, PI, UCB and their logs against 60-digit arithmetic.
fn analytic(file: &Value) -> Option<Outcome> {
    let (mean, sd, best) = (column(file, "mean")?, column(file, "sd")?, column(file, "best")?);
    type One = fn(&[f64], &[f64], f64) -> Result<Vec<f64>, nextwell_planner::PlanError>;
    let checks: [(&str, One); 5] = [
        ("log_ei_60digits", log_expected_improvement),
        ("log_pi_60digits", log_probability_of_improvement),
        ("ei_60digits", expected_improvement),
        ("pi_60digits", probability_of_improvement),
        ("ucb_beta2_botorch", |m, s, _| upper_confidence_bound(m, s, 2.0_f64.sqrt())),
    ];
    let mut largest = 0.0_f64;
    for (name, f) in checks {
        let want = column(file, name)?;
        let got: Vec<f64> = (0..mean.len())
            .map(|i| f(&mean[i..=i], &sd[i..=i], best[i]).expect("a valid posterior")[0])
            .collect();
        let here = worst(&got, &want);
        println!("    {name}: {here:.1e}");
        assert!(!here.is_nan());
        largest = largest.max(here);
    }
    Some((largest, 1e-12))
}

/// Scores of Gaussian predictions and hit probabilities.
fn metrics(file: &Value) -> Option<Outcome> {
    let p = file.get("gaussian_predictions")?;
    let (mean, sd, y) = (numbers(&p["mean"]), numbers(&p["sd"]), numbers(&p["y"]));
    let predictions: Vec<Prediction> =
        (0..mean.len()).map(|i| Prediction { mean: mean[i], sd: sd[i], measured: y[i] }).collect();
    let each = |f: fn(&Prediction) -> f64| predictions.iter().map(f).collect::<Vec<_>>();
    let coverage: Vec<f64> = numbers(&p["levels"])
        .iter()
        .map(|level| {
            predictions.iter().filter(|p| p.covered(*level)).count() as f64 / mean.len() as f64
        })
        .collect();
    let c = &file["per_candidate"];
    let (m, s, t) = (numbers(&c["mean"]), numbers(&c["sd"]), number(&c["threshold"]));
    let pairs = [
        (each(Prediction::nll), numbers(&p["nll"])),
        (each(Prediction::crps), numbers(&p["crps"])),
        (each(Prediction::pit), numbers(&p["pit"])),
        (coverage, numbers(&p["central_coverage"])),
        (probability_of_improvement(&m, &s, t).ok()?, numbers(&c["probability_above"])),
        (
            probability_of_hit_two_sided(&m, &s, t).ok()?,
            numbers(&c["probability_outside_two_sided"]),
        ),
    ];
    Some((pairs.iter().map(|(g, w)| worst(g, w)).fold(0.0, f64::max), 1e-12))
}

fn compare(file: &Value) -> Option<Outcome> {
    log_ei(file).or_else(|| analytic(file)).or_else(|| metrics(file))
}

/// Compare every JSON file of a folder; returns how many were known.
fn walk(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    let (mut known, mut unknown) = (0, Vec::new());
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a readable golden file");
        let file: Value = serde_json::from_str(&text).expect("golden files are JSON");
        match compare(&file) {
            Some((largest, tolerance)) => {
                println!(
                    "golden planner/{name}: largest difference {largest:.1e} (allowed {tolerance:.0e})"
                );
                assert!(largest <= tolerance, "{name}: {largest:e} is above {tolerance:e}");
                known += 1;
            }
            None => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        println!("golden planner: no comparison built yet for {}", unknown.join(", "));
    }
    known
}

#[test]
fn golden_planner() {
    let root = std::env::var_os("NEXTWELL_GOLDEN_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden"),
        PathBuf::from,
    );
    let folder = root.join("planner");
    if walk(&folder) == 0 {
        println!("skipped: no golden numbers for the planner under {}", root.display());
    }
}

#[test]
fn the_committed_reference_values_of_log_ei_are_met() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden/planner");
    assert_eq!(walk(&folder), 1, "log_ei_helper.json is committed in {}", folder.display());
}
