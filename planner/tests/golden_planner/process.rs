//! Gaussian processes against the reference library.

use nextwell_planner::acquisition::{Samples, Smoothing, log_expected_improvement};
use nextwell_planner::gp::{ExactGp, Kernel, Mean, fit_rbf, lengthscale_prior, noise_prior};
use serde_json::Value;

use super::{Outcome, difference, matrix, number, numbers, rows, worst};

/// Any file about processes.
pub fn compare(file: &Value) -> Option<Outcome> {
    posterior(file)
        .or_else(|| tasks(file))
        .or_else(|| priors(file))
        .or_else(|| fits(file))
        .or_else(|| pending(file))
        .or_else(|| greedy(file))
}

fn kernel(tree: &Value) -> Kernel {
    let dims = || numbers(&tree["dims"]).into_iter().map(|j| j as usize).collect();
    let parts = || tree["parts"].as_array().expect("parts").iter().map(kernel).collect();
    let bare = match (tree["op"].as_str(), tree["kind"].as_str()) {
        (Some("sum"), _) => return Kernel::Sum(parts()),
        (Some("product"), _) => return Kernel::Product(parts()),
        (_, Some("linear")) => Kernel::Linear { dims: dims(), variance: number(&tree["variance"]) },
        (_, Some("tanimoto")) => Kernel::Tanimoto { dims: dims() },
        (_, Some(kind)) => {
            let lengthscale = numbers(&tree["lengthscale"]);
            let matern = |twice_nu| Kernel::Matern {
                twice_nu,
                dims: dims(),
                lengthscale: lengthscale.clone(),
            };
            match kind {
                "rbf" => Kernel::Rbf { dims: dims(), lengthscale },
                "matern12" => matern(1),
                "matern32" => matern(3),
                "matern52" => matern(5),
                other => panic!("kernel {other}"),
            }
        }
        _ => panic!("kernel {tree}"),
    };
    match tree["outputscale"].as_f64() {
        Some(outputscale) => Kernel::Scaled { outputscale, kernel: Box::new(bare) },
        None => bare,
    }
}

fn mean(tree: &Value) -> Mean {
    match tree["kind"].as_str() {
        Some("prior_column") => Mean::Prior {
            column: tree["column"].as_u64().expect("a column") as usize,
            constant: number(&tree["constant"]),
            weight: number(&tree["weight"]),
        },
        _ => Mean::Constant(number(&tree["constant"])),
    }
}

fn noise(of: &Value, n: usize) -> Vec<f64> {
    match of {
        Value::Array(_) => numbers(of),
        one => vec![number(one); n],
    }
}

fn gp(case: &Value) -> ExactGp {
    let (x, y) = (rows(&case["train_x"]), numbers(&case["train_y"]));
    let noise = noise(&case["noise_variance"], y.len());
    ExactGp::condition(kernel(&case["kernel"]), mean(&case["mean"]), noise, x, y)
        .expect("a process")
}

/// Posterior, evidence and its gradient.
fn posterior(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("gradient")?;
    let mut largest = 0.0_f64;
    for case in file["cases"].as_array()? {
        let name = case["name"].as_str().unwrap_or_default();
        let gp = gp(case);
        let (mean, covariance) = gp.posterior(&rows(&case["test_x"]));
        let allowed = if name == "replicated_inputs_small_noise" { 1e-6 } else { 1e-8 };
        let here = worst(&mean, &numbers(&case["posterior_mean"]))
            .max(worst(&covariance, &matrix(&case["posterior_covariance_latent"])));
        assert!(here <= allowed, "{name}: posterior {here:e}");
        let likelihood =
            difference(gp.log_marginal_likelihood(), number(&case["log_marginal_likelihood"]));
        assert!(likelihood <= allowed, "{name}: likelihood {likelihood:e}");
        largest = largest.max(here * 1e-8 / allowed);
        gradient(name, &gp, &kernel(&case["kernel"]), &case["gradient"]);
    }
    Some((largest, 1e-8))
}

/// Largest difference over the largest entry at most 1e-6.
fn gradient(name: &str, gp: &ExactGp, kernel: &Kernel, want: &Value) {
    let found = gp.gradient();
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for (key, value) in want.as_object().expect("gradients") {
        let plain =
            key.replace("covar_module.", "").replace("base_kernel.", "").replace("raw_", "");
        let values = match value {
            Value::Array(list) if list.first().is_some_and(Value::is_array) => matrix(value),
            Value::Array(_) => numbers(value),
            one => vec![number(one)],
        };
        let got: Vec<f64> = match plain.as_str() {
            "likelihood.noise_covar.noise" => vec![found.noise],
            "mean_module.constant" => vec![found.constant],
            "mean_module.weight" => vec![found.weight],
            parameter => {
                let own = |name: &String| {
                    name == parameter
                        || name.rsplit_once('.').is_some_and(|(of, _)| of == parameter)
                };
                let names = kernel.names();
                let of = names.iter().zip(&found.kernel).filter(|(name, _)| own(name));
                of.map(|(_, value)| *value).collect()
            }
        };
        // A length that all columns share is one parameter there and the sum here.
        let got = if values.len() == 1 { vec![got.iter().sum()] } else { got };
        assert_eq!(got.len(), values.len(), "{name}: {key}");
        pairs.extend(got.into_iter().zip(values));
    }
    let scale = pairs.iter().map(|(_, want)| want.abs()).fold(0.0, f64::max);
    for (got, want) in pairs {
        // Nearly equal inputs with hardly any noise: the matrix has a condition of 1e6.
        let allowed = if name == "replicated_inputs_small_noise" { 1e-5 } else { 1e-6 };
        assert!((got - want).abs() <= allowed * scale, "{name}: gradient {got} instead of {want}");
    }
}

