//! From bytes to text: byte order marks, UTF-16, UTF-8, Windows-1252.

use std::borrow::Cow;

use super::issue::{Issue, IssueCode};

/// Text with the encoding that was found.
pub(in crate::assay) struct Decoded<'a> {
    pub(in crate::assay) text: Cow<'a, str>,
    pub(in crate::assay) encoding: &'static str,
}

/// Decodes a file, or says why it is no text.
pub(in crate::assay) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Box<Issue>> {
    refuse_other_files(bytes)?;
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Ok(eight_bit(rest, "utf-8-bom"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return utf16(rest, u16::from_le_bytes, "utf-16le");
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return utf16(rest, u16::from_be_bytes, "utf-16be");
    }
    let start = &bytes[..bytes.len().min(1024)];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) => Ok(eight_bit(bytes, "utf-8")),
        (0, odd) if odd * 3 > start.len() => utf16(bytes, u16::from_le_bytes, "utf-16le"),
        (even, 0) if even * 3 > start.len() => utf16(bytes, u16::from_be_bytes, "utf-16be"),
        _ => Err(Issue::new(
            IssueCode::NotText,
            "the file holds zero bytes as binary files do; expected a CSV or TSV file: export the results as CSV",
        ).into()),
    }
}

/// Files that are often uploaded instead of text, told by their first bytes.
fn refuse_other_files(bytes: &[u8]) -> Result<(), Box<Issue>> {
    let known: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "an Excel workbook (xlsx) or a zip archive"),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook (xls)"),
        (b"\x89HDF", "an HDF5 file"),
        (b"FCS", "a flow cytometry file (FCS)"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"%PDF", "a PDF document"),
    ];
    if let Some((_, what)) = known.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Issue::new(
            IssueCode::NotText,
            format!("the file is {what}; expected a CSV or TSV file: export the results as CSV"),
        )
        .into());
    }
    let start: Vec<u8> = bytes
        .iter()
        .skip_while(|b| b.is_ascii_whitespace())
        .take(14)
        .map(u8::to_ascii_lowercase)
        .collect();
    if [&b"<html"[..], b"<table", b"<!doctype html"].iter().any(|tag| start.starts_with(tag)) {
        return Err(Issue::new(
            IssueCode::HtmlNamedAsSpreadsheet,
            "the file is a web page (HTML), which some instruments name .xls; expected CSV or TSV: open it and save it as CSV",
        ).into());
    }
    Ok(())
}

fn eight_bit<'a>(bytes: &'a [u8], encoding: &'static str) -> Decoded<'a> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), encoding },
        Err(_) => Decoded {
            text: Cow::Owned(bytes.iter().map(|b| windows_1252(*b)).collect()),
            encoding: "windows-1252",
        },
    }
}

fn utf16<'a>(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    encoding: &'static str,
) -> Result<Decoded<'a>, Box<Issue>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Issue::new(
            IssueCode::TruncatedFile,
            format!(
                "the {encoding} file has an odd number of bytes ({}): it was cut off; export or copy it again",
                bytes.len()
            ),
        ).into());
    }
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Ok(Decoded { text: Cow::Owned(text), encoding })
}

/// Bytes 0x80 to 0x9F of Windows-1252; the five unused ones stay control characters.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, &'static str) {
        let decoded = decode(bytes).map_err(|issue| issue.message).unwrap();
        (decoded.text.into_owned(), decoded.encoding)
    }

    fn utf16_bytes(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn the_encoding_is_found_with_and_without_a_byte_order_mark() {
        let plain = "Well,Value\nA1,1\n".to_owned();
        assert_eq!(text(plain.as_bytes()), (plain.clone(), "utf-8"));
        let marked = [b"\xEF\xBB\xBF", plain.as_bytes()].concat();
        assert_eq!(text(&marked), (plain.clone(), "utf-8-bom"));
        let little = utf16_bytes(&plain, u16::to_le_bytes);
        assert_eq!(text(&little), (plain.clone(), "utf-16le"));
        assert_eq!(text(&[b"\xFF\xFE", &little[..]].concat()), (plain.clone(), "utf-16le"));
        let big = utf16_bytes(&plain, u16::to_be_bytes);
        assert_eq!(text(&big), (plain.clone(), "utf-16be"));
        assert_eq!(text(&[b"\xFE\xFF", &big[..]].concat()), (plain, "utf-16be"));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_read_as_windows_1252() {
        assert_eq!(text(b"37 \xB0C \x80"), ("37 °C €".into(), "windows-1252"));
    }

    #[test]
    fn a_cut_utf_16_file_and_files_that_are_no_text_are_refused() {
        let code = |bytes: &[u8]| decode(bytes).err().map(|issue| issue.code);
        assert_eq!(code(b"\xFF\xFEA\0B"), Some(IssueCode::TruncatedFile));
        assert_eq!(code(b"PK\x03\x04rest"), Some(IssueCode::NotText));
        assert_eq!(code(b"a\0\0\0\0b"), Some(IssueCode::NotText));
        assert_eq!(code(b"  <HTML><table>"), Some(IssueCode::HtmlNamedAsSpreadsheet));
    }
}
