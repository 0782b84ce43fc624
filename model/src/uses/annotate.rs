//! Classes of cells.

use super::error::check_size;
use super::{CellReader, UseError, Watch};
use crate::cells::{CellMatrix, ObsColumn};
use crate::families::{CellModel, Classifier, EncodeOptions};

/// What a cell is called whose best class is too improbable: perhaps a type that the classifier
/// was not trained on.
pub const UNASSIGNED: &str = "Unassigned";

/// Class of every cell of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Names of the classes.
    pub labels: Vec<String>,
    /// Probability below which a cell is unassigned.
    pub threshold: f32,
    /// Row-major `[cells, labels]`, rows sum to 1; NaN for blank cells.
    pub probabilities: Vec<f32>,
    /// The most probable class per cell (the first of equals); `None` where it is below the
    /// threshold or the cell is blank.
    pub assigned: Vec<Option<usize>>,
    /// Cells that express no gene of the model, ascending.
    pub blank: Vec<usize>,
}

impl Annotation {
    /// Name of a cell's class, or [`UNASSIGNED`].
    pub fn name(&self, cell: usize) -> &str {
        let label = self.assigned.get(cell).copied().flatten();
        label.and_then(|label| self.labels.get(label)).map_or(UNASSIGNED, String::as_str)
    }

    /// Largest probability of a cell; NaN for a blank one.
    pub fn confidence(&self, cell: usize) -> f32 {
        let n = self.labels.len();
        self.probabilities[cell * n..(cell + 1) * n].iter().copied().fold(f32::NAN, f32::max)
    }

    /// Names as a column of obs.
    pub fn column(&self) -> ObsColumn {
        let names: Vec<Option<&str>> =
            (0..self.assigned.len()).map(|cell| Some(self.name(cell))).collect();
        ObsColumn::from_labels(&names)
    }

    /// Cells per class, and unassigned ones last.
    pub fn counts(&self) -> Vec<(&str, usize)> {
        let of = |label: Option<usize>| self.assigned.iter().filter(|a| **a == label).count();
        let mut counts: Vec<(&str, usize)> =
            self.labels.iter().enumerate().map(|(i, name)| (name.as_str(), of(Some(i)))).collect();
        counts.push((UNASSIGNED, of(None)));
        counts
    }
}

/// Classifies every cell; below `threshold` a cell is [`UNASSIGNED`].
///
/// Without a threshold the family's own holds (scBERT's 0.5; none elsewhere).
///
/// # Errors
/// A checkpoint without a classifier; a threshold outside of 0 to 1; no known gene; cancellation.
pub fn annotate(
    model: &dyn CellModel,
    cells: &CellMatrix,
    threshold: Option<f32>,
    options: &EncodeOptions,
    watch: Watch<'_>,
) -> Result<Annotation, UseError> {
    let classifier = classifier_of(model)?;
    let threshold = threshold.unwrap_or_else(|| classifier.default_threshold());
    if !(0.0..=1.0).contains(&threshold) {
        return Err(UseError::BadSetting {
            setting: "threshold",
            found: threshold.to_string(),
            expected: "a probability from 0 to 1".into(),
        });
    }
    let reader = CellReader::new(model, cells, options)?;
    let (seen, blank) = reader.seen_and_blank();
    let labels = model.card().labels.clone();
    let (n_cells, n) = (cells.n_cells(), labels.len());
    let mut probabilities = vec![f32::NAN; n_cells * n];
    reader.batches(&seen, watch, |rows, encoded| {
        let classes = classifier.classify(encoded)?;
        check_size("the classes of a batch", classes.probabilities.len(), rows.len() * n)?;
        for (&row, found) in rows.iter().zip(classes.probabilities.chunks_exact(n.max(1))) {
            probabilities[row * n..(row + 1) * n].copy_from_slice(found);
        }
        Ok(())
    })?;
    let assigned =
        (0..n_cells).map(|row| call(&probabilities[row * n..][..n], threshold)).collect();
    Ok(Annotation { labels, threshold, probabilities, assigned, blank })
}

fn classifier_of(model: &dyn CellModel) -> Result<&dyn Classifier, UseError> {
    let card = model.card();
    model.classifier().filter(|_| !card.labels.is_empty()).ok_or_else(|| UseError::CannotDo {
        family: card.family,
        variant: card.variant.clone(),
        what: "classify cells",
        advice: "it holds no classifier with labels; give a fine-tuned cell classifier",
    })
}

/// The first of the most probable classes, unless it is below the threshold.
fn call(probabilities: &[f32], threshold: f32) -> Option<usize> {
    let best = probabilities.iter().copied().fold(f32::NAN, f32::max);
    let label = probabilities.iter().position(|&probability| probability == best)?;
    (best >= threshold).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::double::{Double, quiet};

    #[test]
    fn a_cell_is_unassigned_below_the_threshold() {
        assert_eq!(call(&[0.2, 0.5, 0.3], 0.5), Some(1));
        assert_eq!(call(&[0.2, 0.49, 0.31], 0.5), None);
        assert_eq!(call(&[0.5, 0.5], 0.0), Some(0));
        assert_eq!(call(&[f32::NAN, f32::NAN], 0.0), None);
    }

    #[test]
    fn classes_follow_the_classifier_and_their_counts_add_up() {
        let (model, cells) = (Double::new(), fixtures::cells(40));
        let found =
            annotate(&model, &cells, Some(0.9), &EncodeOptions::default(), quiet()).unwrap();
        for cell in 0..40 {
            let row = &found.probabilities[cell * 2..cell * 2 + 2];
            assert!((row[0] + row[1] - 1.0).abs() < 1e-6);
            let expected = match found.confidence(cell) {
                best if best < 0.9 => UNASSIGNED,
                best if best == row[0] => "low",
                _ => "high",
            };
            assert_eq!(found.name(cell), expected);
        }
        let counts = found.counts();
        assert_eq!(counts.iter().map(|(_, n)| n).sum::<usize>(), 40);
        assert!(counts.iter().all(|(_, n)| *n > 0), "{counts:?}");
        let error = annotate(&model, &cells, Some(1.5), &EncodeOptions::default(), quiet());
        assert!(error.unwrap_err().to_string().contains("1.5"));
    }
}
