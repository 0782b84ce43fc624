//! Which source well serves which well of a round: set aside on approval, written as worklists
//! and as the order sheet.

use std::collections::{BTreeMap, HashMap};

use nextwell_contract::{Issue, WellReagent};
use nextwell_planner::plate::library::{Target, Wanted, allocate, availability};
use nextwell_planner::plate::safe_cell;
use nextwell_planner::plate::worklist::Transfer;
use nextwell_store::library::{self, StockedWell};
use nextwell_store::reservations::{self, Reservation};
use nextwell_store::{PgConnection, Uuid, plate_designs, plates};

use crate::error::ApiError;
use crate::{lay_out, library as stocks};

/// A well of a round that needs a reagent.
#[derive(Debug, Clone)]
struct Filled {
    /// Index of its plate.
    plate: usize,
    well: String,
    target: Target,
    replicate: i32,
    /// Index of the source well; `None` where the library cannot serve it.
    source: Option<usize>,
    volume_nl: f64,
    /// Whether the volume is set aside.
    reserved: bool,
}

/// The reagents of a round.
#[derive(Debug)]
pub struct Reagents {
    plates: Vec<plates::Plate>,
    wells: Vec<Filled>,
    stock: Vec<StockedWell>,
}

/// The reagents of a round: what is set aside for it, and for the rest what would be taken now.
///
/// # Errors
/// A 409 problem `no_library` when the campaign has none.
pub async fn of_round(
    connection: &mut PgConnection,
    campaign_id: Uuid,
    round_id: Uuid,
) -> Result<Reagents, ApiError> {
    let stock = library::stock(&mut *connection, campaign_id).await?;
    if stock.is_empty() {
        return Err(ApiError::conflict(
            "no_library",
            "this campaign has no guide library, so nobody knows which source well holds which guide; upload the library on its page, Library, and ask again",
        ));
    }
    let design = plate_designs::get(&mut *connection, campaign_id).await?;
    let plates = plates::of_round(&mut *connection, round_id).await?;
    let reserved = reservations::of_round(&mut *connection, round_id).await?;
    let reserved: HashMap<(Uuid, &str), &Reservation> =
        reserved.iter().map(|held| ((held.plate_id, held.well.as_str()), held)).collect();
    let places: HashMap<(&str, &str), usize> = stock
        .iter()
        .enumerate()
        .map(|(index, held)| ((held.plate_barcode.as_str(), held.well.as_str()), index))
        .collect();
    let mut wells = Vec::new();
    for (plate, row) in plates.iter().enumerate() {
        for well in plates::wells(&mut *connection, row.id).await? {
            let Some(target) = target(&well) else { continue };
            let held = reserved.get(&(row.id, well.well.as_str())).copied();
            let source = held.and_then(|held| {
                places.get(&(held.source_plate.as_str(), held.source_well.as_str())).copied()
            });
            wells.push(Filled {
                plate,
                target,
                replicate: well.replicate,
                source,
                volume_nl: held.map_or(design.transfer_nl, |held| held.volume_nl),
                reserved: held.is_some(),
                well: well.well.clone(),
            });
        }
    }
    serve_the_rest(&mut wells, &stock, design.transfer_nl)?;
    Ok(Reagents { plates, wells, stock })
}

fn target(well: &plates::Well) -> Option<Target> {
    let name = well.symbol.clone()?;
    match well.content {
        plates::WellContent::Candidate => Some(stocks::target(&name, well.ensembl_id.as_deref())),
        plates::WellContent::NonTargeting | plates::WellContent::Positive => {
            Some(Target::Control(name))
        }
        plates::WellContent::Untreated | plates::WellContent::Empty => None,
    }
}

fn serve_the_rest(
    wells: &mut [Filled],
    stock: &[StockedWell],
    transfer_nl: f64,
) -> Result<(), ApiError> {
    let stock = stocks::stock(stock)?;
    let mut open: Vec<&mut Filled> = wells.iter_mut().filter(|held| !held.reserved).collect();
    let wanted: Vec<Wanted> = open
        .iter()
        .map(|held| Wanted {
            target: held.target.clone(),
            replicate: u16::try_from(held.replicate).unwrap_or(1),
        })
        .collect();
    let found = allocate(&stock, &wanted, transfer_nl, &stocks::today());
    for (held, source) in open.iter_mut().zip(found.sources) {
        held.source = source;
    }
    Ok(())
}

/// Sets volume aside for every well of a round that the library can serve. A campaign without a
/// library needs none.
pub async fn reserve(
    connection: &mut PgConnection,
    campaign_id: Uuid,
    round_id: Uuid,
) -> Result<(), ApiError> {
    if !library::exists(&mut *connection, campaign_id).await? {
        return Ok(());
    }
    let reagents = of_round(connection, campaign_id, round_id).await?;
    let wanted: Vec<Reservation> = reagents
        .wells
        .iter()
        .filter(|held| !held.reserved)
        .filter_map(|held| {
            let source = &reagents.stock[held.source?];
            Some(Reservation {
                plate_id: reagents.plates[held.plate].id,
                well: held.well.clone(),
                source_plate: source.plate_barcode.clone(),
                source_well: source.well.clone(),
                volume_nl: held.volume_nl,
            })
        })
        .collect();
    Ok(reservations::insert_all(connection, campaign_id, &wanted).await?)
}

impl Reagents {
    fn of_plate(&self, plate_id: Uuid) -> impl Iterator<Item = &Filled> {
        self.wells.iter().filter(move |held| self.plates[held.plate].id == plate_id)
    }

