//! One whole turn of the loop.

use nextwell_contract::{
    Accepted, NextAction, Pick, PickKind, Round, RoundState, Screen, TargetPage, Upload,
    UploadState, WellContent,
};
use nextwell_tests::api::Api;
use nextwell_tests::campaign::{self, BATCH, Basis};
use nextwell_tests::database::count_rows;
use nextwell_tests::lab::{Lab, NEGATIVE};
use nextwell_tests::server::Site;
use uuid::Uuid;

#[tokio::test]
async fn cells_become_a_screen_a_round_results_a_decision_and_the_next_round() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("turn", &basis, &lab)).await;

    let state = campaign::wait_for_person(&api, begun.id).await;
    check_screen(&api, begun.id, &basis).await;
    let round = campaign::approve(&api, &state).await;
    assert_eq!((round.number, round.state), (1, RoundState::Approved));
    check_picks(&round.picks);
    let file = check_plate(&api, &lab, &round).await;

    let checked = campaign::upload(&api, begun.id, &file).await;
    assert_eq!(checked.state, UploadState::Checked);
    let plate = &checked.report.plates[0];
    assert!(plate.missing_wells.is_empty(), "{:?}", plate.missing_wells);
    assert!(plate.qc.as_ref().is_some_and(|qc| qc.z_prime.is_some()), "{:?}", plate.qc);
    let nothing_yet: Round = api.get(&format!("/api/rounds/{}", round.id)).await.json();
    assert!(nothing_yet.picks.iter().all(|pick| pick.robust_z.is_none()), "written before Accept");
    let accepted = campaign::accept(&api, &checked).await;
    assert_eq!(accepted.genes, u64::from(BATCH));
    assert_eq!(Some(u32::try_from(accepted.hits).unwrap()), plate.hits);
    assert!(accepted.job_id.is_some(), "the round is complete, so learning follows");

    let state = campaign::wait_for_person(&api, begun.id).await;
    let first = &state.rounds[0];
    assert_eq!(first.state, RoundState::Learned);
    assert_eq!(first.hits.map(u64::from), Some(accepted.hits));
    let decision = first.decision.as_ref().expect("a decision about the fine-tuned version");
    assert!(!decision.reason.is_empty());
    let named: Vec<&str> = decision.evaluation.scores.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(named, ["candidate", "current", "mean", "ridge", "random"]);
    check_second_round(&api, &state, &round.picks).await;
    server.stop();
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("twice", &basis, &lab)).await;
    let state = campaign::wait_for_person(&api, begun.id).await;
    let round = campaign::approve(&api, &state).await;
    let file = lab.measure(&campaign::plate(&api, &round).await);

    let first = campaign::upload(&api, begun.id, &file).await;
    let accepted = campaign::accept(&api, &first).await;
    campaign::wait_for_person(&api, begun.id).await;
    let before = count_rows(&site.database.url).await;
    let path = format!("/api/campaigns/{}/uploads?file_name=other-name.csv", begun.id);
    let answer = api.post_bytes(&path, file.as_bytes()).await;
    assert_eq!(answer.status, 200, "{answer}");
    let again: Upload = answer.json();
    assert_eq!((again.id, again.duplicate, again.state), (first.id, true, UploadState::Accepted));
    let press = api.press(&format!("/api/uploads/{}/accept", again.id)).await;
    let repeated: Accepted = press.json();
    assert!(repeated.already_accepted);
    assert_eq!((repeated.genes, repeated.hits), (accepted.genes, accepted.hits));
    assert_eq!(repeated.job_id, None, "nothing new is learnt");
    assert_eq!(count_rows(&site.database.url).await, before);
    let raw = api.get(&format!("/api/uploads/{}/raw", first.id)).await;
    assert_eq!(raw.body, file.as_bytes(), "the raw file is kept unchanged");
    server.stop();
}

async fn check_screen(api: &Api, campaign: Uuid, basis: &Basis) {
    let screens: Vec<Screen> = api.get(&format!("/api/campaigns/{campaign}/screens")).await.json();
    let [screen] = &screens[..] else { panic!("one screen was expected: {screens:?}") };
    assert_eq!(screen.model_digest, basis.model.digest);
    assert_eq!(screen.dataset_digest, basis.dataset.digest);
    assert!(screen.finished_at.is_some());
    assert!(screen.n_shards > 1, "a screen of one shard cannot show how shards go");
    let path = format!("/api/campaigns/{campaign}/targets?limit=500&offset=0");
    let page: TargetPage = api.get(&path).await.json();
    assert_eq!(page.total, campaign::CANDIDATES as u64);
    let shifted = page.rows.iter().filter(|row| row.knock_out_shift.is_some()).count();
    assert!(shifted > 5, "only {shifted} candidates were knocked out in silico");
    for row in &page.rows {
        let (low, mean, high) = (row.knock_out_low, row.knock_out_shift, row.knock_out_high);
        if let (Some(low), Some(mean), Some(high)) = (low, mean, high) {
            assert!(low <= mean && mean <= high, "{}: {mean} not in {low}..{high}", row.symbol);
        }
    }
}

fn check_picks(picks: &[Pick]) {
    assert_eq!(picks.len(), BATCH as usize);
    for pick in picks {
        assert!(!pick.reason.is_empty(), "{} was chosen without a reason", pick.symbol);
        assert!((0.0..=1.0).contains(&pick.p_hit) && pick.sd >= 0.0, "{pick:?}");
        assert!(!NEGATIVE.contains(&pick.symbol.as_str()), "{} is a control", pick.symbol);
    }
}

/// The plate holds each pick once and every control; returns the lab's results file.
async fn check_plate(api: &Api, lab: &Lab, round: &Round) -> String {
    let plate = campaign::plate(api, round).await;
    let of = |content| plate.wells.iter().filter(move |well| well.content == content);
    let mut planned: Vec<&String> =
        of(WellContent::Candidate).filter_map(|well| well.symbol.as_ref()).collect();
    let mut picked: Vec<&String> = round.picks.iter().map(|pick| &pick.symbol).collect();
    planned.sort();
    picked.sort();
    assert_eq!(planned, picked);
    assert_eq!(of(WellContent::NonTargeting).count(), NEGATIVE.len());
    assert!(of(WellContent::Positive).count() >= 2);
    let map = api.get(&format!("/api/plates/{}/map.csv", plate.id)).await;
    assert!(map.content_type.starts_with("text/csv"), "{map}");
    let lines = String::from_utf8(map.body).unwrap();
    assert!(lines.lines().count() > plate.wells.len(), "a header and a line a well:\n{lines}");
    lab.measure(&plate)
}

async fn check_second_round(api: &Api, state: &nextwell_contract::LoopState, first: &[Pick]) {
    let NextAction::Approve { round_id, .. } = &state.next else { panic!("{:?}", state.next) };
    let second: Round = api.get(&format!("/api/rounds/{round_id}")).await.json();
    assert_eq!(second.number, 2);
    check_picks(&second.picks);
    let again = second.picks.iter().find(|pick| first.iter().any(|old| old.symbol == pick.symbol));
    assert!(again.is_none(), "picked twice: {again:?}");
    assert_eq!(second.surrogate.n_observed, BATCH, "round 2 is chosen with what round 1 taught");
    assert!(second.picks.iter().any(|pick| pick.kind == PickKind::Scored));
}
