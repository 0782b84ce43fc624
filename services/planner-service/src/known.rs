//! What is known of a campaign when a round is planned, read once: every choice is a function of
//! this and of the request.

use std::collections::{BTreeSet, HashMap, HashSet};

use nextwell_planner::round::{ArmOutcome, Observed};
use nextwell_store::campaigns::Campaign;
use nextwell_store::plate_designs::PlateDesign;
use nextwell_store::rounds::Spent;
use nextwell_store::{
    PgPool, Uuid, candidates, controls, feature_blocks, gene_results, picks, plate_designs, rounds,
    screens,
};

use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{lay_out, library, wire};

/// Why a campaign that leaves out essential genes set a candidate aside when it was made.
pub const CORE_ESSENTIAL: &str = "core-essential (mean DepMap gene effect at most -1)";

/// A campaign's state.
#[derive(Debug)]
pub struct Known {
    /// The campaign with its settings.
    pub campaign: Campaign,
    /// Number of the round to plan.
    pub number: i32,
    /// Candidates by symbol.
    pub genes: Vec<candidates::Candidate>,
    /// Place of a symbol in `genes`.
    pub index: HashMap<String, usize>,
    /// Measurements that count.
    pub results: Vec<gene_results::GeneResult>,
    /// Picked, not measured.
    pub pending: Vec<String>,
    /// Donors, replicates and control wells.
    pub design: PlateDesign,
    /// Controls of every plate.
    pub controls: Vec<controls::Control>,
    /// Newest finished screen.
    pub screen: Option<Uuid>,
    /// Digests of the feature blocks that the lab brought.
    pub blocks: Vec<String>,
    /// What earlier rounds took.
    pub spent: Spent,
    /// Hits of the chosen genes and of the random arm in every measured round but the first.
    pub outcomes: Vec<ArmOutcome>,
}

