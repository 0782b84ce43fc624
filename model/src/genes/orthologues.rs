//! Human and mouse genes that descend from one gene, from the bundled Ensembl table.

use std::collections::HashMap;
use std::io::Read;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::cells::Gene;
use crate::genes::ensembl_gene_id;

/// How many genes on either side descend from the common ancestor's one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Homology {
    /// One gene in each species: the only kind that is translated.
    OneToOne,
    /// One gene in one species, several in the other.
    OneToMany,
    /// Several in both.
    ManyToMany,
}

/// A human and a mouse gene of common descent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orthologue {
    /// Human Ensembl gene id.
    pub human_ensembl: String,
    /// Human symbol; empty where the gene has none.
    pub human_symbol: String,
    /// Mouse Ensembl gene id.
    pub mouse_ensembl: String,
    /// Mouse symbol; empty where the gene has none.
    pub mouse_symbol: String,
    /// Kind of homology.
    pub homology: Homology,
    /// Whether Ensembl calls the pair one of high confidence.
    pub confident: bool,
}

/// The table of pairs, with look-ups both ways.
///
/// Names are matched exactly; a symbol that several genes of the species carry finds none.
#[derive(Debug)]
pub struct Orthologues {
    rows: Vec<Orthologue>,
    human: Names,
    mouse: Names,
}

/// From a name to the rows of its gene.
#[derive(Debug, Default)]
struct Names {
    by_id: HashMap<String, Vec<usize>>,
    /// Symbol to Ensembl id; none where it is shared.
    id_of_symbol: HashMap<String, Option<String>>,
}

impl Names {
    fn add(&mut self, id: &str, symbol: &str, row: usize) {
        self.by_id.entry(id.to_owned()).or_default().push(row);
        if !symbol.is_empty() {
            let known =
                self.id_of_symbol.entry(symbol.to_owned()).or_insert_with(|| Some(id.to_owned()));
            if known.as_deref() != Some(id) {
                *known = None;
            }
        }
    }

    /// Ensembl id of a gene of the table, by id (with or without version) or symbol.
    fn id(&self, name: &str) -> Option<&str> {
        let name = name.trim();
        match ensembl_gene_id(name) {
            Some(id) => self.by_id.get_key_value(&id).map(|(id, _)| id.as_str()),
            None => self.id_of_symbol.get(name)?.as_deref(),
        }
    }

    fn rows(&self, name: &str) -> &[usize] {
        self.id(name).and_then(|id| self.by_id.get(id)).map_or(&[], Vec::as_slice)
    }
}

