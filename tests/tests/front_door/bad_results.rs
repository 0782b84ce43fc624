//! Results files that cannot be used: said clearly, nothing half-written.

use nextwell_contract::{Round, Upload, UploadState};
use nextwell_tests::api::Api;
use nextwell_tests::campaign;
use nextwell_tests::database::count_rows;
use nextwell_tests::lab::Lab;
use nextwell_tests::server::{Server, Site};
use uuid::Uuid;

/// A campaign whose first round is in the lab, and the results file the lab would send.
struct InTheLab {
    site: Site,
    _server: Server,
    api: Api,
    campaign: Uuid,
    file: String,
}

async fn put_a_round_in_the_lab() -> InTheLab {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("bad files", &basis, &lab)).await;
    let state = campaign::wait_for_person(&api, begun.id).await;
    let round: Round = campaign::approve(&api, &state).await;
    let file = lab.measure(&campaign::plate(&api, &round).await);
    InTheLab { site, _server: server, api, campaign: begun.id, file }
}

impl InTheLab {
    /// The lab's file with the first data row's value replaced.
    fn with_first_value(&self, value: &str) -> String {
        let mut lines: Vec<String> = self.file.lines().map(str::to_owned).collect();
        let (kept, _) = lines[1].rsplit_once(',').expect("four cells");
        lines[1] = format!("{kept},{value}");
        lines.join("\n") + "\n"
    }

    async fn upload(&self, file: &str) -> Upload {
        campaign::upload(&self.api, self.campaign, file).await
    }

    /// The file is kept as it is with its errors, cannot be accepted, and nothing else is written.
    async fn refuse(&self, file: &str, code: &str, row: Option<u64>) {
        let mut before = count_rows(&self.site.database.url).await;
        let upload = self.upload(file).await;
        assert_eq!(upload.state, UploadState::Rejected, "{code}: {:?}", upload.report);
        let found = upload.report.errors.iter().find(|issue| issue.code == code);
        let found = found.unwrap_or_else(|| panic!("no {code} in {:?}", upload.report.errors));
        assert_eq!(found.row, row, "{found:?}");
        assert!(found.message.len() > 20, "{code} needs more words: {:?}", found.message);
        let press = self.api.press(&format!("/api/uploads/{}/accept", upload.id)).await;
        let problem = press.problem();
        assert_eq!((problem.status, problem.code.as_str()), (409, "file_has_errors"));
        *before.entry("uploads".into()).or_default() += 1;
        assert_eq!(count_rows(&self.site.database.url).await, before, "{code} wrote something");
    }
}

#[tokio::test]
async fn a_results_file_with_errors_is_kept_raw_shown_with_its_rows_and_never_accepted() {
    let lab = put_a_round_in_the_lab().await;
    let unknown_column = lab.file.replacen("value", "brightness", 1).replacen("symbol", "hue", 1);
    lab.refuse(&unknown_column, "missing_column", Some(1)).await;
    lab.refuse(&lab.with_first_value("inf"), "not_a_number", Some(2)).await;
    lab.refuse(&lab.with_first_value("bright"), "not_a_number", Some(2)).await;
    lab.refuse("", "empty_file", None).await;
    lab.refuse("plate_barcode,well,symbol,value\n", "empty_file", None).await;
    let barcode = lab.file.lines().nth(1).unwrap().split(',').next().unwrap();
    let elsewhere = lab.file.replace(barcode, "NOSUCHPLATE");
    lab.refuse(&elsewhere, "unknown_plate", Some(2)).await;
    let second = lab.file.lines().nth(1).unwrap().to_owned();
    let last = lab.file.lines().count() as u64 + 1;
    lab.refuse(&format!("{}{second}\n", lab.file), "duplicate_well", Some(last)).await;
}

#[tokio::test]
async fn nan_is_a_missing_value_that_is_pointed_out_and_not_measured() {
    let lab = put_a_round_in_the_lab().await;
    let upload = lab.upload(&lab.with_first_value("NaN")).await;
    assert_eq!(upload.state, UploadState::Checked, "{:?}", upload.report.errors);
    let warning = upload.report.warnings.iter().find(|issue| issue.code == "missing_value");
    let warning = warning.unwrap_or_else(|| panic!("{:?}", upload.report.warnings));
    assert_eq!(warning.row, Some(2));
    let accepted = campaign::accept(&lab.api, &upload).await;
    let wells = lab.file.lines().count() as u64 - 1;
    assert_eq!(accepted.measurements, wells - 1);
}

#[tokio::test]
async fn a_file_of_100_megabytes_is_refused_before_it_is_read() {
    let lab = put_a_round_in_the_lab().await;
    let row = lab.file.lines().nth(1).unwrap().to_owned() + "\n";
    let mut huge = lab.file.clone().into_bytes();
    while huge.len() < 100 << 20 {
        huge.extend(row.as_bytes());
    }
    let before = count_rows(&lab.site.database.url).await;
    let path = format!("/api/campaigns/{}/uploads?file_name=huge.csv", lab.campaign);
    let problem = lab.api.post_bytes(&path, huge).await.problem();
    assert_eq!((problem.status, problem.code.as_str()), (413, "too_large"));
    assert!(problem.detail.contains("64 MiB"), "the limit is not named: {}", problem.detail);
    assert_eq!(count_rows(&lab.site.database.url).await, before);
}
