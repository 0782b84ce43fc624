//! What has not been measured has no influence.

use std::collections::BTreeSet;

use nextwell_contract::{Campaign, CampaignPatch, LoopState, Pick};
use nextwell_tests::api::Api;
use nextwell_tests::campaign::{self, Basis};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::Site;
use serde_json::Value;

/// Rounds that are compared.
const ROUNDS: usize = 3;

#[tokio::test]
async fn permuting_the_values_of_unmeasured_genes_changes_no_pick() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let basis = campaign::prepare(&api).await;
    let real = Lab::real();
    let honest = play(&api, &basis, "real", |_| real.clone(), 11).await;
    let permuted = play(&api, &basis, "permuted", |seen| real.permuted(seen), 97).await;
    for (round, (one, other)) in honest.iter().zip(&permuted).enumerate() {
        assert_eq!(numbers(one), numbers(other), "picks of round {}", round + 1);
    }
    // The same comparison must notice values that were measured.
    let nothing = BTreeSet::new();
    let other_lab = play(&api, &basis, "other lab", |_| real.permuted(&nothing), 11).await;
    assert_eq!(numbers(&other_lab[0]), numbers(&honest[0]), "round 1 knows no value at all");
    assert_ne!(numbers(&other_lab[1]), numbers(&honest[1]), "measured values must count");
    server.stop();
}

/// Plays the rounds; `lab` is asked for anew before each, with the genes whose values must stay.
///
/// Everything that the server could learn about unmeasured genes is put before it: the number of
/// hits in the library, and the lab's other values in a column that no reader asked for.
async fn play(
    api: &Api,
    basis: &Basis,
    name: &str,
    lab: impl Fn(&BTreeSet<String>) -> Lab,
    library_hits: u32,
) -> Vec<Vec<Pick>> {
    let new = campaign::describe(name, basis, &Lab::real());
    let begun = campaign::begin(api, &new).await;
    let patch = CampaignPatch { library_hits: Some(library_hits), ..CampaignPatch::default() };
    let _: Campaign = api.patch(&format!("/api/campaigns/{}", begun.id), &patch).await.json();
    let mut seen: BTreeSet<String> =
        new.non_targeting.iter().chain(&new.positive).cloned().collect();
    let mut rounds = Vec::new();
    while rounds.len() < ROUNDS {
        let state = campaign::wait_for_person(api, begun.id).await;
        let picks = campaign::latest_picks(api, &state).await;
        seen.extend(picks.iter().map(|pick| pick.symbol.clone()));
        rounds.push(picks);
        if rounds.len() < ROUNDS {
            run_round(api, &lab(&seen), &state).await;
        }
    }
    rounds
}

async fn run_round(api: &Api, lab: &Lab, state: &LoopState) {
    let round = campaign::approve(api, state).await;
    let file = lab.measure(&campaign::plate(api, &round).await);
    let upload = campaign::upload(api, round.campaign_id, &with_gossip(&file, lab)).await;
    assert_eq!(upload.report.unknown_columns, ["gossip"]);
    campaign::accept(api, &upload).await;
}

/// The file with one more column: what the lab knows of other genes.
fn with_gossip(file: &str, lab: &Lab) -> String {
    let mut others = lab.genes();
    let mut lines = file.lines();
    let mut told = format!("{},gossip\n", lines.next().expect("a header"));
    for line in lines {
        let gene = others.next().expect("a gene");
        told += &format!("{line},{gene} {}\n", lab.effect(gene));
    }
    told
}

/// Everything about the picks that a round's choice decides, bit by bit.
fn numbers(picks: &[Pick]) -> Vec<Value> {
    let all = picks.iter().map(|pick| {
        serde_json::json!([
            pick.rank,
            pick.symbol,
            pick.kind,
            pick.mean,
            pick.sd,
            pick.p_hit,
            pick.acquisition,
            pick.prior_score,
            pick.reason
        ])
    });
    all.collect()
}