impl Orthologues {
    /// The bundled table, loaded at the first call.
    pub fn bundled() -> &'static Self {
        static BUNDLED: OnceLock<Orthologues> = OnceLock::new();
        BUNDLED.get_or_init(|| {
            let gz = include_bytes!("../../data/human_mouse_orthologues.tsv.gz");
            let mut text = String::new();
            let read = flate2::read::GzDecoder::new(gz.as_slice()).read_to_string(&mut text);
            read.ok()
                .and_then(|_| Self::parse(&text))
                .expect("the bundled table of orthologues is whole, as a test checks")
        })
    }

    /// Parses tab-separated `human_ensembl human_symbol mouse_ensembl mouse_symbol homology
    /// confident`, one header line.
    fn parse(text: &str) -> Option<Self> {
        let mut table = Self { rows: Vec::new(), human: Names::default(), mouse: Names::default() };
        for line in text.lines().skip(1) {
            let mut fields = line.split('\t').map(str::to_owned);
            let orthologue = Orthologue {
                human_ensembl: fields.next()?,
                human_symbol: fields.next()?,
                mouse_ensembl: fields.next()?,
                mouse_symbol: fields.next()?,
                homology: match fields.next()?.as_str() {
                    "1:1" => Homology::OneToOne,
                    "1:n" => Homology::OneToMany,
                    "n:n" => Homology::ManyToMany,
                    _ => return None,
                },
                confident: fields.next()? == "1",
            };
            let row = table.rows.len();
            table.human.add(&orthologue.human_ensembl, &orthologue.human_symbol, row);
            table.mouse.add(&orthologue.mouse_ensembl, &orthologue.mouse_symbol, row);
            table.rows.push(orthologue);
        }
        Some(table)
    }

    /// All pairs of every kind, in the table's order.
    pub fn rows(&self) -> &[Orthologue] {
        &self.rows
    }

    /// The one-to-one pair of a human gene, by Ensembl id (with or without version) or symbol.
    pub fn of_human(&self, name: &str) -> Option<&Orthologue> {
        self.one_to_one(self.human.rows(name))
    }

    /// The one-to-one pair of a mouse gene, by Ensembl id (with or without version) or symbol.
    pub fn of_mouse(&self, name: &str) -> Option<&Orthologue> {
        self.one_to_one(self.mouse.rows(name))
    }

    /// How a mouse gene descends together with human ones; `None` if the table does not have it.
    pub fn homology_of_mouse(&self, name: &str) -> Option<Homology> {
        self.mouse.rows(name).first().map(|row| self.rows[*row].homology)
    }

    /// Ensembl id of a mouse gene: an `ENSMUSG` id without its version whether or not the table
    /// has it, or of a symbol of the table (homology of any kind).
    ///
    /// Only for cells that are known to be of mouse: a symbol does not say its species.
    pub fn mouse_id(&self, name: &str) -> Option<String> {
        if is_mouse_id(name) {
            return ensembl_gene_id(name);
        }
        self.mouse.id(name).map(str::to_owned)
    }

    /// Symbol of a mouse gene by its Ensembl id.
    pub fn mouse_symbol(&self, id: &str) -> Option<&str> {
        let row = self.mouse.rows(id).first()?;
        Some(self.rows[*row].mouse_symbol.as_str()).filter(|symbol| !symbol.is_empty())
    }

    fn one_to_one(&self, rows: &[usize]) -> Option<&Orthologue> {
        let [row] = rows else { return None };
        Some(&self.rows[*row]).filter(|pair| pair.homology == Homology::OneToOne)
    }
}

/// Whether a text is the Ensembl id of a mouse gene.
pub fn is_mouse_id(text: &str) -> bool {
    ensembl_gene_id(text).is_some_and(|id| id.starts_with("ENSMUSG"))
}

/// The columns of a matrix of mouse cells, as human genes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MouseAsHuman {
    /// One per column: the human gene, or a gene without a name, which no vocabulary knows.
    pub genes: Vec<Gene>,
    /// Columns that became human genes.
    pub mapped: usize,
    /// Columns lost because the gene's homology is not one to one, by the name that was given.
    pub not_one_to_one: Vec<String>,
    /// Columns lost because the gene is not known to have a human homologue.
    pub unknown: Vec<String>,
}

impl MouseAsHuman {
    /// What was kept and what was lost, in a sentence.
    pub fn summary(&self) -> String {
        format!(
            "{} of {} mouse genes are read as their one-to-one human orthologues; lost: {} whose \
             homology is not one to one, {} without a known human homologue",
            self.mapped,
            self.genes.len(),
            self.not_one_to_one.len(),
            self.unknown.len()
        )
    }
}

/// Translates the columns of a matrix of **mouse** cells for a model that only knows human genes.
///
/// Only one-to-one orthologues are translated: of several candidates none is chosen, and nothing
/// is upper-cased. Encode the same rows with the genes of the result as columns.
pub fn mouse_as_human(genes: &[Gene]) -> MouseAsHuman {
    let table = Orthologues::bundled();
    let mut result = MouseAsHuman {
        genes: Vec::with_capacity(genes.len()),
        mapped: 0,
        not_one_to_one: Vec::new(),
        unknown: Vec::new(),
    };
    for gene in genes {
        let name = mouse_name(gene);
        let human = match table.of_mouse(name) {
            Some(pair) => {
                result.mapped += 1;
                human_gene(pair)
            }
            None => {
                let lost = match table.homology_of_mouse(name) {
                    Some(_) => &mut result.not_one_to_one,
                    None => &mut result.unknown,
                };
                lost.push(name.to_owned());
                Gene { ensembl: None, symbol: String::new() }
            }
        };
        result.genes.push(human);
    }
    result
}

