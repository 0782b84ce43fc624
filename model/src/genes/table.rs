//! The bundled HGNC table.

use std::collections::HashMap;
use std::io::Read;

/// One approved gene.
#[derive(Debug)]
pub(super) struct Row {
    pub symbol: String,
    pub ensembl: Option<String>,
}

/// Approved genes, and the texts that lead to them by row number.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub rows: Vec<Row>,
    pub approved: HashMap<String, usize>,
    pub previous: HashMap<String, Vec<usize>>,
    pub alias: HashMap<String, Vec<usize>>,
    pub ensembl: HashMap<String, usize>,
    pub hgnc: HashMap<String, usize>,
    /// Symbols withdrawn without naming a successor.
    pub withdrawn: HashMap<String, ()>,
}

impl Table {
    /// Parses the bundled table; `None` if it is damaged, which a test rules out.
    pub fn bundled() -> Option<Self> {
        let gz = include_bytes!("../../data/hgnc.tsv.gz");
        let mut text = String::new();
        flate2::read::GzDecoder::new(gz.as_slice()).read_to_string(&mut text).ok()?;
        Self::parse(&text)
    }

    /// Parses tab-separated `hgnc_id symbol status previous alias ensembl`, one header line.
    pub fn parse(text: &str) -> Option<Self> {
        let mut table = Self::default();
        for line in text.lines().skip(1) {
            let mut fields = line.split('\t');
            let mut field = || fields.next();
            let (hgnc, symbol, status) = (field()?, field()?, field()?);
            let (previous, alias, ensembl) = (field()?, field()?, field()?);
            if status == "W" {
                table.withdrawn.insert(symbol.to_owned(), ());
                continue;
            }
            let row = table.rows.len();
            table.approved.insert(symbol.to_owned(), row);
            table.hgnc.insert(hgnc.to_owned(), row);
            for name in names(previous) {
                table.previous.entry(name.to_owned()).or_default().push(row);
            }
            for name in names(alias) {
                table.alias.entry(name.to_owned()).or_default().push(row);
            }
            let ensembl = Some(ensembl).filter(|id| !id.is_empty()).map(str::to_owned);
            if let Some(id) = &ensembl {
                table.ensembl.insert(id.clone(), row);
            }
            table.rows.push(Row { symbol: symbol.to_owned(), ensembl });
        }
        Some(table)
    }
}

fn names(joined: &str) -> impl Iterator<Item = &str> {
    joined.split('|').filter(|name| !name.is_empty())
}
