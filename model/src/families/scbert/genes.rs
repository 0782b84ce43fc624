//! The fixed order of genes.

use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::cells::Gene;
use crate::families::{FamilyError, GeneToken, Species, VocabularyCard};
use crate::genes::SymbolIndex;

/// A list of one's own in a checkpoint's directory: one symbol a line, in model order.
pub const FILE: &str = "genes.txt";
/// Bytes of a list; the published one has 110 thousand.
const MAX_BYTES: u64 = 16 << 20;

/// Genes of a model in their fixed order.
#[derive(Debug, Clone)]
pub struct GeneOrder {
    source: String,
    genes: Vec<GeneToken>,
    index: SymbolIndex,
}

impl GeneOrder {
    /// The 16,906 genes of the published model.
    pub fn bundled() -> &'static Self {
        static ORDER: OnceLock<GeneOrder> = OnceLock::new();
        ORDER.get_or_init(|| {
            let packed = include_bytes!("../../../data/scbert_genes.txt.gz");
            let mut text = String::new();
            flate2::read::GzDecoder::new(packed.as_slice())
                .read_to_string(&mut text)
                .expect("the bundled list is whole, as a test checks");
            Self::parse("bundled", &text).expect("the bundled list is a list, as a test checks")
        })
    }

    /// The order for a checkpoint directory of `expected` genes: its own where it holds one, else
    /// the bundled one.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`] when it cannot be read, or is not as long as the model's.
    pub fn of_dir(dir: &Path, expected: usize) -> Result<Self, FamilyError> {
        let path = dir.join(FILE);
        let order = if path.is_file() { Self::load(&path)? } else { Self::bundled().clone() };
        let found = order.genes.len();
        if found != expected {
            let found = format!("{found} genes, the model reads {expected}");
            return Err(refused(&order.source, found));
        }
        Ok(order)
    }

    /// Reads a list of symbols, one a line.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`].
    pub fn load(path: &Path) -> Result<Self, FamilyError> {
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
            .map_err(|error| refused(FILE, error.to_string()))?;
        Self::parse(FILE, &text)
    }

    /// Parses a list of symbols, one a line.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`].
    pub fn parse(source: &str, text: &str) -> Result<Self, FamilyError> {
        let symbols: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if symbols.is_empty() {
            return Err(refused(source, "it lists no gene".into()));
        }
        let index = SymbolIndex::new(&symbols)
            .map_err(|symbol| refused(source, format!("{symbol} is listed twice")))?;
        let gene = |(token, symbol): (u32, &&str)| GeneToken {
            token,
            ensembl: index.ensembl(token).map(str::to_owned),
            symbol: (*symbol).to_owned(),
        };
        let genes = (0_u32..).zip(&symbols).map(gene).collect();
        Ok(Self { source: source.to_owned(), genes, index })
    }

    /// Genes by place.
    pub fn genes(&self) -> &[GeneToken] {
        &self.genes
    }

    /// Place of a gene of a matrix.
    pub fn find(&self, gene: &Gene) -> Option<u32> {
        self.index.find(gene)
    }

    pub(super) fn card(&self) -> VocabularyCard {
        let mut digest = Sha256::new();
        for gene in &self.genes {
            digest.update(&gene.symbol);
            digest.update("\n");
        }
        VocabularyCard {
            source: self.source.clone(),
            tokens: self.genes.len() + 1,
            genes: self.genes.len(),
            digest: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
            species: vec![Species::Human],
        }
    }
}

fn refused(source: &str, found: String) -> FamilyError {
    let advice = format!("put the model's own genes into {FILE}, one symbol a line in model order");
    FamilyError::Vocabulary { source_name: source.to_owned(), found, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_order_is_the_published_one() {
        let order = GeneOrder::bundled();
        assert_eq!(order.genes.len(), 16_906);
        assert_eq!((&*order.genes[0].symbol, &*order.genes[1].symbol), ("A1BG", "A1CF"));
        let known = order.genes.iter().filter(|gene| gene.ensembl.is_some()).count();
        assert!(known > 16_000, "{known} with an Ensembl id");
    }

    #[test]
    fn a_list_that_is_none_is_refused() {
        for (text, part) in
            [("\n \n", "no gene"), ("GATA3\nTP53\nGATA3\n", "GATA3 is listed twice")]
        {
            let message = GeneOrder::parse(FILE, text).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains(FILE), "{message}");
        }
    }

    #[test]
    fn an_order_of_another_length_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let message = GeneOrder::of_dir(dir.path(), 40).unwrap_err().to_string();
        assert!(message.contains("16906 genes, the model reads 40"), "{message}");
    }
}
