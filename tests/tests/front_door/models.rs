//! Models from import to removal.

use nextwell_contract::{
    ColourValues, Coverage, EmbeddingPreview, JobAccepted, ModelDetails, ModelVersion,
};
use nextwell_tests::api::{Answer, Api};
use nextwell_tests::campaign::{self, Basis};
use nextwell_tests::database::{connect, execute, number};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::Site;

async fn run(api: &Api, answer: Answer) {
    let accepted: JobAccepted = answer.json();
    assert_eq!(answer.status, 202);
    campaign::wait_for_job(api, accepted.job_id).await;
}

#[tokio::test]
async fn a_model_is_looked_at_verified_and_removed_with_its_files() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let Basis { dataset, model } = campaign::prepare(&api).await;
    let path = format!("/api/models/{}", model.digest);
    let found: ModelDetails = api.get(&path).await.json();
    let card = found.version.card.as_ref().expect("a card");
    assert_eq!((card.family.as_str(), card.campaign_refusal.as_ref()), ("geneformer", None));
    assert_eq!(card.licence.name, "your own");
    assert!(found.removable && found.version.parity.is_none());

    run(&api, api.press(&format!("{path}/verify")).await).await;
    let verified: ModelVersion = api.get(&path).await.json::<ModelDetails>().version;
    assert!(verified.parity.expect("figures").holds);

    let coverage = format!("{path}/coverage?dataset={}", dataset.digest);
    let coverage: Coverage = api.get(&coverage).await.json();
    assert_eq!(coverage.genes, dataset.report.n_genes);
    assert!((0.5..=1.0).contains(&coverage.counts_share), "{coverage:?}");

    look_at_embedding(&api, &path, &dataset.digest).await;
    run(&api, api.delete(&path).await).await;
    assert_eq!(api.get(&path).await.problem().status, 404);
    assert!(!site.has_model(&model.digest), "the files are gone");
    let mut db = connect(&site.database.url).await;
    let noted = "select count(*) from audit_events where action = 'model.remove'";
    assert_eq!(number(&mut db, noted).await, 1);
    server.stop();
}

async fn look_at_embedding(api: &Api, path: &str, dataset: &str) {
    let preview = format!("{path}/embedding?dataset={dataset}&max_cells=50");
    assert_eq!(api.get(&preview).await.problem().code, "not_computed");
    let unknown = format!("{preview}&kind=soul");
    assert_eq!(api.press(&unknown).await.problem().code, "unknown_embedding");
    run(api, api.press(&preview).await).await;
    let found: EmbeddingPreview = api.get(&format!("{preview}&colour=source")).await.json();
    assert_eq!(found.n_sampled, 50);
    assert_eq!(found.coordinates.len() as u64 + found.n_blank, 50);
    let Some(ColourValues::Categorical { codes, .. }) = found.colour.map(|c| c.values) else {
        panic!("source is categorical")
    };
    assert_eq!(codes.len(), found.cells.len());
    let bare: EmbeddingPreview = api.get(&preview).await.json();
    assert_eq!((bare.colour, bare.coordinates), (None, found.coordinates));
}

#[tokio::test]
async fn a_model_that_a_campaign_uses_stays_and_one_that_cannot_learn_starts_none() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let basis = campaign::prepare(&api).await;
    let lab = Lab::real();
    campaign::begin(&api, &campaign::describe("uses it", &basis, &lab)).await;
    let path = format!("/api/models/{}", basis.model.digest);
    let refused = api.delete(&path).await.problem();
    assert_eq!((refused.status, refused.code.as_str()), (409, "model_in_use"));
    assert!(refused.detail.contains("uses it"), "{refused:?}");
    let found: ModelDetails = api.get(&path).await.json();
    assert_eq!(found.used_by.campaigns[0].name, "uses it");
    assert!(!found.removable && site.has_model(&basis.model.digest));

    let mut db = connect(&site.database.url).await;
    let refusal = "update model_versions set card = \
                   jsonb_set(card, '{campaign_refusal}', '\"it embeds cells only\"')";
    execute(&mut db, refusal.to_owned()).await;
    let new = campaign::describe("another", &basis, &lab);
    let refused = api.post("/api/campaigns", &new).await.problem();
    assert_eq!((refused.status, refused.code.as_str()), (422, "cannot_fine_tune"));
    assert_eq!(refused.detail, "it embeds cells only");
    server.stop();
}
