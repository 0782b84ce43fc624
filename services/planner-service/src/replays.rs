//! Replays: the same order once, read when it is placed, played by a job.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use nextwell_contract as c;
use nextwell_contract::Issue;
use nextwell_planner::features::{FeatureInputs, FeatureTable, bundled_symbols};
use nextwell_planner::replay::screen::{
    Excluded, Layout, Screen, ScreenError, ScreenOption, Table, control_like,
};
use nextwell_planner::replay::{Control, Plan, Strategy};
use nextwell_store::replays::{self, NewReplay};
use nextwell_store::screens::ScreenState;
use nextwell_store::{PgConnection, StoreError, Uuid, datasets, gene_results, jobs as store_jobs};

use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::propose::plan_error;
use crate::{App, VERSION, jobs, wire};

/// Most rounds of a replay.
const MOST_ROUNDS: u32 = 50;
/// Most replays of one strategy.
const MOST_SEEDS: u32 = 100;
/// Name of the table that is made of a campaign's results.
const OWN_RESULTS: &str = "results of this campaign";

/// Orders a replay. One that was ordered before is answered as it is; when its job failed or was
/// cancelled it goes on.
///
/// # Errors
/// A 422 problem that names the option to change when the screen cannot be read or played.
pub async fn place(app: &App, mut order: c::ReplayOrder) -> Result<c::Replay, ApiError> {
    let content = content(app, &mut order).await?;
    check(app, &order.options).await?;
    // Read now, so that a table that cannot be played is refused at once.
    let read = Reading::start(&order.options, &content)?;
    let names = approved(app, read.doubtful()).await?;
    read.screen(&order.options, &names)?;
    let spec = wire::encode(&order.options)?;
    let digest = format!("{VERSION} {} {spec}", sha256_hex(&content));
    let new = NewReplay {
        id: Uuid::now_v7(),
        name: order.options.name.clone(),
        content,
        spec,
        spec_digest: sha256_hex(digest.as_bytes()),
        code_version: VERSION.into(),
    };
    let mut tx = app.store().begin().await?;
    let placed = place_one(&mut tx, &new).await?;
    tx.commit().await.map_err(StoreError::from)?;
    wire_replay(placed)
}

async fn place_one(tx: &mut PgConnection, new: &NewReplay) -> Result<replays::Replay, ApiError> {
    let stored = replays::insert(&mut *tx, new).await?;
    match (stored.job_id, stored.state) {
        (None, _) => {
            jobs::replay::queue(&mut *tx, stored.id).await?;
        }
        (Some(job), ScreenState::Failed | ScreenState::Cancelled) => {
            store_jobs::rerun(&mut *tx, job, "api").await?;
        }
        _ => return Ok(stored),
    }
    let again = replays::get(tx, stored.id).await?;
    again.ok_or_else(|| ApiError::not_found("replay", stored.id))
}

/// The table as bytes; that of a campaign is made of its results.
async fn content(app: &App, order: &mut c::ReplayOrder) -> Result<Vec<u8>, ApiError> {
    match (&order.table, order.campaign_id) {
        (Some(table), None) => {
            if order.options.name.trim().is_empty() {
                order.options.name = "screen.csv".into();
            }
            Ok(table.clone().into_bytes())
        }
        (None, Some(id)) => {
            let results = gene_results::current(app.store().api(), id).await?;
            if order.options.name.trim().is_empty() {
                order.options.name = OWN_RESULTS.into();
            }
            let row = |r: &gene_results::GeneResult| {
                format!("{},{},{}\n", r.symbol, r.robust_z, u8::from(r.hit))
            };
            let rows: String = results.iter().map(row).collect();
            Ok(format!("gene,score,hit\n{rows}").into_bytes())
        }
        _ => {
            let detail = "give either a table of genes and scores or a campaign with results";
            Err(ApiError::unprocessable("no_screen", detail, Vec::new()))
        }
    }
}

async fn check(app: &App, options: &c::ReplayOptions) -> Result<(), ApiError> {
    let mut issues = Vec::new();
    let mut range = |field: &str, value: u32, most: u32| {
        if value == 0 || value > most {
            issues.push(issue(field, format!("{value}; expected 1 to {most}")));
        }
    };
    range("rounds", options.rounds, MOST_ROUNDS);
    range("seeds", options.seeds, MOST_SEEDS);
    range("batch", options.batch, 10_000);
    let names = Strategy::ALL.map(Strategy::name).join(", ");
    for name in &options.strategies {
        if Strategy::named(name).is_none() {
            issues.push(issue("strategies", format!("no strategy {name}; there are {names}")));
        }
    }
    if !options.exclude.is_empty() && options.keep_essential {
        let message = "a list of excluded genes and every gene cannot both be asked for";
        issues.push(issue("exclude", message.into()));
    }
    if !issues.is_empty() {
        let detail = "mend the options below and send the replay again";
        return Err(ApiError::unprocessable("bad_replay", detail, issues));
    }
    match &options.dataset_digest {
        Some(digest) if datasets::by_digest(app.store().api(), digest).await?.is_none() => {
            Err(ApiError::not_found("data set", digest))
        }
        _ => Ok(()),
    }
}

fn issue(field: &str, message: String) -> Issue {
    Issue { code: "bad_option".into(), row: None, column: Some(field.into()), message }
}

/// What is wrong with the table, beside the option that mends it.
fn refused(error: &ScreenError) -> ApiError {
    let field = match error.option() {
        None => "table",
        Some(ScreenOption::GeneColumn) => "gene_column",
        Some(ScreenOption::ScoreColumn) => "score_column",
        Some(ScreenOption::Filter) => "filter",
        Some(ScreenOption::Hits) => "hits",
    };
    let text = error.to_string();
    ApiError::unprocessable("bad_screen_table", text.clone(), vec![issue(field, text)])
}

