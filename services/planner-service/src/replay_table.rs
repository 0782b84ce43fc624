//! The table of a replay as CSV.

use nextwell_contract::ReplayReport;

use crate::error::ApiError;

/// A row per strategy, and one for what chance finds.
pub fn csv(report: &ReplayReport) -> Result<String, ApiError> {
    let failed = |error: &dyn std::fmt::Display| ApiError::internal(format!("CSV: {error}"));
    let mut table = csv::Writer::from_writer(Vec::new());
    let rounds = (1..=report.rounds).map(|round| format!("share_after_round_{round}"));
    let header = ["strategy", "mean", "sd", "low_95", "high_95", "area", "enrichment"];
    let header = header.into_iter().chain(["p_vs_random", "p_vs_ridge", "seconds"]);
    let header: Vec<String> = header.map(str::to_owned).chain(rounds).collect();
    table.write_record(&header).map_err(|error| failed(&error))?;
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for found in &report.strategies {
        let mut row = vec![found.name.clone(), found.mean.to_string(), found.sd.to_string()];
        row.push(number(found.interval_95.map(|[low, _]| low)));
        row.push(number(found.interval_95.map(|[_, high]| high)));
        row.extend([found.area, found.enrichment].map(|value| value.to_string()));
        row.extend([found.p_vs_random, found.p_vs_ridge].map(number));
        row.push(found.seconds.to_string());
        row.extend(found.per_round.iter().map(f64::to_string));
        table.write_record(&row).map_err(|error| failed(&error))?;
    }
    if let Some(last) = report.random_band_90.last() {
        let mut row = vec!["chance (90 %)".to_owned(), last.mean.to_string(), String::new()];
        row.extend([last.low, last.high].map(|value| value.to_string()));
        row.extend(std::iter::repeat_n(String::new(), 5));
        row.extend(report.random_band_90.iter().map(|band| band.mean.to_string()));
        table.write_record(&row).map_err(|error| failed(&error))?;
    }
    let bytes = table.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nextwell_contract::{ReplayBand, ReplayStrategy};

    #[test]
    fn the_table_has_a_row_per_strategy_and_one_for_chance() {
        let strategy = ReplayStrategy {
            name: "default".into(),
            mean: 0.4,
            sd: 0.1,
            interval_95: Some([0.25, 0.5]),
            per_round: vec![0.2, 0.4],
            per_round_95: None,
            area: 0.3,
            enrichment: 4.0,
            p_vs_random: Some(0.01),
            p_vs_ridge: None,
            seconds: 1.5,
            hits_per_seed: vec![vec![2, 2]],
        };
        let report = ReplayReport {
            screen: "screen.csv".into(),
            genes: 100,
            hits: 10,
            hit_rule: "column hit".into(),
            rounds: 2,
            batch: 5,
            seeds: 1,
            control: None,
            random_band_90: vec![ReplayBand { mean: 0.1, low: 0.0, high: 0.2 }; 2],
            strategies: vec![strategy],
        };
        insta::assert_snapshot!(csv(&report).unwrap(), @r"
        strategy,mean,sd,low_95,high_95,area,enrichment,p_vs_random,p_vs_ridge,seconds,share_after_round_1,share_after_round_2
        default,0.4,0.1,0.25,0.5,0.3,4,0.01,,1.5,0.2,0.4
        chance (90 %),0.1,,0,0.2,,,,,,0.1,0.1
        ");
    }
}
