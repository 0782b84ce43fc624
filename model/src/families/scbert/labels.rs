//! Names of the cell types of a fine-tuned checkpoint.

use std::path::{Path, PathBuf};

use crate::checkpoint::read_json;
use crate::families::FamilyError;
use crate::pickle::{self, Elements, Pickle};

/// The authors' file: a pickle of a NumPy array of names.
const PICKLES: [&str; 2] = ["label_dict", "label_dict.pkl"];
/// The same as a JSON list.
const JSON: &str = "labels.json";

/// Names for `classes` classes: from `labels.json` (a list), from the authors' `label_dict`, or
/// `class 0` and so on where neither is there.
///
/// # Errors
/// [`FamilyError::Vocabulary`] for a file that is no list of so many names.
pub fn of_dir(dir: &Path, classes: usize) -> Result<Vec<String>, FamilyError> {
    let json = dir.join(JSON);
    let pickled = PICKLES.iter().map(|name| dir.join(name)).find(|path| path.is_file());
    let (path, names) = match pickled {
        _ if json.is_file() => (json.clone(), read_json::<Vec<String>>(&json)?),
        Some(path) => (path.clone(), unpickled(&path)?),
        None => return Ok((0..classes).map(|class| format!("class {class}")).collect()),
    };
    if names.len() != classes {
        let found = format!("{} names, the head has {classes} classes", names.len());
        return Err(refused(&path, found));
    }
    Ok(names)
}

fn unpickled(path: &Path) -> Result<Vec<String>, FamilyError> {
    let pickle = pickle::read_file(path).map_err(|error| refused(path, error.to_string()))?;
    names(&pickle).ok_or_else(|| refused(path, "it is no array or list of names".into()))
}

fn names(pickle: &Pickle) -> Option<Vec<String>> {
    let root = pickle.root();
    let text = |value: pickle::Value<'_>| value.as_str().map(str::to_owned);
    if let Some(Elements::Texts(names)) = root.as_array().map(|array| &array.elements) {
        return Some(names.clone());
    }
    match root.array_objects() {
        Some(names) => names.map(text).collect(),
        None => root.items()?.map(text).collect(),
    }
}

fn refused(path: &Path, found: String) -> FamilyError {
    let name = path.file_name().map_or_else(|| PathBuf::from(path), PathBuf::from);
    FamilyError::Vocabulary {
        source_name: name.display().to_string(),
        found,
        advice: "use the label_dict that was saved with the fine-tuned weights, or labels.json"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps(["B cell", "T cell"], 0)`
    const LIST: &[u8] = b"(lp0\nVB cell\np1\naVT cell\np2\na.";

    #[test]
    fn names_come_from_either_file_or_are_numbers() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of_dir(dir.path(), 2).unwrap(), ["class 0", "class 1"]);
        std::fs::write(dir.path().join("label_dict"), LIST).unwrap();
        assert_eq!(of_dir(dir.path(), 2).unwrap(), ["B cell", "T cell"]);
        std::fs::write(dir.path().join(JSON), "[\"NK\", \"DC\"]").unwrap();
        assert_eq!(of_dir(dir.path(), 2).unwrap(), ["NK", "DC"]);
        let message = of_dir(dir.path(), 3).unwrap_err().to_string();
        assert!(message.contains("2 names, the head has 3 classes"), "{message}");
    }

    #[test]
    fn a_pickle_that_would_run_something_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("label_dict"), b"cos\nsystem\n(S'true'\ntR.").unwrap();
        let message = of_dir(dir.path(), 2).unwrap_err().to_string();
        assert!(message.contains("system"), "{message}");
    }
}
