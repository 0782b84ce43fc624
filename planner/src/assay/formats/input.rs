//! What kind of file the bytes are.

use std::borrow::Cow;

use super::context::Context;
use super::finding::Finding;
use crate::assay::results::decode::decode;
use crate::assay::results::{Issue, IssueCode};

/// A file, opened as far as its kind is known.
pub(super) enum Input<'a> {
    Text(TextFile<'a>),
    Workbook,
    Hdf5,
}

/// A decoded text.
pub(super) struct TextFile<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: &'static str,
    /// Half a character is left at the end.
    pub(super) truncated: Option<Box<Issue>>,
}

/// Tells the kind of a file by its first bytes, whatever its name says, and decodes text.
pub(super) fn open<'a>(bytes: &'a [u8], context: &Context<'_>) -> Result<Input<'a>, Box<Finding>> {
    if bytes.is_empty() {
        return Err(Finding::new(
            IssueCode::EmptyFile,
            "the file holds no bytes; expected results: export them again",
        )
        .into());
    }
    if bytes.starts_with(b"\x89HDF\r\n\x1a\n") {
        return Ok(Input::Hdf5);
    }
    if let Some(finding) = too_large(bytes.len() as u64, context) {
        return Err(finding.into());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Input::Workbook);
    }
    match decode(bytes) {
        Ok(decoded) => Ok(Input::Text(TextFile {
            text: decoded.text,
            encoding: decoded.encoding,
            truncated: None,
        })),
        Err(issue) if issue.code == IssueCode::TruncatedFile => {
            let whole = decode(&bytes[..bytes.len() - 1]).map_err(|issue| Finding::from(*issue))?;
            Ok(Input::Text(TextFile {
                text: whole.text,
                encoding: whole.encoding,
                truncated: Some(issue),
            }))
        }
        Err(issue) => Err(Finding::from(*issue).into()),
    }
}

/// The error for a text or workbook over the limit.
pub(super) fn too_large(bytes: u64, context: &Context<'_>) -> Option<Finding> {
    let limit = context.max_bytes as u64;
    (bytes > limit).then(|| {
        Finding::new(
            IssueCode::FileTooLarge,
            format!(
                "the file has {bytes} bytes; expected at most {limit}: split it by plate, or upload the summary instead of the raw data"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8], context: &Context<'_>) -> IssueCode {
        open(bytes, context).err().map(|finding| finding.code).unwrap()
    }

    #[test]
    fn the_first_bytes_count_and_not_the_name() {
        let context = Context::default();
        assert_eq!(code(b"", &context), IssueCode::EmptyFile);
        assert_eq!(code(b"<table>", &context), IssueCode::HtmlNamedAsSpreadsheet);
        assert_eq!(code(b"\xD0\xCF\x11\xE0", &context), IssueCode::NotText);
        assert_eq!(code(b"FCS3.1  ", &context), IssueCode::NotText);
        assert!(matches!(open(b"PK\x03\x04", &context), Ok(Input::Workbook)));
        assert!(matches!(open(b"\x89HDF\r\n\x1a\n", &context), Ok(Input::Hdf5)));
    }

    #[test]
    fn a_text_over_the_limit_is_refused_by_its_length() {
        let context = Context { max_bytes: 3, ..Context::default() };
        assert_eq!(code(b"a,b\n", &context), IssueCode::FileTooLarge);
    }

    #[test]
    fn utf16_cut_in_a_character_is_still_read_up_to_there() {
        let Ok(Input::Text(file)) = open(b"\xFF\xFEa\0b\0c", &Context::default()) else {
            panic!("expected text");
        };
        assert_eq!((file.text.as_ref(), file.encoding), ("ab", "utf-16le"));
        assert!(file.truncated.is_some());
    }
}
