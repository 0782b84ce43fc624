//! Worklist of Tecan's Freedom EVOware and Fluent (`.gwl`).

use super::{Transfer, WorklistError, microlitres};
use crate::plate::{PlateFormat, Well};

/// Longest label that the robot's software reads.
const LABEL: usize = 32;

/// An aspirate, a dispense and a wash record for every transfer:
/// `A;RackLabel;RackID;RackType;Position;TubeID;Volume;LiquidClass;TipType;TipMask`, then the
/// same with `D`, then `W;`. The rack label is the barcode, the volume is in µl, lines end in
/// CRLF; empty fields leave the choice to the robot's script.
///
/// # Errors
/// [`WorklistError`] for an empty list, a volume that is no number above 0, or a barcode that is
/// longer than 32 characters or holds `;` or a line end.
///
/// # Source
/// Record layout as the manual of the R package rrobot gives it.
pub fn tecan_gwl(transfers: &[Transfer]) -> Result<String, WorklistError> {
    if transfers.is_empty() {
        return Err(WorklistError::NoTransfers);
    }
    let mut text = String::new();
    for transfer in transfers {
        let volume = microlitres(transfer.volume()?);
        let ends = [
            ('A', &transfer.source_plate, position(transfer.source_format, transfer.source_well)),
            (
                'D',
                &transfer.destination_plate,
                position(transfer.destination_format, transfer.destination_well),
            ),
        ];
        for (record, plate, position) in ends {
            let label = label(plate)?;
            text += &format!("{record};{label};;;{position};;{volume};;;\r\n");
        }
        text += "W;\r\n";
    }
    Ok(text)
}

/// Position of a well, from 1, counted down the columns: (column − 1) · rows + row.
fn position(format: PlateFormat, well: Well) -> u16 {
    u16::from(well.col) * u16::from(format.rows()) + u16::from(well.row) + 1
}

fn label(plate: &str) -> Result<&str, WorklistError> {
    let fits = (1..=LABEL).contains(&plate.chars().count());
    if fits && !plate.contains([';', '\r', '\n']) {
        return Ok(plate);
    }
    Err(WorklistError::Label {
        found: plate.chars().take(60).collect(),
        expected: "1 to 32 characters without `;`",
    })
}