impl Known {
    /// Reads the state before round `number`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(db: &PgPool, campaign: Campaign, number: i32) -> Result<Self, ApiError> {
        let mut genes = candidates::list(db, campaign.id).await?;
        library::set_unavailable_aside(db, campaign.id, &mut genes).await?;
        let results = gene_results::current(db, campaign.id).await?;
        Ok(Self {
            number,
            outcomes: outcomes(db, campaign.id, &results).await?,
            index: genes.iter().enumerate().map(|(i, g)| (g.symbol.clone(), i)).collect(),
            genes,
            results,
            pending: picks::pending(db, campaign.id).await?,
            design: plate_designs::get(db, campaign.id).await?,
            controls: controls::list(db, campaign.id).await?,
            screen: screens::latest_done(db, campaign.id).await?.map(|screen| screen.id),
            blocks: blocks(db, campaign.id).await?,
            spent: rounds::spent(db, campaign.id).await?,
            campaign,
        })
    }

    /// Number of the next round of a campaign.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_number(db: &PgPool, campaign: Uuid) -> Result<i32, ApiError> {
        Ok(rounds::latest(db, campaign).await?.map_or(1, |round| round.number + 1))
    }

    /// A name of this state: equal names give equal rounds for equal requests.
    ///
    /// # Errors
    /// None in practice: everything here can be written as JSON.
    pub fn name(&self) -> Result<String, ApiError> {
        let c = &self.campaign;
        let genes: Vec<_> = self.genes.iter().map(|g| (&g.symbol, &g.excluded_reason)).collect();
        let results: Vec<_> = self
            .results
            .iter()
            .map(|r| (&r.symbol, r.robust_z.to_bits(), r.se.map(f64::to_bits)))
            .collect();
        let controls: Vec<_> = self.controls.iter().map(|c| &c.name).collect();
        let assay = (c.hit_threshold, c.two_sided, c.plate_format, c.seed, c.exclude_essential);
        let limits = (c.batch, c.budget_amount, c.cost_per_well, c.cost_per_plate, c.max_wells);
        let strategy = (&c.acquisition, c.kappa, c.random_share, c.replicate_share, c.family_max);
        let d = &self.design;
        let wells = (d.non_targeting_wells, d.positive_wells, d.untreated_wells);
        let design = (&d.donors, d.replicates, wells);
        let settings = wire::encode(&(assay, limits, strategy, c.max_rounds, design))?;
        let spent = (self.spent.amount, self.spent.wells);
        let state = (self.number, genes, results, &self.pending, controls, spent);
        let text = wire::encode(&(self.table_name()?, settings, state))?.to_string();
        Ok(sha256_hex(text.as_bytes()))
    }

    /// A name of what the features of the candidates are made from.
    ///
    /// # Errors
    /// None in practice: everything here can be written as JSON.
    pub fn table_name(&self) -> Result<String, ApiError> {
        let c = &self.campaign;
        let genes: Vec<_> = self.genes.iter().map(|g| (&g.symbol, &g.ensembl_id)).collect();
        let assay = (&c.dataset_digest, self.screen, &c.readout_gene, &c.keywords);
        let text = wire::encode(&(c.id, assay, &self.blocks, genes))?.to_string();
        Ok(sha256_hex(text.as_bytes()))
    }

    /// Measurements of candidates.
    pub fn observed(&self) -> Vec<Observed> {
        let row = |result: &gene_results::GeneResult| {
            let candidate = *self.index.get(&result.symbol)?;
            Some(Observed { candidate, robust_z: result.robust_z, se: result.se })
        };
        self.results.iter().filter_map(row).collect()
    }

    /// Wells in which each candidate was measured.
    pub fn wells_of(&self) -> Vec<(usize, usize)> {
        let sets = lay_out::wells_of_a_pick(&self.design);
        let wells = |result: &gene_results::GeneResult| {
            let candidate = *self.index.get(&result.symbol)?;
            // In picks: each took a well in every plate set.
            Some((candidate, wire::index(i64::from(result.n_wells)).div_ceil(sets)))
        };
        self.results.iter().filter_map(wells).collect()
    }

    /// Places of candidates.
    ///
    /// # Errors
    /// 422 naming the first symbol that is no candidate.
    pub fn indices<'a>(
        &self,
        symbols: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<usize>, ApiError> {
        symbols
            .into_iter()
            .map(|symbol| {
                self.index.get(symbol).copied().ok_or_else(|| {
                    let detail = format!("{symbol} is not a candidate of this campaign");
                    ApiError::unprocessable("unknown_candidate", detail, Vec::new())
                })
            })
            .collect()
    }

    /// Candidates that may not be picked: set aside, or asked to stay out. A gene that was set
    /// aside as essential comes back when essential genes are wanted, or when it is forced.
    pub fn excluded(&self, essential_out: bool, out: &[String], forced: &[String]) -> Vec<&str> {
        let forced: HashSet<&str> = forced.iter().map(String::as_str).collect();
        let aside = self.genes.iter().filter(|gene| match gene.excluded_reason.as_deref() {
            Some(CORE_ESSENTIAL) => essential_out && !forced.contains(gene.symbol.as_str()),
            reason => reason.is_some(),
        });
        let aside = aside.map(|gene| gene.symbol.as_str());
        let all: BTreeSet<&str> = aside.chain(out.iter().filter_map(|s| self.symbol(s))).collect();
        all.into_iter().collect()
    }

    fn symbol(&self, symbol: &str) -> Option<&str> {
        self.index.get(symbol).map(|i| self.genes[*i].symbol.as_str())
    }
}

async fn blocks(db: &PgPool, campaign: Uuid) -> Result<Vec<String>, ApiError> {
    let blocks = feature_blocks::list(db, campaign).await?;
    Ok(blocks.into_iter().map(|block| block.digest).collect())
}

async fn outcomes(
    db: &PgPool,
    campaign: Uuid,
    results: &[gene_results::GeneResult],
) -> Result<Vec<ArmOutcome>, ApiError> {
    let hit: HashMap<&str, bool> = results.iter().map(|r| (r.symbol.as_str(), r.hit)).collect();
    let mut outcomes = Vec::new();
    let rounds = rounds::list(db, campaign).await?;
    for round in rounds.iter().filter(|round| round.number > 1 && round.results_at.is_some()) {
        let mut outcome = ArmOutcome { scored: 0, scored_hits: 0, random: 0, random_hits: 0 };
        for pick in picks::list(db, round.id).await? {
            let Some(&hit) = hit.get(pick.symbol.as_str()) else { continue };
            match pick.kind.as_str() {
                "scored" => {
                    outcome.scored += 1;
                    outcome.scored_hits += u64::from(hit);
                }
                "random" => {
                    outcome.random += 1;
                    outcome.random_hits += u64::from(hit);
                }
                _ => {}
            }
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
