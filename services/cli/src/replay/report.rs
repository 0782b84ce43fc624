//! What a replay found, as a table and as JSON.

use nextwell_planner::replay::{ReplayReport, random_band};

/// Prints one object with everything.
///
/// # Errors
/// None that input can cause.
pub fn json(report: &ReplayReport) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(report)?);
    Ok(())
}

/// Prints shares of hits by round, with what chance finds.
pub fn table(report: &ReplayReport) {
    let ReplayReport { screen, genes, hits, hit_rule, rounds, batch, seeds, .. } = report;
    println!("{screen}: {genes} genes, {hits} hits ({hit_rule})");
    if let Some(control) = report.control {
        println!("control: every gene has another one's {}", control.name());
    }
    println!("{rounds} rounds of {batch}, {seeds} seeds; share of all hits found after each round");
    let names: Vec<String> = (1..=*rounds).map(|round| format!("{round:>6}")).collect();
    println!(
        "{:<9}{}{:>7}{:>7}{:>12}{:>11}{:>8}",
        "round",
        names.join(""),
        "sd",
        "enrich",
        "p (random)",
        "p (ridge)",
        "s"
    );
    for found in &report.strategies {
        let shares: Vec<String> = found.per_round.iter().map(|r| format!("{r:>6.3}")).collect();
        let p = |p: Option<f64>| p.map_or(String::new(), |p| format!("{p:.1e}"));
        println!(
            "{:<9}{}{:>7.3}{:>6.1}x{:>12}{:>11}{:>8.2}",
            found.name,
            shares.join(""),
            found.sd,
            found.enrichment,
            p(found.p_vs_random),
            p(found.p_vs_ridge),
            found.seconds,
        );
    }
    let (mean, low, high) = random_band(*genes, *hits, rounds * batch);
    println!(
        "chance finds {mean:.1} hits after round {rounds}, {low} to {high} in nine of ten cases"
    );
}
