//! Effects of the edits of one cell.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::cosine::{GeneStates, gene_cosines, mean_cosine};
use super::edits::Edits;
use super::effect::UnitVector;
use super::runner::Screener;
use super::{RowId, ScreenError};
use crate::families::CellTokens;

/// What one edit does in one cell.
pub(super) struct Measured {
    /// One effect per measure of the plan.
    pub effects: Vec<f64>,
    /// Cosine of each other gene, when the screen asks for gene shifts.
    pub gene_cosines: Vec<(u32, f64)>,
}

/// Measures the edits of one cell against the cell itself.
pub(super) struct Measure<'a> {
    screener: &'a Screener,
    original: UnitVector,
    /// Versions of the original without its last genes, by length.
    shortened: BTreeMap<usize, UnitVector>,
    /// The original's genes in context, where effects are measured by gene.
    genes: Option<GeneStates>,
}

impl<'a> Measure<'a> {
    pub fn of(screener: &'a Screener, original: &CellTokens) -> Result<Self, ScreenError> {
        let embedding = screener.originals.get(screener.model(), original)?;
        let mut measure = Self {
            screener,
            original: UnitVector::new(&embedding, "an original cell")?,
            shortened: BTreeMap::new(),
            genes: None,
        };
        if measure.by_gene() || screener.spec().gene_shifts {
            measure.genes = Some(measure.gene_states(original)?);
        }
        Ok(measure)
    }

    /// Whether the effect is the mean of the genes' cosines.
    fn by_gene(&self) -> bool {
        let plan = self.screener.plan();
        plan.states.is_empty() && self.screener.model().compares_genes(&plan.embedding)
    }

    fn gene_states(&self, cell: &CellTokens) -> Result<GeneStates, ScreenError> {
        let kind = &self.screener.plan().embedding;
        let (tokens, states) = self.screener.model().gene_states(cell, kind)?.into_iter().unzip();
        Ok(GeneStates { tokens, states })
    }

    /// Measures `edits` of the cell `original`, in order.
    pub fn take(
        &mut self,
        original: &CellTokens,
        edits: &[Edits],
    ) -> Result<Vec<Measured>, ScreenError> {
        let mut all = if self.by_gene() {
            vec![Vec::new(); edits.len()]
        } else {
            self.effects(original, edits)?
        };
        let cosines = match &self.genes {
            Some(genes) => self.cosines(genes, edits)?,
            None => vec![Vec::new(); edits.len()],
        };
        if self.by_gene() {
            for (effects, cosines) in all.iter_mut().zip(&cosines) {
                effects.push(mean_cosine(cosines)?);
            }
        }
        let keep = self.screener.spec().gene_shifts;
        let measured = all.into_iter().zip(cosines).map(|(effects, cosines)| Measured {
            effects,
            gene_cosines: if keep { cosines } else { Vec::new() },
        });
        Ok(measured.collect())
    }

    /// Shifts to each state, or the cosine to the original.
    fn effects(
        &mut self,
        original: &CellTokens,
        edits: &[Edits],
    ) -> Result<Vec<Vec<f64>>, ScreenError> {
        let screener = self.screener;
        let kind = &screener.plan().embedding;
        self.shorten(edits)?;
        let cells: Vec<CellTokens> = edits.iter().map(|edit| edit.cell.clone()).collect();
        let embeddings = screener.model().embed_edited(original, &cells, kind)?;
        let mut all = Vec::with_capacity(edits.len());
        for (edit, embedding) in edits.iter().zip(embeddings) {
            let edited = UnitVector::new(&embedding, "an edited cell")
                .map_err(|_| ScreenError::EmbeddingNotFinite { what: name(screener, edit.id) })?;
            let compared = edit.compared.as_ref().and_then(|c| self.shortened.get(&c.ids.len()));
            let before = compared.unwrap_or(&self.original);
            all.push(Self::compare(&screener.states, before, &edited));
        }
        Ok(all)
    }

    /// The shift to each state; without any, the cosine between the two.
    pub fn compare(states: &[UnitVector], before: &UnitVector, after: &UnitVector) -> Vec<f64> {
        if states.is_empty() {
            return vec![before.cosine(after)];
        }
        states.iter().map(|state| before.shift(after, state)).collect()
    }

    /// Embeds the shortened originals that `edits` are compared with, once each.
    fn shorten(&mut self, edits: &[Edits]) -> Result<(), ScreenError> {
        for compared in edits.iter().filter_map(|edit| edit.compared.as_ref()) {
            if !self.shortened.contains_key(&compared.ids.len()) {
                let embedding = self.screener.originals.get(self.screener.model(), compared)?;
                let unit = UnitVector::new(&embedding, "a shortened cell")?;
                self.shortened.insert(compared.ids.len(), unit);
            }
        }
        Ok(())
    }

    /// Cosines of the genes that an edit left, per edit.
    fn cosines(
        &self,
        genes: &GeneStates,
        edits: &[Edits],
    ) -> Result<Vec<Vec<(u32, f64)>>, ScreenError> {
        let one = |edit: &Edits| {
            let perturbed = &self.screener.plan().targets[edit.id.target].tokens;
            let edited = self.gene_states(&edit.cell)?;
            match &edit.compared {
                Some(compared) => gene_cosines(&self.gene_states(compared)?, &edited, perturbed),
                None => gene_cosines(genes, &edited, perturbed),
            }
        };
        edits.par_iter().with_max_len(1).map(one).collect()
    }
}

fn name(screener: &Screener, id: RowId) -> String {
    let genes = screener.plan().targets[id.target].genes.join("+");
    format!("a cell with {} of {genes}", id.perturbation)
}
