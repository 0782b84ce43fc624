//! Worklist of the SPT Labtech mosquito.

use super::{Transfer, WorklistError, plate_numbers};

/// The line `Worklist`, then `sourcePos,col,row,destPos,col,row,volume` for every transfer:
/// deck positions, columns and rows count from 1, volume in nl, lines end in CRLF. Source plates
/// take the first deck positions in the order in which they appear, destination plates the next.
///
/// # Errors
/// [`WorklistError`] for an empty list or a volume that is no number above 0.
pub fn mosquito_csv(transfers: &[Transfer]) -> Result<String, WorklistError> {
    if transfers.is_empty() {
        return Err(WorklistError::NoTransfers);
    }
    let sources = plate_numbers(transfers.iter().map(|transfer| transfer.source_plate.as_str()));
    let destinations =
        plate_numbers(transfers.iter().map(|transfer| transfer.destination_plate.as_str()));
    let first = sources.iter().max().copied().unwrap_or(0);
    let mut text = String::from("Worklist\r\n");
    for ((transfer, source), destination) in transfers.iter().zip(sources).zip(destinations) {
        let (from, to) = (transfer.source_well, transfer.destination_well);
        text += &format!(
            "{source},{},{},{},{},{},{}\r\n",
            u16::from(from.col) + 1,
            u16::from(from.row) + 1,
            first + destination,
            u16::from(to.col) + 1,
            u16::from(to.row) + 1,
            transfer.volume()?,
        );
    }
    Ok(text)
}
