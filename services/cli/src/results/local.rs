//! Reading a file on this computer, without a campaign.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use nextwell_planner::assay::formats::{
    CellFile, Content, Context, Finding, FormatId, Import, Outcome, digest_of, read, refuse_size,
};

use super::names::{Cells, Hgnc};

/// First bytes of an HDF5 file.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Reads a file in whatever format it is; only what cannot be opened is an error.
pub fn import(path: &Path, chosen: Option<FormatId>) -> anyhow::Result<Import> {
    let unreadable = || format!("cannot read {}", path.display());
    let mut file = std::fs::File::open(path).with_context(unreadable)?;
    let length = file.metadata().with_context(unreadable)?.len();
    let mut start = Vec::new();
    file.by_ref().take(HDF5.len() as u64).read_to_end(&mut start).with_context(unreadable)?;
    let context = Context { genes: Some(&Hgnc), format: chosen, ..Context::default() };
    if start == HDF5 {
        let cells = Cells::open(path)?;
        let cells: &dyn CellFile = &cells;
        let mut import = read(&start, &Context { cells: Some(cells), ..context });
        // The cells were read from the file; these are of its first bytes.
        import.digest = digest_of(std::fs::File::open(path)?)?;
        import.bytes = length;
        return Ok(import);
    }
    if let Some(refused) = refuse_size(length, &context) {
        return Ok(refused);
    }
    file.read_to_end(&mut start).with_context(unreadable)?;
    Ok(read(&start, &context))
}

/// Whether a campaign's server has more to say of the file: it holds wells, or is not known.
pub fn concerns_a_campaign(import: &Import) -> bool {
    let plates = matches!(import.content, Content::Plates { .. });
    plates || import.format == FormatId::Unknown
}

/// Prints what was read; exit code 1 when the file has errors.
pub fn report(path: &Path, import: &Import, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        println!("{}", serde_json::to_string_pretty(import)?);
    } else {
        print!("{}", text(path, import));
    }
    Ok(match import.outcome {
        Outcome::Rejected => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

fn text(path: &Path, import: &Import) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut details = vec![import.summary()];
    details.extend(import.encoding.clone());
    details.extend(import.sheet.as_ref().map(|sheet| format!("sheet `{sheet}`")));
    let delimiter = match import.delimiter {
        Some('\t') => Some("tab".to_owned()),
        other => other.map(|delimiter| format!("`{delimiter}`")),
    };
    details.extend(delimiter.map(|delimiter| format!("cells separated by {delimiter}")));
    let _ = writeln!(out, "{name}: {}: {}", import.format.title(), details.join(", "));
    if !import.reason.is_empty() {
        let _ = writeln!(out, "recognised because {}", import.reason);
    }
    for (kind, findings) in [("error", &import.errors), ("warning", &import.warnings)] {
        for finding in findings {
            let _ = writeln!(out, "{kind} ({}): {}", finding.code, message(finding));
        }
    }
    if import.stopped_early {
        let _ = writeln!(out, "there is more; the list ends here");
    }
    let verdict = match import.outcome {
        Outcome::Ok => "nothing to say against it",
        Outcome::OkWithWarnings => "it may be accepted; see the warnings",
        Outcome::Rejected => "it cannot be accepted as it is",
    };
    let _ = writeln!(out, "{verdict}");
    out
}

/// The message with its row, unless it names the row itself.
fn message(finding: &Finding) -> String {
    match finding.row {
        Some(row) if !finding.message.contains("row ") => {
            format!("row {row}: {}", finding.message)
        }
        _ => finding.message.clone(),
    }
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "golden_tests.rs"]
mod golden_tests;
