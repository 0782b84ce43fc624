//! A pooled round from the guide library to what is learnt from its table.

use nextwell_contract::{
    Accepted, GuidesOverview, LibraryStored, NextAction, PooledEstimate, PooledPlanRequest,
    PooledReading, PooledRound, PooledSettings, Round, RoundKind, RoundState, Upload, UploadState,
};
use nextwell_tests::api::Api;
use nextwell_tests::campaign;
use nextwell_tests::database::count_rows;
use nextwell_tests::lab::Lab;
use nextwell_tests::repository;
use nextwell_tests::server::Site;
use uuid::Uuid;

const GENES: u32 = 40;

/// The `n`th of many protospacers without a site, a terminator, or each other's sequence.
fn protospacer(n: usize) -> String {
    let digits = (0..6).map(|place| ["AC", "CA", "AA", "CC"][(n >> (2 * place)) & 3]);
    digits.chain(["ACAC", "CACA"]).collect()
}

/// Four guides a gene and 60 controls; the first gene's best guide has a BsmBI site.
fn library(genes: &[String]) -> String {
    let mut text = "guide_id,symbol,protospacer,pam,strand,score\n".to_owned();
    for (at, gene) in genes.iter().enumerate() {
        for guide in 0..4 {
            let sequence = protospacer(at * 4 + guide);
            text += &format!("{gene}_{guide},{gene},{sequence},AGG,+,0.{}\n", 4 + guide);
        }
    }
    text += &format!("{}_site,{},ACACACGTCTCACACACACA,AGG,+,0.99\n", genes[0], genes[0]);
    for control in 0..60 {
        let sequence = protospacer(4 * genes.len() + control);
        text += &format!("NTC_{control:03},non-targeting,{sequence},,,\n");
    }
    text
}

fn settings() -> PooledSettings {
    PooledSettings { genes: GENES, cost_per_guide: 0.5, ..PooledSettings::default() }
}

async fn send_library(api: &Api, campaign: Uuid, text: &str) -> nextwell_tests::api::Answer {
    api.post_bytes(&format!("/api/campaigns/{campaign}/guides?file_name=library.csv"), text).await
}

fn golden(name: &str) -> String {
    let path = repository().join("tests/data/pooled").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The golden MLE table with a second condition, control rows, and genes of the round in place of
/// its own.
fn table(genes: &[String]) -> String {
    let golden = golden("mageck_mle.gene_summary.txt");
    let mut lines = golden.lines();
    let header = lines.next().expect("a header");
    let more = "rest|beta\trest|z\trest|p-value\trest|fdr\trest|wald-p-value\trest|wald-fdr";
    let mut text = format!("{header}\t{more}\n");
    for (line, gene) in lines.zip(genes) {
        let (_, numbers) = line.split_once('\t').expect("columns");
        text += &format!("{gene}\t{numbers}\t0.01\t0.02\t0.9\t1\t0.9\t1\n");
    }
    for control in 0..8 {
        let beta = f64::from(control) * 0.1 - 0.35;
        let numbers = format!("{beta}\t{beta}\t0.6\t0.9\t0.6\t0.9");
        text += &format!("NTC_{control}\t4\t{numbers}\t{numbers}\n");
    }
    text
}

#[tokio::test]
async fn a_guide_library_becomes_a_round_an_order_sheet_a_table_and_a_lesson() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let new = campaign::describe("pooled", &basis, &lab);
    let begun = campaign::begin(&api, &new).await;
    // The loop's own first round is arrayed and stays open: its genes are pending.
    let first =
        campaign::latest_picks(&api, &campaign::wait_for_person(&api, begun.id).await).await;
    let pending: Vec<String> = first.into_iter().map(|pick| pick.symbol).collect();

    let text = library(&new.candidates);
    let stored: LibraryStored = send_library(&api, begun.id, &text).await.json();
    assert_eq!((stored.duplicate, stored.added), (false, 4 * 200 + 61));
    let [refused] = &stored.refused[..] else { panic!("{:?}", stored.refused) };
    assert_eq!(refused.guide_id, format!("{}_site", new.candidates[0]));
    assert!(refused.reason.contains("BsmBI"), "{refused:?}");
    let again: LibraryStored = send_library(&api, begun.id, &text).await.json();
    assert_eq!((again.duplicate, again.added, again.library.id), (true, 0, stored.library.id));

    let before = count_rows(&site.database.url).await;
    let path = format!("/api/campaigns/{}/pooled/estimate", begun.id);
    let estimate: PooledEstimate = api.post(&path, &settings()).await.json();
    assert_eq!(estimate.numbers.guides, 40 * 4 + 60);
    assert_eq!(estimate.obstacles, Vec::new());
    assert_eq!(count_rows(&site.database.url).await, before, "an estimate writes nothing");

    let ask = PooledPlanRequest { settings: settings(), ..PooledPlanRequest::default() };
    api.post(&format!("/api/campaigns/{}/pooled", begun.id), &ask)
        .await
        .json::<serde_json::Value>();
    let state = campaign::wait_for_person(&api, begun.id).await;
    let summary = state.rounds.iter().find(|round| round.kind == RoundKind::Pooled);
    let summary = summary.expect("a pooled round on the timeline");
    let round: Round = api.get(&format!("/api/rounds/{}", summary.id)).await.json();
    assert_eq!((round.kind, round.plates.len()), (RoundKind::Pooled, 0));
    assert_eq!(round.picks.len(), GENES as usize);
    assert!(round.picks.iter().all(|pick| !pending.contains(&pick.symbol)), "picked while pending");
    check_order(&api, &round).await;

    let picked: Vec<String> = round.picks.iter().map(|pick| pick.symbol.clone()).collect();
    learn(&api, begun.id, &round, &picked).await;
    server.stop();
}

