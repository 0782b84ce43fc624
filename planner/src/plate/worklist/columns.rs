//! Tables for Hamilton and Beckman Biomek methods, which read columns by name.

use super::{Transfer, WorklistError, cell, microlitres, unpadded};

/// Usual column names of a Hamilton method: source plate and well, destination plate and well,
/// volume.
pub const HAMILTON_COLUMNS: [&str; 5] =
    ["SourcePlate", "SourceWell", "DestinationPlate", "DestinationWell", "Volume"];
/// Usual column names of a Biomek transfer from file, in the same order.
pub const BIOMEK_COLUMNS: [&str; 5] =
    ["Source Plate", "Source Well", "Destination Plate", "Destination Well", "Volume"];

/// A table with the given names for source plate, source well, destination plate, destination
/// well and volume (µl), in this order; wells without padding, lines end in CRLF.
///
/// # Errors
/// [`WorklistError`] for an empty list, a bad volume, or names that are not five, each once and
/// not empty.
pub fn columns_csv(transfers: &[Transfer], names: &[&str]) -> Result<String, WorklistError> {
    let distinct = names
        .iter()
        .enumerate()
        .all(|(index, name)| !name.trim().is_empty() && !names[..index].contains(name));
    if names.len() != 5 || !distinct {
        return Err(WorklistError::Columns {
            found: names.len(),
            expected: "5 (source plate, source well, destination plate, destination well, volume)",
        });
    }
    if transfers.is_empty() {
        return Err(WorklistError::NoTransfers);
    }
    let header: Vec<_> = names.iter().map(|name| cell(name.trim())).collect();
    let mut text = header.join(",") + "\r\n";
    for transfer in transfers {
        text += &format!(
            "{},{},{},{},{}\r\n",
            cell(&transfer.source_plate),
            unpadded(transfer.source_well),
            cell(&transfer.destination_plate),
            unpadded(transfer.destination_well),
            microlitres(transfer.volume()?),
        );
    }
    Ok(text)
}
