//! The child's side: limit oneself, read the file, write the canonical matrix, answer.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use nextwell_model::cells::{CellsError, ReadLimits, inspect};

use super::{Answer, InspectLimits, MODEL, sandbox};
use crate::card::read_card;
use crate::refusal::cells_code;
use crate::report::dataset_report;

/// Main function of the child: `UPLOAD CANONICAL LIMITS` for cells or `model . LIMITS` for a
/// checkpoint, the limits as JSON.
///
/// It is to be run in a folder of its own that holds `UPLOAD`, or the checkpoint's files. The process can do little else
/// afterwards: memory, time and files are limited, and only that folder can be seen where the
/// kernel knows Landlock.
///
/// Writes one line of JSON to standard output. Exit code 0 when there is an answer (a refused
/// file is one), 2 for wrong arguments.
pub fn inspect_main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let [upload, canonical, limits] = args.as_slice() else {
        eprintln!("found {} arguments; expected UPLOAD CANONICAL LIMITS", args.len());
        return ExitCode::from(2);
    };
    let limits = limits.to_str().and_then(|json| serde_json::from_str::<InspectLimits>(json).ok());
    let Some(limits) = limits else {
        eprintln!("the third argument is not a JSON object of limits");
        return ExitCode::from(2);
    };
    if let Err(error) = limits.apply() {
        eprintln!("cannot limit this process, so it opens nothing: {error}");
        return ExitCode::from(2);
    }
    if !sandbox::confine_to_current_folder() {
        eprintln!("this kernel has no Landlock: only the resource limits are in force");
    }
    let answer = match upload.to_str() {
        Some(MODEL) => describe(Path::new(canonical)),
        _ => read(Path::new(upload), Path::new(canonical)),
    };
    match serde_json::to_vec(&answer).map(|line| std::io::stdout().write_all(&line)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn describe(dir: &Path) -> Answer {
    match read_card(dir) {
        Ok(card) => Answer::Model(Box::new(card)),
        Err(failure) => {
            // The caller knows its files by their names only.
            let message = failure.problem().detail.replace("./", "");
            Answer::Refused { code: failure.code().to_owned(), message }
        }
    }
}

fn read(upload: &Path, canonical: &Path) -> Answer {
    let write = || -> Result<_, CellsError> {
        let io = |source| CellsError::Io { what: "the canonical matrix".into(), source };
        let mut out = BufWriter::new(File::create(canonical).map_err(io)?);
        let report = inspect(upload, &ReadLimits::default(), &mut out)?;
        out.flush().map_err(io)?;
        Ok(report)
    };
    match write() {
        Ok(report) => Answer::Report(dataset_report(&report)),
        Err(error) => {
            Answer::Refused { code: cells_code(&error).into(), message: error.to_string() }
        }
    }
}
