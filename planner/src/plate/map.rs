//! The plate map file: one row a well, the form that robots and people read.

use super::{Content, Plate, PlateError, PlateFormat, PlateWell, Well};

/// Header of the plate map, exactly.
pub const MAP_HEADER: [&str; 8] =
    ["plate_barcode", "well", "content", "symbol", "ensembl_id", "guide_id", "donor", "replicate"];

/// First characters that make a spreadsheet run a cell as a formula.
const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Writes the plate map; empty wells are not listed.
///
/// A cell that a spreadsheet would run as a formula (first character `=`, `+`, `-`, `@`, tab,
/// CR or LF) gets an apostrophe in front, and so does a cell that starts with an apostrophe, so
/// that [`parse_map`] gives back the very same text.
pub fn map_csv(plate: &Plate) -> String {
    let mut lines = MAP_HEADER.join(",") + "\n";
    for held in &plate.wells {
        let replicate = match held.replicate {
            0 => String::new(),
            number => number.to_string(),
        };
        let cells = [
            &plate.barcode,
            &held.well.to_string(),
            held.content.as_str(),
            &held.symbol,
            &held.ensembl_id,
            &held.guide_id,
            &held.donor,
            &replicate,
        ];
        lines += &cells.map(cell).join(",");
        lines.push('\n');
    }
    lines
}

/// A cell that no spreadsheet runs as a formula: an apostrophe in front where it would.
pub fn safe_cell(text: &str) -> String {
    let dangerous = text.starts_with(FORMULA_STARTS) || text.starts_with('\'');
    if dangerous { format!("'{text}") } else { text.to_owned() }
}

/// One cell: escaped against formulas, then quoted as RFC 4180 where needed.
fn cell(text: &str) -> String {
    let text = safe_cell(text);
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// Undoes the formula escape of [`cell`].
fn unescape(text: &str) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA_STARTS) || rest.starts_with('\'') => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// Reads a plate map of one plate back.
///
/// # Errors
/// [`PlateError::Map`] with the row: other header, another plate's barcode, a well twice or
/// outside the plate, an unknown content word, a replicate that is no number, no wells at all.
pub fn parse_map(text: &str, format: PlateFormat) -> Result<Plate, PlateError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut barcode: Option<String> = None;
    let mut wells: Vec<PlateWell> = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let row = index + 1;
        let bad = |message: String| PlateError::Map { row, message };
        let record = record.map_err(|error| bad(format!("cannot be read ({error}); expected 8 cells separated by commas: export the map again")))?;
        if row == 1 {
            check_header(&record).map_err(bad)?;
            continue;
        }
        let (plate, held) = read_well(&record, format).map_err(bad)?;
        let known = barcode.get_or_insert_with(|| plate.clone());
        if *known != plate {
            return Err(bad(format!(
                "barcode `{plate}` after `{known}`; expected one plate in a map: split the file"
            )));
        }
        wells.push(held);
    }
    let Some(barcode) = barcode else {
        return Err(PlateError::Map {
            row: 1,
            message: "the map holds no wells; expected a row for each well: export it again".into(),
        });
    };
    wells.sort_by_key(|held| held.well);
    if let Some(pair) = wells.windows(2).find(|pair| pair[0].well == pair[1].well) {
        return Err(PlateError::Map {
            row: 1,
            message: format!(
                "well {} is listed twice; expected once: remove one row",
                pair[0].well
            ),
        });
    }
    wells.retain(|held| held.content != Content::Empty);
    Ok(Plate { barcode, format, seed: 0, wells, notes: Vec::new() })
}

fn check_header(record: &csv::StringRecord) -> Result<(), String> {
    if record.iter().eq(MAP_HEADER) {
        return Ok(());
    }
    let found: Vec<&str> = record.iter().take(20).collect();
    Err(format!(
        "found the header `{}`; expected `{}`: use the plate map as it was exported",
        found.join(","),
        MAP_HEADER.join(",")
    ))
}

fn read_well(
    record: &csv::StringRecord,
    format: PlateFormat,
) -> Result<(String, PlateWell), String> {
    let text = |index: usize| unescape(record.get(index).unwrap_or_default());
    let well: Well = format.parse_well(&text(1)).map_err(|error| error.to_string())?;
    let word = text(2);
    let content = Content::from_word(&word).ok_or_else(|| {
        format!("content `{word}` is not known; expected candidate, non-targeting, positive, untreated or empty")
    })?;
    let number = text(7);
    let replicate = match number.as_str() {
        "" => 0,
        digits => digits.parse().map_err(|_| {
            format!(
                "replicate `{digits}` is no number from 1 to 65535: correct it or leave it empty"
            )
        })?,
    };
    let held = PlateWell {
        well,
        content,
        symbol: text(3),
        ensembl_id: text(4),
        guide_id: text(5),
        donor: text(6),
        replicate,
    };
    Ok((text(0), held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plate(symbol: &str, guide: &str) -> Plate {
        Plate {
            barcode: "NW000001".into(),
            format: PlateFormat::W96,
            seed: 0,
            wells: vec![PlateWell {
                well: Well { row: 1, col: 6 },
                content: Content::Candidate,
                symbol: symbol.into(),
                ensembl_id: "ENSG00000107485".into(),
                guide_id: guide.into(),
                donor: "D1".into(),
                replicate: 2,
            }],
            notes: vec![],
        }
    }

    #[test]
    fn a_map_has_the_agreed_header_and_one_row_a_well() {
        assert_eq!(
            map_csv(&plate("GATA3", "GATA3_g1")),
            "plate_barcode,well,content,symbol,ensembl_id,guide_id,donor,replicate\n\
             NW000001,B07,candidate,GATA3,ENSG00000107485,GATA3_g1,D1,2\n"
        );
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_escaped() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            let symbol = format!("{start}cmd()");
            let map = map_csv(&plate(&symbol, "g"));
            assert!(map.contains(&format!("'{symbol}")), "{map:?}");
        }
    }

    #[test]
    fn a_map_with_a_well_twice_or_outside_the_plate_is_refused() {
        let header = MAP_HEADER.join(",");
        let twice = format!("{header}\nP,A1,candidate,X,,,,1\nP,A01,candidate,Y,,,,1\n");
        let message = parse_map(&twice, PlateFormat::W96).unwrap_err().to_string();
        assert!(message.contains("A01 is listed twice"), "{message}");
        let outside = format!("{header}\nP,I1,candidate,X,,,,1\n");
        let message = parse_map(&outside, PlateFormat::W96).unwrap_err().to_string();
        assert!(message.contains("row 2") && message.contains("96"), "{message}");
    }

    #[test]
    fn a_map_with_another_header_says_what_was_found_and_expected() {
        let message = parse_map("plate,well\n", PlateFormat::W96).unwrap_err().to_string();
        assert!(message.contains("plate,well") && message.contains("plate_barcode"), "{message}");
    }

    proptest! {
        #[test]
        fn any_text_in_a_map_reads_back_the_same(symbol in "[=+@'\"a-zA-Z,;\t\r\n-]{0,8}", guide in ".{0,8}") {
            let before = plate(&symbol, &guide);
            let after = parse_map(&map_csv(&before), PlateFormat::W96).unwrap();
            prop_assert_eq!(after, before);
        }

        #[test]
        fn no_text_makes_the_map_reader_panic(text in ".{0,60}") {
            let _ = parse_map(&text, PlateFormat::W24);
        }
    }
}
