//! From a round to the lab's robots: donors, plates, the guide library, worklists, results.

use nextwell_contract::{
    Campaign, Library, LibraryUpload, Plate, Round, RoundState, TargetPage, WellContent,
};
use nextwell_tests::api::Api;
use nextwell_tests::campaign;
use nextwell_tests::lab::{Lab, NEGATIVE, POSITIVE};
use nextwell_tests::server::Site;
use uuid::Uuid;

const HEADER: &str = "plate_barcode,well,guide_id,symbol,volume_ul,lot\n";

/// A library of these names, a well each down the rows of 384-well plates.
fn library(names: impl Iterator<Item = String>, volume_ul: f64) -> String {
    let mut file = HEADER.to_owned();
    for (index, name) in names.enumerate() {
        let (plate, place) = (index / 384 + 1, index % 384);
        let row = char::from(b'A' + u8::try_from(place / 24).unwrap());
        file += &format!("SRC{plate:02},{row}{},{name}_g1,{name},{volume_ul},L1\n", place % 24 + 1);
    }
    file
}

async fn plates(api: &Api, round: &Round) -> Vec<Plate> {
    let mut plates = Vec::new();
    for plate in &round.plates {
        plates.push(api.get(&format!("/api/plates/{}", plate.id)).await.json());
    }
    plates
}

async fn show(api: &Api, campaign: Uuid) -> Library {
    api.get(&format!("/api/campaigns/{campaign}/library?limit=2000")).await.json()
}

#[tokio::test]
async fn a_round_goes_to_two_donors_by_robot_and_their_results_become_one_value_a_gene() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let mut new = campaign::describe("donors", &basis, &lab);
    new.donors = vec!["D1".into(), "D2".into()];
    let begun: Campaign = campaign::begin(&api, &new).await;
    assert_eq!(begun.donors, ["D1", "D2"]);
    let state = campaign::wait_for_person(&api, begun.id).await;

    let summary = state.rounds.last().expect("a round");
    let round: Round = api.get(&format!("/api/rounds/{}", summary.id)).await.json();
    let laid = plates(&api, &round).await;
    let donors: Vec<Option<&str>> = laid.iter().map(|plate| plate.donor.as_deref()).collect();
    assert_eq!(donors, [Some("D1"), Some("D2")]);
    check_donors(&laid);
    let echo = format!("/api/plates/{}/worklist?format=echo", laid[0].id);
    let refused = api.get(&echo).await.problem();
    assert_eq!((refused.status, refused.code.as_str()), (409, "no_library"));

    let names = new.candidates.iter().cloned().chain(NEGATIVE.map(str::to_owned));
    let file = library(names.chain([POSITIVE.to_owned()]), 40.0);
    let path = format!("/api/campaigns/{}/library?file_name=lib.csv", begun.id);
    let broken = api.post_bytes(&path, format!("{file}SRC01,Z9,x,y,many,\n")).await.problem();
    assert_eq!((broken.status, broken.code.as_str()), (422, "bad_library"));
    assert!(broken.issues.iter().all(|issue| issue.row.is_some()), "{:?}", broken.issues);
    assert!(show(&api, begun.id).await.uploads.is_empty(), "something was stored");
    let stored: LibraryUpload = api.post_bytes(&path, file.as_str()).await.json();
    let again = api.post_bytes(&path, file.as_str()).await;
    assert_eq!(again.status, 200);
    assert!(!stored.duplicate && again.json::<LibraryUpload>().duplicate);

    let approved: Round = api.press(&format!("/api/rounds/{}/approve", round.id)).await.json();
    assert_eq!(approved.state, RoundState::Approved);
    let set_aside: f64 = show(&api, begun.id).await.wells.iter().map(|w| w.reserved_ul).sum();
    let filled = laid.iter().flat_map(|plate| &plate.wells).filter(|w| w.symbol.is_some()).count();
    assert!((set_aside - 2.5 * filled as f64).abs() < 1e-6, "{set_aside} µl for {filled} wells");
    check_worklists(&api, &laid[0]).await;

    for (index, plate) in laid.iter().enumerate() {
        let checked = campaign::upload(&api, begun.id, &lab.measure(plate)).await;
        let accepted = campaign::accept(&api, &checked).await;
        assert_eq!(accepted.genes, u64::from(campaign::BATCH));
        assert_eq!(accepted.job_id.is_some(), index == 1, "learning waits for both donors");
    }
    let measured: Round = api.get(&format!("/api/rounds/{}", round.id)).await.json();
    assert!(measured.picks.iter().all(|pick| pick.robust_z.is_some()));
    campaign::wait_for_person(&api, begun.id).await;
    server.stop();
}

