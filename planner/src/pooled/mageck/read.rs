//! Reading a gene summary, every error with its row.

use std::collections::HashMap;

use super::{Effect, Method, Summary, SummaryRow};
use crate::assay::results::TextTable;
use crate::pooled::finding::{Finding, MOST, shown};

/// Whether the first line is that of a MAGeCK gene summary, or of the table of guides that MAGeCK
/// writes beside it.
pub fn is_mageck(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    // The header fits into a line of some kilobytes even with many conditions.
    TextTable::read(&bytes[..end.min(1 << 16)]).is_ok_and(|table| kind(&table.header).is_some())
}

enum Kind {
    Gene(Method),
    Guides,
}

fn kind(header: &[String]) -> Option<Kind> {
    let has = |name: &str| header.iter().any(|known| known.eq_ignore_ascii_case(name));
    let first = header.first().map(|name| name.to_lowercase()).unwrap_or_default();
    if first == "sgrna" && has("gene") && (has("lfc") || has("eff")) {
        return Some(Kind::Guides);
    }
    if has("neg|lfc") || has("pos|lfc") || (has("neg|fdr") && has("pos|fdr")) {
        return Some(Kind::Gene(Method::Test));
    }
    let beta = header.iter().any(|name| name.to_lowercase().ends_with("|beta"));
    (first == "gene" && beta).then_some(Kind::Gene(Method::Mle))
}

/// Reads a gene summary of MAGeCK. Rows without an effect are left out with a warning.
pub fn read_summary(bytes: &[u8]) -> Summary {
    let mut summary = Summary {
        method: Method::Test,
        conditions: Vec::new(),
        rows: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
        unknown_columns: Vec::new(),
        encoding: "utf-8",
        delimiter: '\t',
    };
    let table = match TextTable::read(bytes) {
        Ok(table) => table,
        Err(issue) => {
            summary.errors.push(Finding::new("not_text", issue.message));
            return summary;
        }
    };
    summary.encoding = table.encoding;
    summary.delimiter = char::from(table.delimiter);
    match kind(&table.header) {
        Some(Kind::Gene(method)) => summary.method = method,
        Some(Kind::Guides) => {
            let message = "this is MAGeCK's table of guides; upload the one of genes, which is \
                           called gene_summary.txt";
            summary.errors.push(Finding::new("guide_table", message).at(table.header_line));
            return summary;
        }
        None => {
            let message = "this is no gene summary of MAGeCK: expected the columns neg|lfc, neg|fdr \
                           and pos|fdr (test) or CONDITION|beta (mle)";
            summary.errors.push(Finding::new("missing_column", message).at(table.header_line));
            return summary;
        }
    }
    Reader::read(&table, &mut summary);
    summary
}

/// Which quantity of a condition a column holds.
#[derive(Clone, Copy, PartialEq)]
enum Quantity {
    Effect,
    /// The effect once more; only looked at for being a number.
    SameEffect,
    Z,
    NegativeFdr,
    PositiveFdr,
    Fdr,
    WaldFdr,
    /// Looked at for its range only.
    Probability,
}

/// A column of numbers.
struct Field {
    at: usize,
    name: String,
    condition: usize,
    quantity: Quantity,
}

struct Reader<'a> {
    width: usize,
    gene: usize,
    guides: Option<(usize, String)>,
    fields: Vec<Field>,
    summary: &'a mut Summary,
}

