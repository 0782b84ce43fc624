//! Quality of the plates of a file whose layouts are known.

use super::context::Context;
use super::finding::{Finding, Findings};
use super::import::Content;
use crate::assay::normalise::MeasuredPlate;
use crate::assay::qc::{QcVerdict, plate_qc};
use crate::assay::results::{IssueCode, Reading};

/// Warns of each plate whose first read fails the campaign's limits. It is shown, and a person may
/// exclude it or keep it with a reason.
pub(super) fn judge(content: &Content, context: &Context<'_>, findings: &mut Findings) {
    let Content::Plates { plates } = content else { return };
    for plate in plates {
        let Some(barcode) = &plate.barcode else { continue };
        let layout = context.plate(barcode).and_then(|known| known.layout.as_ref());
        let (Some(layout), Some(read)) = (layout, plate.reads.first()) else { continue };
        let values = read.wells.iter().filter_map(|(well, value)| {
            Some(Reading { plate: barcode.clone(), well: *well, value: (*value)? })
        });
        let readings: Vec<Reading> = values.collect();
        let measured = MeasuredPlate::from_readings(layout, &readings);
        // A value that is not finite cannot come out of a reader.
        let Ok(qc) = plate_qc(&measured, &context.qc) else { continue };
        if qc.verdict == QcVerdict::Failed {
            let mut finding = Finding::new(
                IssueCode::PlateQcFailed,
                format!("plate {barcode}, {}: {}", read.label, qc.notes.join("; ")),
            )
            .barcode(Some(barcode));
            finding.z_prime = qc.z_prime;
            finding.ssmd = qc.ssmd;
            findings.warn(finding);
        }
    }
}
