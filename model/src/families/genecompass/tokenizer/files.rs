//! Dictionaries beside a checkpoint, in whichever form they were kept.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::checkpoint::read_json;
use crate::families::FamilyError;
use crate::pickle;

/// Forms of a dictionary, first choice first.
const ENDINGS: [&str; 5] = ["pickle", "pkl", "json", "csv", "csv.gz"];
/// Bytes of a decompressed table; a published dictionary has about 2 MB.
const MAX_BYTES: u64 = 64 << 20;

/// A key or a value of a dictionary.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Text(String),
    Number(f64),
}

impl Item {
    fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }

    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Text(_) => None,
            Self::Number(number) => Some(*number),
        }
    }

    /// The number as a token id.
    pub fn token(&self) -> Option<u32> {
        let number = self.number()?;
        let token = number as u32;
        (f64::from(token) == number).then_some(token)
    }
}

/// The first dictionary in `dir` whose name is one of `stems`.
pub(super) fn find(dir: &Path, stems: &[&str]) -> Option<PathBuf> {
    let names = stems.iter().flat_map(|stem| ENDINGS.map(|ending| format!("{stem}.{ending}")));
    names.map(|name| dir.join(name)).find(|path| path.is_file())
}

/// What [`find`] looks for, for a message.
pub(super) fn expected(stems: &[&str]) -> String {
    format!("{} with the ending {}", stems.join(", "), ENDINGS.join(" or "))
}

/// File name for messages and cards.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The error of an unusable dictionary.
pub(super) fn refused(source: impl Into<String>, found: impl Into<String>) -> FamilyError {
    FamilyError::Vocabulary {
        source_name: source.into(),
        found: found.into(),
        advice: "use the file that was published with the weights".into(),
    }
}

/// Reads a dictionary: a pickled dict (of which nothing is run), a JSON object, or a CSV file whose first two columns are key and value
/// (one header line).
///
/// # Errors
/// [`FamilyError::Vocabulary`]; a file that cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<(Item, Item)>, FamilyError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => json(path),
        Some("pickle" | "pkl") => pickled(path),
        _ => csv(path),
    }
}

fn pickled(path: &Path) -> Result<Vec<(Item, Item)>, FamilyError> {
    let pickle = pickle::read_file(path).map_err(|e| refused(name(path), e.to_string()))?;
    let root = pickle.root();
    let item = |value: pickle::Value| match (value.as_str(), value.as_f64()) {
        (Some(text), _) => Ok(Item::Text(text.to_owned())),
        (None, Some(number)) => Ok(Item::Number(number)),
        (None, None) => {
            let found = format!("it holds a {}, expected numbers and texts", value.kind());
            Err(refused(name(path), found))
        }
    };
    let entries = root.entries().ok_or_else(|| {
        refused(name(path), format!("a pickled {}, expected a dict", root.kind()))
    })?;
    entries.map(|(key, value)| Ok((item(key)?, item(value)?))).collect()
}

fn json(path: &Path) -> Result<Vec<(Item, Item)>, FamilyError> {
    let object: serde_json::Map<String, Value> = read_json(path)?;
    let item = |key: &str, value: Value| match value {
        Value::String(text) => Ok(Item::Text(text)),
        Value::Number(number) => Ok(Item::Number(number.as_f64().unwrap_or(f64::NAN))),
        other => {
            Err(refused(name(path), format!("\"{key}\" is {other}, expected a number or a text")))
        }
    };
    object.into_iter().map(|(key, value)| Ok((Item::of(&key), item(&key, value)?))).collect()
}

fn csv(path: &Path) -> Result<Vec<(Item, Item)>, FamilyError> {
    let unreadable = |what: String| refused(name(path), what);
    let bytes = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
    let text: Box<dyn Read> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::read::GzDecoder::new(bytes.as_slice()))
    } else {
        Box::new(bytes.as_slice())
    };
    let mut items = Vec::new();
    for record in csv::Reader::from_reader(text.take(MAX_BYTES)).records() {
        let record = record.map_err(|e| unreadable(e.to_string()))?;
        let (Some(key), Some(value)) = (record.get(0), record.get(1)) else {
            return Err(unreadable("a line with fewer than two columns".into()));
        };
        items.push((Item::of(key), Item::of(value)));
    }
    Ok(items)
}