/// Every donor has every pick, at another row and column unless the sheet says otherwise.
fn check_donors(laid: &[Plate]) {
    let noted = laid[1].notes.iter().any(|note| note.contains("share a row or column"));
    for well in laid[0].wells.iter().filter(|well| well.content == WellContent::Candidate) {
        let other = laid[1].wells.iter().find(|other| other.symbol == well.symbol);
        let other = other.expect("the gene on the other donor's plate");
        let apart = well.well[..1] != other.well[..1] && well.well[1..] != other.well[1..];
        assert!(apart || noted, "{:?} lies at {} and {}", well.symbol, well.well, other.well);
    }
}

async fn check_worklists(api: &Api, plate: &Plate) {
    let get = async |path: &str| {
        let answer = api.get(&format!("/api/plates/{}/{path}", plate.id)).await;
        assert_eq!(answer.status, 200, "{answer}");
        String::from_utf8(answer.body).unwrap()
    };
    let filled = plate.wells.iter().filter(|well| well.symbol.is_some()).count();
    let echo = get("worklist?format=echo").await;
    assert_eq!(echo.matches("\r\n").count(), filled + 1);
    let picked = plate.wells.iter().find(|well| well.content == WellContent::Candidate);
    let gene = picked.and_then(|well| well.symbol.as_deref()).expect("a candidate");
    assert!(echo.contains(&format!(",2500.0,{gene}\r\n")), "{echo}");
    let tecan = get("worklist?format=tecan").await;
    assert_eq!(tecan.matches("W;\r\n").count(), filled);
    let columns = "worklist?format=hamilton&columns=from,at,to,into,ul";
    assert!(get(columns).await.starts_with("from,at,to,into,ul\r\n"));
    let map = get("map.csv").await;
    assert!(map.contains(&format!(",{gene}_g1,D1,1\n")), "{map}");
    let order = api.get(&format!("/api/rounds/{}/order.csv", plate.round_id)).await;
    let order = String::from_utf8(order.body).unwrap();
    assert!(order.contains(&format!("{gene},{gene}_g1,,2,5,SRC")), "{order}");
}

#[tokio::test]
async fn a_gene_without_a_reagent_is_not_picked_and_the_library_says_why() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let new = campaign::describe("short library", &basis, &lab);
    let begun: Campaign = campaign::begin(&api, &new).await;
    // Before the first screen is done and a round is planned.
    let held: Vec<String> = new.candidates.iter().take(60).cloned().collect();
    let controls = NEGATIVE.map(str::to_owned).into_iter().chain([POSITIVE.to_owned()]);
    let file = library(held.iter().cloned().chain(controls), 40.0);
    let path = format!("/api/campaigns/{}/library", begun.id);
    let stored: LibraryUpload = api.post_bytes(&path, file).await.json();
    assert_eq!(stored.wells as usize, held.len() + NEGATIVE.len() + 1);

    let state = campaign::wait_for_person(&api, begun.id).await;
    let shown = show(&api, begun.id).await;
    assert!(shown.n_unavailable > 0);
    assert!(shown.unavailable.iter().all(|gene| gene.reason == "no reagent in the library"));
    let out: Vec<&str> = shown.unavailable.iter().map(|gene| gene.symbol.as_str()).collect();
    for pick in campaign::latest_picks(&api, &state).await {
        assert!(!out.contains(&pick.symbol.as_str()), "{} has no reagent", pick.symbol);
    }
    let targets: TargetPage =
        api.get(&format!("/api/campaigns/{}/targets?limit=500", begun.id)).await.json();
    assert!(targets.total > 60, "the ranking still lists genes without a reagent");
    server.stop();
}
