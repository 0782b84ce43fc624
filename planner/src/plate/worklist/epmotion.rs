//! Transfer list of the Eppendorf epMotion.

use super::{Transfer, WorklistError, microlitres, plate_numbers, unpadded};

/// `Rack,Source,Rack,Destination,Volume,Tool`, then from line 2 one transfer a line without
/// gaps: rack numbers count the source plates and the destination plates from 1 in the order in
/// which they appear; volume in µl; tool 1; lines end in CRLF.
///
/// # Errors
/// [`WorklistError`] for an empty list or a volume that is no number above 0.
pub fn epmotion_csv(transfers: &[Transfer]) -> Result<String, WorklistError> {
    if transfers.is_empty() {
        return Err(WorklistError::NoTransfers);
    }
    let sources = plate_numbers(transfers.iter().map(|transfer| transfer.source_plate.as_str()));
    let destinations =
        plate_numbers(transfers.iter().map(|transfer| transfer.destination_plate.as_str()));
    let mut text = String::from("Rack,Source,Rack,Destination,Volume,Tool\r\n");
    for ((transfer, source), destination) in transfers.iter().zip(sources).zip(destinations) {
        text += &format!(
            "{source},{},{destination},{},{},1\r\n",
            unpadded(transfer.source_well),
            unpadded(transfer.destination_well),
            microlitres(transfer.volume()?),
        );
    }
    Ok(text)
}
