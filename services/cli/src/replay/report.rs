//! What a replay found, as a table and as JSON.

use nextwell_planner::replay::{StrategyCurve, figures, paired_p, random_band};
use serde_json::{Value, json};

use super::Args;
use super::screen::Screen;

/// Prints one object with everything.
///
/// # Errors
/// None that input can cause.
pub fn json(args: &Args, screen: &Screen, curves: &[StrategyCurve]) -> anyhow::Result<()> {
    let first = curves.first();
    let (genes, hits) = first.map_or((0, 0), |curve| (curve.total_genes, curve.total_hits));
    let band: Vec<Value> = (1..=args.rounds)
        .map(|round| {
            let (mean, low, high) = random_band(genes, hits, round * args.batch);
            let share = |n: f64| n / hits.max(1) as f64;
            json!({ "mean": share(mean), "low": share(low as f64), "high": share(high as f64) })
        })
        .collect();
    let strategies: Vec<Value> = curves.iter().map(|curve| strategy(args, curve, curves)).collect();
    let all = json!({
        "screen": screen.name,
        "genes": genes,
        "hits": hits,
        "hit_rule": screen.rule,
        "rounds": args.rounds,
        "batch": args.batch,
        "seeds": args.seeds,
        "control": args.control.map(|control| format!("{control:?}").to_lowercase()),
        "random_band_90": band,
        "strategies": strategies,
    });
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}

fn strategy(args: &Args, curve: &StrategyCurve, curves: &[StrategyCurve]) -> Value {
    let found = figures(curve, args.batch);
    json!({
        "name": curve.name,
        "mean": found.mean,
        "sd": found.sd,
        "interval_95": found.interval.map(|(low, high)| [low, high]),
        "per_round": found.per_round,
        "area": found.area,
        "enrichment": found.enrichment,
        "p_vs_random": against("random", curve, curves),
        "p_vs_ridge": against("ridge", curve, curves),
        "seconds": curve.seconds,
        "hits_per_seed": curve.hits_per_round,
    })
}

/// Paired test against another strategy that was played with the same seeds.
fn against(name: &str, curve: &StrategyCurve, curves: &[StrategyCurve]) -> Option<f64> {
    let other = curves.iter().find(|other| other.name == name && other.name != curve.name)?;
    paired_p(&curve.final_ratios(), &other.final_ratios())
}

/// Prints shares of hits by round, with what chance finds.
pub fn table(args: &Args, screen: &Screen, curves: &[StrategyCurve]) {
    let Some(first) = curves.first() else { return };
    let (genes, hits) = (first.total_genes, first.total_hits);
    println!("{}: {genes} genes, {hits} hits ({})", screen.name, screen.rule);
    if let Some(control) = args.control {
        println!("control: every gene has another one's {}", format!("{control:?}").to_lowercase());
    }
    println!(
        "{} rounds of {}, {} seeds; share of all hits found after each round",
        args.rounds, args.batch, args.seeds
    );
    let rounds: Vec<String> = (1..=args.rounds).map(|round| format!("{round:>6}")).collect();
    println!(
        "{:<9}{}{:>7}{:>7}{:>12}{:>11}{:>8}",
        "round",
        rounds.join(""),
        "sd",
        "enrich",
        "p (random)",
        "p (ridge)",
        "s"
    );
    for curve in curves {
        let found = figures(curve, args.batch);
        let shares: Vec<String> = found.per_round.iter().map(|r| format!("{r:>6.3}")).collect();
        let p = |name| against(name, curve, curves).map_or("".into(), |p: f64| format!("{p:.1e}"));
        println!(
            "{:<9}{}{:>7.3}{:>6.1}x{:>12}{:>11}{:>8.2}",
            curve.name,
            shares.join(""),
            found.sd,
            found.enrichment,
            p("random"),
            p("ridge"),
            curve.seconds,
        );
    }
    let (mean, low, high) = random_band(genes, hits, args.rounds * args.batch);
    println!(
        "chance finds {:.1} hits after round {}, {low} to {high} in nine of ten cases",
        mean, args.rounds
    );
}
