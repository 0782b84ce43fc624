//! The reference's statistics, recomputed from its own raw values.

use std::collections::BTreeMap;

use nextwell_model::screen::test_shifts;
use nextwell_model::stats::{fit_two_components, mean};
use serde_json::Value;

use crate::set::Report;

pub fn compare(run: &Value, report: &mut Report) {
    let Some(rows) = run["stats"].as_array() else { return };
    match run["stats_args"]["mode"].as_str() {
        Some("goal_state_shift") => {
            let states = &run["stats_args"]["cell_states_to_model"];
            let goal = states["goal_state"].as_str().unwrap();
            compare_shifts(run, rows, goal, ["Shift_to_goal_end", "Goal_end"], "", report);
            for alt in states["alt_states"].as_array().into_iter().flatten() {
                let alt = alt.as_str().unwrap();
                let shift = format!("Shift_to_alt_end_{alt}");
                let suffix = format!("_{alt}");
                compare_shifts(run, rows, alt, [&shift, "Alt_end"], &suffix, report);
            }
        }
        Some("mixture_model") => compare_mixture(run, rows, report),
        mode => panic!("statistics of mode {mode:?} are not compared"),
    }
}

fn groups(run: &Value, part: &str) -> BTreeMap<String, Vec<f64>> {
    let keys = run["raw"][part].as_object().unwrap().iter();
    keys.map(|(key, values)| {
        let values = values.as_array().unwrap().iter().map(|v| v.as_f64().unwrap());
        (key.clone(), values.collect())
    })
    .collect()
}

fn compare_shifts(
    run: &Value,
    rows: &[Value],
    state: &str,
    [shift, test]: [&str; 2],
    suffix: &str,
    report: &mut Report,
) {
    let groups = groups(run, state);
    let tests = test_shifts(&groups);
    for row in rows {
        // A group perturbed together is the only one and has no test.
        let Some(gene) = row["Gene"].as_u64() else {
            let only = groups.values().next().unwrap();
            report.statistic(mean(only).unwrap(), row[shift].as_f64().unwrap());
            continue;
        };
        let found = tests[&format!("[[{gene}], \"cell_emb\"]")];
        let number = |column: &str| row[column].as_f64().unwrap_or(f64::NAN);
        report.statistic(found.mean, number(shift));
        report.statistic(found.p, number(&format!("{test}_vs_random_pval{suffix}")));
        report.statistic(found.fdr, number(&format!("{test}_FDR{suffix}")));
        assert_eq!(Some(found.n as u64), row["N_Detections"].as_u64(), "gene {gene}");
    }
}

fn compare_mixture(run: &Value, rows: &[Value], report: &mut Report) {
    let means: BTreeMap<String, f64> =
        groups(run, "cell").into_iter().map(|(key, v)| (key, mean(&v).unwrap())).collect();
    let values: Vec<f64> = means.values().copied().collect();
    let fitted = fit_two_components(&values).unwrap();
    for row in rows {
        let found = means[&format!("[[{}], \"cell_emb\"]", row["Gene"])];
        report.statistic(found, row["Test_avg_shift"].as_f64().unwrap());
        // Reported only: the reference takes its component 0 for the impact, whichever it is.
        let impact = row["Impact_component"].as_u64() == Some(1);
        report.mixture_differs.1 += 1;
        report.mixture_differs.0 += usize::from(impact != fitted.is_impact(found));
    }
}