/// Several tasks at once.
fn tasks(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("task_covariance")?;
    let mut largest = 0.0_f64;
    for case in file["cases"].as_array()? {
        let with_task = |x: &Value, task: &Value| -> Vec<Vec<f64>> {
            let of = |(mut x, task): (Vec<f64>, f64)| {
                x.push(task);
                x
            };
            rows(x).into_iter().zip(numbers(task)).map(of).collect()
        };
        let lengthscale = numbers(&case["lengthscale"]);
        let column = lengthscale.len();
        let x = with_task(&case["train_x"], &case["train_task"]);
        let per_task = numbers(&case["task_noise_variance"]);
        let noise = x.iter().map(|x| per_task[x[column] as usize]).collect();
        let kernel = Kernel::Product(vec![
            Kernel::Rbf { dims: (0..column).collect(), lengthscale },
            Kernel::Task { column, covariance: rows(&case["task_covariance"]) },
        ]);
        let mean = Mean::PerTask { column, values: numbers(&case["task_mean"]) };
        let gp = ExactGp::condition(kernel, mean, noise, x, numbers(&case["train_y"])).ok()?;
        let (mean, covariance) = gp.posterior(&with_task(&case["test_x"], &case["test_task"]));
        let likelihood = number(&case["log_marginal_likelihood"]);
        for here in [
            worst(&mean, &numbers(&case["posterior_mean"])),
            worst(&covariance, &matrix(&case["posterior_covariance_latent"])),
            difference(gp.log_marginal_likelihood(), likelihood),
        ] {
            largest = largest.max(here);
        }
    }
    Some((largest, 1e-8))
}

fn priors(file: &Value) -> Option<Outcome> {
    file["rows"][0].get("log_prob")?;
    let mut largest = 0.0_f64;
    for row in file["rows"].as_array()? {
        let prior = match row["kind"].as_str()? {
            "dimension_scaled_lengthscale" => lengthscale_prior(row["d"].as_u64()? as usize),
            kind if kind.contains("noise") => noise_prior(),
            other => panic!("prior {other}"),
        };
        let (value, slope) = prior.log_density(number(&row["x"]));
        for (got, want) in
            [(value, &row["log_prob"]), (slope, &row["gradient"]), (prior.mode(), &row["mode"])]
        {
            largest = largest.max(difference(got, number(want)));
        }
    }
    Some((largest, 1e-10))
}

/// Objectives at least as good as the reference's, predictions alike where they are equal.
fn fits(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("objective_per_point")?;
    let mut shortfall = f64::NEG_INFINITY;
    for case in file["cases"].as_array()? {
        let y = matrix_or_list(&case["train_y"]);
        let fitted = fit_rbf(&rows(&case["train_x"]), &y).expect("a fit");
        let want = number(&case["objective_per_point"]);
        let allowed = if number(&case["d"]) <= 8.0 { 3e-4 } else { 3e-3 };
        let missing = want - fitted.objective_per_point;
        println!("    n = {}, d = {}: objective {missing:+.1e} short", case["n"], case["d"]);
        assert!(missing <= allowed, "objective {} instead of {want}", fitted.objective_per_point);
        shortfall = shortfall.max(missing / allowed);
        if missing.abs() < 1e-4 {
            let (mean, _) = fitted.predict(&rows(&case["test_x"]));
            let reference = matrix_or_list(&case["posterior_mean"]);
            let far = mean.iter().zip(&reference).map(|(a, b)| (a - b).abs() / fitted.sd);
            let far = far.fold(0.0, f64::max);
            assert!(far < 0.02, "predictions differ by {far} sd of the data");
        }
    }
    Some((shortfall.max(0.0), 1.0))
}

fn matrix_or_list(v: &Value) -> Vec<f64> {
    match v[0].is_array() {
        true => matrix(v),
        false => numbers(v),
    }
}

