//! Geneformer's encoding of a matrix, and edits in it.

use super::tokenizer::{RankValueEncoder, Tokens};
use crate::families::{CellEncoder, CellTokens, Direction, Edit, Edited, Species};

/// Rank value encoding with edits.
///
/// - **knock-out**: the gene's token is deleted, as in the reference; the rest keeps its order, and
///   a gene that the context had no room for does not move up. A gene that is not in the input, or
///   the last one left, cannot be deleted.
/// - **over-expression**: the token is moved or inserted in front of all genes (after `<cls>` in
///   V2), several in the order given, as in the reference; what no longer fits is dropped from the
///   end (before `<eos>`).
/// - **knock-down, activation**: the gene's counts times the factor, then ranked anew; the cell's
///   total stays what it was. The reference has no graded edit.
///
/// Together: graded edits first, then knock-outs, then over-expression.
pub struct GeneformerEncoder {
    rank: RankValueEncoder,
    /// Genes that fit between the special tokens.
    room: usize,
    specials: bool,
    /// Per token: whether it is a gene.
    is_gene: Vec<bool>,
}

impl GeneformerEncoder {
    /// For a context of `max_len` tokens, specials included.
    pub(super) fn new(
        rank: RankValueEncoder,
        specials: bool,
        max_len: usize,
        is_gene: Vec<bool>,
    ) -> Self {
        let room = max_len.saturating_sub(if specials { 2 } else { 0 });
        Self { rank, room, specials, is_gene }
    }

    fn is_gene(&self, token: u32) -> bool {
        self.is_gene.get(token as usize).copied().unwrap_or(false)
    }

    /// Counts after the graded edits; `None` where there is none.
    fn scaled(&self, columns: &[u32], counts: &[f32], edits: &[(u32, Edit)]) -> Option<Vec<f32>> {
        let factor = |token: u32| {
            edits.iter().filter(|(edited, _)| *edited == token).fold(1.0, |all, (_, edit)| {
                match edit {
                    Edit::KnockDown(factor) | Edit::Activate(factor) => all * factor,
                    Edit::KnockOut | Edit::OverExpress => all,
                }
            })
        };
        let graded = |edit: &Edit| matches!(edit, Edit::KnockDown(_) | Edit::Activate(_));
        if !edits.iter().any(|(_, edit)| graded(edit)) {
            return None;
        }
        let of_column =
            |column: u32| self.rank.token_of_column(column as usize).map_or(1.0, factor);
        Some(columns.iter().zip(counts).map(|(&column, count)| count * of_column(column)).collect())
    }

    /// Deletes, then puts in front.
    fn edit_tokens(&self, tokens: &mut Tokens, edits: &[(u32, Edit)]) {
        let ends = usize::from(self.specials);
        let genes = tokens.ids.get(ends..tokens.ids.len().saturating_sub(ends)).unwrap_or(&[]);
        let mut genes = genes.to_vec();
        let deleted = |gene: &u32| edits.contains(&(*gene, Edit::KnockOut));
        if genes.iter().any(|gene| !deleted(gene)) {
            genes.retain(|gene| !deleted(gene));
        }
        let mut front: Vec<u32> = Vec::new();
        for (token, edit) in edits {
            if *edit == Edit::OverExpress && self.is_gene(*token) && !front.contains(token) {
                front.push(*token);
            }
        }
        genes.retain(|gene| !front.contains(gene));
        front.extend(genes);
        tokens.truncated += front.len().saturating_sub(self.room);
        front.truncate(self.room);
        if self.specials {
            front.insert(0, tokens.ids[0]);
            front.extend(tokens.ids.last());
        }
        tokens.ids = front;
    }
}

