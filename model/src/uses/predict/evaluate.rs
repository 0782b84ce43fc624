//! Prediction against measurement, beside two baselines.

use serde::{Deserialize, Serialize};

use super::{Forecast, Moments};
use crate::cells::CellMatrix;
use crate::stats::pearson;
use crate::uses::UseError;

/// Differentially expressed genes looked at apart.
const TOP: usize = 20;

/// How near predictions come to measured cells of the same perturbation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictionScore {
    /// Measured cells of the perturbation.
    pub measured_cells: usize,
    /// Control cells.
    pub control_cells: usize,
    /// Other perturbations behind the baseline of that name.
    pub other_perturbations: usize,
    /// Genes compared: those that the model reads.
    pub genes: usize,
    /// Symbols of the 20 genes with the largest |Welch t| of measured against control cells.
    pub top_genes: Vec<String>,
    /// `model`, `no change` and, where there are other perturbations, `mean of others`.
    pub contenders: Vec<Contender>,
}

/// One predictor of the change against control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// Its name.
    pub name: String,
    /// Pearson correlation of predicted and measured change over all genes; absent where one is
    /// constant, as for no change.
    pub pearson: Option<f64>,
    /// The same over the top genes.
    pub pearson_top: Option<f64>,
    /// Mean squared error of the change over all genes.
    pub mse: f64,
    /// The same over the top genes.
    pub mse_top: f64,
}

/// Compares a forecast with the `measured` cells of the perturbation.
///
/// Changes are taken against the mean of the control cells, in ln(1 + CP10k). `others` holds the
/// cells of each other perturbation; their means weigh equally. The perturbed genes themselves
/// are among the genes compared, as in the authors' evaluation.
///
/// # Errors
/// Fewer than two measured or control cells.
pub fn evaluate(
    forecast: &Forecast,
    cells: &CellMatrix,
    controls: &[usize],
    measured: &[usize],
    others: &[Vec<usize>],
) -> Result<PredictionScore, UseError> {
    for (rows, which) in [(measured, "of the perturbation"), (controls, "of the control")] {
        if rows.len() < 2 {
            let which = which.to_owned();
            return Err(UseError::TooFewCells { found: rows.len(), which, needed: 2 });
        }
    }
    let (control, perturbed) = (Moments::of(cells, controls), Moments::of(cells, measured));
    let columns: Vec<usize> = forecast.genes.iter().map(|gene| gene.column).collect();
    let change = |mean: &[f64]| -> Vec<f64> {
        columns.iter().map(|&column| mean[column] - control.mean[column]).collect()
    };
    let truth = change(&perturbed.mean);
    let t = perturbed.welch(&control);
    let mut top: Vec<usize> = (0..columns.len()).collect();
    top.sort_by(|&a, &b| t[columns[b]].abs().total_cmp(&t[columns[a]].abs()));
    top.truncate(TOP);
    let predicted: Vec<f64> = forecast.genes.iter().map(|gene| gene.delta()).collect();
    let mut contenders = vec![
        contender("model", &predicted, &truth, &top),
        contender("no change", &vec![0.0; truth.len()], &truth, &top),
    ];
    let others: Vec<&Vec<usize>> = others.iter().filter(|rows| !rows.is_empty()).collect();
    if !others.is_empty() {
        let mut mean = vec![0.0; cells.n_genes()];
        for rows in &others {
            for (sum, value) in mean.iter_mut().zip(Moments::of(cells, rows).mean) {
                *sum += value / others.len() as f64;
            }
        }
        contenders.push(contender("mean of others", &change(&mean), &truth, &top));
    }
    Ok(PredictionScore {
        measured_cells: measured.len(),
        control_cells: controls.len(),
        other_perturbations: others.len(),
        genes: columns.len(),
        top_genes: top.iter().map(|&place| forecast.genes[place].symbol.clone()).collect(),
        contenders,
    })
}

fn contender(name: &str, predicted: &[f64], truth: &[f64], top: &[usize]) -> Contender {
    let of_top = |values: &[f64]| -> Vec<f64> { top.iter().map(|&place| values[place]).collect() };
    let (few, few_truth) = (of_top(predicted), of_top(truth));
    Contender {
        name: name.to_owned(),
        pearson: pearson(predicted, truth),
        pearson_top: pearson(&few, &few_truth),
        mse: mse(predicted, truth),
        mse_top: mse(&few, &few_truth),
    }
}

fn mse(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / a.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::predict::ForecastGene;

    /// A forecast that says exactly what was measured.
    fn oracle(cells: &CellMatrix, controls: &[usize], measured: &[usize]) -> Forecast {
        let (before, after) = (Moments::of(cells, controls), Moments::of(cells, measured));
        let gene = |column: usize| ForecastGene {
            column,
            symbol: cells.genes[column].symbol.clone(),
            ensembl: None,
            control: before.mean[column],
            predicted: after.mean[column],
        };
        Forecast {
            perturbed: vec![3],
            cells: controls.to_vec(),
            genes: (0..30).map(gene).collect(),
        }
    }

    #[test]
    fn an_oracle_scores_one_and_no_change_has_no_correlation() {
        let cells = fixtures::cells(40);
        let rows = |part: usize| -> Vec<usize> { (0..40).filter(|row| row % 4 == part).collect() };
        let (controls, measured, others) = (rows(0), rows(1), [rows(2), rows(3), Vec::new()]);
        let forecast = oracle(&cells, &controls, &measured);
        let score = evaluate(&forecast, &cells, &controls, &measured, &others).unwrap();
        let [model, none, mean] = score.contenders.as_slice() else { panic!("{score:?}") };
        assert!((model.pearson.unwrap() - 1.0).abs() < 1e-9 && model.mse < 1e-20);
        assert_eq!((none.pearson, none.pearson_top), (None, None));
        assert!(none.mse > 0.0 && none.mse_top >= none.mse);
        assert!(mean.pearson.unwrap() < 1.0 && mean.mse > 0.0);
        assert_eq!((score.genes, score.other_perturbations, score.top_genes.len()), (30, 2, 20));
    }

    #[test]
    fn one_measured_cell_is_too_few() {
        let cells = fixtures::cells(8);
        let forecast = oracle(&cells, &[0, 2], &[1]);
        assert!(evaluate(&forecast, &cells, &[0, 2], &[1], &[]).is_err());
    }
}
