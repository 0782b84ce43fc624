use std::io::Write;

use zip::write::SimpleFileOptions;

use super::*;

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const BOOK_RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// A workbook with one sheet that has these rows.
fn book(rows: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    archive(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn text(cell: &str, text: &str) -> String {
    format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[test]
fn a_formula_is_read_as_the_result_that_was_stored_and_named() {
    let rows = format!(
        r#"<row r="1">{}{}</row><row r="2">{}<c r="B2"><f>1+1</f><v>2.5</v></c></row>"#,
        text("A1", "Gene"),
        text("B1", "Value"),
        text("A2", "GATA3")
    );
    let import = super::super::read(&book(&rows), &Context::default());
    assert_eq!(import.errors, []);
    assert_eq!(import.warnings[0].code, IssueCode::FormulaCached);
    assert!(import.warnings[0].message.contains("(B2)"), "{}", import.warnings[0].message);
    let super::super::Content::Tidy(table) = import.content else {
        panic!("expected measurements")
    };
    assert_eq!(table.measurements[0].value, 2.5);
}

#[test]
fn error_cells_are_errors_of_their_row() {
    let rows = format!(
        r#"<row r="1">{}{}</row><row r="2">{}<c r="B2"><v>1</v></c></row><row r="3">{}<c r="B3" t="e"><v>#DIV/0!</v></c></row>"#,
        text("A1", "Gene"),
        text("B1", "Value"),
        text("A2", "GATA3"),
        text("A3", "BATF")
    );
    let import = super::super::read(&book(&rows), &Context::default());
    let errors: Vec<(IssueCode, Option<u64>)> =
        import.errors.iter().map(|error| (error.code, error.row)).collect();
    assert_eq!(errors, [(IssueCode::SpreadsheetError, Some(3))]);
}

#[test]
fn a_workbook_that_unpacks_to_more_than_the_limit_is_refused() {
    let zeros = vec![b' '; 3_000_000];
    let bytes = archive(&[("xl/workbook.xml", BOOK.as_bytes()), ("xl/bomb.xml", &zeros)]);
    assert!(bytes.len() < 20_000);
    let context = Context { max_unpacked_bytes: 1_000_000, ..Context::default() };
    let finding = open(&bytes, &context).unwrap_err();
    assert_eq!(finding.code, IssueCode::WorkbookTooLarge);
    assert!(finding.message.contains("1000000 bytes"), "{}", finding.message);
}

#[test]
fn far_cells_count_as_the_cells_before_them() {
    let rows: String = (1..=100)
        .map(|row| format!(r#"<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>"#))
        .collect();
    let context = Context { max_cells: 1_000_000, ..Context::default() };
    let finding = open(&book(&rows), &context).unwrap_err();
    assert_eq!(finding.code, IssueCode::WorkbookTooLarge);
    assert_eq!(open(&book(&rows), &Context { max_cells: 2_000_000, ..context }).unwrap().len(), 1);
}

#[test]
fn an_archive_that_is_no_workbook_says_what_to_do() {
    let finding = open(&archive(&[("a.csv", b"x")]), &Context::default()).unwrap_err();
    assert!(finding.message.contains("unpack it"), "{}", finding.message);
    let broken = open(b"PK\x03\x04 and no more", &Context::default()).unwrap_err();
    assert_eq!(broken.code, IssueCode::NotText);
}

#[test]
fn addresses_are_written_as_in_the_sheet() {
    assert_eq!((address(6, 2), address(0, 26)), ("C7".into(), "AA1".into()));
    assert_eq!(address(0, 700), "row 1, column 701");
}
