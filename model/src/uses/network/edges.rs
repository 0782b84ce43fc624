//! A table of known edges between factors and their targets.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::super::UseError;
use crate::cells::Gene;
use crate::genes::GeneResolver;

/// Names of the column of factors, lower case.
const FACTORS: [&str; 4] = ["tf", "source", "source_genesymbol", "factor"];
/// Names of the column of targets, lower case.
const TARGETS: [&str; 3] = ["target", "target_genesymbol", "gene"];
/// Most rows read; the largest public tables have some hundred thousand.
const MOST_ROWS: usize = 10_000_000;

/// Known edges, such as TRRUST's or CollecTRI's, by gene.
///
/// Genes are compared by Ensembl id where a name has one (earlier symbols and aliases of one gene
/// included), else by the name itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edges {
    targets: BTreeMap<String, BTreeSet<String>>,
    edges: usize,
}

impl Edges {
    /// Reads CSV, TSV or either of them gzipped, with a column `tf` (or `source`) and a column
    /// `target`; other columns are not looked at. Repeated edges count once.
    ///
    /// # Errors
    /// [`UseError::Edges`]: unreadable, a missing column (with the columns there are), no row.
    pub fn read(path: &Path) -> Result<Self, UseError> {
        let fail = |reason: String| UseError::Edges { path: path.to_owned(), reason };
        let text = content(path).map_err(|error| fail(error.to_string()))?;
        Self::parse(&text).map_err(fail)
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let first = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let delimiter = if first.contains(&b'\t') { b'\t' } else { b',' };
        let mut rows = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
        let headers = rows.headers().map_err(|error| error.to_string())?.clone();
        let column = |names: &[&str]| {
            let is = |header: &str| names.contains(&header.trim().to_ascii_lowercase().as_str());
            headers.iter().position(is).ok_or_else(|| {
                let there: Vec<&str> = headers.iter().collect();
                format!("no column {}; it has: {}", names.join(" or "), there.join(", "))
            })
        };
        let (factor, target) = (column(&FACTORS)?, column(&TARGETS)?);
        let mut keys = Keys::default();
        let mut found = Self::default();
        for (row, record) in rows.records().enumerate() {
            let record = record.map_err(|error| error.to_string())?;
            if row == MOST_ROWS {
                return Err(format!("more than {MOST_ROWS} rows"));
            }
            let (Some(factor), Some(target)) = (record.get(factor), record.get(target)) else {
                continue;
            };
            let targets = found.targets.entry(keys.of(factor)).or_default();
            found.edges += usize::from(targets.insert(keys.of(target)));
        }
        if found.edges == 0 { Err("it has no edge".to_owned()) } else { Ok(found) }
    }

    /// Number of different edges.
    pub fn len(&self) -> usize {
        self.edges
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.edges == 0
    }

    /// Number of factors.
    pub fn factors(&self) -> usize {
        self.targets.len()
    }

    /// Number of known targets of a factor; 0 for one the table does not have.
    pub fn n_targets(&self, factor: &Gene) -> usize {
        self.targets.get(&key_of(factor)).map_or(0, BTreeSet::len)
    }

    /// Whether `gene` is a known target of `factor`.
    pub fn has(&self, factor: &Gene, gene: &Gene) -> bool {
        self.targets.get(&key_of(factor)).is_some_and(|targets| targets.contains(&key_of(gene)))
    }
}

/// Looks every name up once.
#[derive(Default)]
struct Keys(HashMap<String, String>);

impl Keys {
    fn of(&mut self, name: &str) -> String {
        let name = name.trim();
        if let Some(key) = self.0.get(name) {
            return key.clone();
        }
        let key = key(name);
        self.0.insert(name.to_owned(), key.clone());
        key
    }
}

fn key(name: &str) -> String {
    let found = GeneResolver::bundled().lookup(name);
    found.and_then(|found| found.ensembl_id).unwrap_or_else(|| name.to_owned())
}

fn key_of(gene: &Gene) -> String {
    gene.ensembl.clone().unwrap_or_else(|| key(&gene.symbol))
}

fn content(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut raw = Vec::new();
    file.read_to_end(&mut raw)?;
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(raw);
    }
    let mut text = Vec::new();
    // A table of ten million rows has about this many bytes.
    MultiGzDecoder::new(&raw[..]).take(1 << 29).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gene(ensembl: Option<&str>, symbol: &str) -> Gene {
        Gene { ensembl: ensembl.map(str::to_owned), symbol: symbol.to_owned() }
    }

    #[test]
    fn genes_are_matched_by_id_through_names_old_and_new() {
        let text = b"tf,target,mode\nGATA3,IL5,Activation\nGATA3,IL5,Unknown\nGATA3,T-bet,x\n\
            COMPLEX:A_B,IL5,x\n";
        let found = Edges::parse(text).unwrap();
        assert_eq!((found.len(), found.factors()), (3, 2));
        let gata3 = gene(Some("ENSG00000107485"), "GATA3");
        assert_eq!(found.n_targets(&gata3), 2);
        assert!(found.has(&gata3, &gene(None, "IL5")));
        assert!(found.has(&gata3, &gene(Some("ENSG00000073861"), "TBX21")));
        assert!(!found.has(&gata3, &gata3));
        assert_eq!(found.n_targets(&gene(None, "COMPLEX:A_B")), 1);
    }

    #[test]
    fn plain_tabbed_and_gzipped_tables_are_read_and_other_files_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("edges.gz");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"target\tsource\nIL5\tGATA3\n").unwrap();
        std::fs::write(&path, gz.finish().unwrap()).unwrap();
        assert_eq!(Edges::read(&path).unwrap().len(), 1);
        std::fs::write(&path, "a,target\n1,2\n").unwrap();
        let error = Edges::read(&path).unwrap_err().to_string();
        assert!(error.contains("tf") && error.contains("a, target"), "{error}");
        std::fs::write(&path, "tf,target\n").unwrap();
        assert!(Edges::read(&path).unwrap_err().to_string().contains("no edge"));
        assert!(Edges::read(&dir.path().join("none.csv")).is_err());
    }
}
