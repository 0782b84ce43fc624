//! What a pooled round is chosen from: the settings, and the campaign's guides.

use std::collections::HashSet;

use nextwell_contract::{LibraryFit, PlanRequest, PooledSettings};
use nextwell_planner::features::is_core_essential;
use nextwell_planner::pooled::{
    Adapters, ControlKind, Design, Enzyme, Guide, Numbers, Shelf, numbers, numbers_of,
};
use nextwell_store::pooled_rounds::PooledRound;
use nextwell_store::{PgPool, Uuid, guides};

use super::{adapters, design, enzyme, from_store, listed, refused};
use crate::error::ApiError;
use crate::known::Known;
use crate::limit_words::{money, no_round_fits};
use crate::wire;

/// Settings and guides of a pooled round.
#[derive(Debug)]
pub struct Bench {
    pub(super) settings: PooledSettings,
    pub(super) design: Design,
    pub(super) adapters: Adapters,
    enzyme: Enzyme,
    pub(super) guides: Vec<Guide>,
}

/// The library of a planned round.
#[derive(Debug)]
pub struct Ordered {
    /// Its row.
    pub row: PooledRound,
    /// Guides in the order of the sheet.
    pub guide_ids: Vec<String>,
}

impl Bench {
    /// Reads the guides of a campaign for these settings.
    ///
    /// # Errors
    /// 422 naming a setting out of its range.
    pub async fn read(
        db: &PgPool,
        campaign: Uuid,
        settings: &PooledSettings,
    ) -> Result<Self, ApiError> {
        let guides = guides::list(db, campaign).await?;
        let bench = Self {
            settings: settings.clone(),
            design: design(settings),
            adapters: adapters(settings)?,
            enzyme: enzyme(settings.enzyme),
            guides: guides.into_iter().map(from_store).collect(),
        };
        numbers(&bench.design).map_err(refused)?;
        Ok(bench)
    }

    /// The bench of a request, when it is for a pooled round.
    ///
    /// # Errors
    /// As [`Bench::read`].
    pub async fn of(
        db: &PgPool,
        campaign: Uuid,
        request: &PlanRequest,
    ) -> Result<Option<Self>, ApiError> {
        match &request.pooled {
            Some(settings) => Ok(Some(Self::read(db, campaign, settings).await?)),
            None => Ok(None),
        }
    }