async fn check_order(api: &Api, round: &Round) {
    let pooled: PooledRound = api.get(&format!("/api/rounds/{}/pooled", round.id)).await.json();
    assert_eq!(pooled.numbers.guides, 220);
    assert!((round.cost - 110.0).abs() < 1e-9, "220 oligos at 0.50: {}", round.cost);
    assert!(pooled.genes.iter().all(|gene| gene.guides.len() == 4), "{:?}", pooled.genes);
    let best: Vec<&str> = pooled.genes[0]
        .guides
        .iter()
        .map(|guide| guide.guide_id.rsplit('_').next().unwrap())
        .collect();
    assert_eq!(best, ["3", "2", "1", "0"], "best score first");
    let sheet = api.get(&format!("/api/rounds/{}/order-sheet.csv", round.id)).await;
    assert!(sheet.content_type.starts_with("text/csv"), "{sheet}");
    let text = String::from_utf8(sheet.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "oligo_name,symbol,ensembl_id,guide_id,protospacer_20nt,pam,strand,position,score,oligo_sequence"
    );
    assert_eq!(lines.len(), 221);
    assert!(!text.contains("_site"), "a refused guide is on the sheet");
    let lengths: std::collections::BTreeSet<usize> =
        lines[1..].iter().map(|line| line.rsplit(',').next().unwrap().len()).collect();
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [76], "26 + 20 + 30 letters");
    assert_eq!(lines[1..].iter().filter(|line| line.contains(",non-targeting,")).count(), 60);
}

async fn learn(api: &Api, campaign: Uuid, round: &Round, picked: &[String]) {
    let upload: Upload = campaign::upload(api, campaign, &table(picked)).await;
    assert_eq!(upload.state, UploadState::Checked, "{:?}", upload.report.errors);
    let report = upload.report.pooled.clone().expect("a table of a pooled round");
    assert_eq!(
        (report.conditions.len(), report.rule.as_ref()),
        (2, None),
        "a condition is chosen first"
    );
    let press = api.press(&format!("/api/uploads/{}/accept", upload.id)).await.problem();
    assert_eq!((press.status, press.code.as_str()), (409, "choose_condition"));

    let read = async |condition: &str, fdr| {
        let reading =
            PooledReading { condition: Some(condition.into()), fdr, ..PooledReading::default() };
        let path = format!("/api/uploads/{}/reading", upload.id);
        api.put(&path, &reading).await
    };
    let unknown = read("nothing", nextwell_contract::MageckFdr::Fdr).await.problem();
    assert!(unknown.detail.contains("rest") || unknown.detail.contains("stim"), "{unknown:?}");
    let wald: Upload = read("stim", nextwell_contract::MageckFdr::WaldFdr).await.json();
    let by_wald = wald.report.pooled.unwrap().genes.iter().filter(|gene| gene.hit).count();
    let fdr: Upload = read("stim", nextwell_contract::MageckFdr::Fdr).await.json();
    let report = fdr.report.pooled.unwrap();
    assert_eq!((by_wald, report.genes.iter().filter(|gene| gene.hit).count()), (8, 7));
    assert_eq!((report.controls.len(), report.missing.len()), (8, 16));
    assert!(report.scale.unwrap().from_controls);

    let accepted: Accepted = campaign::accept(api, &upload).await;
    assert_eq!((accepted.genes, accepted.hits), (24, 7));
    assert!(accepted.job_id.is_some(), "learning follows");
    let press = api.press(&format!("/api/uploads/{}/accept", upload.id)).await;
    assert!(press.json::<Accepted>().already_accepted);
    let state = campaign::wait_for_person(api, campaign).await;
    assert!(!matches!(state.next, NextAction::Fix { .. }), "{:?}", state.next);
    let measured: Round = api.get(&format!("/api/rounds/{}", round.id)).await.json();
    assert_eq!(measured.state, RoundState::Learned);
    let hits = measured.picks.iter().filter(|pick| pick.hit == Some(true)).count();
    assert_eq!(hits, 7);
    let third: Round = api.get(&format!("/api/rounds/{}", state.rounds[2].id)).await.json();
    assert_eq!(third.surrogate.n_observed, 24, "the planner learns from the pooled effects");
    let pooled: PooledRound = api.get(&format!("/api/rounds/{}/pooled", round.id)).await.json();
    assert_eq!(pooled.results.unwrap().rule.unwrap(), "MAGeCK MLE: stim|fdr below 0.05");
}

