//! Checkpoints that cannot be used.

use nextwell_contract::{ModelVersion, Problem};
use nextwell_tests::api::Answer;
use nextwell_tests::campaign;
use nextwell_tests::database::count_rows;
use nextwell_tests::server::Site;

/// Files of a model directory, by name.
type Files = Vec<(String, Vec<u8>)>;

#[tokio::test]
async fn a_checkpoint_whose_vocabulary_does_not_fit_its_config_is_refused() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let model = campaign::prepare(&api).await.model;
    let names = ["config.json", "model.safetensors", "vocabulary.csv"];
    let whole: Files =
        names.map(|name| (name.to_owned(), site.model_file(&model.digest, name))).to_vec();
    let before = count_rows(&site.database.url).await;

    let mut cut = whole.clone();
    cut[2].1.extend(b"ENSG99999999999,MADEUP,999999,1.0\n");
    let words = refuse(api.import("imported", &cut).await);
    assert!(words.detail.contains("vocab"), "{words:?}");
    let mut grown = whole.clone();
    let config = String::from_utf8(grown[0].1.clone()).unwrap();
    let vocabulary = config.split("\"vocab_size\":").nth(1).expect("a vocab_size").trim_start();
    let size: String = vocabulary.chars().take_while(char::is_ascii_digit).collect();
    grown[0].1 = config.replacen(&size, "31", 1).into_bytes();
    refuse(api.import("imported", &grown).await);
    let mut torn = whole.clone();
    let half = torn[1].1.len() / 2;
    torn[1].1.truncate(half);
    refuse(api.import("imported", &torn).await);

    assert_eq!(count_rows(&site.database.url).await, before);
    let kept: ModelVersion = api.import("imported", &whole).await.json();
    assert_eq!(kept.digest, model.digest, "the untouched files are the model they were");
    server.stop();
}

fn refuse(answer: Answer) -> Problem {
    let problem = answer.problem();
    assert_eq!(problem.status, 422, "{problem:?}");
    assert!(problem.detail.len() > 30, "more words, please: {problem:?}");
    problem
}