impl<'a> Reader<'a> {
    fn read(table: &TextTable, summary: &'a mut Summary) {
        let header = &table.header;
        let find = |names: &[&str]| {
            header
                .iter()
                .position(|name| names.iter().any(|known| name.eq_ignore_ascii_case(known)))
        };
        let (gene, guides, fields) = match summary.method {
            Method::Test => (find(&["id", "gene"]), find(&["num"]), test_fields(header)),
            Method::Mle => {
                let (conditions, fields) = mle_fields(header);
                summary.conditions = conditions;
                (find(&["gene", "id"]), find(&["sgrna"]), fields)
            }
        };
        let used = |at: usize| {
            gene == Some(at) || guides == Some(at) || fields.iter().any(|field| field.at == at)
        };
        let rank = |name: &str| name.ends_with("|rank") || name.ends_with("|goodsgrna");
        let known = |at: usize, name: &String| used(at) || rank(name) || name.ends_with("|score");
        summary.unknown_columns = header
            .iter()
            .enumerate()
            .filter(|(at, name)| !known(*at, name) && !name.is_empty())
            .map(|(_, name)| name.clone())
            .collect();
        let needed: &[(Quantity, &str)] = match summary.method {
            Method::Test => &[
                (Quantity::Effect, "neg|lfc"),
                (Quantity::NegativeFdr, "neg|fdr"),
                (Quantity::PositiveFdr, "pos|fdr"),
            ],
            Method::Mle => &[(Quantity::Effect, "CONDITION|beta")],
        };
        for (quantity, name) in needed {
            if !fields.iter().any(|field| field.quantity == *quantity) {
                let message = format!("no column {name}; upload the table as MAGeCK wrote it");
                let missing = Finding::new("missing_column", message).at(table.header_line);
                summary.errors.push(missing);
            }
        }
        let Some(gene) = gene else {
            let message = "no column of genes (id or Gene); upload the table as MAGeCK wrote it";
            summary.errors.push(Finding::new("missing_column", message).at(table.header_line));
            return;
        };
        if !summary.errors.is_empty() {
            return;
        }
        let guides = guides.map(|at| (at, header[at].clone()));
        let mut reader = Self { width: header.len(), gene, guides, fields, summary };
        reader.rows(table);
    }

    fn rows(&mut self, table: &TextTable) {
        let mut seen: HashMap<&str, u64> = HashMap::new();
        for (row, cells) in &table.rows {
            if self.summary.errors.len() >= MOST {
                let message = format!("reading stopped after {MOST} errors; mend these first");
                self.summary.errors.push(Finding::new("stopped_early", message).at(*row));
                return;
            }
            if cells.len() != self.width {
                let message = format!(
                    "{} cells, the header has {}: the file was cut off or edited; copy it again",
                    cells.len(),
                    self.width
                );
                self.error(Finding::new("wrong_number_of_fields", message).at(*row));
                continue;
            }
            let name = cells[self.gene].as_str();
            if name.is_empty() {
                self.error(Finding::new("missing_gene", "no gene name in this row").at(*row));
                continue;
            }
            let read = self.row(*row, name, cells);
            if let Some(first) = seen.get(name) {
                let message = format!(
                    "{} is in row {first} already; every gene has one row: leave one out",
                    shown(name)
                );
                self.error(Finding::new("duplicate_gene", message).at(*row));
                continue;
            }
            seen.insert(name, *row);
            self.summary.rows.extend(read);
        }
        if table.rows.is_empty() {
            let message = "the table has a header and no gene; run MAGeCK again";
            self.error(Finding::new("empty_file", message));
        }
    }

    fn error(&mut self, finding: Finding) {
        self.summary.errors.push(finding);
    }

    fn row(&mut self, row: u64, name: &str, cells: &[String]) -> Option<SummaryRow> {
        let guides = self.guides(row, cells);
        let conditions = self.summary.conditions.len().max(1);
        let mut effects = vec![Effect::default(); conditions];
        let mut z = vec![None; conditions];
        let mut complete = vec![false; conditions];
        for at in 0..self.fields.len() {
            let field = &self.fields[at];
            let (condition, quantity) = (field.condition, field.quantity);
            let Some(value) = self.number(row, at, &cells[field.at]) else { continue };
            let effect = &mut effects[condition];
            match quantity {
                Quantity::Effect => {
                    effect.effect = value;
                    complete[condition] = true;
                }
                Quantity::Z => z[condition] = Some(value),
                Quantity::NegativeFdr => effect.negative_fdr = Some(value),
                Quantity::PositiveFdr => effect.positive_fdr = Some(value),
                Quantity::Fdr => effect.fdr = Some(value),
                Quantity::WaldFdr => effect.wald_fdr = Some(value),
                Quantity::Probability | Quantity::SameEffect => {}
            }
        }
        for (effect, z) in effects.iter_mut().zip(z) {
            // Wald's z is beta over its standard error.
            effect.se = z.filter(|z| *z != 0.0).map(|z| (effect.effect / z).abs());
            effect.se = effect.se.filter(|se| se.is_finite() && *se > 0.0);
        }
        if !complete.iter().all(|found| *found) {
            let message = format!("{} has no effect and is left out", shown(name));
            self.summary.warnings.push(Finding::new("missing_value", message).at(row));
            return None;
        }
        Some(SummaryRow { row, name: name.to_owned(), guides, effects })
    }

