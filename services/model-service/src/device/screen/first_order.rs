//! Gradient mode: first-order estimates choose the genes that are run exactly.

use std::sync::Arc;

use nextwell_contract::worker::ScreenWork;
use nextwell_model::families;
use nextwell_model::screen::{
    FirstOrderCheck, FirstOrderSettings, ScreenSpec, Screener, Targets, Watch, first_order_screen,
};
use serde::{Deserialize, Serialize};

use crate::app::{App, request_digest};
use crate::device::Device;
use crate::failure::Failure;
use crate::queue::Run;

/// Genes by their estimated shift, and what the estimates are worth: kept, as it is asked again
/// for every shard.
#[derive(Serialize, Deserialize)]
struct Choice {
    check: FirstOrderCheck,
    genes: Vec<String>,
}

/// The genes that are run exactly, chosen once per screen.
///
/// # Errors
/// What the engine refuses: other perturbations than knock-outs of single genes towards a goal,
/// families without gradients; cancellation.
pub fn chosen(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
    spec: &ScreenSpec,
) -> Result<(FirstOrderCheck, Targets), Failure> {
    let request = request_digest("first-order", work)?;
    let kept = app.kept(&request)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Choice { check, genes } = match kept {
        Some(choice) => choice,
        None => {
            let choice = choose(app, device, run, work, spec)?;
            app.keep(&request, &choice)?;
            choice
        }
    };
    Ok((check, Targets::Each { genes }))
}

fn choose(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
    spec: &ScreenSpec,
) -> Result<Choice, Failure> {
    let net =
        families::open_first_order(&app.files.model(&app.require_model(&work.model_digest)?))?;
    let model = device.opened(app, &work.model_digest)?;
    let cells = app.dataset(&work.order.dataset_digest)?;
    let cache = app.files.embeddings();
    let tell = run.teller("embedding the original cells");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let model = (Arc::clone(&model), work.model_digest.as_str());
    let screener = Screener::prepare(spec.clone(), model, cells, Some(&cache), watch)?;
    let tell = run.teller("first-order estimates");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let settings = FirstOrderSettings { seed: work.order.seed, ..FirstOrderSettings::default() };
    let found = first_order_screen(&screener, net.as_ref(), &settings, watch)?;
    let (check, estimates) = found.ranking();
    let best = estimates.iter().take(work.order.top as usize);
    let genes = best.map(|e| screener.plan().targets[e.target].genes[0].clone()).collect();
    Ok(Choice { check, genes })
}
