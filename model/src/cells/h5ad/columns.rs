//! Data frames (`obs`, `var`) and the forms AnnData gives their columns.

use std::collections::BTreeMap;

use super::node::{Node, damaged, form};
use super::text::{Kind, booleans, kind, numbers, texts};
use crate::cells::{CellsError, ObsColumn, ReadLimits};

/// Group in which anndata before 0.8 kept the categories of all columns.
const OLD_CATEGORIES: &str = "__categories";

/// A data frame that is open; columns are read on demand.
#[derive(Debug)]
pub(super) struct DataFrame {
    node: Node,
    index_name: String,
    /// Number of rows.
    pub rows: usize,
}

impl DataFrame {
    /// Opens `parent/name`, refusing more than `max_rows` rows (called `what`) or too many columns.
    pub fn open(
        parent: &Node,
        name: &str,
        max_rows: usize,
        what: &'static str,
        max_columns: usize,
    ) -> Result<Self, CellsError> {
        if parent.has(name) && !parent.is_group(name) {
            let path = parent.path_of(name);
            return Err(form(
                &path,
                "a group with a column each",
                "the table of anndata before 0.7",
            ));
        }
        let node = parent.child(name)?;
        ReadLimits::check("columns in obs or var", node.children.len(), max_columns)?;
        let index_name = match node.attribute("_index") {
            Some(name) => name,
            None => ["_index", "index"]
                .into_iter()
                .find(|name| node.has(name))
                .map(str::to_owned)
                .ok_or_else(|| form(&node.path, "an attribute _index", "none"))?,
        };
        let rows = length(&node, &index_name)?;
        ReadLimits::check(what, rows, max_rows)?;
        if rows == 0 {
            return Err(form(&node.path, "at least one row", "none"));
        }
        Ok(Self { node, index_name, rows })
    }

