//! Tokens of the genes of both species.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::files;
use crate::cells::Gene;
use crate::families::genecompass::Homologues;
use crate::families::{FamilyError, GeneToken, Species};
use crate::genes::{GeneResolver, Orthologues, ensembl_gene_id, is_mouse_id, mouse_name};

/// Names under which the token dictionary is looked for.
const TOKENS: [&str; 3] = ["human_mouse_tokens", "h&m_token2000W", "h&m_token1000W"];
/// Names under which a dictionary of gene names is looked for.
const NAMES: [&str; 4] =
    ["Gene_id_name_dict_human_mouse", "Gene_id_name_dict1", "Gene_id_name_dict", "id2name"];
/// Tokens 0 and 1.
const SPECIALS: [&str; 2] = ["<pad>", "<mask>"];

/// Token ids by Ensembl id, with symbols.
pub struct Vocabulary {
    /// By token: Ensembl id or special.
    ids: Vec<String>,
    by_id: HashMap<String, u32>,
    /// By token: symbol, or the id again.
    symbols: Vec<String>,
    /// Symbols that one gene of the species has.
    human: HashMap<String, u32>,
    mouse: HashMap<String, u32>,
    source: String,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary")
            .field("tokens", &self.ids.len())
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// Reads the token dictionary of a checkpoint's directory, and the gene names where there are
    /// any; otherwise names are those of HGNC and Ensembl.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`] when there is none or it is not one of `tokens` tokens.
    pub fn open(dir: &Path, tokens: usize) -> Result<Self, FamilyError> {
        let path = files::find(dir, &TOKENS).ok_or_else(|| FamilyError::Vocabulary {
            source_name: dir.display().to_string(),
            found: "no token dictionary".into(),
            advice: format!(
                "put the authors' dictionary beside the weights: {}",
                files::expected(&TOKENS)
            ),
        })?;
        let source = files::name(&path);
        let mut entries = Vec::new();
        for (gene, token) in files::read(&path)? {
            match (gene.text(), token.token()) {
                (Some(gene), Some(token)) => entries.push((gene, token)),
                _ => return Err(files::refused(source, "an entry that is no gene with a token")),
            }
        }
        if entries.len() != tokens {
            let found = format!("{} tokens, config.json says {tokens}", entries.len());
            return Err(files::refused(source, found));
        }
        let names = match files::find(dir, &NAMES) {
            Some(path) => names(files::read(&path)?),
            None => HashMap::new(),
        };
        Self::new(&source, entries, names)
    }

    /// From its entries in any order, and symbols by Ensembl id.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`] unless tokens run from 0 without gaps, with `<pad>` and
    /// `<mask>` first.
    pub fn new(
        source: &str,
        mut entries: Vec<(String, u32)>,
        names: HashMap<String, String>,
    ) -> Result<Self, FamilyError> {
        entries.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        for ((id, token), expected) in entries.iter().zip(0_u32..) {
            if *token != expected {
                let found = format!("token {token} ({id}) where {expected} should follow");
                return Err(files::refused(source, found));
            }
        }
        let ids: Vec<String> = entries.into_iter().map(|(id, _)| id).collect();
        if ids.get(..SPECIALS.len()).is_none_or(|first| first != SPECIALS) {
            return Err(files::refused(source, "tokens 0 and 1 are not <pad> and <mask>"));
        }
        let symbols: Vec<String> = ids.iter().map(|id| symbol(id, &names)).collect();
        let (mut human, mut mouse) = (HashMap::new(), HashMap::new());
        for (token, (id, symbol)) in ids.iter().zip(&symbols).enumerate().skip(SPECIALS.len()) {
            let species = if is_mouse_id(id) { &mut mouse } else { &mut human };
            // A symbol of two genes would pick one by chance.
            let entry = species.entry(symbol.clone());
            entry.and_modify(|token| *token = None).or_insert(Some(token as u32));
        }
        let unique = |symbols: HashMap<String, Option<u32>>| {
            symbols.into_iter().filter_map(|(symbol, token)| Some((symbol, token?))).collect()
        };
        let by_id = (0..).zip(&ids).map(|(token, id)| (id.clone(), token)).collect();
        let (human, mouse) = (unique(human), unique(mouse));
        Ok(Self { ids, by_id, symbols, human, mouse, source: source.to_owned() })
    }

