//! Pick list of the Echo acoustic dispensers.

use super::{Transfer, WorklistError, cell, unpadded};

/// Volume of a droplet of the 550 and 650 series, in nl; the 525 has 25.
pub const ECHO_STEP_NL: f64 = 2.5;

const HEADER: &str = "Source Plate Name,Source Plate Barcode,Source Well,Destination Plate Name,\
Destination Plate Barcode,Destination Well,Transfer Volume,Sample Name\r\n";

/// The pick list: volume in nl with one decimal, wells without padding, lines end in CRLF. The
/// plate's name is its barcode.
///
/// # Errors
/// [`WorklistError`] for an empty list, or a volume that is no multiple of `step_nl`
/// ([`ECHO_STEP_NL`] unless the instrument is another).
///
/// # Source
/// Pick list format as the kithairon documentation gives it.
pub fn echo_csv(transfers: &[Transfer], step_nl: f64) -> Result<String, WorklistError> {
    if transfers.is_empty() {
        return Err(WorklistError::NoTransfers);
    }
    let mut text = String::from(HEADER);
    for transfer in transfers {
        let volume = transfer.volume()?;
        let droplets = volume / step_nl;
        if (droplets - droplets.round()).abs() > 1e-6 {
            return Err(WorklistError::Droplets {
                plate: transfer.destination_plate.clone(),
                well: transfer.destination_well.to_string(),
                found: volume,
                step: step_nl,
            });
        }
        let (source, destination) =
            (cell(&transfer.source_plate), cell(&transfer.destination_plate));
        text += &format!(
            "{source},{source},{},{destination},{destination},{},{volume:.1},{}\r\n",
            unpadded(transfer.source_well),
            unpadded(transfer.destination_well),
            cell(&transfer.symbol),
        );
    }
    Ok(text)
}