    /// Names of the rows.
    pub fn index(&self) -> Result<Vec<String>, CellsError> {
        let names = self.labels(&self.index_name)?;
        Ok(names.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Names of the columns, without the index.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let children = self.node.children.iter().map(String::as_str);
        children.filter(|name| *name != self.index_name && *name != OLD_CATEGORIES)
    }

    /// A column as one label per row.
    pub fn labels(&self, name: &str) -> Result<Vec<Option<String>>, CellsError> {
        Ok(match self.column(name)? {
            ObsColumn::Numeric(values) => {
                values.iter().map(|v| (!v.is_nan()).then(|| v.to_string())).collect()
            }
            labels => (0..self.rows).map(|row| labels.label(row).map(str::to_owned)).collect(),
        })
    }

    /// All columns, and a sentence for each that has no form we know.
    pub fn columns(&self) -> Result<(BTreeMap<String, ObsColumn>, Vec<String>), CellsError> {
        let (mut columns, mut skipped) = (BTreeMap::new(), Vec::new());
        for name in self.names() {
            match self.column(name) {
                Ok(column) => {
                    columns.insert(name.to_owned(), column);
                }
                Err(CellsError::Form { what, expected, found }) => {
                    skipped
                        .push(format!("{what} was left out: expected {expected}, found {found}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((columns, skipped))
    }

    fn column(&self, name: &str) -> Result<ObsColumn, CellsError> {
        let found = length(&self.node, name)?;
        if found != self.rows {
            let found = format!("{found} values for {} rows", self.rows);
            return Err(form(&self.node.path_of(name), "one value per row", found));
        }
        if self.node.is_group(name) {
            let group = self.node.child(name)?;
            return if group.has("codes") {
                categorical(&group, "codes", &group, "categories")
            } else {
                nullable(&group)
            };
        }
        if self.node.has(OLD_CATEGORIES) {
            let categories = self.node.child(OLD_CATEGORIES)?;
            if categories.has(name) {
                return categorical(&self.node, name, &categories, name);
            }
        }
        plain(&self.node, name)
    }
}

/// Number of rows of a column of any form.
fn length(node: &Node, name: &str) -> Result<usize, CellsError> {
    if !node.is_group(name) {
        return Ok(node.dataset(name)?.size());
    }
    let group = node.child(name)?;
    match ["codes", "values"].into_iter().find(|part| group.has(part)) {
        Some(part) => Ok(group.dataset(part)?.size()),
        None => Err(form(&group.path, "codes or values", group.children.join(", "))),
    }
}

/// Strings, numbers or booleans without missing values.
fn plain(node: &Node, name: &str) -> Result<ObsColumn, CellsError> {
    let (dataset, path) = (node.dataset(name)?, node.path_of(name));
    match kind(&dataset, &path)? {
        Kind::Text => {
            let labels: Vec<Option<String>> =
                texts(&dataset, &path)?.into_iter().map(Some).collect();
            Ok(ObsColumn::from_labels(&labels))
        }
        Kind::Number => Ok(ObsColumn::Numeric(numbers(&dataset, &path)?)),
        Kind::Boolean => {
            let values = booleans(&dataset, &path)?;
            let labels: Vec<Option<&str>> = values.into_iter().map(|v| Some(truth(v))).collect();
            Ok(ObsColumn::from_labels(&labels))
        }
        Kind::Other => Err(form(&path, "strings, numbers or booleans", "another type")),
    }
}

/// pandas' words for a boolean.
fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn categorical(
    codes_in: &Node,
    codes: &str,
    categories_in: &Node,
    categories: &str,
) -> Result<ObsColumn, CellsError> {
    let path = codes_in.path_of(codes);
    let dataset = codes_in.dataset(codes)?;
    if kind(&dataset, &path)? != Kind::Number {
        return Err(form(&path, "integer codes", "another type"));
    }
    let raw = dataset.read_raw::<i64>().map_err(damaged(&path))?;
    let n = length(categories_in, categories)?;
    // Unused categories happen; ten times more of them than values does not.
    ReadLimits::check("categories of one column", n, raw.len() * 10 + 1_000)?;
    let column = if categories_in.is_group(categories) {
        nullable(&categories_in.child(categories)?)?
    } else {
        plain(categories_in, categories)?
    };
    let label = |code: usize| match &column {
        ObsColumn::Numeric(values) => values[code].to_string(),
        labels => labels.label(code).unwrap_or_default().to_owned(),
    };
    let categories: Vec<String> = (0..n.min(column.len())).map(label).collect();
    let codes: Option<Vec<i32>> = raw
        .into_iter()
        .map(|code| {
            let known = code == -1 || usize::try_from(code).is_ok_and(|c| c < categories.len());
            known.then_some(code as i32)
        })
        .collect();
    match codes {
        Some(codes) => Ok(ObsColumn::Categorical { codes, categories }),
        None => {
            let reason =
                format!("a code is not below {}, the number of categories", categories.len());
            Err(CellsError::Damaged { what: path, reason })
        }
    }
}

/// `values` with a `mask` that is true where a value is missing.
fn nullable(group: &Node) -> Result<ObsColumn, CellsError> {
    let column = plain(group, "values")?;
    let path = group.path_of("mask");
    let dataset = group.dataset("mask")?;
    let mask = match kind(&dataset, &path)? {
        Kind::Boolean | Kind::Number => booleans(&dataset, &path)?,
        _ => return Err(form(&path, "booleans", "another type")),
    };
    if mask.len() != column.len() {
        let found = format!("{} for {} values", mask.len(), column.len());
        return Err(form(&path, "one boolean per value", found));
    }
    Ok(match column {
        ObsColumn::Numeric(mut values) => {
            for (value, _) in values.iter_mut().zip(&mask).filter(|(_, missing)| **missing) {
                *value = f64::NAN;
            }
            ObsColumn::Numeric(values)
        }
        labels => {
            let kept: Vec<Option<&str>> = mask
                .iter()
                .enumerate()
                .map(|(row, missing)| labels.label(row).filter(|_| !missing))
                .collect();
            ObsColumn::from_labels(&kept)
        }
    })
}
