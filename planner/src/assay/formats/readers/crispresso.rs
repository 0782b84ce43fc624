//! CRISPResso batch and aggregate: how often a guide edited. A check of guides, never a phenotype.

use serde::Serialize;

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::{Content, Parsed};
use super::super::sheet::Sheet;
use super::super::table::Table;
use super::super::values::Writer;
use super::{Verdict, maybe, no, yes};

/// Editing frequencies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EditingTable {
    /// In the order of the file.
    pub samples: Vec<EditedSample>,
}

/// One sample and amplicon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EditedSample {
    /// Sample, as named in the batch.
    pub sample: String,
    /// Amplicon.
    pub amplicon: String,
    /// Reads with a change, percent of the aligned ones.
    pub modified_percent: Option<f64>,
    /// Aligned reads.
    pub reads_aligned: Option<u64>,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let Some(table) = Table::open(sheet) else { return no("the file is empty") };
    let sample = table.find_any(&["Batch", "Name"]);
    let parts = ["Amplicon", "Unmodified%", "Modified%", "Reads_aligned"];
    let missing: Vec<&str> = parts.into_iter().filter(|name| table.find(name).is_none()).collect();
    match (sample, missing.len()) {
        (Some(_), 0) => yes("the header has a sample, Amplicon, Modified% and Reads_aligned"),
        (Some(_), 1) => maybe(format!("the header lacks {}", missing[0])),
        _ => no("the header has no Amplicon and Modified%"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let sample = table.find_any(&["Batch", "Name"]).or_else(|| table.need("Batch", findings));
    let needed = ["Amplicon", "Modified%", "Reads_aligned"].map(|name| table.need(name, findings));
    let (Some(sample), [Some(amplicon), Some(modified), Some(reads)]) = (sample, needed) else {
        return Parsed::nothing();
    };
    let numbers = table.numbers(&[modified, reads], Writer::Program, context, findings);
    let mut samples = Vec::new();
    table.each(numbers, findings, |mut row| {
        samples.push(EditedSample {
            sample: row.text(sample).to_owned(),
            amplicon: row.text(amplicon).to_owned(),
            modified_percent: row.number_within(modified, 0.0, 100.0),
            reads_aligned: row.count(reads),
        });
    });
    Parsed::of(Content::Editing(EditingTable { samples }), numbers.mark)
}
