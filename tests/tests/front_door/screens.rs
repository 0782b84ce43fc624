//! Screens ordered on their own, from the estimate to the downloads.

use std::process::Command;
use std::time::{Duration, Instant};

use nextwell_contract::{
    CellStateOrder, Consensus, Job, JobState, KnownPositives, ModelVersion, RankingEvaluation,
    ScreenEstimate, ScreenMode, ScreenOrder, ScreenPoints, ScreenReport, ScreenRowPage,
    ScreenSummary, TargetPage, TargetsOrder,
};
use nextwell_tests::api::Api;
use nextwell_tests::campaign::{self, Basis};
use nextwell_tests::database::{Hold, connect, number};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::{Site, binary};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(180);

fn state(value: &str) -> CellStateOrder {
    CellStateOrder { column: "source".into(), value: value.into() }
}

/// A small screen of the bundled cells.
fn order(basis: &Basis, genes: &[&str]) -> ScreenOrder {
    ScreenOrder {
        name: String::new(),
        dataset_digest: basis.dataset.digest.clone(),
        model_digests: vec![basis.model.digest.clone()],
        start: state("Tumor"),
        goal: Some(state("NAT")),
        alternatives: Vec::new(),
        null: None,
        targets: TargetsOrder::Each { genes: genes.iter().map(|&gene| gene.into()).collect() },
        perturbations: vec!["knock_out".into(), "over_expression".into()],
        embedding: None,
        emb_layer: 0,
        state_summary: "mean".into(),
        species: "human".into(),
        max_cells: Some(12),
        donor_column: Some("patient".into()),
        min_detections: 2,
        gene_shifts: false,
        mode: ScreenMode::Exact,
        top: 100,
        seed: 1,
    }
}

const GENES: [&str; 12] = [
    "GATA3",
    "STAT5B",
    "FOXP1",
    "MYB",
    "KLF2",
    "MED12",
    "IL2RA",
    "CD3E",
    "EGR1",
    "JUN",
    "FOS",
    "NOSUCHGENE",
];

async fn placed(api: &Api, order: &ScreenOrder) -> ScreenSummary {
    let answer = api.post("/api/screens", order).await;
    assert_eq!(answer.status, 202, "{answer}");
    answer.json::<Vec<ScreenSummary>>().remove(0)
}

