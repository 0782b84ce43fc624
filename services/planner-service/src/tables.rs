//! Feature tables and expression, kept between requests: making them takes longer than planning.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use nextwell_planner::features::{Candidate, Expression, FeatureInputs, FeatureTable, ModelScore};
use nextwell_store::screen_scores::{Perturbation, ScreenScore};
use nextwell_store::{PgPool, screen_scores};
use tokio::sync::OnceCell;

use crate::App;
use crate::error::ApiError;
use crate::features;
use crate::known::Known;
use crate::propose::plan_error;

/// Values kept of each kind: the campaigns that people look at on one day.
const KEPT: usize = 4;

type Cell<T> = Arc<OnceCell<Arc<T>>>;

/// The last values by name. Who asks for a value that is being made waits for it.
#[derive(Debug)]
struct Kept<T>(Mutex<VecDeque<(String, Cell<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    fn cell(&self, name: &str) -> Cell<T> {
        let mut kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let at = kept.iter().position(|(known, _)| known == name);
        let entry =
            at.and_then(|at| kept.remove(at)).unwrap_or_else(|| (name.to_owned(), Cell::default()));
        let cell = entry.1.clone();
        kept.push_front(entry);
        kept.truncate(KEPT);
        cell
    }
}

/// What planning keeps between requests.
#[derive(Debug, Default)]
pub struct Tables {
    tables: Kept<FeatureTable>,
    expression: Kept<Vec<Expression>>,
}

impl Tables {
    /// Features of the candidates of a campaign.
    ///
    /// # Errors
    /// When the model service is needed and away, or the planner refuses the candidates.
    pub async fn of(
        &self,
        app: &App,
        db: &PgPool,
        known: &Known,
    ) -> Result<Arc<FeatureTable>, ApiError> {
        let cell = self.tables.cell(&known.table_name()?);
        let table = cell.get_or_try_init(|| self.build(app, db, known)).await?;
        Ok(table.clone())
    }

    async fn build(
        &self,
        app: &App,
        db: &PgPool,
        known: &Known,
    ) -> Result<Arc<FeatureTable>, ApiError> {
        let scores = match known.screen {
            Some(screen) => Some(model_scores(&screen_scores::list(db, screen).await?)),
            None => None,
        };
        let expression = self.expression(app, &known.campaign.dataset_digest).await?;
        let tables = features::in_use(db, known.campaign.id).await?;
        let renamed = app.renamed().await?.clone();
        let (readout_gene, keywords) =
            (known.campaign.readout_gene.clone(), known.campaign.keywords.clone());
        let genes = known.genes.iter();
        let candidates: Vec<Candidate> = genes
            .map(|g| Candidate { symbol: g.symbol.clone(), ensembl_id: g.ensembl_id.clone() })
            .collect();
        // Seconds of linear algebra: not on the threads that answer requests.
        let built = tokio::task::spawn_blocking(move || {
            let inputs = FeatureInputs {
                resolve: &|name| renamed.get(name).cloned(),
                expression: Some(&expression),
                readout_gene,
                keywords,
                model_scores: scores.as_deref(),
                tables: &tables,
                archive: None,
            };
            FeatureTable::build(&candidates, &inputs)
        });
        let built = built
            .await
            .map_err(|error| ApiError::internal(format!("planning ended early: {error}")))?;
        Ok(Arc::new(built.map_err(plan_error)?))
    }

    /// Mean expression of every gene of a data set. Asked of the model service once.
    pub async fn expression(
        &self,
        app: &App,
        dataset: &str,
    ) -> Result<Arc<Vec<Expression>>, ApiError> {
        let ask = || async {
            let genes = app.model().expression(dataset, None).await?;
            let genes = genes.into_iter().map(|gene| Expression {
                symbol: gene.symbol,
                mean_log1p_cp10k: gene.mean_log1p_cp10k,
                detection_rate: gene.detection_rate,
            });
            Ok::<_, ApiError>(Arc::new(genes.collect()))
        };
        Ok(self.expression.cell(dataset).get_or_try_init(ask).await?.clone())
    }
}

/// One row per gene from the screen's rows per gene and perturbation.
fn model_scores(scores: &[ScreenScore]) -> Vec<ModelScore> {
    let mut by_gene: BTreeMap<&str, ModelScore> = BTreeMap::new();
    for score in scores {
        let row = by_gene.entry(&score.symbol).or_insert_with(|| ModelScore {
            symbol: score.symbol.clone(),
            knock_out: None,
            over_expression: None,
            predicted_effect: None,
        });
        match score.perturbation {
            Perturbation::KnockOut => row.knock_out = score.mean_shift,
            Perturbation::OverExpression => row.over_expression = score.mean_shift,
        }
        row.predicted_effect = row.predicted_effect.or(score.predicted_effect);
    }
    by_gene.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_value_is_made_once_and_forgotten_when_others_were_asked_for_since() {
        let kept: Kept<u32> = Kept::default();
        let made = kept.cell("a").get_or_init(|| async { Arc::new(1) }).await.clone();
        assert_eq!((*made, kept.cell("a").initialized()), (1, true));
        for name in ["b", "c", "d"] {
            assert!(!kept.cell(name).initialized());
        }
        assert!(kept.cell("a").initialized(), "asked for again, so kept");
        for name in ["e", "f", "g", "h"] {
            kept.cell(name);
        }
        assert!(!kept.cell("a").initialized());
    }
}
