//! Which tokens stand for the same gene in man and mouse.

use crate::families::Species;

/// Homologous tokens of a checkpoint.
///
/// Cells of both species are written with the human token of a homologous gene, so that its word
/// embedding is shared; the prior knowledge of a mouse cell is that of the mouse token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Homologues {
    /// By token: of a human gene with a homologue the mouse token, else the token itself.
    mouse_of: Vec<u32>,
    /// By token: of a mouse gene with a homologue the human token, else the token itself.
    human_of: Vec<u32>,
    pairs: usize,
}

impl Homologues {
    /// From the checkpoint's table: entry `i` is the token whose prior knowledge token `i` has in
    /// mouse cells.
    ///
    /// # Errors
    /// A sentence naming the first entry outside the vocabulary.
    pub fn from_index(index: &[i64]) -> Result<Self, String> {
        let vocabulary = index.len();
        let inside =
            |entry: &i64| u32::try_from(*entry).ok().filter(|t| (*t as usize) < vocabulary);
        let mut mouse_of = Vec::with_capacity(vocabulary);
        for (token, entry) in index.iter().enumerate() {
            let Some(mouse) = inside(entry) else {
                return Err(format!("entry {token} is {entry}, the vocabulary has {vocabulary}"));
            };
            mouse_of.push(mouse);
        }
        let mut human_of: Vec<u32> = (0..vocabulary as u32).collect();
        let mut pairs = 0;
        for (human, &mouse) in (0..).zip(&mouse_of) {
            if mouse != human {
                pairs += 1;
                // Of several human genes the one of the lowest token.
                if human_of[mouse as usize] == mouse {
                    human_of[mouse as usize] = human;
                }
            }
        }
        Ok(Self { mouse_of, human_of, pairs })
    }

    /// No homologues among `vocabulary` tokens.
    pub fn none(vocabulary: usize) -> Self {
        let own: Vec<u32> = (0..vocabulary as u32).collect();
        Self { mouse_of: own.clone(), human_of: own, pairs: 0 }
    }

    /// Number of human tokens with a mouse token.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Token that a mouse gene is written with in a cell.
    pub fn written_as(&self, token: u32) -> u32 {
        self.human_of.get(token as usize).copied().unwrap_or(token)
    }

    /// Token that a gene is written with in cells of `species`.
    pub fn written_in(&self, token: u32, species: Species) -> u32 {
        match species {
            Species::Human => token,
            Species::Mouse => self.written_as(token),
        }
    }

    /// Whether a human gene has a mouse one.
    pub fn has_mouse(&self, token: u32) -> bool {
        self.mouse_of.get(token as usize).is_some_and(|mouse| *mouse != token)
    }

    /// Token whose prior knowledge `token` has in a cell of `species`.
    pub fn prior_of(&self, token: u32, species: Species) -> u32 {
        match species {
            Species::Human => token,
            Species::Mouse => self.mouse_of.get(token as usize).copied().unwrap_or(token),
        }
    }

    /// The checkpoint's table again.
    pub fn to_index(&self) -> Vec<i64> {
        self.mouse_of.iter().map(|token| i64::from(*token)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_homologous_gene_is_written_as_human_and_known_as_its_species() {
        // 2 and 3 are human genes, 4 the mouse's 2, 5 a mouse gene without homologue.
        let homologues = Homologues::from_index(&[0, 1, 4, 3, 4, 5]).unwrap();
        assert_eq!(homologues.pairs(), 1);
        assert_eq!([2, 3, 4, 5].map(|t| homologues.written_as(t)), [2, 3, 2, 5]);
        assert_eq!([2, 3, 5].map(|t| homologues.prior_of(t, Species::Mouse)), [4, 3, 5]);
        assert_eq!(homologues.prior_of(2, Species::Human), 2);
        assert!(homologues.has_mouse(2) && !homologues.has_mouse(3));
        assert_eq!(homologues.to_index(), [0, 1, 4, 3, 4, 5]);
    }

    #[test]
    fn an_entry_outside_the_vocabulary_is_refused() {
        for bad in [3, -1, i64::MAX] {
            let error = Homologues::from_index(&[0, bad, 2]).unwrap_err();
            assert!(error.contains("entry 1"), "{error}");
        }
    }
}