    /// Number of tokens, specials included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Never true: the specials are always there.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// File it came from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// SHA-256 of the entries in order of token, one a line, hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for id in &self.ids {
            hash.update(id.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The genes, by token.
    pub fn genes(&self) -> Vec<GeneToken> {
        let genes = (0..).zip(self.ids.iter().zip(&self.symbols)).skip(SPECIALS.len());
        genes
            .map(|(token, (id, symbol))| GeneToken {
                token,
                ensembl: ensembl_gene_id(id),
                symbol: symbol.clone(),
            })
            .collect()
    }

    /// Whether any gene of a mouse has a token.
    pub fn has_mouse(&self) -> bool {
        self.ids.iter().any(|id| is_mouse_id(id))
    }

    /// Token of an Ensembl id without version.
    pub fn token(&self, ensembl_id: &str) -> Option<u32> {
        self.by_id.get(ensembl_id).copied().filter(|token| *token as usize >= SPECIALS.len())
    }

    /// Token that a column of a matrix is written with, and the Ensembl id of its median.
    ///
    /// Human: by Ensembl id, and by symbol where the column has none. Mouse: by the mouse's
    /// Ensembl id or symbol, with the human token where the gene has a homologue in the
    /// checkpoint; a mouse gene without a token of its own is written as its one-to-one human
    /// orthologue.
    pub fn token_of_column(
        &self,
        gene: &Gene,
        species: Species,
        homologues: &Homologues,
    ) -> Option<(u32, String)> {
        match species {
            Species::Human => self.human_token(gene),
            Species::Mouse => self.mouse_token(gene, homologues),
        }
    }

    fn human_token(&self, gene: &Gene) -> Option<(u32, String)> {
        let token = match &gene.ensembl {
            Some(id) => self.token(id).filter(|_| !is_mouse_id(id)),
            None => self
                .human
                .get(&gene.symbol)
                .copied()
                .or_else(|| gene_id(gene, Species::Human).and_then(|id| self.token(&id))),
        }?;
        Some((token, self.ids[token as usize].clone()))
    }

    fn mouse_token(&self, gene: &Gene, homologues: &Homologues) -> Option<(u32, String)> {
        let name = mouse_name(gene);
        let id = match self.mouse.get(name) {
            Some(token) => Some(self.ids[*token as usize].clone()),
            None => gene_id(gene, Species::Mouse),
        };
        if let Some(id) = id {
            let own = self.token(&id).map(|token| homologues.written_as(token));
            let human = || self.token(&Orthologues::bundled().of_mouse(&id)?.human_ensembl);
            return Some((own.or_else(human)?, id));
        }
        // A matrix whose columns were translated to human genes before.
        let id = gene.ensembl.as_ref().filter(|id| !is_mouse_id(id))?;
        let token = self.token(id).filter(|token| homologues.has_mouse(*token))?;
        Some((token, id.clone()))
    }
}

/// Ensembl id of a column, its symbol looked up where it has none.
pub(super) fn gene_id(gene: &Gene, species: Species) -> Option<String> {
    match (species, &gene.ensembl) {
        (Species::Human, Some(id)) => Some(id.clone()),
        (Species::Human, None) => GeneResolver::bundled().lookup(&gene.symbol)?.ensembl_id,
        (Species::Mouse, _) => Orthologues::bundled().mouse_id(mouse_name(gene)),
    }
}

/// Symbols by Ensembl id, whichever of the two the dictionary is keyed by.
fn names(entries: Vec<(files::Item, files::Item)>) -> HashMap<String, String> {
    let pair = |(key, value): (files::Item, files::Item)| {
        let (key, value) = (key.text()?, value.text()?);
        match (ensembl_gene_id(&key), ensembl_gene_id(&value)) {
            (Some(id), _) => Some((id, value)),
            (None, Some(id)) => Some((id, key)),
            (None, None) => None,
        }
    };
    entries.into_iter().filter_map(pair).collect()
}

fn symbol(id: &str, names: &HashMap<String, String>) -> String {
    if let Some(name) = names.get(id).filter(|name| !name.is_empty()) {
        return name.clone();
    }
    let known = if is_mouse_id(id) {
        Orthologues::bundled().mouse_symbol(id).map(str::to_owned)
    } else {
        GeneResolver::bundled().lookup(id).and_then(|found| found.symbol)
    };
    known.unwrap_or_else(|| id.to_owned())
}