impl CellEncoder for GeneformerEncoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.rank.token_of_column(column)
    }

    fn known_genes(&self) -> usize {
        self.rank.known_genes()
    }

    fn encode(&self, _cell: usize, columns: &[u32], counts: &[f32], total: f64) -> CellTokens {
        as_cell(self.rank.encode(columns, counts, total))
    }

    fn encode_edited(
        &self,
        _cell: usize,
        columns: &[u32],
        counts: &[f32],
        total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited {
        let before = self.rank.encode(columns, counts, total);
        let mut after = match self.scaled(columns, counts, edits) {
            Some(counts) => self.rank.encode(columns, &counts, total),
            None => before.clone(),
        };
        self.edit_tokens(&mut after, edits);
        Edited { changed: after.ids != before.ids, cell: as_cell(after) }
    }

    fn comparable(&self, original: &CellTokens, edited: &CellTokens) -> Option<CellTokens> {
        let overflow = edited.truncated.checked_sub(original.truncated).filter(|lost| *lost > 0)?;
        let ends = usize::from(self.specials);
        let last = original.ids.len().checked_sub(ends)?;
        let mut ids = original.ids[..last.saturating_sub(overflow)].to_vec();
        ids.extend(&original.ids[last..]);
        Some(CellTokens { ids, truncated: edited.truncated, ..original.clone() })
    }

    /// Place `(100 - percentile) %` of the way down the ranks; a group keeps its order there.
    fn at_rank(
        &self,
        cell: &CellTokens,
        tokens: &[u32],
        percentile: u8,
        direction: Direction,
    ) -> Option<Edited> {
        let ends = usize::from(self.specials);
        let genes = cell.ids.get(ends..cell.ids.len().checked_sub(ends)?)?;
        let share = 1.0 - f64::from(percentile.min(100)) / 100.0;
        let place = (share * genes.len().saturating_sub(1) as f64).round() as usize;
        let moves = |&token: &u32| match (genes.iter().position(|g| *g == token), direction) {
            (Some(at), Direction::Down) => at < place,
            (Some(at), Direction::Up) => at > place,
            (None, Direction::Down) => false,
            (None, Direction::Up) => self.is_gene(token),
        };
        let moved: Vec<u32> = tokens.iter().copied().filter(moves).collect();
        let mut edited: Vec<u32> = genes.iter().copied().filter(|g| !moved.contains(g)).collect();
        let at = place.min(edited.len());
        edited.splice(at..at, moved);
        let overflow = edited.len().saturating_sub(self.room);
        edited.truncate(self.room);
        let mut ids = cell.ids[..ends].to_vec();
        ids.extend(edited);
        ids.extend(&cell.ids[cell.ids.len() - ends..]);
        let changed = ids != cell.ids;
        let truncated = cell.truncated + overflow;
        Some(Edited { cell: CellTokens { ids, truncated, ..cell.clone() }, changed })
    }
}

