//! The bundled databases, unpacked and parsed once per process.

use std::collections::HashMap;
use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;

/// Gene ontology, biological process.
pub static GO: LazyLock<TermSets> =
    LazyLock::new(|| TermSets::parse(include_bytes!("../../data/go_bp.gmt.gz")));
/// Reactome pathways.
pub static REACTOME: LazyLock<TermSets> =
    LazyLock::new(|| TermSets::parse(include_bytes!("../../data/reactome_pathways.gmt.gz")));
/// DepMap gene effect.
pub static DEPMAP: LazyLock<Dependency> = LazyLock::new(Dependency::parse);
/// STRING neighbours.
pub static STRING: LazyLock<Edges> = LazyLock::new(Edges::parse);
/// Gene families, the transcription-factor flag and DNA-binding domains.
pub static FAMILIES: LazyLock<Families> = LazyLock::new(Families::parse);

pub(super) fn unpack(bytes: &[u8]) -> String {
    String::from_utf8(unpack_bytes(bytes)).unwrap_or_default()
}

pub(super) fn unpack_bytes(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // The files are compiled in and their sizes are checked by a test; an unreadable one leaves the
    // table empty, which the coverage of its block shows as 0.
    if GzDecoder::new(packed).read_to_end(&mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}

/// Gene symbols of one source, each with a dense number.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    index: HashMap<String, u32>,
    names: Vec<String>,
}

impl Symbols {
    pub(super) fn intern(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.index.get(name) {
            return id;
        }
        let id = self.names.len() as u32;
        self.index.insert(name.to_owned(), id);
        self.names.push(name.to_owned());
        id
    }

    /// The number of `name`, exactly as spelt.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// All symbols, by number.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// Named gene sets.
#[derive(Debug, Default)]
pub struct TermSets {
    /// Genes of the source.
    pub genes: Symbols,
    /// Name and member genes (sorted, distinct) of each set.
    pub terms: Vec<(String, Vec<u32>)>,
}

impl TermSets {
    fn parse(bytes: &[u8]) -> Self {
        let mut sets = Self::default();
        for line in unpack(bytes).lines() {
            let mut fields = line.split('\t');
            let (Some(name), Some(_id)) = (fields.next(), fields.next()) else { continue };
            let mut members: Vec<u32> =
                fields.filter(|g| !g.is_empty()).map(|g| sets.genes.intern(g)).collect();
            members.sort_unstable();
            members.dedup();
            sets.terms.push((name.to_owned(), members));
        }
        sets
    }
}

/// Gene x cell line matrix of CRISPR gene effects.
#[derive(Debug, Default)]
pub struct Dependency {
    /// Genes of the source.
    pub genes: Symbols,
    /// Number of cell lines.
    pub lines: usize,
    /// Row-major `[genes, lines]`.
    pub effect: Vec<f64>,
}

impl Dependency {
    fn parse() -> Self {
        let text = unpack(include_bytes!("../../data/depmap_gene_effect_3465x121.csv.gz"));
        let mut rows = text.lines();
        let lines = rows.next().map_or(0, |h| h.split(',').count() - 1);
        let mut out = Self { lines, ..Self::default() };
        for row in rows {
            let mut fields = row.split(',');
            let Some(gene) = fields.next() else { continue };
            let values: Vec<f64> = fields.map(|v| v.parse().unwrap_or(f64::NAN)).collect();
            if values.len() != lines {
                continue;
            }
            out.genes.intern(gene);
            let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
            let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
            out.effect.extend(values.iter().map(|v| if v.is_finite() { *v } else { mean }));
        }
        out
    }

    /// Effects of one gene, `[lines]`.
    #[must_use]
    pub fn row(&self, gene: u32) -> &[f64] {
        &self.effect[gene as usize * self.lines..(gene as usize + 1) * self.lines]
    }
}

/// An undirected network as adjacency lists.
#[derive(Debug, Default)]
pub struct Edges {
    /// Nodes.
    pub genes: Symbols,
    /// Sorted, distinct neighbours of each node.
    pub neighbours: Vec<Vec<u32>>,
}

impl Edges {
    fn parse() -> Self {
        let mut out = Self::default();
        for line in unpack(include_bytes!("../../data/string_edges.csv.gz")).lines().skip(1) {
            let Some((a, b)) = line.split_once(',') else { continue };
            let (a, b) = (out.genes.intern(a), out.genes.intern(b));
            out.neighbours.resize(out.genes.names().len(), Vec::new());
            if a != b {
                out.neighbours[a as usize].push(b);
                out.neighbours[b as usize].push(a);
            }
        }
        for list in &mut out.neighbours {
            list.sort_unstable();
            list.dedup();
        }
        out
    }
}

/// Family memberships.
#[derive(Debug, Default)]
pub struct Families {
    /// Genes of the sources.
    pub genes: Symbols,
    /// Family names.
    pub names: Vec<String>,
    /// Families of each gene.
    pub of_gene: Vec<Vec<u32>>,
}

impl Families {
    fn parse() -> Self {
        let mut names = Symbols::default();
        let mut out = Self::default();
        for line in unpack(include_bytes!("../../data/gene_families.csv.gz")).lines().skip(1) {
            if let Some((family, gene)) = line.split_once(',') {
                out.add(gene, names.intern(family));
            }
        }
        let factors = unpack(include_bytes!("../../data/lambert2018_human_tf.csv.gz"));
        let mut rows = csv::Reader::from_reader(factors.as_bytes());
        for row in rows.records().flatten() {
            let (Some(gene), Some(domain), Some("Yes")) = (row.get(1), row.get(2), row.get(3))
            else {
                continue;
            };
            out.add(gene, names.intern("transcription factor"));
            out.add(gene, names.intern(&format!("DNA-binding domain {domain}")));
        }
        out.names = names.names;
        out
    }

    fn add(&mut self, gene: &str, family: u32) {
        let gene = self.genes.intern(gene) as usize;
        self.of_gene.resize(self.genes.names().len(), Vec::new());
        if !self.of_gene[gene].contains(&family) {
            self.of_gene[gene].push(family);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_source_unpacks_to_its_documented_size() {
        assert_eq!(GO.terms.len(), 4828);
        assert_eq!(REACTOME.terms.len(), 2504);
        assert_eq!((DEPMAP.genes.names().len(), DEPMAP.lines), (3465, 121));
        assert_eq!(DEPMAP.effect.len(), 3465 * 121);
        assert_eq!(STRING.genes.names().len(), 8806);
        let tf = FAMILIES.names.iter().position(|n| n == "transcription factor").unwrap() as u32;
        assert_eq!(FAMILIES.of_gene.iter().filter(|f| f.contains(&tf)).count(), 1639);
    }
}