/// The name by which a column of a mouse matrix is looked up: its mouse Ensembl id, else its
/// symbol (a human id beside a mouse symbol comes from a look-up that did not know the species).
pub fn mouse_name(gene: &Gene) -> &str {
    match &gene.ensembl {
        Some(id) if is_mouse_id(id) => id,
        _ => &gene.symbol,
    }
}

fn human_gene(pair: &Orthologue) -> Gene {
    let symbol =
        if pair.human_symbol.is_empty() { &pair.human_ensembl } else { &pair.human_symbol };
    Gene { ensembl: Some(pair.human_ensembl.clone()), symbol: symbol.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn count(homology: Homology) -> usize {
        Orthologues::bundled().rows().iter().filter(|row| row.homology == homology).count()
    }

    #[test]
    fn the_bundled_table_is_whole() {
        assert_eq!(count(Homology::OneToOne), 17_122);
        assert_eq!(count(Homology::OneToMany), 2_941);
        assert_eq!(count(Homology::ManyToMany), 6_297);
        let rows = Orthologues::bundled().rows();
        let mice: HashSet<&str> = rows.iter().map(|row| row.mouse_ensembl.as_str()).collect();
        assert_eq!(mice.len(), 20_498);
    }

    #[test]
    fn one_to_one_pairs_lead_to_each_other_both_ways() {
        let table = Orthologues::bundled();
        for pair in table.rows().iter().filter(|row| row.homology == Homology::OneToOne) {
            assert_eq!(table.of_human(&pair.human_ensembl), Some(pair));
            assert_eq!(table.of_mouse(&pair.mouse_ensembl), Some(pair));
        }
        let gata3 = table.of_mouse("Gata3").unwrap();
        assert_eq!(gata3.human_ensembl, "ENSG00000107485");
        assert_eq!(table.of_human("GATA3"), Some(gata3));
        assert_eq!(table.of_mouse("ENSMUSG00000015619.11"), Some(gata3));
    }

    #[test]
    fn a_symbol_is_matched_exactly_and_one_of_several_genes_finds_none() {
        let table = Orthologues::bundled();
        assert_eq!(table.of_mouse("GATA3"), None);
        assert_eq!(table.of_human("Gata3"), None);
        assert_eq!(table.mouse_id("Nnt"), None, "two Ensembl genes carry it");
        assert_eq!(table.of_mouse(""), None);
    }

    #[test]
    fn mouse_ids_are_recognised_with_and_without_version() {
        for id in ["ENSMUSG00000015619", "ENSMUSG00000015619.11"] {
            assert!(is_mouse_id(id));
        }
        for text in ["ENSG00000107485", "Gata3", "ENSMUST00000015619", ""] {
            assert!(!is_mouse_id(text), "{text}");
        }
        let table = Orthologues::bundled();
        assert_eq!(table.mouse_id("ENSMUSG99999999999.2").as_deref(), Some("ENSMUSG99999999999"));
        assert_eq!(table.mouse_id("Gata3").as_deref(), Some("ENSMUSG00000015619"));
        assert_eq!(table.mouse_symbol("ENSMUSG00000015619"), Some("Gata3"));
    }

    #[test]
    fn mouse_columns_become_human_genes_and_losses_are_named() {
        let several = Orthologues::bundled()
            .rows()
            .iter()
            .find(|row| row.homology == Homology::OneToMany)
            .unwrap();
        let column = |ensembl: Option<&str>, symbol: &str| Gene {
            ensembl: ensembl.map(str::to_owned),
            symbol: symbol.to_owned(),
        };
        let genes = [
            column(None, "Gata3"),
            column(Some("ENSMUSG00000015619"), "whatever"),
            column(Some(&several.mouse_ensembl), &several.mouse_symbol),
            column(None, "NoSuchGene"),
        ];
        let human = mouse_as_human(&genes);
        assert_eq!(human.genes[0], column(Some("ENSG00000107485"), "GATA3"));
        assert_eq!(human.genes[1], human.genes[0]);
        assert_eq!(human.genes[2], column(None, ""));
        assert_eq!(human.not_one_to_one, std::slice::from_ref(&several.mouse_ensembl));
        assert_eq!(human.unknown, ["NoSuchGene"]);
        let summary = human.summary();
        assert!(summary.starts_with("2 of 4 mouse genes"), "{summary}");
    }
}
