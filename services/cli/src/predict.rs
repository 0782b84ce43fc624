//! `nextwell predict`: expression after a perturbation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use nextwell_model::cells::CellMatrix;
use nextwell_model::screen::CellState;
use nextwell_model::uses::find_gene;
use nextwell_model::uses::predict::{
    Forecast, ForecastSettings, Moments, PredictionScore, evaluate, forecast,
};
use serde_json::json;

use crate::model_args::ModelArgs;
use crate::screen::state;

const EXAMPLES: &str = "\
Examples:
  nextwell predict cells.h5ad --model scgpt-perturb/ --perturb GATA3 -o gata3.csv
  nextwell predict crispr.h5ad --model scgpt-perturb/ --perturb GATA3,TBX21 \\
      --control guide=non-targeting --measured guide=GATA3+TBX21 -o pair.csv

Predicts each control cell with the genes flagged and takes the mean, in ln(1 + CP10k). With
--measured the predicted change is compared with the measured one (Pearson correlation over all
genes and over the 20 most differentially expressed), beside no change and the mean of the other
values of that column.";

/// What to predict.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    with: ModelArgs,
    /// Genes perturbed together: symbols or Ensembl ids
    #[arg(long, value_name = "GENE[,GENE]", value_delimiter = ',', required = true)]
    perturb: Vec<String>,
    /// Control cells, for example guide=non-targeting; all cells when not given
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state)]
    control: Option<CellState>,
    /// Measured cells of this perturbation, to compare with
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state, requires = "control")]
    measured: Option<CellState>,
    /// Most control cells predicted
    #[arg(long, value_name = "N", default_value_t = ForecastSettings::default().max_cells)]
    max_cells: usize,
    /// Seed of the choice of cells
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Genes with control, prediction and change, to write
    #[arg(short, long, value_name = "FILE.csv")]
    output: Option<PathBuf>,
}

/// Predicts, compares and writes.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let session = args.with.open()?;
    let cells = &session.cells;
    let genes =
        args.perturb.iter().map(|name| find_gene(cells, name)).collect::<Result<Vec<_>, _>>()?;
    let rows = |state: &CellState| cells.cells_where(&state.column, &state.value);
    let controls = match &args.control {
        Some(state) => rows(state)?,
        None => (0..cells.n_cells()).collect(),
    };
    let measured = args.measured.as_ref().map(rows).transpose()?;
    let settings = ForecastSettings { max_cells: args.max_cells, seed: args.seed };
    let found = session.watched("prediction", |watch| {
        forecast(
            session.model.as_ref(),
            cells,
            &controls,
            &genes,
            settings,
            &session.options,
            watch,
        )
    })?;
    let scored = match (&args.measured, &measured) {
        (Some(state), Some(measured)) => {
            let others = others(cells, state, &controls);
            Some(evaluate(&found, cells, &controls, measured, &others)?)
        }
        _ => None,
    };
    if let Some(path) = &args.output {
        write(path, cells, &found, measured.as_deref())?;
    }
    let top = found.most_changed(20);
    if args.with.json {
        let summary = json!({
            "model": session.origin(),
            "perturbed": genes.iter().map(|&g| &cells.genes[g].symbol).collect::<Vec<_>>(),
            "control_cells": found.cells.len(),
            "genes": found.genes.len(),
            "top": top,
            "score": scored,
            "output": args.output,
        });
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} control cells, {} genes; largest changes:", found.cells.len(), found.genes.len());
    println!("{:<14} {:>9} {:>9} {:>9}", "gene", "control", "predicted", "change");
    for gene in top {
        let (control, predicted, delta) = (gene.control, gene.predicted, gene.delta());
        println!("{:<14} {control:>9.4} {predicted:>9.4} {delta:>+9.4}", gene.symbol);
    }
    if let Some(scored) = &scored {
        print_score(scored);
    }
    Ok(ExitCode::SUCCESS)
}

/// Cells of each other value of the measured column that are no control cells.
fn others(cells: &CellMatrix, measured: &CellState, controls: &[usize]) -> Vec<Vec<usize>> {
    let Some(column) = cells.obs.get(&measured.column) else { return Vec::new() };
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for cell in 0..cells.n_cells() {
        if let Some(label) = column.label(cell)
            && label != measured.value
            && controls.binary_search(&cell).is_err()
        {
            found.entry(label).or_default().push(cell);
        }
    }
    found.into_values().collect()
}

fn print_score(scored: &PredictionScore) {
    println!(
        "against {} measured and {} control cells, {} genes:",
        scored.measured_cells, scored.control_cells, scored.genes
    );
    println!("{:<16} {:>9} {:>9} {:>9} {:>9}", "", "Pearson", "top 20", "MSE", "top 20");
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
    for row in &scored.contenders {
        println!(
            "{:<16} {:>9} {:>9} {:>9.4} {:>9.4}",
            row.name,
            number(row.pearson),
            number(row.pearson_top),
            row.mse,
            row.mse_top
        );
    }
    println!("(mean of others: {} other perturbations)", scored.other_perturbations);
}

fn write(
    path: &Path,
    cells: &CellMatrix,
    found: &Forecast,
    measured: Option<&[usize]>,
) -> anyhow::Result<()> {
    let measured = measured.map(|rows| Moments::of(cells, rows));
    let mut file =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_record(["symbol", "ensembl_id", "control", "predicted", "change", "measured"])?;
    for gene in &found.genes {
        file.write_record([
            gene.symbol.clone(),
            gene.ensembl.clone().unwrap_or_default(),
            gene.control.to_string(),
            gene.predicted.to_string(),
            gene.delta().to_string(),
            measured.as_ref().map_or(String::new(), |m| m.mean[gene.column].to_string()),
        ])?;
    }
    file.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use nextwell_model::cells::ObsColumn;

    use super::*;

    #[test]
    fn other_perturbations_are_neither_control_nor_the_measured_one() {
        let labels = ["a", "b", "c", "b", "ctrl", "d"].map(Some);
        let mut cells = CellMatrix {
            cells: (0..6).map(|cell| format!("c{cell}")).collect(),
            ..CellMatrix::default()
        };
        cells.obs.insert("guide".into(), ObsColumn::from_labels(&labels));
        let measured = CellState { column: "guide".into(), value: "a".into() };
        assert_eq!(others(&cells, &measured, &[4]), [vec![1, 3], vec![2], vec![5]]);
    }
}
