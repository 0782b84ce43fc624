//! Mean predicted expression after a perturbation.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::error::check_size;
use super::super::reader::choose;
use super::super::{CellReader, UseError, Watch};
use crate::cells::CellMatrix;
use crate::families::{CellModel, EncodeOptions, PerturbationPredictor};

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastSettings {
    /// Most control cells; 300 as in the authors' plots.
    pub max_cells: usize,
    /// Seed of the choice of cells.
    pub seed: u64,
}

impl Default for ForecastSettings {
    fn default() -> Self {
        Self { max_cells: 300, seed: 0 }
    }
}

/// Expression of the genes of a model after a perturbation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Columns of the perturbed genes.
    pub perturbed: Vec<usize>,
    /// Control cells used, ascending.
    pub cells: Vec<usize>,
    /// Genes, by column.
    pub genes: Vec<ForecastGene>,
}

/// One gene of a forecast, in ln(1 + CP10k).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastGene {
    /// Column of the matrix.
    pub column: usize,
    /// Symbol.
    pub symbol: String,
    /// Ensembl gene id, where known.
    pub ensembl: Option<String>,
    /// Mean over the control cells as the model reads them.
    pub control: f64,
    /// Mean over the same cells of the prediction.
    pub predicted: f64,
}

impl ForecastGene {
    /// Predicted change.
    pub fn delta(&self) -> f64 {
        self.predicted - self.control
    }
}

impl Forecast {
    /// The genes with the largest predicted change in either direction; ties by column.
    pub fn most_changed(&self, top: usize) -> Vec<&ForecastGene> {
        let mut genes: Vec<&ForecastGene> = self.genes.iter().collect();
        genes.sort_by(|a, b| b.delta().abs().total_cmp(&a.delta().abs()));
        genes.truncate(top);
        genes
    }
}

/// Predicts each control cell with the genes of `perturbed` flagged and takes the mean.
///
/// Of `options` only the species is looked at. `controls` are rows; at most `settings.max_cells` of them are used. Memory: two numbers per
/// gene and one batch of cells.
///
/// # Errors
/// A checkpoint that predicts no perturbation; no perturbed gene or one the model does not have;
/// no control cell; cancellation.
pub fn forecast(
    model: &dyn CellModel,
    cells: &CellMatrix,
    controls: &[usize],
    perturbed: &[usize],
    settings: ForecastSettings,
    options: &EncodeOptions,
    watch: Watch<'_>,
) -> Result<Forecast, UseError> {
    let predictor = predictor_of(model)?;
    let reader = CellReader::of_controls(model, predictor, cells, options)?;
    if perturbed.is_empty() {
        let expected = "at least one".to_owned();
        return Err(UseError::BadSetting {
            setting: "perturbed genes",
            found: "none".into(),
            expected,
        });
    }
    let flagged = perturbed
        .iter()
        .map(|&column| {
            let gene = || cells.genes[column].symbol.clone();
            let family = model.card().family;
            reader.token(column).ok_or_else(|| UseError::GeneNotInModel { gene: gene(), family })
        })
        .collect::<Result<Vec<u32>, UseError>>()?;
    let rows = choose(controls, settings.max_cells, settings.seed);
    if rows.is_empty() {
        let which = "of the control".to_owned();
        return Err(UseError::TooFewCells { found: 0, which, needed: 1 });
    }
    let known = reader.known_columns();
    let place: HashMap<u32, usize> =
        known.iter().enumerate().map(|(place, (_, token))| (*token, place)).collect();
    let mut sums = vec![(0.0_f64, 0.0_f64); known.len()];
    reader.batches(&rows, watch, |_, encoded| {
        for cell in encoded {
            let predicted = predictor.predict(cell, &flagged)?;
            check_size("the genes of a cell", predicted.len(), cell.ids.len())?;
            for ((id, before), after) in cell.ids.iter().zip(&cell.values).zip(predicted) {
                if let Some(&place) = place.get(id) {
                    sums[place].0 += f64::from(*before);
                    sums[place].1 += f64::from(after);
                }
            }
        }
        Ok(())
    })?;
    let n = rows.len() as f64;
    let gene = |(&(column, _), &(control, predicted)): (&(usize, u32), &(f64, f64))| ForecastGene {
        column,
        symbol: cells.genes[column].symbol.clone(),
        ensembl: cells.genes[column].ensembl.clone(),
        control: control / n,
        predicted: predicted / n,
    };
    let genes = known.iter().zip(&sums).map(gene).collect();
    Ok(Forecast { perturbed: perturbed.to_vec(), cells: rows, genes })
}

fn predictor_of(model: &dyn CellModel) -> Result<&dyn PerturbationPredictor, UseError> {
    model.perturbation().ok_or_else(|| UseError::CannotDo {
        family: model.card().family,
        variant: model.card().variant.clone(),
        what: "predict expression after a perturbation",
        advice: "use a scGPT checkpoint that was fine-tuned on perturbations",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::double::{Double, FACTOR, TARGETS, quiet};

    #[test]
    fn the_forecast_is_the_mean_over_control_cells() {
        let (model, cells) = (Double::new(), fixtures::cells(30));
        let controls: Vec<usize> = (0..30).step_by(2).collect();
        let settings = ForecastSettings { max_cells: 6, seed: 2 };
        let options = EncodeOptions::default();
        let found =
            forecast(&model, &cells, &controls, &[FACTOR], settings, &options, quiet()).unwrap();
        assert_eq!(found.cells.len(), 6);
        assert!(found.cells.iter().all(|row| controls.contains(row)));
        assert_eq!(found.genes.len(), 30);
        for gene in &found.genes {
            // The double halves what the factor drives and silences the factor.
            let expected = match gene.column {
                FACTOR => 0.0,
                column if TARGETS.contains(&column) => gene.control / 2.0,
                _ => gene.control,
            };
            assert!((gene.predicted - expected).abs() < 1e-6, "{gene:?}");
        }
        let top: Vec<usize> = found.most_changed(3).iter().map(|gene| gene.column).collect();
        assert!(top.iter().all(|c| *c == FACTOR || TARGETS.contains(c)), "{top:?}");
    }

    #[test]
    fn no_control_cell_or_an_unknown_gene_is_refused() {
        let (model, cells) = (Double::new(), fixtures::cells(4));
        let ask = |controls: &[usize], genes: &[usize]| {
            let (settings, options) = (ForecastSettings::default(), EncodeOptions::default());
            forecast(&model, &cells, controls, genes, settings, &options, quiet())
        };
        assert!(matches!(ask(&[], &[1]), Err(UseError::TooFewCells { .. })));
        assert!(matches!(ask(&[0], &[30]), Err(UseError::GeneNotInModel { .. })));
        assert!(matches!(ask(&[0], &[]), Err(UseError::BadSetting { .. })));
    }
}
