//! The fixed list of genes, and which of them a gene of a matrix is.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::config::{DEPTH_TOKENS, ScFoundationConfig};
use crate::cells::Gene;
use crate::families::{FamilyError, GeneToken, Species, VocabularyCard};
use crate::genes::{GeneResolver, ResolutionStatus};

/// Name of the published list, which is taken from the checkpoint's directory where it is there.
pub const FILE: &str = "OS_scRNA_gene_index.19264.tsv";
/// Source of the list that is part of this program.
const BUNDLED: &str = "bundled";
/// Bytes of a list; the published one has 240 thousand.
const MAX_BYTES: u64 = 16 << 20;

/// Genes of a model in their fixed order.
///
/// A gene of a matrix is found by its Ensembl id; then by its symbol as the list spells it; then
/// by what HGNC knows of the symbol (previous symbol or alias of one gene). The list's own symbols
/// are those of the time of training, so they go through HGNC, too. A name that several genes have
/// is never guessed.
#[derive(Debug, Clone)]
pub struct GeneList {
    source: String,
    genes: Vec<GeneToken>,
    by_symbol: HashMap<String, u32>,
    /// By the symbol that HGNC now gives the gene.
    by_current: HashMap<String, u32>,
    by_ensembl: HashMap<String, u32>,
}

impl GeneList {
    /// The 19,264 genes of the published models.
    pub fn bundled() -> &'static Self {
        static LIST: OnceLock<GeneList> = OnceLock::new();
        LIST.get_or_init(|| {
            let packed = include_bytes!("../../../data/scfoundation_genes.tsv.gz");
            let mut text = String::new();
            flate2::read::GzDecoder::new(packed.as_slice())
                .read_to_string(&mut text)
                .expect("the bundled list is whole, as a test checks");
            Self::parse(BUNDLED, &text).expect("the bundled list is a list, as a test checks")
        })
    }

    /// The list for a checkpoint directory: its own where it holds one, else the bundled one.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`] when the list cannot be read, or is not as long as the model's.
    pub fn of_dir(dir: &Path, config: &ScFoundationConfig) -> Result<Self, FamilyError> {
        let path = dir.join(FILE);
        let list = if path.is_file() { Self::load(&path)? } else { Self::bundled().clone() };
        list.expect_len(config.genes())?;
        Ok(list)
    }

    /// Reads a list in the published form: `gene_name` and `index`, separated by a tab.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`].
    pub fn load(path: &Path) -> Result<Self, FamilyError> {
        let source = path.display().to_string();
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
            .map_err(|e| refused(&source, e.to_string()))?;
        Self::parse(&source, &text)
    }

    fn parse(source: &str, text: &str) -> Result<Self, FamilyError> {
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some("gene_name\tindex") {
            return Err(refused(source, "its first line is not `gene_name<tab>index`".into()));
        }
        let mut symbols = Vec::new();
        for (expected, line) in lines.filter(|line| !line.trim().is_empty()).enumerate() {
            let (symbol, index) = line.trim_end().split_once('\t').unwrap_or((line, ""));
            if index.parse() != Ok(expected) {
                let found = format!("\"{line}\" where index {expected} comes next");
                return Err(refused(source, found));
            }
            symbols.push(symbol.to_owned());
        }
        Self::from_symbols(source, symbols)
    }

    /// A list of these symbols, in order of index.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`] when it is empty or a symbol appears twice.
    pub fn from_symbols(source: &str, symbols: Vec<String>) -> Result<Self, FamilyError> {
        if symbols.is_empty() {
            return Err(refused(source, "it lists no gene".into()));
        }
        let resolver = GeneResolver::bundled();
        let mut by_symbol = HashMap::with_capacity(symbols.len());
        let mut genes = Vec::with_capacity(symbols.len());
        let (mut by_current, mut by_ensembl) = (OneMeaning::default(), OneMeaning::default());
        for (token, symbol) in (0_u32..).zip(symbols) {
            if by_symbol.insert(symbol.clone(), token).is_some() {
                return Err(refused(source, format!("{symbol} is listed twice")));
            }
            let meaning = resolver.lookup(&symbol);
            let approved = meaning.as_ref().is_some_and(|m| m.status == ResolutionStatus::Approved);
            let ensembl = meaning.as_ref().and_then(|m| m.ensembl_id.clone());
            if let Some(current) = meaning.and_then(|m| m.symbol) {
                by_current.add(current, token, approved);
            }
            if let Some(id) = &ensembl {
                by_ensembl.add(id.clone(), token, approved);
            }
            genes.push(GeneToken { token, ensembl, symbol });
        }
        let (by_current, by_ensembl) = (by_current.finish(), by_ensembl.finish());
        Ok(Self { source: source.to_owned(), genes, by_symbol, by_current, by_ensembl })
    }

    /// Genes by index.
    pub fn genes(&self) -> &[GeneToken] {
        &self.genes
    }

    /// Number of genes.
    pub fn len(&self) -> usize {
        self.genes.len()
    }

    /// Never true.
    pub fn is_empty(&self) -> bool {
        self.genes.is_empty()
    }

    /// Index of a gene of a matrix.
    pub fn find(&self, gene: &Gene) -> Option<u32> {
        let by_id = gene.ensembl.as_ref().and_then(|id| self.by_ensembl.get(id));
        let found = by_id.or_else(|| self.by_symbol.get(&gene.symbol)).copied();
        found.or_else(|| {
            let current = GeneResolver::bundled().lookup(&gene.symbol)?.symbol?;
            self.by_current.get(&current).copied()
        })
    }

    /// An error unless the list has `expected` genes.
    pub(super) fn expect_len(&self, expected: usize) -> Result<(), FamilyError> {
        if self.len() == expected {
            return Ok(());
        }
        let found = format!("{} genes, the model reads {expected}", self.len());
        Err(refused(&self.source, found))
    }

    /// The list in its published form.
    pub(super) fn to_tsv(&self) -> String {
        let lines = self.genes.iter().map(|gene| format!("{}\t{}\n", gene.symbol, gene.token));
        std::iter::once("gene_name\tindex\n".to_owned()).chain(lines).collect()
    }

    pub(super) fn card(&self) -> VocabularyCard {
        let mut digest = Sha256::new();
        for gene in &self.genes {
            digest.update(&gene.symbol);
            digest.update("\n");
        }
        VocabularyCard {
            source: self.source.clone(),
            tokens: self.len() + DEPTH_TOKENS,
            genes: self.len(),
            digest: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
            species: vec![Species::Human],
        }
    }
}