    pub(super) fn shelf(&self) -> Shelf<'_> {
        Shelf::new(&self.guides, &self.adapters, self.enzyme)
    }

    /// Guides, cells, reads and money before anything is picked.
    pub(super) fn numbers(&self) -> Result<Numbers, ApiError> {
        numbers(&self.design).map_err(refused)
    }

    /// The request with the genes left out that the library cannot cover, for the picker.
    ///
    /// # Errors
    /// 422 `no_round_fits` when there are no guides, too few controls, a forced gene without
    /// enough guides, no gene with enough of them, or not the money.
    pub fn narrow(&self, known: &Known, request: &PlanRequest) -> Result<PlanRequest, ApiError> {
        if self.guides.is_empty() {
            return Err(no_round_fits("no guide library is uploaded; upload one first".into()));
        }
        let shelf = self.shelf();
        let wanted = self.design.guides_per_gene;
        let controls = [
            (ControlKind::NonTargeting, self.design.non_targeting),
            (ControlKind::SafeTargeting, self.design.safe_targeting),
        ];
        let forced: Vec<&str> = request.force.iter().map(String::as_str).collect();
        shelf
            .choose(&forced, wanted, controls)
            .map_err(|error| no_round_fits(error.to_string()))?;
        let fit = self.fit(known, request, &shelf);
        if fit.genes_ready == 0 && forced.is_empty() {
            let why = format!(
                "no open candidate has {wanted} usable guides; upload guides or ask for fewer a gene"
            );
            return Err(no_round_fits(why));
        }
        self.affordable(known, request)?;
        let mut narrowed = request.clone();
        narrowed.batch = Some(self.settings.genes);
        narrowed.plates = None;
        let short = known.genes.iter().filter(|gene| shelf.of_gene(&gene.symbol) < wanted);
        narrowed.exclude.extend(short.map(|gene| gene.symbol.clone()));
        Ok(narrowed)
    }

    fn affordable(&self, known: &Known, request: &PlanRequest) -> Result<(), ApiError> {
        let left = known.campaign.budget_amount.map(|all| all - known.spent.amount);
        let budget = match (left, request.budget) {
            (Some(left), Some(asked)) => Some(left.min(asked)),
            (left, asked) => left.or(asked),
        };
        let cost = self.numbers()?.cost;
        match budget {
            Some(budget) if cost > budget * (1.0 + 1e-12) => {
                let (cost, budget) = (money(cost), money(budget));
                Err(no_round_fits(format!(
                    "the library and the cells cost {cost}, budget {budget}; ask for fewer genes or guides or raise the budget"
                )))
            }
            _ => Ok(()),
        }
    }

    /// What the guides allow for the candidates that are open.
    pub(super) fn fit(
        &self,
        known: &Known,
        request: &PlanRequest,
        shelf: &Shelf<'_>,
    ) -> LibraryFit {
        let essential_out = request.exclude_essential.unwrap_or(known.campaign.exclude_essential);
        let aside = known.excluded(essential_out, &request.exclude, &request.force);
        let measured = known.results.iter().map(|result| result.symbol.as_str());
        let pending = known.pending.iter().map(String::as_str);
        let closed: HashSet<&str> = measured.chain(pending).chain(aside).collect();
        let open = known.genes.iter().map(|gene| gene.symbol.as_str()).filter(|symbol| {
            !(closed.contains(symbol) || essential_out && is_core_essential(symbol))
        });
        let open: Vec<&str> = open.collect();
        let short = shelf.too_few(open.iter().copied(), self.design.guides_per_gene);
        LibraryFit {
            guides: wire::count(self.guides.len()),
            refused: wire::count(shelf.refused().len()),
            genes_ready: wire::count(open.len() - short.len()),
            genes_short: wire::count(short.len()),
            short_names: short.iter().take(12).map(|gene| gene.symbol.clone()).collect(),
            non_targeting: wire::count(shelf.of_kind(ControlKind::NonTargeting)),
            safe_targeting: wire::count(shelf.of_kind(ControlKind::SafeTargeting)),
        }
    }

    /// The guides of picked genes as rows; what they cost by their true number.
    ///
    /// # Errors
    /// 422 when the library cannot cover the picks, which [`Bench::narrow`] rules out.
    pub fn order(
        &self,
        round_id: Uuid,
        campaign_id: Uuid,
        picked: &[&str],
    ) -> Result<Ordered, ApiError> {
        let controls = [
            (ControlKind::NonTargeting, self.design.non_targeting),
            (ControlKind::SafeTargeting, self.design.safe_targeting),
        ];
        let shelf = self.shelf();
        let chosen = shelf
            .choose(picked, self.design.guides_per_gene, controls)
            .map_err(|error| no_round_fits(error.to_string()))?;
        let found = numbers_of(chosen.guides.len(), &self.design).map_err(refused)?;
        let guide_ids = chosen.guides.iter().map(|place| self.guides[*place].guide_id.clone());
        // What was checked is what is ordered, whatever is uploaded later.
        let g = if shelf.with_g() { "G" } else { "" };
        let settings = PooledSettings {
            adapter_5: Some(format!("{}{g}", self.adapters.five())),
            adapter_3: Some(self.adapters.three().to_owned()),
            ..self.settings.clone()
        };
        Ok(Ordered {
            guide_ids: guide_ids.collect(),
            row: PooledRound {
                round_id,
                campaign_id,
                settings: wire::encode(&settings)?,
                numbers: wire::encode(&super::numbers(&found))?,
                cost: found.cost,
            },
        })
    }

    /// Why fewer genes were picked than asked for.
    pub fn shortfall(&self, known: &Known, request: &PlanRequest) -> Option<String> {
        let fit = self.fit(known, request, &self.shelf());
        (fit.genes_ready < u64::from(self.settings.genes) && fit.genes_short > 0).then(|| {
            format!(
                "{} open candidates have fewer than {} usable guides and could not be picked: {}.",
                fit.genes_short,
                self.design.guides_per_gene,
                listed(&fit.short_names)
            )
        })
    }
}
