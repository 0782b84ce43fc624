//! Names in a guide library or a MAGeCK table as genes of the campaign.

use std::collections::{BTreeSet, HashMap};

use nextwell_contract::worker::ResolvedGene;
use nextwell_store::{Uuid, candidates};

use crate::App;
use crate::error::ApiError;

/// What a name means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A gene: symbol and Ensembl id, where known.
    Gene(String, Option<String>),
    /// Several genes.
    Ambiguous(Vec<String>),
    /// No gene that is known.
    Unknown,
}

/// The candidates of a campaign by every name of theirs.
#[derive(Debug)]
pub struct Names {
    by_symbol: HashMap<String, Option<String>>,
    by_id: HashMap<String, String>,
    resolved: HashMap<String, ResolvedGene>,
}

impl Names {
    /// Reads the candidates.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(app: &App, campaign: Uuid) -> Result<Self, ApiError> {
        let genes = candidates::list(app.store().api(), campaign).await?;
        let by_id = genes.iter().filter_map(|g| Some((g.ensembl_id.clone()?, g.symbol.clone())));
        Ok(Self {
            by_id: by_id.collect(),
            by_symbol: genes.into_iter().map(|g| (g.symbol, g.ensembl_id)).collect(),
            resolved: HashMap::new(),
        })
    }

    /// Whether a name is a candidate as it is written.
    pub fn is_candidate(&self, name: &str) -> bool {
        self.by_symbol.contains_key(name) || self.by_id.contains_key(name)
    }

    /// Asks the model service about the names that are no candidates.
    ///
    /// # Errors
    /// When the model service is away.
    pub async fn resolve(&mut self, app: &App, names: Vec<String>) -> Result<(), ApiError> {
        let unknown: BTreeSet<String> =
            names.into_iter().filter(|name| !self.is_candidate(name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let asked: Vec<String> = unknown.into_iter().collect();
        let found = app.model().resolve(asked.clone()).await?;
        self.resolved.extend(asked.into_iter().zip(found));
        Ok(())
    }

    /// What a name means, after [`Names::resolve`].
    pub fn meaning(&self, name: &str) -> Meaning {
        if let Some(id) = self.by_symbol.get(name) {
            return Meaning::Gene(name.to_owned(), id.clone());
        }
        if let Some(symbol) = self.by_id.get(name) {
            return Meaning::Gene(symbol.clone(), Some(name.to_owned()));
        }
        match self.resolved.get(name) {
            Some(gene) => match &gene.symbol {
                Some(symbol) => Meaning::Gene(symbol.clone(), gene.ensembl_id.clone()),
                None if gene.status == "ambiguous" => Meaning::Ambiguous(gene.candidates.clone()),
                None => Meaning::Unknown,
            },
            None => Meaning::Unknown,
        }
    }
}
