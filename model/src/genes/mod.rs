//! Gene identifiers: which gene a text means, from the bundled HGNC table, and which human and
//! mouse genes are the same, from the bundled Ensembl table.

mod dates;
mod nearest;
mod orthologues;
mod resolver;
mod symbol_index;
mod table;

pub use orthologues::{
    Homology, MouseAsHuman, Orthologue, Orthologues, is_mouse_id, mouse_as_human, mouse_name,
};
pub use resolver::{GeneResolver, Resolution, ResolutionStatus};
pub use symbol_index::SymbolIndex;

/// The Ensembl gene id in a text, without its version; `None` if the text is not one.
///
/// `ENSG00000107485.18` gives `ENSG00000107485`; `_PAR_Y` is kept, because the gene's copy on Y
/// was counted apart.
pub fn ensembl_gene_id(text: &str) -> Option<String> {
    let text = text.trim();
    let (body, par_y) = match text.strip_suffix("_PAR_Y") {
        Some(body) => (body, "_PAR_Y"),
        None => (text, ""),
    };
    let (id, version) = body.split_once('.').unwrap_or((body, "0"));
    let rest = id.strip_prefix("ENS")?;
    // Species letters (none for human, MUS for mouse), G for gene, eleven digits.
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = &rest[..rest.len() - digits.len()];
    let is_gene = letters.ends_with('G')
        && digits.len() == 11
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_digit());
    is_gene.then(|| format!("{id}{par_y}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_an_ensembl_id_is_cut_and_other_texts_are_none() {
        assert_eq!(ensembl_gene_id("ENSG00000107485.18").as_deref(), Some("ENSG00000107485"));
        assert_eq!(
            ensembl_gene_id("ENSG00000002586.20_PAR_Y").as_deref(),
            Some("ENSG00000002586_PAR_Y")
        );
        assert_eq!(ensembl_gene_id("ENSMUSG00000015619").as_deref(), Some("ENSMUSG00000015619"));
        for text in ["GATA3", "ENST00000346208", "ENSG0000010748", "ENSG00000107485.x", "ENSA", ""]
        {
            assert_eq!(ensembl_gene_id(text), None, "{text}");
        }
    }
}