async fn done(api: &Api, id: Uuid) -> ScreenSummary {
    let start = Instant::now();
    loop {
        let screen: ScreenSummary = api.get(&format!("/api/screens/{id}")).await.json();
        match screen.state.as_str() {
            "done" => return screen,
            "failed" | "cancelled" => panic!("the screen is {}", screen.state),
            _ => assert!(start.elapsed() < PATIENCE, "still {} after {PATIENCE:?}", screen.state),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_screen_is_estimated_run_reported_compared_and_downloaded() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let basis = campaign::prepare(&api).await;
    let first = order(&basis, &GENES);
    let estimates: Vec<ScreenEstimate> = api.post("/api/screens/estimate", &first).await.json();
    assert_eq!(estimates[0].n_cells, 12);
    assert_eq!(estimates[0].unknown_genes, ["NOSUCHGENE"]);
    assert!(estimates[0].seconds > Some(0.0) && estimates[0].n_forwards > 12);

    let screen = placed(&api, &first).await;
    assert_eq!((screen.name.as_str(), screen.family.as_str()), ("Tumor → NAT", "geneformer"));
    let again = placed(&api, &ScreenOrder { name: "another name".into(), ..first.clone() }).await;
    assert_eq!(again.id, screen.id, "the same order is one screen");
    let path = format!("/api/screens/{}", screen.id);
    let screen = done(&api, screen.id).await;
    assert_eq!(screen.shards_done, screen.n_shards);

    let report: ScreenReport = api.get(&format!("{path}/report")).await.json();
    assert_eq!(report.measures[0], "NAT");
    assert!(report.n_cells == 12 && report.n_donors >= 2, "{report:?}");
    assert!(report.map.iter().any(|point| point.group == "goal"));
    assert!(report.evaluations.is_empty() && report.agreement.is_empty());
    look_at_rows(&api, &path, report.n_rows).await;

    let known = KnownPositives { genes: vec!["GATA3".into(), "MYB".into(), "nonsense".into()] };
    let found: Vec<RankingEvaluation> = api.post(&format!("{path}/evaluate"), &known).await.json();
    let names: Vec<&str> = found.iter().map(|e| e.ranking.as_str()).collect();
    assert!(names.contains(&"screen") && names.contains(&"random"), "{names:?}");
    assert!(found.iter().any(|e| e.perturbation == "over_expression" && e.positives == 2));
    let nothing = KnownPositives { genes: vec!["nonsense".into()] };
    let refused = api.post(&format!("{path}/evaluate"), &nothing).await.problem();
    assert_eq!(refused.code, "no_positives");

    let values = api.get(&format!("{path}/values.csv")).await;
    let text = String::from_utf8(values.body.clone()).expect("UTF-8");
    assert!(text.starts_with("target,perturbation,cell,donor,null_group,effect_NAT"), "{text}");
    let parquet = api.get(&format!("{path}/values.parquet")).await;
    assert_eq!((&parquet.body[..4], parquet.status), (&b"PAR1"[..], 200));

    // Another layer is another screen: beside the first one.
    let second = placed(&api, &ScreenOrder { emb_layer: -1, ..first.clone() }).await;
    done(&api, second.id).await;
    let report: ScreenReport = api.get(&format!("{path}/report")).await.json();
    assert_eq!(report.agreement[0].screen_id, second.id);
    let both = format!("/api/screens/consensus?ids={},{}", screen.id, second.id);
    let consensus: Consensus = api.get(&format!("{both}&factors=true")).await.json();
    assert!(consensus.rows.iter().all(|row| row.transcription_factor && row.ranks.len() == 2));
    assert_eq!(consensus.perturbations, ["knock_out", "over_expression"]);
    let one = api.get(&format!("/api/screens/consensus?ids={}", screen.id)).await.problem();
    assert_eq!((one.status, one.code.as_str()), (400, "bad_ids"));
    let listed: Vec<ScreenSummary> = api.get("/api/screens").await.json();
    assert_eq!(listed.iter().map(|s| s.id).collect::<Vec<_>>(), [second.id, screen.id]);
    server.stop();
}

async fn look_at_rows(api: &Api, path: &str, n_rows: u64) {
    let all: ScreenRowPage = api.get(&format!("{path}/rows?limit=1000")).await.json();
    assert_eq!((all.total, all.rows.len() as u64), (n_rows, n_rows));
    let kind = "perturbation=knock_out";
    let down: ScreenRowPage = api.get(&format!("{path}/rows?{kind}&sort=-mean")).await.json();
    let means: Vec<f64> = down.rows.iter().filter_map(|row| row.effects[0].mean).collect();
    assert!(means.len() > 3 && means.is_sorted_by(|a, b| a >= b), "{means:?}");
    let one: ScreenRowPage = api.get(&format!("{path}/rows?{kind}&search=gata")).await.json();
    assert_eq!(one.rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>(), ["GATA3"]);
    assert!(one.rows[0].transcription_factor);
    let harms: ScreenRowPage = api.get(&format!("{path}/rows?{kind}&direction=harms")).await.json();
    assert!(harms.rows.iter().all(|row| row.effects[0].mean < Some(0.0)));
    let bad = api.get(&format!("{path}/rows?sort=soul")).await.problem();
    assert_eq!((bad.status, bad.code.as_str()), (400, "unknown_sort"));
    let points: ScreenPoints = api.get(&format!("{path}/points")).await.json();
    assert_eq!(points.means.len(), means.len());
    let csv = api.get(&format!("{path}/rows.csv?{kind}")).await;
    let text = String::from_utf8(csv.body).expect("UTF-8");
    assert!(text.starts_with("rank,symbol,ensembl_id,perturbation,significant"), "{text}");
    assert_eq!(text.lines().count() as u64, down.total + 1);
}

#[tokio::test]
async fn what_cannot_be_screened_is_refused_before_anything_is_kept() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let basis = campaign::prepare(&api).await;
    let good = order(&basis, &GENES);
    let refusal = async |order: ScreenOrder| {
        let problem = api.post("/api/screens", &order).await.problem();
        (problem.status, problem.code)
    };
    let none = ScreenOrder { model_digests: Vec::new(), ..good.clone() };
    assert_eq!(refusal(none).await, (422, "bad_screen".into()));
    let liver = ScreenOrder { goal: Some(state("liver")), ..good.clone() };
    assert_eq!(refusal(liver).await, (422, "unknown_state".into()));
    let cells = ScreenOrder { dataset_digest: "0".repeat(64), ..good.clone() };
    assert_eq!(refusal(cells).await, (404, "not_found".into()));
    let gradient = ScreenOrder { mode: ScreenMode::Gradient, top: 0, ..good.clone() };
    assert_eq!(refusal(gradient).await, (422, "bad_screen".into()));
    let id = Uuid::nil();
    assert_eq!(api.get(&format!("/api/screens/{id}/report")).await.problem().status, 404);
    let mut db = connect(&site.database.url).await;
    assert_eq!(number(&mut db, "select count(*) from screens").await, 0);
    assert_eq!(number(&mut db, "select count(*) from jobs where kind = 'perturb'").await, 0);
    server.stop();
}

#[tokio::test]
async fn a_killed_screen_goes_on_with_the_missing_blocks_and_a_cancelled_one_when_asked_again() {
    let site = Site::with_lease(3.0).await;
    let server = site.start();
    let basis = campaign::prepare(&server.api()).await;
    let genes = Lab::real().candidates(campaign::CANDIDATES);
    let genes: Vec<&str> = genes.iter().map(String::as_str).collect();
    let many = ScreenOrder { max_cells: Some(8), ..order(&basis, &genes) };
    let mut hold =
        Hold::place(&site.database.url, "insert", "shard_results", "new.shard_no = 1").await;
    let screen = placed(&server.api(), &many).await;
    hold.reached().await;
    let path = format!("/api/screens/{}", screen.id);
    let early = server.api().get(&format!("{path}/report")).await.problem();
    assert_eq!((early.status, early.code.as_str()), (409, "not_finished"));
    server.kill();
    hold.release().await;
    let mut db = connect(&site.database.url).await;
    assert_eq!(number(&mut db, "select count(*) from shard_results").await, 1);

    let server = site.start();
    let api = server.api();
    let finished = done(&api, screen.id).await;
    assert!(finished.n_shards > 1, "{finished:?}");
    let stored = "select count(*) from shard_results";
    assert_eq!(number(&mut db, stored).await, i64::from(finished.n_shards));
    let twice = "select count(*) from result_conflicts";
    assert_eq!(number(&mut db, twice).await, 0, "the killed one's values were the same");

    // Cancelled while it runs, then ordered again.
    let mut hold =
        Hold::place(&site.database.url, "insert", "shard_results", "new.shard_no = 1").await;
    let other = placed(&api, &ScreenOrder { seed: 2, ..many }).await;
    hold.reached().await;
    let job = other.job_id.expect("a job");
    api.press(&format!("/api/jobs/{job}/cancel")).await;
    hold.release().await;
    let start = Instant::now();
    loop {
        let found: Job = api.get(&format!("/api/jobs/{job}")).await.json();
        match found.state {
            JobState::Cancelled => break,
            JobState::Done => break,
            _ => assert!(start.elapsed() < PATIENCE, "never cancelled: {found:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = placed(&api, &ScreenOrder { seed: 2, ..other.order.clone() }).await;
    assert_eq!(again.id, other.id);
    done(&api, other.id).await;
    server.stop();
}

#[tokio::test]
async fn a_screen_by_estimates_says_what_they_are_worth() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let basis = campaign::prepare(&api).await;
    let gradient = ScreenOrder {
        mode: ScreenMode::Gradient,
        top: 5,
        perturbations: vec!["knock_out".into()],
        targets: TargetsOrder::TranscriptionFactors,
        max_cells: Some(6),
        ..order(&basis, &[])
    };
    let estimates: Vec<ScreenEstimate> = api.post("/api/screens/estimate", &gradient).await.json();
    assert!(estimates[0].n_targets > 100, "{estimates:?}");
    let screen = placed(&api, &gradient).await;
    let screen = done(&api, screen.id).await;
    assert_eq!(screen.order.targets, TargetsOrder::TranscriptionFactors, "as it was ordered");
    let report: ScreenReport = api.get(&format!("/api/screens/{}/report", screen.id)).await.json();
    let check = report.first_order.expect("a ranking by estimates never comes without its check");
    assert!(check.sampled_genes > 10 && check.top > 0, "{check:?}");
    assert_eq!(report.n_rows, 5);
    let pairs = ScreenOrder {
        targets: TargetsOrder::Pairs { genes: vec!["GATA3".into(), "MYB".into()] },
        ..gradient
    };
    let pairs = placed(&api, &pairs).await;
    let start = Instant::now();
    loop {
        let job: Job = api.get(&format!("/api/jobs/{}", pairs.job_id.expect("a job"))).await.json();
        if job.state == JobState::Failed {
            let error = job.last_error.expect("why").to_string();
            assert!(error.contains("genes one by one"), "{error}");
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{job:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop();
}

#[tokio::test]
async fn measured_hits_judge_a_screen_and_its_family_stands_beside_the_targets() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let lab = Lab::real();
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("measured", &basis, &lab)).await;
    let waiting = campaign::wait_for_person(&api, begun.id).await;
    campaign::run_round(&api, &lab, &waiting).await;
    campaign::wait_for_person(&api, begun.id).await;
    let genes = lab.candidates(campaign::CANDIDATES);
    let genes: Vec<&str> = genes.iter().map(String::as_str).collect();
    let screen = placed(&api, &order(&basis, &genes)).await;
    done(&api, screen.id).await;
    let path = format!("/api/screens/{}", screen.id);
    let report: ScreenReport = api.get(&format!("{path}/report")).await.json();
    let hits = api.get(&format!("/api/campaigns/{}/targets?limit=1000", begun.id)).await;
    let targets: TargetPage = hits.json();
    let hits = targets.rows.iter().filter(|row| row.hit == Some(true)).count();
    if hits > 0 {
        assert!(report.positives.contains("measured"), "{}", report.positives);
        let screen = report.evaluations.iter().find(|e| e.ranking == "screen").expect("itself");
        assert!(screen.n <= u64::from(campaign::BATCH), "only what was measured is ranked");
    }
    let rows: ScreenRowPage = api.get(&format!("{path}/rows?limit=1000")).await.json();
    let measured = rows.rows.iter().filter(|row| row.measured.is_some()).count();
    assert!(measured > 0, "measured results stand beside the rows");
    let shown = targets.rows.iter().filter(|row| row.knock_out_shift.is_some());
    for row in shown {
        assert_eq!((row.families, row.families_agreeing), (Some(1), Some(1)), "{row:?}");
        assert!(row.knock_out_donors_agreeing <= row.knock_out_donors, "{row:?}");
    }
    server.stop();
}

/// Files of a tiny model of a family, with random weights in its published layout.
fn random(family: &str) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join(family);
    let mut command = Command::new(binary());
    command.args(["models", "random", "--family", family, "--size", "tiny"]).arg(&dir);
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(&dir).expect("the model").flatten();
    let file = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, std::fs::read(entry.path()).expect("a file"))
    };
    files.map(file).collect()
}

#[tokio::test]
async fn every_family_screens_and_a_campaign_sees_which_of_them_agree() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let basis = campaign::prepare(&api).await;
    let lab = Lab::real();
    let begun = campaign::begin(&api, &campaign::describe("families", &basis, &lab)).await;
    let mut digests = Vec::new();
    for family in ["geneformer", "scgpt", "scbert", "scfoundation", "genecompass"] {
        let model: ModelVersion = api.import(family, &random(family)).await.json();
        digests.push(model.digest);
    }
    let genes = lab.candidates(campaign::CANDIDATES);
    let genes: Vec<&str> = genes.iter().map(String::as_str).collect();
    let all = ScreenOrder {
        model_digests: digests,
        perturbations: vec!["knock_out".into()],
        max_cells: Some(3),
        ..order(&basis, &genes)
    };
    let placed: Vec<ScreenSummary> = api.post("/api/screens", &all).await.json();
    assert_eq!(placed.len(), 5);
    for screen in &placed {
        done(&api, screen.id).await;
        let path = format!("/api/screens/{}/report", screen.id);
        let report: ScreenReport = api.get(&path).await.json();
        assert!(report.n_rows > 0, "{}: {} rows", screen.family, report.n_rows);
    }
    let ids: Vec<String> = placed.iter().map(|screen| screen.id.to_string()).collect();
    let consensus = format!("/api/screens/consensus?ids={}", ids.join(","));
    let consensus: Consensus = api.get(&consensus).await.json();
    assert!(consensus.rows.iter().any(|row| row.n_screens > 1), "no gene in two vocabularies");

    campaign::wait_for_person(&api, begun.id).await;
    let path = format!("/api/campaigns/{}/targets?limit=1000", begun.id);
    let targets: TargetPage = api.get(&path).await.json();
    let several = targets.rows.iter().filter(|row| row.families > Some(1));
    assert!(several.clone().count() > 0, "no candidate was screened by two families");
    for row in several {
        assert!(row.families_agreeing >= Some(1) && row.families_agreeing <= row.families);
        // The random Geneformer is of the campaign's own family, which counts once.
        assert!(row.families <= Some(5), "{row:?}");
    }
    server.stop();
}
