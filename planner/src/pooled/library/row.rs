//! One row of a guide library.

use super::columns::{Column, Columns};
use crate::pooled::controls::control_kind;
use crate::pooled::finding::{Finding, shown};
use crate::pooled::guide::{Guide, LENGTHS, foreign_letter};

/// Longest name of a guide.
const NAME: usize = 100;

/// Reads a row; `None` when it has an error, which is then listed.
pub(super) fn read(
    row: u64,
    cells: &[String],
    columns: &Columns,
    is_gene: &impl Fn(&str) -> bool,
    errors: &mut Vec<Finding>,
) -> Option<Guide> {
    let before = errors.len();
    if cells.len() != columns.width {
        let message = format!(
            "{} cells, the header has {}; write every row with all columns",
            cells.len(),
            columns.width
        );
        errors.push(Finding::new("wrong_number_of_fields", message).at(row));
        return None;
    }
    let mut reader = Row { row, cells, errors };
    let guide_id = reader.name(&columns.guide_id);
    let (symbols, ensembl_ids) = reader.genes(columns, &guide_id);
    let control = match &symbols[..] {
        [name] if !is_gene(name) => control_kind(name),
        _ => None,
    };
    let guide = Guide {
        protospacer: reader.sequence(&columns.protospacer, &guide_id),
        pam: reader.pam(columns.pam.as_ref(), &guide_id),
        strand: reader.strand(columns.strand.as_ref(), &guide_id),
        position: reader.position(columns.position.as_ref(), &guide_id),
        score: reader.score(columns.score.as_ref(), &guide_id),
        symbols: if control.is_some() { Vec::new() } else { symbols },
        ensembl_ids: if control.is_some() { Vec::new() } else { ensembl_ids },
        control,
        guide_id,
    };
    (errors.len() == before).then_some(guide)
}

struct Row<'a> {
    row: u64,
    cells: &'a [String],
    errors: &'a mut Vec<Finding>,
}

