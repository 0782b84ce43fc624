//! Which reader reads a file.

use sha2::{Digest, Sha256};

use super::context::Context;
use super::finding::{Finding, Findings};
use super::id::FormatId;
use super::import::{Candidate, Confidence, Content, Import, Outcome, Parsed};
use super::input::{self, Input, TextFile};
use super::readers::{self, Reader};
use super::sheet::Sheet;
use super::{quality, workbook};
use crate::assay::results::IssueCode;

/// Reads a file: recognises its format, parses it, and checks it against the campaign.
///
/// Every reader is asked; exactly one *yes* wins, and the reader of an instrument or a program wins
/// over the general ones (a matrix, a list of wells, a tidy table). Otherwise the file is rejected
/// with the candidates, and a person chooses with [`Context::format`]. Never panics; the same bytes
/// and context give the same import.
pub fn read(bytes: &[u8], context: &Context<'_>) -> Import {
    let mut findings = Findings::new(context.max_findings);
    let mut import = unread(digest(bytes), bytes.len() as u64);
    match input::open(bytes, context) {
        Err(finding) => findings.error(*finding),
        Ok(Input::Hdf5) => readers::read_cells(context, &mut import, &mut findings),
        Ok(Input::Text(file)) => read_text(&file, context, &mut import, &mut findings),
        Ok(Input::Workbook) => match workbook::open(bytes, context) {
            Err(finding) => findings.error(*finding),
            Ok(grids) => {
                let sheets: Vec<Sheet<'_>> = grids.iter().map(Sheet::Grid).collect();
                read_sheets(&sheets, context, &mut import, &mut findings);
            }
        },
    }
    quality::judge(&import.content, context, &mut findings);
    finish(import, findings)
}

/// The answer to a file of `bytes` bytes that is too large to be brought into memory; `None` when
/// it is not. HDF5 is read from disk and has limits of its own: do not ask for it.
pub fn refuse_size(bytes: u64, context: &Context<'_>) -> Option<Import> {
    let finding = input::too_large(bytes, context)?;
    let mut findings = Findings::new(1);
    findings.error(finding);
    Some(finish(unread(String::new(), bytes), findings))
}

fn unread(digest: String, bytes: u64) -> Import {
    Import {
        format: FormatId::Unknown,
        outcome: Outcome::Rejected,
        reason: String::new(),
        candidates: Vec::new(),
        digest,
        bytes,
        encoding: None,
        delimiter: None,
        decimal: None,
        sheet: None,
        content: Content::Nothing {},
        gene_resolution: Vec::new(),
        preview: Vec::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
        stopped_early: false,
    }
}

fn finish(mut import: Import, findings: Findings) -> Import {
    import.outcome = match (findings.errors.is_empty(), findings.warnings.is_empty()) {
        (false, _) => Outcome::Rejected,
        (true, false) => Outcome::OkWithWarnings,
        (true, true) => Outcome::Ok,
    };
    import.errors = findings.errors;
    import.warnings = findings.warnings;
    import.stopped_early = findings.stopped_early;
    import
}

fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a file that is not brought into memory, as in [`Import::digest`].
///
/// # Errors
/// Those of reading.
pub fn digest_of(mut file: impl std::io::Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

fn read_text(
    file: &TextFile<'_>,
    context: &Context<'_>,
    import: &mut Import,
    findings: &mut Findings,
) {
    import.encoding = Some(file.encoding.into());
    if file.encoding == "windows-1252" {
        findings.warn(Finding::new(
            IssueCode::EncodingWindows1252,
            "the file is not UTF-8 and was read as Windows-1252: check special characters in the preview",
        ));
    }
    let sheets = [Sheet::of_text(&file.text)];
    import.delimiter = sheets[0].delimiter();
    if let Some(issue) = &file.truncated {
        // What is there is recognised and shown; half a file has no values to accept.
        if let Some((_, reader, reason)) = choose(&sheets, context, import, &mut Findings::new(1)) {
            import.format = reader.id;
            import.reason = reason;
        }
        import.preview = sheets[0].preview();
        findings.error(Finding::from((**issue).clone()));
        return;
    }
    read_sheets(&sheets, context, import, findings);
}

fn read_sheets(
    sheets: &[Sheet<'_>],
    context: &Context<'_>,
    import: &mut Import,
    findings: &mut Findings,
) {
    if sheets.iter().all(|sheet| sheet.records().next().is_none()) {
        findings.error(Finding::new(
            IssueCode::EmptyFile,
            "the file holds no text; expected results: export them again",
        ));
        return;
    }
    let Some((sheet, reader, reason)) = choose(sheets, context, import, findings) else {
        import.preview = sheets[0].preview();
        return;
    };
    import.format = reader.id;
    import.reason = reason;
    import.preview = sheet.preview();
    if let Some(grid) = sheet.grid() {
        import.sheet = Some(grid.name.clone());
        grid.warn_of_formulas(findings);
    }
    let Parsed { content, decimal, gene_resolution } = (reader.parse)(sheet, context, findings);
    import.content = content;
    import.decimal = decimal;
    import.gene_resolution = gene_resolution;
}

/// The sheet and the reader that win; without one, the error that asks a person.
fn choose<'s, 'a>(
    sheets: &'s [Sheet<'a>],
    context: &Context<'_>,
    import: &mut Import,
    findings: &mut Findings,
) -> Option<(&'s Sheet<'a>, &'static Reader, String)> {
    let mut said: Vec<(&Sheet<'_>, &'static Reader, Candidate)> = Vec::new();
    for sheet in sheets {
        let name = sheet.grid().map(|grid| grid.name.as_str());
        if context.sheet.is_some_and(|chosen| name.is_some_and(|name| name != chosen)) {
            continue;
        }
        for reader in readers::ALL {
            let (confidence, reason) = (reader.recognise)(sheet);
            let sheet_name = name.map(str::to_owned);
            let candidate = Candidate { format: reader.id, confidence, reason, sheet: sheet_name };
            said.push((sheet, reader, candidate));
        }
    }
    if let Some(format) = context.format {
        let chosen = said.iter().filter(|(_, reader, _)| reader.id == format);
        let best = chosen.max_by_key(|(.., candidate)| candidate.confidence)?;
        import.candidates = vec![best.2.clone()];
        return Some((best.0, best.1, format!("chosen; {}", best.2.reason)));
    }
    let yes = |general: bool| {
        let found = said.iter().filter(move |(_, reader, candidate)| {
            candidate.confidence == Confidence::Yes && reader.general == general
        });
        found.collect::<Vec<_>>()
    };
    let mut winners = yes(false);
    if winners.is_empty() {
        winners = yes(true);
    }
    let listed = said.iter().filter(|(.., candidate)| candidate.confidence != Confidence::No);
    import.candidates = listed.map(|(.., candidate)| candidate.clone()).collect();
    if let [(sheet, reader, candidate)] = winners[..] {
        return Some((sheet, reader, candidate.reason.clone()));
    }
    findings.error(undecided(&import.candidates));
    None
}

fn undecided(candidates: &[Candidate]) -> Finding {
    let named: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            let sheet = candidate.sheet.as_ref().map(|name| format!(" in sheet `{name}`"));
            format!("{}{} ({})", candidate.format, sheet.unwrap_or_default(), candidate.reason)
        })
        .collect();
    let message = if named.is_empty() {
        "no reader knows this file; expected an export of a plate reader, a screen analysis, or a table with a header: see the list of formats, or choose one by hand".to_owned()
    } else {
        format!("it is not clear which format this is: {}; choose one", named.join("; "))
    };
    Finding::new(IssueCode::UnknownFormat, message)
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
