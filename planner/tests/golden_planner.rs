//! Comparison with reference numbers, where there are any.

use std::path::{Path, PathBuf};

use nextwell_planner::acquisition::{
    Samples, Smoothing, augmented_chebyshev, bald, expected_hypervolume_improvement,
    expected_improvement, hypervolume, inferred_reference, knowledge_gradient, log_ei_helper,
    log_expected_hypervolume_improvement, log_expected_improvement,
    log_noisy_expected_hypervolume_improvement, log_probability_of_improvement, non_dominated,
    probability_of_hit_two_sided, probability_of_improvement, straddle, upper_confidence_bound,
};
use nextwell_planner::calibration::Prediction;
use serde_json::Value;

#[path = "golden_planner/process.rs"]
mod process;

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
        (straddle(&m, &s, t, 1.96).ok()?, numbers(&c["straddle_kappa_1_96"])),
        (bald(&s, &numbers(&c["noise_variance"])).ok()?, numbers(&c["bald_gaussian"])),
    ];
    let kg = &file["knowledge_gradient"];
    let covariance = matrix(&kg["covariance"]);
    let found =
        knowledge_gradient(&numbers(&kg["mean"]), &covariance, number(&kg["noise_variance"]));
    let gradient = worst(&found.ok()?, &numbers(&kg["value"]));
    assert!(gradient <= 1e-7, "knowledge gradient: {gradient:e}");
    Some((pairs.iter().map(|(g, w)| worst(g, w)).fold(0.0, f64::max), 1e-12))
}

/// A nested list, row by row.
fn matrix(v: &Value) -> Vec<f64> {
    v.as_array().expect("rows").iter().flat_map(numbers).collect()
}

/// Rows of a nested list.
fn rows(v: &Value) -> Vec<Vec<f64>> {
    v.as_array().expect("rows").iter().map(numbers).collect()
}

/// Batch acquisitions from given base samples.
fn monte_carlo(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("q_log_ei_not_fat")?;
    let mut largest = 0.0_f64;
    let mut check = |name: &str, got: f64, want: &Value| {
        let here = difference(got, number(want));
        assert!(here <= 1e-8, "{name}: {got} instead of {want}");
        largest = largest.max(here);
    };
    for case in file.get("cases")?.as_array()? {
        let want = |name: &str| case.get(name);
        let samples = Samples::of(
            &numbers(want("mean")?),
            &matrix(want("covariance")?),
            &matrix(want("base_samples")?),
        );
        let samples = samples.expect("a valid posterior");
        let (best, beta) = (number(want("best")?), number(want("beta")?));
        let smooth = Smoothing::default();
        let coarse = Smoothing { tau_max: 0.1, tau_relu: 1e-3, ..smooth };
        check("qEI", samples.ei(best), want("q_ei")?);
        check("qLogEI", samples.log_ei(best, smooth), want("q_log_ei")?);
        let thin = samples.log_ei(best, Smoothing { fat: false, ..smooth });
        check("qLogEI, not fat", thin, want("q_log_ei_not_fat")?);
        let name = "q_log_ei_tau_max_0_1_tau_relu_1e_3";
        check("qLogEI, coarse", samples.log_ei(best, coarse), want(name)?);
        check("qPI", samples.probability_of_improvement(best), want("q_pi")?);
        check("qSR", samples.simple_regret(), want("q_simple_regret")?);
        check("qUCB", samples.ucb(beta), want("q_ucb")?);
        let draws = numbers(want("thompson_argmax")?);
        let got: Vec<f64> = samples.thompson().iter().map(|i| *i as f64).collect();
        assert_eq!(got[..draws.len()], draws, "Thompson draws");
    }
    for case in file.get("noisy")?.as_array()? {
        assert_eq!(case["row_order"], "baseline_then_candidates");
        let (mean, q) = (numbers(&case["mean"]), case["q"].as_u64()? as usize);
        let order: Vec<usize> = (q..mean.len()).chain(0..q).collect();
        let covariance = rows(&case["covariance"]);
        // Base samples follow the measured rows first, and so do the samples here.
        let mean: Vec<f64> = order.iter().map(|&i| mean[i]).collect();
        let covariance: Vec<f64> = order
            .iter()
            .flat_map(|&i| order.iter().map(move |&j| (i, j)))
            .map(|(i, j)| covariance[i][j])
            .collect();
        let samples = Samples::of(&mean, &covariance, &matrix(&case["base_samples"]));
        let samples = samples.expect("a valid posterior");
        let measured = mean.len() - q;
        // The acquisitions take the candidates first.
        check("qNEI", samples.rotated(measured).noisy_ei(q), &case["q_nei"]);
        let log = samples.rotated(measured).log_noisy_ei(q, Smoothing::default());
        check("qLogNEI", log, &case["q_log_nei"]);
    }
    Some((largest, 1e-8))
}

/// Fronts, volumes and the acquisitions over them.
fn objectives(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("hypervolume")?;
    let mut largest = 0.0_f64;
    for case in file.get("cases")?.as_array()? {
        let (points, reference) = (rows(case.get("y")?), numbers(case.get("reference_point")?));
        let mask: Vec<bool> = case["non_dominated_mask_keeping_duplicates"]
            .as_array()?
            .iter()
            .map(|kept| kept.as_bool().expect("a mask"))
            .collect();
        assert_eq!(non_dominated(&points), mask);
        let samples: Vec<Vec<Vec<f64>>> = case["samples"].as_array()?.iter().map(rows).collect();
        let weights = numbers(&case["chebyshev_weights"]);
        let pairs = [
            (vec![hypervolume(&points, &reference)], vec![number(&case["hypervolume"])]),
            (inferred_reference(&points)?, numbers(&case["inferred_reference_point"])),
            (
                vec![expected_hypervolume_improvement(&points, &reference, &samples)],
                vec![number(&case["q_ehvi"])],
            ),
            (
                vec![log_expected_hypervolume_improvement(&points, &reference, &samples)],
                vec![number(&case["q_log_ehvi"])],
            ),
            (
                augmented_chebyshev(&points, &weights, number(&case["chebyshev_alpha"])),
                numbers(&case["augmented_chebyshev_of_y"]),
            ),
        ];
        largest = pairs.iter().map(|(got, want)| worst(got, want)).fold(largest, f64::max);
    }
    for case in file.get("noisy")?.as_array()? {
        let (reference, want) = (numbers(&case["reference_point"]), numbers(&case["q_log_nehvi"]));
        // [samples, candidate sets, measured rows and then the batch, objectives]
        let joint: Vec<Vec<Vec<Vec<f64>>>> = case["joint_samples"]
            .as_array()?
            .iter()
            .map(|sample| sample.as_array().expect("sets").iter().map(rows).collect())
            .collect();
        let measured = case["train_x"].as_array()?.len();
        let of_set = |set: usize| {
            let samples: Vec<Vec<Vec<f64>>> = joint.iter().map(|s| s[set].clone()).collect();
            log_noisy_expected_hypervolume_improvement(measured, &reference, &samples)
        };
        let got: Vec<f64> = (0..want.len()).map(of_set).collect();
        largest = largest.max(worst(&got, &want));
    }
    Some((largest, 1e-8))
}

fn compare(file: &Value) -> Option<Outcome> {
    log_ei(file)
        .or_else(|| analytic(file))
        .or_else(|| metrics(file))
        .or_else(|| monte_carlo(file))
        .or_else(|| objectives(file))
        .or_else(|| process::compare(file))
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
fn the_committed_reference_values_are_met() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden/planner");
    assert_eq!(walk(&folder), 8, "eight files are committed in {}", folder.display());
}
