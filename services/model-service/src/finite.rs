//! No NaN and no infinity leaves the service: JSON would silently turn them into `null`.

use nextwell_contract::worker::{FinishedScreen, GeneExpression};
use nextwell_contract::{
    Coverage, DatasetReport, EmbeddingPreview, EvaluationReport, PredictorScore, ScreenTargetRow,
};

use crate::failure::Failure;

/// An answer that holds numbers.
pub trait Finite {
    /// The first number that is not finite: where it is and what it is.
    fn first_not_finite(&self) -> Option<String>;

    /// Refuses to answer with a number that is not finite.
    ///
    /// # Errors
    /// 422 `not_finite` naming the place.
    fn check(&self, what: &str) -> Result<(), Failure> {
        match self.first_not_finite() {
            None => Ok(()),
            Some(place) => Err(Failure::new(422, "not_finite", "A result is not a finite number")
                .detail(format!(
                    "{what}: {place}; the model's weights or the cells are bad, so nothing was kept"
                ))),
        }
    }
}

fn first(owner: &str, numbers: &[(&str, Option<f64>)]) -> Option<String> {
    let bad = numbers.iter().find(|(_, number)| number.is_some_and(|n| !n.is_finite()))?;
    Some(format!("{} of {owner} is {}", bad.0, bad.1.unwrap_or_default()))
}

impl<T: Finite> Finite for Vec<T> {
    fn first_not_finite(&self) -> Option<String> {
        self.iter().find_map(Finite::first_not_finite)
    }
}

impl Finite for ScreenTargetRow {
    fn first_not_finite(&self) -> Option<String> {
        let mut numbers = vec![
            ("coverage", Some(self.coverage)),
            ("mean_rank", self.mean_rank),
            ("mean_expression", self.mean_expression),
            ("matched_mean", self.matched_mean),
            ("null_difference", self.null_difference),
            ("joint_minus_sum", self.joint_minus_sum),
        ];
        for effect in &self.effects {
            let all = [effect.mean, effect.sd, effect.cell_low, effect.cell_high];
            numbers.extend(all.map(|number| ("effect", number)));
            let tests = [effect.p, effect.q, effect.p_donor, effect.q_donor];
            numbers.extend(tests.map(|number| ("p or q", number)));
        }
        first(&format!("{} {}", self.label, self.perturbation), &numbers)
    }
}

impl Finite for FinishedScreen {
    fn first_not_finite(&self) -> Option<String> {
        self.rows.first_not_finite().or_else(|| {
            let predicted = self.predictions.iter();
            predicted.clone().find_map(|p| {
                first(&p.ensembl_id, &[("effect", Some(p.effect)), ("sd", Some(p.sd))])
            })
        })
    }
}

impl Finite for GeneExpression {
    fn first_not_finite(&self) -> Option<String> {
        let numbers = [
            ("mean_log1p_cp10k", Some(self.mean_log1p_cp10k)),
            ("detection_rate", Some(self.detection_rate)),
        ];
        first(&self.symbol, &numbers)
    }
}

impl Finite for DatasetReport {
    fn first_not_finite(&self) -> Option<String> {
        let numbers = [
            ("median_counts_per_cell", Some(self.median_counts_per_cell)),
            ("median_genes_per_cell", Some(self.median_genes_per_cell)),
        ];
        first("the data set", &numbers)
    }
}

impl Finite for PredictorScore {
    fn first_not_finite(&self) -> Option<String> {
        let numbers = [
            ("mse", Some(self.mse)),
            ("mse_low", Some(self.mse_low)),
            ("mse_high", Some(self.mse_high)),
            ("spearman", self.spearman),
            ("spearman_low", self.spearman_low),
            ("spearman_high", self.spearman_high),
        ];
        first(&self.name, &numbers)
    }
}

impl Finite for EvaluationReport {
    fn first_not_finite(&self) -> Option<String> {
        let numbers = [
            ("p_better_than_current", Some(self.p_better_than_current)),
            ("p_better_than_mean", Some(self.p_better_than_mean)),
        ];
        self.scores.first_not_finite().or_else(|| first("the evaluation", &numbers))
    }
}

impl Finite for Coverage {
    fn first_not_finite(&self) -> Option<String> {
        let numbers = [
            ("counts", Some(self.counts)),
            ("counts_seen", Some(self.counts_seen)),
            ("counts_share", Some(self.counts_share)),
            ("truncated_mean", Some(self.truncated_mean)),
        ];
        first("the cells", &numbers)
    }
}

impl Finite for EmbeddingPreview {
    fn first_not_finite(&self) -> Option<String> {
        let bad = |place: &Vec<f32>| place.iter().any(|value| !value.is_finite());
        if let Some(cell) = self.coordinates.iter().position(bad) {
            return Some(format!("the place of cell {} is not a number", self.cells[cell]));
        }
        self.explained_variance
            .iter()
            .find_map(|share| first("the axes", &[("share", Some(*share))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_is_refused_with_its_place() {
        let mut gene = GeneExpression {
            symbol: "GATA3".into(),
            ensembl_id: None,
            mean_log1p_cp10k: 1.0,
            detection_rate: 0.5,
        };
        assert!(vec![gene.clone()].check("expression").is_ok());
        gene.mean_log1p_cp10k = f64::NAN;
        let failure = vec![gene].check("expression").unwrap_err();
        assert_eq!(failure.code(), "not_finite");
        assert!(failure.to_string().contains("mean_log1p_cp10k of GATA3 is NaN"), "{failure}");
    }
}