/// A table that is being read.
struct Reading {
    table: Table,
    layout: Layout,
}

impl Reading {
    fn start(options: &c::ReplayOptions, content: &[u8]) -> Result<Self, ApiError> {
        let read = || -> Result<Self, ScreenError> {
            let mut table = Table::parse(&options.name, content)?;
            if let Some(filter) = &options.filter {
                table.keep(filter)?;
            }
            let (gene, score) = (options.gene_column.as_deref(), options.score_column.as_deref());
            let layout = Layout::of(&table, gene, score)?;
            Ok(Self { table, layout })
        };
        read().map_err(|error| refused(&error))
    }

    fn symbols(&self) -> impl Iterator<Item = &str> {
        (0..self.table.rows.len()).map(|row| self.table.cell(row, self.layout.gene))
    }

    /// Names that may be those of controls or of genes.
    fn doubtful(&self) -> BTreeSet<String> {
        self.symbols().filter_map(control_like).collect()
    }

    fn screen(
        &self,
        options: &c::ReplayOptions,
        names: &HashMap<String, String>,
    ) -> Result<Screen, ApiError> {
        let resolve = |name: &str| names.get(name).cloned();
        Screen::of(&self.table, &self.layout, options.hits.as_deref(), &resolve)
            .map_err(|error| refused(&error))
    }
}

/// Approved symbols of those names that are genes.
async fn approved(app: &App, names: BTreeSet<String>) -> Result<HashMap<String, String>, ApiError> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let found = app.model().resolve(names.into_iter().collect()).await?;
    Ok(found.into_iter().filter_map(|gene| Some((gene.query, gene.symbol?))).collect())
}

/// A screen ready to be played.
#[derive(Debug)]
pub struct Prepared {
    /// The screen, its labels permuted where the control asks for it.
    pub screen: Screen,
    /// Budget, seeds, strategies.
    pub plan: Plan,
    /// Features of its genes.
    pub features: FeatureTable,
}

/// Reads the screen and builds its features as `nextwell replay` does.
///
/// # Errors
/// Those of [`place`]; a service or database that is away.
pub async fn prepare(
    app: &App,
    row: &replays::Replay,
    content: Vec<u8>,
) -> Result<Arc<Prepared>, ApiError> {
    let options: c::ReplayOptions = wire::decode("replay options", row.spec.clone())?;
    let plan = plan(&options)?;
    let reading = Reading::start(&options, &content)?;
    let mut asked = reading.doubtful();
    let bundled = bundled_symbols();
    let known = reading.symbols().chain(bundled).chain(options.readout.as_deref());
    asked.extend(known.map(str::to_owned));
    asked.extend(options.exclude.iter().cloned());
    asked.remove("");
    let names = approved(app, asked).await?;
    let expression = match &options.dataset_digest {
        Some(digest) => Some(app.tables().expression(app, digest).await?),
        None => None,
    };
    // Seconds of linear algebra: not on the threads that answer requests.
    tokio::task::spawn_blocking(move || {
        let mut screen = reading.screen(&options, &names)?;
        let resolve = |name: &str| names.get(name).cloned();
        screen.drop(&excluded(&options).test(&resolve));
        plan.permute_labels(&mut screen);
        let inputs = FeatureInputs {
            resolve: &resolve,
            expression: expression.as_ref().map(|genes| genes.as_slice()),
            readout_gene: options.readout.clone(),
            keywords: options.keywords.clone(),
            model_scores: None,
            tables: &[],
            archive: None,
        };
        let features = plan.features(&screen, &inputs).map_err(plan_error)?;
        Ok(Arc::new(Prepared { screen, plan, features }))
    })
    .await
    .map_err(|error| ApiError::internal(format!("preparing the replay ended early: {error}")))?
}

fn excluded(options: &c::ReplayOptions) -> Excluded {
    match (options.exclude.is_empty(), options.keep_essential) {
        (false, _) => Excluded::Listed(options.exclude.iter().cloned().collect::<HashSet<_>>()),
        (true, true) => Excluded::Nothing,
        (true, false) => Excluded::Essential,
    }
}

/// The plan of the options.
fn plan(options: &c::ReplayOptions) -> Result<Plan, ApiError> {
    let named = |name: &String| {
        Strategy::named(name)
            .ok_or_else(|| ApiError::internal(format!("stored replay names strategy {name}")))
    };
    Ok(Plan {
        rounds: options.rounds as usize,
        batch: options.batch as usize,
        seeds: u64::from(options.seeds),
        first_seed: u64::from(options.first_seed),
        strategies: match options.strategies.is_empty() {
            true => Strategy::ALL.to_vec(),
            false => options.strategies.iter().map(named).collect::<Result<_, _>>()?,
        },
        control: options.control.map(|control| match control {
            c::ReplayControl::Labels => Control::Labels,
            c::ReplayControl::Features => Control::Features,
        }),
    })
}

/// A stored replay in the words of the contract.
pub fn wire_replay(row: replays::Replay) -> Result<c::Replay, ApiError> {
    Ok(c::Replay {
        id: row.id,
        name: row.name,
        options: wire::decode("replay options", row.spec)?,
        state: row.state.as_str().to_owned(),
        done: wire::small(row.done),
        total: wire::small(row.total),
        job_id: row.job_id,
        report: row.report.map(|report| wire::decode("replay report", report)).transpose()?,
        created_at: row.created_at,
        finished_at: row.finished_at,
    })
}
