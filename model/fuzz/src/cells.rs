//! Stands for the matrix: the readers only look at its genes.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gene {
    pub ensembl: Option<String>,
    pub symbol: String,
}
