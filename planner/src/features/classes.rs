//! Classes of genes that people filter by: transcription factors and druggable families.

use super::sources::{FAMILIES, Families};

/// Name of the class of Lambert et al. 2018.
const FACTOR: &str = "transcription factor";

/// Start of the names of the classes by DNA-binding domain.
const DOMAIN: &str = "DNA-binding domain";

/// Families whose members drugs act on, as Grandi et al. and the IUPHAR guide group them: what is
/// called druggable here.
const DRUGGABLE: [(&str, &str); 8] = [
    ("kinases", "kinase"),
    ("gpcr_union", "G protein-coupled receptor"),
    ("ion_channels", "ion channel"),
    ("nuclear_receptors", "nuclear receptor"),
    ("catalytic_receptors", "catalytic receptor"),
    ("cytokine_receptors", "cytokine receptor"),
    ("transporters", "transporter"),
    ("enzymes", "enzyme"),
];

/// Whether a gene is a human transcription factor (Lambert et al. 2018, Cell 172:650).
#[must_use]
pub fn is_transcription_factor(symbol: &str) -> bool {
    families(symbol).any(|family| family == FACTOR)
}

/// Symbols of all human transcription factors, in alphabetical order.
#[must_use]
pub fn transcription_factors() -> Vec<&'static str> {
    let names = FAMILIES.genes.names().iter().map(String::as_str);
    let mut factors: Vec<&str> = names.filter(|name| is_transcription_factor(name)).collect();
    factors.sort_unstable();
    factors
}

/// Druggable families that a gene belongs to, in words; none for most genes.
#[must_use]
pub fn druggable_classes(symbol: &str) -> Vec<&'static str> {
    let found: Vec<&str> = families(symbol).collect();
    let classes = DRUGGABLE.iter().filter(|(family, _)| found.contains(family));
    classes.map(|(_, class)| *class).collect()
}

/// Gene families of a gene, as the bundled source spells them; that it is a transcription factor,
/// or binds DNA by some domain, is no family here. None for most genes.
#[must_use]
pub fn gene_families(symbol: &str) -> Vec<&'static str> {
    families(symbol).filter(|name| *name != FACTOR && !name.starts_with(DOMAIN)).collect()
}

fn families(symbol: &str) -> impl Iterator<Item = &'static str> {
    let all: &'static Families = &FAMILIES;
    let of = all.genes.get(symbol).map_or(&[][..], |gene| &all.of_gene[gene as usize]);
    of.iter().map(|&family| all.names[family as usize].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genes_are_known_by_their_classes() {
        assert!(is_transcription_factor("GATA3") && !is_transcription_factor("IL2RA"));
        assert_eq!(transcription_factors().len(), 1639);
        assert_eq!(druggable_classes("EGFR"), ["kinase", "catalytic receptor"]);
        assert!(druggable_classes("GATA3").is_empty());
        assert_eq!(gene_families("EGFR"), ["kinases", "catalytic_receptors"]);
        assert!(gene_families("GATA3").is_empty(), "a factor's domain is no family");
        assert!(druggable_classes("no such gene").is_empty());
    }
}
