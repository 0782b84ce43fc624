//! Writing the elements of an AnnData file, each with the encoding that anndata 0.8 and later read.

use std::collections::{BTreeSet, HashMap};

use hdf5_metno::types::VarLenUnicode;
use hdf5_metno::{Dataset, Group, H5Type, Location};

use crate::cells::{CellsError, ObsColumn};

/// A failure of the HDF5 library while writing `what`.
pub(super) fn unwritten(what: &str) -> impl FnOnce(hdf5_metno::Error) -> CellsError {
    let what = what.to_owned();
    move |error| CellsError::NotWritten { what, reason: error.to_string() }
}

/// Text as HDF5 keeps it; a NUL would end it, so it is left out.
fn text(value: &str) -> VarLenUnicode {
    let clean: String = value.chars().filter(|&c| c != '\0').collect();
    clean.parse().unwrap_or_default()
}

/// A name that HDF5 does not read as a path and pandas does not read as the index.
pub(super) fn safe_name(name: &str) -> String {
    let name = name.replace(['/', '\0'], "_");
    match name.as_str() {
        "" | "." | "_index" => format!("column{name}"),
        _ => name,
    }
}

/// Writes `encoding-type` and `encoding-version`.
pub(super) fn encoding(at: &Location, kind: &str, version: &str) -> Result<(), CellsError> {
    attribute(at, "encoding-type", kind)?;
    attribute(at, "encoding-version", version)
}

/// Writes a text attribute.
pub(super) fn attribute(at: &Location, name: &str, value: &str) -> Result<(), CellsError> {
    let write = || at.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value));
    write().map_err(unwritten(name))
}

/// Writes an attribute of several texts.
fn attribute_list(at: &Location, name: &str, values: &[String]) -> Result<(), CellsError> {
    let values: Vec<VarLenUnicode> = values.iter().map(|value| text(value)).collect();
    let write = || {
        let attribute = at.new_attr::<VarLenUnicode>().shape(values.len()).create(name)?;
        if values.is_empty() { Ok(()) } else { attribute.write_raw(&values[..]) }
    };
    write().map_err(unwritten(name))
}

/// Creates a group that anndata reads as a mapping.
pub(super) fn mapping(parent: &Group, name: &str) -> Result<Group, CellsError> {
    let group = parent.create_group(name).map_err(unwritten(name))?;
    encoding(&group, "dict", "0.1.0")?;
    Ok(group)
}

/// Writes a vector of numbers.
pub(super) fn array<T: H5Type>(parent: &Group, name: &str, values: &[T]) -> Result<(), CellsError> {
    let dataset = empty::<T>(parent, name, &[values.len()])?;
    if !values.is_empty() {
        dataset.write_raw(values).map_err(unwritten(name))?;
    }
    encoding(&dataset, "array", "0.2.0")
}

/// Creates a dense array without values.
pub(super) fn empty<T: H5Type>(
    parent: &Group,
    name: &str,
    shape: &[usize],
) -> Result<Dataset, CellsError> {
    // Times would give equal contents different bytes.
    let builder = parent.new_dataset::<T>().obj_track_times(false);
    builder.shape(shape.to_vec()).create(name).map_err(unwritten(name))
}

/// Writes texts.
pub(super) fn strings(parent: &Group, name: &str, values: &[&str]) -> Result<(), CellsError> {
    let values: Vec<VarLenUnicode> = values.iter().map(|value| text(value)).collect();
    let dataset = empty::<VarLenUnicode>(parent, name, &[values.len()])?;
    if !values.is_empty() {
        dataset.write_raw(&values[..]).map_err(unwritten(name))?;
    }
    encoding(&dataset, "string-array", "0.2.0")
}

/// Writes one text.
pub(super) fn string(parent: &Group, name: &str, value: &str) -> Result<(), CellsError> {
    let dataset = empty::<VarLenUnicode>(parent, name, &[])?;
    dataset.write_scalar(&text(value)).map_err(unwritten(name))?;
    encoding(&dataset, "string", "0.2.0")
}

/// Writes one number.
pub(super) fn number(parent: &Group, name: &str, value: f64) -> Result<(), CellsError> {
    let dataset = empty::<f64>(parent, name, &[])?;
    dataset.write_scalar(&value).map_err(unwritten(name))?;
    encoding(&dataset, "numeric-scalar", "0.2.0")
}

/// Writes a data frame with the columns in the order given.
pub(super) fn frame(
    parent: &Group,
    name: &str,
    index: &[&str],
    columns: &[(String, ObsColumn)],
) -> Result<(), CellsError> {
    let group = parent.create_group(name).map_err(unwritten(name))?;
    encoding(&group, "dataframe", "0.2.0")?;
    attribute(&group, "_index", "_index")?;
    strings(&group, "_index", index)?;
    let mut names = Vec::with_capacity(columns.len());
    let mut taken = BTreeSet::new();
    for (name, column) in columns {
        let mut name = safe_name(name);
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        self::column(&group, &name, column)?;
        names.push(name);
    }
    attribute_list(&group, "column-order", &names)
}

fn column(group: &Group, name: &str, column: &ObsColumn) -> Result<(), CellsError> {
    match column {
        ObsColumn::Numeric(values) => array(group, name, values),
        ObsColumn::Categorical { codes, categories } => categorical(group, name, codes, categories),
    }
}

fn categorical(
    parent: &Group,
    name: &str,
    codes: &[i32],
    categories: &[String],
) -> Result<(), CellsError> {
    // pandas refuses a category that is listed twice.
    let mut unique: Vec<&str> = Vec::with_capacity(categories.len());
    let mut place: HashMap<&str, i32> = HashMap::with_capacity(categories.len());
    let merged: Vec<i32> = categories
        .iter()
        .map(|category| {
            *place.entry(category).or_insert_with(|| {
                unique.push(category);
                unique.len() as i32 - 1
            })
        })
        .collect();
    let code = |code: &i32| {
        usize::try_from(*code).ok().and_then(|code| merged.get(code)).copied().unwrap_or(-1)
    };
    let codes: Vec<i32> = codes.iter().map(code).collect();
    let group = parent.create_group(name).map_err(unwritten(name))?;
    encoding(&group, "categorical", "0.2.0")?;
    let ordered = || group.new_attr::<bool>().create("ordered")?.write_scalar(&false);
    ordered().map_err(unwritten(name))?;
    strings(&group, "categories", &unique)?;
    array(&group, "codes", &codes)
}