    fn guides(&mut self, row: u64, cells: &[String]) -> u32 {
        let Some((at, name)) = &self.guides else { return 1 };
        match cells[*at].parse::<u32>() {
            Ok(count) => count.max(1),
            Err(_) => {
                let message = format!("{} is no count of guides", shown(&cells[*at]));
                let finding = Finding::new("not_a_count", message).at(row).in_column(name);
                self.error(finding);
                1
            }
        }
    }

    fn number(&mut self, row: u64, field: usize, text: &str) -> Option<f64> {
        if matches!(text.to_lowercase().as_str(), "" | "na" | "nan" | "n/a") {
            return None;
        }
        let field = &self.fields[field];
        let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) else {
            let message = format!(
                "{} is no number; MAGeCK writes such as -0.84 or 1.2e-05: undo what a spreadsheet changed",
                shown(text)
            );
            let finding = Finding::new("not_a_number", message).at(row).in_column(&field.name);
            self.error(finding);
            return None;
        };
        let anything =
            matches!(field.quantity, Quantity::Effect | Quantity::SameEffect | Quantity::Z);
        if !anything && !(0.0..=1.0).contains(&value) {
            let message = format!("{} is outside 0 to 1, where p values and FDRs lie", shown(text));
            let finding =
                Finding::new("value_out_of_range", message).at(row).in_column(&field.name);
            self.error(finding);
            return None;
        }
        Some(value)
    }
}

fn test_fields(header: &[String]) -> Vec<Field> {
    let has = |name: &str| header.iter().any(|known| known.eq_ignore_ascii_case(name));
    // Both sides hold the same fold change.
    let effect = if has("neg|lfc") { "neg|lfc" } else { "pos|lfc" };
    let of = |(at, name): (usize, &String)| {
        let quantity = match name.to_lowercase().as_str() {
            lower if lower == effect => Quantity::Effect,
            "pos|lfc" => Quantity::SameEffect,
            "neg|fdr" => Quantity::NegativeFdr,
            "pos|fdr" => Quantity::PositiveFdr,
            "neg|p-value" | "pos|p-value" => Quantity::Probability,
            _ => return None,
        };
        Some(Field { at, name: name.clone(), condition: 0, quantity })
    };
    header.iter().enumerate().filter_map(of).collect()
}

/// Conditions in the order of the header, and their columns.
fn mle_fields(header: &[String]) -> (Vec<String>, Vec<Field>) {
    let condition = |name: &String| {
        let (condition, quantity) = name.rsplit_once('|')?;
        quantity.eq_ignore_ascii_case("beta").then(|| condition.to_owned())
    };
    let conditions: Vec<String> = header.iter().filter_map(condition).collect();
    let of = |(at, name): (usize, &String)| {
        let (condition, quantity) = name.rsplit_once('|')?;
        let condition = conditions.iter().position(|known| known == condition)?;
        let quantity = match quantity.to_lowercase().as_str() {
            "beta" => Quantity::Effect,
            "z" => Quantity::Z,
            "fdr" => Quantity::Fdr,
            "wald-fdr" => Quantity::WaldFdr,
            "p-value" | "wald-p-value" => Quantity::Probability,
            _ => return None,
        };
        Some(Field { at, name: name.clone(), condition, quantity })
    };
    let fields = header.iter().enumerate().filter_map(of).collect();
    (conditions, fields)
}