fn refused(source: &str, found: String) -> FamilyError {
    let advice = format!("put the model's own {FILE} into its directory");
    FamilyError::Vocabulary { source_name: source.to_owned(), found, advice }
}

/// Names on their way into a map: an approved symbol wins over earlier ones of the same gene, and
/// two of the same standing leave the name without a meaning.
#[derive(Default)]
struct OneMeaning(HashMap<String, (u32, bool, bool)>);

impl OneMeaning {
    fn add(&mut self, name: String, token: u32, approved: bool) {
        let entry = self.0.entry(name).or_insert((token, approved, true));
        if entry.0 != token {
            *entry = match (entry.1, approved) {
                (false, true) => (token, true, true),
                (true, false) => *entry,
                (standing, _) => (entry.0, standing, false),
            };
        }
    }

    fn finish(self) -> HashMap<String, u32> {
        let certain = self.0.into_iter().filter(|(_, (_, _, certain))| *certain);
        certain.map(|(name, (token, ..))| (name, token)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(symbols: &[&str]) -> GeneList {
        GeneList::from_symbols("test", symbols.iter().map(|s| s.to_string()).collect()).unwrap()
    }

    fn gene(symbol: &str, ensembl: Option<&str>) -> Gene {
        Gene { symbol: symbol.into(), ensembl: ensembl.map(Into::into) }
    }

    #[test]
    fn the_bundled_list_is_the_published_one() {
        let bundled = GeneList::bundled();
        assert_eq!(bundled.len(), 19_264);
        assert_eq!((&*bundled.genes[0].symbol, &*bundled.genes[2].symbol), ("A1BG", "A2M"));
        let known = bundled.genes.iter().filter(|gene| gene.ensembl.is_some()).count();
        assert!(known > 18_500, "{known} with an Ensembl id");
        assert_eq!(
            GeneList::parse("again", &bundled.to_tsv()).unwrap().card().digest,
            bundled.card().digest
        );
    }

    #[test]
    fn a_gene_is_found_by_id_symbol_and_what_the_symbol_was_called() {
        let list = list(&["GATA3", "MARCH1", "VSIR"]);
        assert_eq!(list.find(&gene("whatever", Some("ENSG00000107485"))), Some(0));
        assert_eq!(list.find(&gene("GATA3", None)), Some(0));
        assert_eq!(list.find(&gene("MARCH1", None)), Some(1));
        assert_eq!(list.find(&gene("MARCHF1", None)), Some(1));
        assert_eq!(list.find(&gene("C10orf54", None)), Some(2));
        assert_eq!(list.find(&gene("Gata3", None)), None);
    }

    #[test]
    fn names_of_several_genes_are_not_guessed() {
        let list = list(&["TAFAZZIN", "WWTR1", "KMT2D"]);
        assert_eq!(list.find(&gene("TAZ", None)), None);
        assert_eq!(list.find(&gene("MLL2", None)), None);
    }

    #[test]
    fn an_approved_symbol_wins_over_an_earlier_one_of_the_same_gene() {
        let list = list(&["MARCH1", "MARCHF1"]);
        let id = list.genes()[1].ensembl.clone().unwrap();
        assert_eq!(list.find(&gene("x", Some(&id))), Some(1));
        assert_eq!(list.find(&gene("MARCH1", None)), Some(0));
    }

    #[test]
    fn a_list_that_is_none_is_refused_with_its_line() {
        for (text, part) in [
            ("", "first line"),
            ("gene_name\tindex\n", "no gene"),
            ("gene_name\tindex\nGATA3\t0\nTP53\t2\n", "TP53\t2"),
            ("gene_name\tindex\nGATA3\t0\nGATA3\t1\n", "listed twice"),
            ("gene_name\tindex\nGATA3\n", "GATA3"),
        ] {
            let message = GeneList::parse("list.tsv", text).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains("list.tsv"), "{message}");
        }
        let message = list(&["GATA3"]).expect_len(2).unwrap_err().to_string();
        assert!(message.contains("1 genes, the model reads 2"), "{message}");
    }
}