fn as_cell(tokens: Tokens) -> CellTokens {
    CellTokens {
        ids: tokens.ids,
        values: Vec::new(),
        species: Species::Human,
        truncated: tokens.truncated,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tokenizer::{Vocabulary, VocabularyEntry};
    use super::*;
    use crate::cells::Gene;

    /// Twelve genes with medians of 1; V2 has tokens from 4, V1 from 2.
    fn encoder(specials: bool, max_len: usize) -> GeneformerEncoder {
        let names: &[&str] =
            if specials { &["<pad>", "<mask>", "<cls>", "<eos>"] } else { &["<pad>", "<mask>"] };
        let genes: Vec<String> = (0..12).map(|gene| format!("ENSG{gene:011}")).collect();
        let all = names.iter().map(|name| name.to_string()).chain(genes.iter().cloned());
        let entries = all.zip(0..).map(|(ensembl_id, token_id)| VocabularyEntry {
            nonzero_median: (!ensembl_id.starts_with('<')).then_some(1.0),
            symbol: None,
            ensembl_id,
            token_id,
        });
        let vocabulary = Vocabulary::from_entries(entries.collect()).unwrap();
        let genes: Vec<Gene> =
            genes.into_iter().map(|id| Gene { symbol: id.clone(), ensembl: Some(id) }).collect();
        let rank = RankValueEncoder::new(&vocabulary, &genes, max_len).unwrap();
        let is_gene = (0..vocabulary.len()).map(|t| !vocabulary.is_special(t as u32)).collect();
        GeneformerEncoder::new(rank, specials, max_len, is_gene)
    }

    /// Columns 0, 1 and 2 with 30, 20 and 10 counts.
    fn edited(specials: bool, max_len: usize, edits: &[(u32, Edit)]) -> Edited {
        encoder(specials, max_len).encode_edited(0, &[2, 0, 1], &[10.0, 30.0, 20.0], 60.0, edits)
    }

    #[test]
    fn a_knock_out_deletes_the_token_and_only_it() {
        let out = edited(false, 8, &[(3, Edit::KnockOut)]);
        assert_eq!((out.cell.ids, out.changed), (vec![2, 4], true));
        let out = edited(true, 8, &[(4, Edit::KnockOut), (2, Edit::KnockOut)]);
        assert_eq!(out.cell.ids, [2, 5, 6, 3]);
        assert!(!edited(false, 8, &[(9, Edit::KnockOut)]).changed, "not expressed");
        let out = edited(false, 2, &[(3, Edit::KnockOut)]);
        assert_eq!((out.cell.ids, out.cell.truncated), (vec![2], 1), "nothing moves up");
        let all = [2, 3, 4].map(|token| (token, Edit::KnockOut));
        assert!(!edited(false, 8, &all).changed, "an empty cell has no embedding");
    }

    #[test]
    fn over_expression_puts_genes_in_front_in_their_order_and_drops_from_the_end() {
        let out = edited(false, 8, &[(9, Edit::OverExpress), (4, Edit::OverExpress)]);
        assert_eq!(out.cell.ids, [9, 4, 2, 3]);
        let out = edited(true, 5, &[(9, Edit::OverExpress)]);
        assert_eq!((out.cell.ids, out.cell.truncated), (vec![2, 9, 4, 5, 3], 1));
        assert!(!edited(false, 8, &[(2, Edit::OverExpress)]).changed, "already on top");
        assert!(!edited(true, 8, &[(1, Edit::OverExpress), (99, Edit::OverExpress)]).changed);
    }

    #[test]
    fn graded_edits_rank_the_changed_counts_and_let_truncated_genes_in() {
        assert_eq!(edited(false, 8, &[(4, Edit::Activate(2.5))]).cell.ids, [2, 4, 3]);
        assert_eq!(edited(false, 8, &[(2, Edit::KnockDown(0.1))]).cell.ids, [3, 4, 2]);
        assert_eq!(edited(false, 2, &[(2, Edit::KnockDown(0.0))]).cell.ids, [3, 4]);
        assert!(!edited(false, 8, &[(2, Edit::KnockDown(0.9))]).changed);
    }

    #[test]
    fn graded_ranks_move_a_gene_only_the_way_they_are_told() {
        let cell = |ids: &[u32]| CellTokens { ids: ids.to_vec(), ..CellTokens::default() };
        let ranked = |specials, max_len, ids: &[u32], token, percentile, direction| {
            let encoder = encoder(specials, max_len);
            encoder.at_rank(&cell(ids), &[token], percentile, direction).unwrap()
        };
        let down = ranked(false, 8, &[2, 3, 4, 5, 6], 2, 25, Direction::Down);
        assert_eq!((down.cell.ids, down.changed), (vec![3, 4, 5, 2, 6], true));
        assert!(!ranked(false, 8, &[2, 3, 4, 5, 6], 6, 25, Direction::Down).changed);
        let up = ranked(true, 9, &[2, 4, 5, 6, 7, 8, 3], 8, 75, Direction::Up);
        assert_eq!(up.cell.ids, [2, 4, 8, 5, 6, 7, 3]);
        let absent = ranked(true, 5, &[2, 4, 5, 6, 3], 9, 99, Direction::Up);
        assert_eq!((absent.cell.ids, absent.cell.truncated), (vec![2, 9, 4, 5, 3], 1));
    }

    #[test]
    fn a_cell_is_compared_without_the_genes_that_its_edit_dropped() {
        let encoder = encoder(true, 5);
        let (columns, counts) = ([2, 0, 1], [10.0, 30.0, 20.0]);
        let original = encoder.encode(0, &columns, &counts, 60.0);
        let edit = |edit| encoder.encode_edited(0, &columns, &counts, 60.0, &[(9, edit)]).cell;
        let cut = encoder.comparable(&original, &edit(Edit::OverExpress)).unwrap();
        assert_eq!(cut.ids, [2, 4, 5, 3]);
        assert_eq!(encoder.comparable(&original, &edit(Edit::KnockOut)), None);
    }

    proptest! {
        #[test]
        fn an_edited_cell_fits_the_context_and_holds_each_gene_once(
            counts in prop::collection::vec(0f32..9.0, 12),
            edits in prop::collection::vec((0u32..20, 0usize..4, 0f32..3.0), 0..6),
            specials: bool,
        ) {
            let edits: Vec<(u32, Edit)> = edits.into_iter().map(|(token, kind, factor)| {
                let edit = [
                    Edit::KnockOut, Edit::OverExpress, Edit::KnockDown(factor),
                    Edit::Activate(factor),
                ];
                (token, edit[kind])
            }).collect();
            let columns: Vec<u32> = (0..12).collect();
            let out = encoder(specials, 9).encode_edited(0, &columns, &counts, 50.0, &edits).cell;
            prop_assert!(out.ids.len() <= 9);
            let mut seen = out.ids.clone();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), out.ids.len());
            if specials {
                prop_assert_eq!((out.ids[0], *out.ids.last().unwrap()), (2, 3));
            }
        }
    }
}