impl Row<'_> {
    fn cell(&self, column: &Column) -> &str {
        self.cells[column.at].trim()
    }

    /// A cell that may be missing; a lone `-` is a strand and elsewhere means nothing.
    fn optional(&self, column: Option<&Column>) -> Option<(Column, String)> {
        let (column, text) = self.written(column)?;
        let missing = matches!(text.to_lowercase().as_str(), "na" | "n/a" | "nan" | "-" | ".");
        (!missing).then_some((column, text))
    }

    fn written(&self, column: Option<&Column>) -> Option<(Column, String)> {
        let column = column?;
        let text = self.cell(column).to_owned();
        (!text.is_empty()).then(|| (column.clone(), text))
    }

    fn error(&mut self, code: &'static str, column: &Column, message: String) {
        self.errors.push(Finding::new(code, message).at(self.row).in_column(&column.name));
    }

    fn name(&mut self, column: &Column) -> String {
        let name = self.cell(column).to_owned();
        // A spreadsheet would run a name that begins so as a formula.
        let formula = name.starts_with(['=', '+', '@']);
        if name.is_empty() {
            self.error("missing_guide", column, "no guide name; give every guide one".into());
        } else if name.chars().count() > NAME || formula || name.chars().any(char::is_control) {
            let message = format!(
                "guide name {} cannot be used; write up to {NAME} characters that do not begin with =, + or @",
                shown(&name)
            );
            self.error("bad_guide_name", column, message);
        }
        name
    }

    fn genes(&mut self, columns: &Columns, guide: &str) -> (Vec<String>, Vec<String>) {
        let split = |row: &Self, column: Option<&Column>| -> Vec<String> {
            let text = column.map_or("", |column| row.cell(column));
            let names = text.split([';', '|', '+']).map(str::trim).filter(|name| !name.is_empty());
            names.filter(|name| !matches!(*name, "NA" | "N/A" | "-")).map(str::to_owned).collect()
        };
        let mut symbols = split(self, columns.symbol.as_ref());
        let ids: Vec<String> = split(self, columns.ensembl_id.as_ref());
        // The version of an Ensembl id says nothing about which gene it is.
        let unversioned = |id: String| id.split('.').next().unwrap_or_default().to_owned();
        let mut ids: Vec<String> = ids.into_iter().map(unversioned).collect();
        let (Some(shown_in), found) =
            (columns.symbol.as_ref().or(columns.ensembl_id.as_ref()), symbols.len().max(ids.len()))
        else {
            return (symbols, ids);
        };
        let shown_in = shown_in.clone();
        if found == 0 {
            let message =
                format!("guide {} names no gene; write a symbol or an Ensembl id", shown(guide));
            self.error("missing_gene", &shown_in, message);
        } else if found > 2 {
            let message = format!(
                "guide {} names {found} genes; one or two are allowed: leave it out",
                shown(guide)
            );
            self.error("too_many_genes", &shown_in, message);
        } else if !symbols.is_empty() && !ids.is_empty() && symbols.len() != ids.len() {
            let message = format!(
                "guide {} has {} symbols and {} Ensembl ids; write as many of one as of the other",
                shown(guide),
                symbols.len(),
                ids.len()
            );
            self.error("gene_mismatch", &shown_in, message);
        }
        if symbols.is_empty() {
            symbols = std::mem::take(&mut ids);
        }
        (symbols, ids)
    }

    fn sequence(&mut self, column: &Column, guide: &str) -> String {
        let sequence = self.cell(column).to_ascii_uppercase();
        let length = sequence.chars().count();
        if let Some((at, letter)) = foreign_letter(&sequence) {
            let message = format!(
                "guide {} has `{letter}` at position {}; expected the letters A, C, G and T only, without PAM and adapters",
                shown(guide),
                at + 1
            );
            self.error("bad_sequence", column, message);
        } else if !LENGTHS.contains(&length) {
            let message = format!(
                "guide {} has {length} letters; a protospacer has {} to {}",
                shown(guide),
                LENGTHS.start(),
                LENGTHS.end()
            );
            self.error("bad_sequence", column, message);
        }
        sequence
    }

    fn pam(&mut self, column: Option<&Column>, guide: &str) -> Option<String> {
        let (column, text) = self.optional(column)?;
        let pam = text.to_ascii_uppercase();
        let letter = |c: char| "ACGTRYSWKMBDHVN".contains(c);
        if pam.chars().all(letter) && pam.len() <= 10 {
            return Some(pam);
        }
        let message = format!(
            "guide {}: PAM {} is no DNA of up to 10 letters; leave it empty or write such as NGG",
            shown(guide),
            shown(&text)
        );
        self.error("bad_pam", &column, message);
        None
    }

    fn strand(&mut self, column: Option<&Column>, guide: &str) -> Option<String> {
        let (column, text) = self.written(column)?;
        match text.to_lowercase().as_str() {
            "na" | "n/a" | "." => None,
            "+" | "1" | "sense" | "forward" | "plus" => Some("+".into()),
            "-" | "\u{2212}" | "-1" | "antisense" | "reverse" | "minus" => Some("-".into()),
            _ => {
                let message = format!(
                    "guide {}: strand {} is unknown; write + or -",
                    shown(guide),
                    shown(&text)
                );
                self.error("bad_strand", &column, message);
                None
            }
        }
    }

    fn position(&mut self, column: Option<&Column>, guide: &str) -> Option<i64> {
        let (column, text) = self.optional(column)?;
        if let Ok(position) = text.replace(',', "").parse::<i64>()
            && position >= 0
        {
            return Some(position);
        }
        let message = format!(
            "guide {}: position {} is no whole number, 0 or more; leave it empty or mend it",
            shown(guide),
            shown(&text)
        );
        self.error("bad_position", &column, message);
        None
    }

    fn score(&mut self, column: Option<&Column>, guide: &str) -> Option<f64> {
        let (column, text) = self.optional(column)?;
        if let Ok(score) = text.parse::<f64>()
            && score.is_finite()
        {
            return Some(score);
        }
        let message = format!(
            "guide {}: score {} is no number with a decimal point; leave it empty or mend it",
            shown(guide),
            shown(&text)
        );
        self.error("not_a_number", &column, message);
        None
    }
}