/// Conditioning on what is pending.
fn pending(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("kriging_believer")?;
    let mut largest = 0.0_f64;
    for case in file["cases"].as_array()? {
        let (gp, candidates) = (gp(case), rows(&case["candidates"]));
        let noise = number(&case["noise_variance"]);
        let (mean, covariance) = gp.posterior(&candidates);
        let mut check = |got: &[f64], want: &[f64]| largest = largest.max(worst(got, want));
        check(&mean, &numbers(&case["mean_before"]));
        check(&covariance, &matrix(&case["covariance_before"]));
        let chosen: Vec<usize> =
            numbers(&case["pending_rows"]).into_iter().map(|row| row as usize).collect();
        let at: Vec<Vec<f64>> = chosen.iter().map(|&row| candidates[row].clone()).collect();
        for name in ["kriging_believer", "constant_liar_min", "constant_liar_max"] {
            let outcome = &case[name];
            let after = gp.with(&at, &numbers(&outcome["values"]), noise).ok()?;
            let (mean, covariance) = after.posterior(&candidates);
            check(&mean, &numbers(&outcome["mean_after"]));
            check(&covariance, &matrix(&outcome["covariance_after"]));
        }
        let believed = gp.believing(&at, noise).ok()?.posterior(&candidates).0;
        check(&believed, &numbers(&case["kriging_believer"]["mean_after"]));
        let sd: Vec<f64> = (0..mean.len()).map(|i| covariance[i * mean.len() + i].sqrt()).collect();
        let best = number(&case["best"]);
        let log_ei = log_expected_improvement(&mean, &sd, best).ok()?;
        check(&log_ei, &numbers(&case["log_ei_no_pending"]));
        let joint = &case["q_log_ei_given_pending"];
        let base = matrix(&joint["base_samples"]);
        let values: Vec<f64> = candidates
            .iter()
            .map(|candidate| {
                let points: Vec<Vec<f64>> =
                    std::iter::once(candidate.clone()).chain(at.iter().cloned()).collect();
                let (mean, covariance) = gp.posterior(&points);
                let samples = Samples::of(&mean, &covariance, &base).expect("samples");
                samples.log_ei(best, Smoothing::default())
            })
            .collect();
        let of_pending: Vec<usize> = chosen;
        // A candidate that is itself pending makes the joint covariance singular: skipped, as the
        // jitter that rescues it is each library's own.
        let open: Vec<usize> = (0..values.len()).filter(|i| !of_pending.contains(i)).collect();
        let want = numbers(&joint["values"]);
        let pick = |v: &[f64]| open.iter().map(|&i| v[i]).collect::<Vec<f64>>();
        check(&pick(&values), &pick(&want));
    }
    Some((largest, 1e-7))
}

/// Sequential picks with imagined outcomes.
fn greedy(file: &Value) -> Option<Outcome> {
    file["cases"][0].get("log_ei_kriging_believer")?;
    let mut largest = 0.0_f64;
    for case in file["cases"].as_array()? {
        let (candidates, noise) = (rows(&case["candidates"]), number(&case["noise_variance"]));
        let (best, beta) = (number(&case["best"]), number(&case["beta"]));
        let lowest = numbers(&case["train_y"]).into_iter().fold(f64::INFINITY, f64::min);
        type Score<'a> = &'a dyn Fn(&[f64], &[f64]) -> Vec<f64>;
        let log_ei = |mean: &[f64], sd: &[f64]| {
            log_expected_improvement(mean, sd, best).expect("a posterior")
        };
        let ucb = |mean: &[f64], sd: &[f64]| -> Vec<f64> {
            mean.iter().zip(sd).map(|(m, s)| m + beta.sqrt() * s).collect()
        };
        let runs: [(&str, Score<'_>, Option<f64>); 5] = [
            ("log_ei_kriging_believer", &log_ei, None),
            ("log_ei_constant_liar_min", &log_ei, Some(lowest)),
            ("max_variance", &|_, sd| sd.to_vec(), None),
            ("gp_bucb_beta2", &ucb, None),
            ("posterior_mean", &|mean, _| mean.to_vec(), None),
        ];
        for (name, score, liar) in runs {
            let want = &case[name];
            let (picks, values) = (numbers(&want["picks"]), numbers(&want["values"]));
            let gaps = numbers(&want["gap_to_second"]);
            let (mut gp, mut taken) = (gp(case), Vec::new());
            for (step, (pick, value)) in picks.iter().zip(&values).enumerate() {
                let (mean, covariance) = gp.posterior(&candidates);
                let m = candidates.len();
                let sd: Vec<f64> = (0..m).map(|i| covariance[i * m + i].sqrt()).collect();
                let scores = score(&mean, &sd);
                let open = (0..m).filter(|i| !taken.contains(i));
                let top = open.max_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
                if gaps[step] > 1e-6 {
                    assert_eq!(top, *pick as usize, "{name}, pick {step}");
                }
                largest = largest.max(difference(scores[top], *value));
                taken.push(top);
                let at = [candidates[top].clone()];
                gp = match liar {
                    Some(value) => gp.with(&at, &[value], noise).ok()?,
                    None => gp.believing(&at, noise).ok()?,
                };
            }
        }
    }
    Some((largest, 1e-7))
}
