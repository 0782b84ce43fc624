//! A plain table for people and for robots that import any.

use super::{Transfer, WorklistError, cell, microlitres, unpadded};

/// `source_plate,source_well,destination_plate,destination_well,volume_ul,symbol`; wells without
/// padding, volume in µl, lines end in LF.
///
/// # Errors
/// [`WorklistError`] for an empty list or a volume that is no number above 0.
pub fn generic_csv(transfers: &[Transfer]) -> Result<String, WorklistError> {
    if transfers.is_empty() {
        return Err(WorklistError::NoTransfers);
    }
    let mut text = String::from(
        "source_plate,source_well,destination_plate,destination_well,volume_ul,symbol\n",
    );
    for transfer in transfers {
        text += &format!(
            "{},{},{},{},{},{}\n",
            cell(&transfer.source_plate),
            unpadded(transfer.source_well),
            cell(&transfer.destination_plate),
            unpadded(transfer.destination_well),
            microlitres(transfer.volume()?),
            cell(&transfer.symbol),
        );
    }
    Ok(text)
}
