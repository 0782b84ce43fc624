//! Every effect in every cell, as a file to download.

use std::path::PathBuf;

use nextwell_contract::worker::ValuesWork;
use nextwell_model::screen::report::write_values;

use super::completed;
use crate::app::{App, request_digest};
use crate::device::Device;
use crate::failure::Failure;
use crate::queue::Run;

/// Writes the file, unless it is there.
///
/// # Errors
/// 400 for another format than `csv` or `parquet`; whatever the engine refuses.
pub fn values(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ValuesWork,
) -> Result<PathBuf, Failure> {
    let ValuesWork { work, format } = work;
    if !matches!(format.as_str(), "csv" | "parquet") {
        return Err(Failure::new(400, "unknown_format", "The request cannot be used")
            .detail(format!("format = {format}; expected csv or parquet")));
    }
    let path = app.files.screen(&request_digest("screen", work)?).join(format!("values.{format}"));
    if path.is_file() {
        return Ok(path);
    }
    let (screener, dir) = completed(app, device, run, work)?;
    let cells = app.dataset(&work.order.dataset_digest)?;
    let scratch = app.files.scratch()?;
    let part = scratch.path().join(format!("values.{format}"));
    write_values(&part, screener.plan(), &dir, &cells)?;
    app.files.put_file(&part, &path)?;
    Ok(path)
}