#[tokio::test]
async fn libraries_and_tables_that_cannot_be_used_are_refused_and_nothing_is_kept() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let new = campaign::describe("pooled refusals", &basis, &lab);
    let begun = campaign::begin(&api, &new).await;
    campaign::wait_for_person(&api, begun.id).await;
    let before = count_rows(&site.database.url).await;

    let bad = "guide_id,symbol,protospacer\nG1,MYB,ACGT\nG2,MYB,ACGUACGUACGUACGUACGU\nG2,,ACGTACGTACGTACGTACGT\n";
    let problem = send_library(&api, begun.id, bad).await.problem();
    assert_eq!((problem.status, problem.code.as_str()), (422, "bad_library"));
    let rows: Vec<Option<u64>> = problem.issues.iter().map(|issue| issue.row).collect();
    assert_eq!(rows, [Some(2), Some(3), Some(4)], "{:?}", problem.issues);
    let path = format!("/api/campaigns/{}/pooled", begun.id);
    let ask = PooledPlanRequest { settings: settings(), ..PooledPlanRequest::default() };
    let problem = api.post(&path, &ask).await.problem();
    assert_eq!(problem.code, "no_round_fits");
    assert!(problem.detail.contains("upload one first"), "{}", problem.detail);
    let moi = PooledSettings { moi: 0.0, ..settings() };
    let problem = api.post(&format!("{path}/estimate"), &moi).await.problem();
    assert!(problem.detail.contains("MOI"), "{}", problem.detail);
    assert_eq!(count_rows(&site.database.url).await, before);

    let table = golden("mageck_mle.gene_summary.txt");
    let upload = campaign::upload(&api, begun.id, &table).await;
    assert_eq!(upload.state, UploadState::Rejected);
    assert_eq!(upload.report.errors[0].code, "no_pooled_round");
    let broken = campaign::upload(&api, begun.id, &golden("broken_mageck.gene_summary.txt")).await;
    let codes: Vec<&str> = broken.report.errors.iter().map(|e| e.code.as_str()).collect();
    assert_eq!(codes, ["value_out_of_range", "duplicate_gene"]);

    let one = "guide_id,symbol,protospacer\nG1,MYB,ACACACACACACACACACAC\n";
    send_library(&api, begun.id, one).await.json::<LibraryStored>();
    let changed = "guide_id,symbol,protospacer\nG1,MYB,GCACACACACACACACACAC\n";
    let problem = send_library(&api, begun.id, changed).await.problem();
    assert_eq!(problem.issues[0].code, "guide_changed");
    let problem = api.post(&path, &ask).await.problem();
    assert!(problem.detail.contains("non-targeting"), "{}", problem.detail);
    let guides: GuidesOverview =
        api.get(&format!("/api/campaigns/{}/guides", begun.id)).await.json();
    assert_eq!((guides.guides, guides.candidates_covered, guides.libraries.len()), (1, 1, 1));
    server.stop();
}
