//! The fixed list of genes, and which of them a gene of a matrix is.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::config::{DEPTH_TOKENS, ScFoundationConfig};
use crate::cells::Gene;
use crate::families::{FamilyError, GeneToken, Species, VocabularyCard};
use crate::genes::SymbolIndex;

/// Name of the published list, which is taken from the checkpoint's directory where it is there.
pub const FILE: &str = "OS_scRNA_gene_index.19264.tsv";
/// Source of the list that is part of this program.
const BUNDLED: &str = "bundled";
/// Bytes of a list; the published one has 240 thousand.
const MAX_BYTES: u64 = 16 << 20;

/// Genes of a model in their fixed order.
#[derive(Debug, Clone)]
pub struct GeneList {
    source: String,
    genes: Vec<GeneToken>,
    index: SymbolIndex,
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
        let index = SymbolIndex::new(&symbols)
            .map_err(|symbol| refused(source, format!("{symbol} is listed twice")))?;
        let gene = |(token, symbol): (u32, String)| GeneToken {
            token,
            ensembl: index.ensembl(token).map(str::to_owned),
            symbol,
        };
        let genes = (0_u32..).zip(symbols).map(gene).collect();
        Ok(Self { source: source.to_owned(), genes, index })
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
        self.index.find(gene)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn list(symbols: &[&str]) -> GeneList {
        GeneList::from_symbols("test", symbols.iter().map(|s| s.to_string()).collect()).unwrap()
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