    /// Source of every well of a plate that the library serves, for the sheet.
    pub fn sheet(&self, plate_id: Uuid) -> Vec<WellReagent> {
        let row = |held: &Filled| {
            let source = &self.stock[held.source?];
            Some(WellReagent {
                well: held.well.clone(),
                guide_id: source.guide_id.clone(),
                source_plate: source.plate_barcode.clone(),
                source_well: source.well.clone(),
                lot: Some(source.lot.clone()).filter(|lot| !lot.is_empty()),
                volume_ul: held.volume_nl / 1000.0,
            })
        };
        self.of_plate(plate_id).filter_map(row).collect()
    }

    /// Transfers of a plate, by source plate, source well and destination.
    ///
    /// # Errors
    /// A 409 problem `missing_reagents` naming every reagent that the library cannot give.
    pub fn transfers(&self, plate_id: Uuid) -> Result<Vec<Transfer>, ApiError> {
        let missing = self.missing(plate_id)?;
        if !missing.is_empty() {
            let detail = format!(
                "the library cannot serve {} reagents of this plate: upload a library file that holds them, or one with the volume that is left now",
                missing.len()
            );
            let mut error = ApiError::conflict("missing_reagents", detail);
            error.0.issues = missing;
            return Err(error);
        }
        let transfer = |held: &Filled| -> Result<Option<Transfer>, ApiError> {
            let Some(source) = held.source.map(|index| &self.stock[index]) else {
                return Ok(None);
            };
            let plate = &self.plates[held.plate];
            Ok(Some(Transfer {
                source_plate: source.plate_barcode.clone(),
                source_format: lay_out::format(source.format)?,
                source_well: lay_out::planner_well(&source.well)?,
                destination_plate: plate.barcode.clone(),
                destination_format: lay_out::format(plate.format)?,
                destination_well: lay_out::planner_well(&held.well)?,
                volume_nl: held.volume_nl,
                symbol: held.target.name().to_owned(),
            }))
        };
        let made: Result<Vec<Option<Transfer>>, ApiError> =
            self.of_plate(plate_id).map(transfer).collect();
        let mut transfers: Vec<Transfer> = made?.into_iter().flatten().collect();
        transfers.sort_by(|a, b| {
            (&a.source_plate, a.source_well, a.destination_well).cmp(&(
                &b.source_plate,
                b.source_well,
                b.destination_well,
            ))
        });
        Ok(transfers)
    }

    /// One issue for each reagent that cannot be had.
    fn missing(&self, plate_id: Uuid) -> Result<Vec<Issue>, ApiError> {
        let mut wells: BTreeMap<&Target, Vec<&str>> = BTreeMap::new();
        for held in self.of_plate(plate_id).filter(|held| held.source.is_none()) {
            wells.entry(&held.target).or_default().push(&held.well);
        }
        let issue = |(target, wells): (&Target, Vec<&str>)| -> Result<Issue, ApiError> {
            Ok(Issue {
                code: "missing_reagent".into(),
                row: None,
                column: Some(target.name().to_owned()),
                message: format!(
                    "{}: {} (wells {})",
                    target.name(),
                    self.why(target, wells.len())?,
                    wells.join(", ")
                ),
            })
        };
        wells.into_iter().map(issue).collect()
    }

    fn why(&self, target: &Target, wells: usize) -> Result<String, ApiError> {
        let stock = stocks::stock(&self.stock)?;
        let volume = self.wells.first().map_or(1.0, |held| held.volume_nl);
        let found = availability(&stock, target, wells, volume, &stocks::today());
        Ok(found.err().map_or_else(
            || "too little reagent beside what the round's other wells take".to_owned(),
            |shortage| shortage.to_string(),
        ))
    }

    /// The order sheet: a line for every reagent and source well with the wells and volume that
    /// the round takes, and for every reagent that the library cannot give.
    ///
    /// # Errors
    /// 500 when the table cannot be written.
    pub fn order_csv(&self) -> Result<String, ApiError> {
        let mut lines: BTreeMap<(&str, Option<usize>), (usize, f64, &Target)> = BTreeMap::new();
        for held in &self.wells {
            let line =
                lines.entry((held.target.name(), held.source)).or_insert((0, 0.0, &held.target));
            line.0 += 1;
            line.1 += held.volume_nl;
        }
        let mut file = csv::Writer::from_writer(Vec::new());
        let failed = |error: csv::Error| ApiError::internal(error.to_string());
        file.write_record([
            "reagent",
            "guide_id",
            "sequence",
            "wells",
            "volume_ul",
            "source_plate",
            "source_well",
            "lot",
            "expiry",
            "status",
        ])
        .map_err(failed)?;
        for ((name, source), (wells, volume_nl, target)) in lines {
            let volume = format!("{}", (volume_nl * 1000.0).round() / 1_000_000.0);
            let line = match source.map(|index| &self.stock[index]) {
                Some(held) => [
                    name.to_owned(),
                    held.guide_id.clone(),
                    held.sequence.clone(),
                    wells.to_string(),
                    volume,
                    held.plate_barcode.clone(),
                    held.well.clone(),
                    held.lot.clone(),
                    held.expires_on.map(|day| day.to_string()).unwrap_or_default(),
                    "in the library".to_owned(),
                ],
                None => {
                    let mut line: [String; 10] = Default::default();
                    line[0] = name.to_owned();
                    line[3] = wells.to_string();
                    line[4] = volume;
                    line[9] = self.why(target, wells)?;
                    line
                }
            };
            file.write_record(line.map(|cell| safe_cell(&cell))).map_err(failed)?;
        }
        let bytes = file.into_inner().map_err(|error| ApiError::internal(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| ApiError::internal(error.to_string()))
    }
}
