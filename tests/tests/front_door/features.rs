//! Gene features that a lab brings: they enter the next round, once, and nothing broken is kept.

use nextwell_contract::{FeatureBlock, PlanRequest, RoundPreview};
use nextwell_tests::campaign;
use nextwell_tests::database::count_rows;
use nextwell_tests::lab::Lab;
use nextwell_tests::server::Site;

fn block(name: &str, genes: &[String]) -> String {
    let rows: String =
        genes.iter().enumerate().map(|(i, gene)| format!("{gene},{}\n", i as f32 * 0.5)).collect();
    format!(
        "# nextwell features 1\n# name: {name}\n# source: the lab's notebook\n# licence: own\n\
         gene,{name}_1\n{rows}"
    )
}

#[tokio::test]
async fn a_block_that_the_lab_brings_enters_the_next_round_and_leaves_again() {
    let site = Site::new().await;
    let server = site.start();
    let api = server.api();
    let lab = Lab::real();
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("features", &basis, &lab)).await;
    campaign::wait_for_person(&api, begun.id).await;
    let path = format!("/api/campaigns/{}/features", begun.id);
    let file = block("notebook", &lab.candidates(40));

    let added = api.post_bytes(&path, file.clone()).await;
    assert_eq!(added.status, 201, "{added}");
    let blocks: Vec<FeatureBlock> = added.json();
    assert_eq!((blocks[0].name.as_str(), blocks[0].n_genes, blocks[0].width), ("notebook", 40, 1));
    assert_eq!(api.post_bytes(&path, file).await.status, 200, "the same file again is no change");

    let preview = async || -> RoundPreview {
        let rounds = format!("/api/campaigns/{}/rounds/preview", begun.id);
        api.post(&rounds, &PlanRequest::default()).await.json()
    };
    let with = preview().await;
    let used = with.surrogate.blocks.iter().find(|b| b.name == "notebook").expect("the block");
    assert!(used.coverage > 0.0 && used.source.contains("the lab's notebook (own)"), "{used:?}");

    let before = count_rows(&site.database.url).await;
    let taken = api.post_bytes(&path, block("notebook", &lab.candidates(10))).await;
    assert_eq!((taken.status, taken.problem().code.as_str()), (409, "block_exists"));
    let plain = api.post_bytes(&path, "gene,a\nMYB,1\n").await;
    assert_eq!(plain.status, 422);
    assert!(plain.problem().detail.contains("nextwell features build"));
    let cut = api.post_bytes(&path, vec![0x1f, 0x8b, 8, 0, 0]).await;
    assert_eq!(cut.status, 422, "{cut}");
    assert_eq!(count_rows(&site.database.url).await, before, "a refusal writes nothing");

    assert_eq!(api.delete(&format!("{path}/notebook")).await.status, 200);
    assert_eq!(api.delete(&format!("{path}/notebook")).await.status, 404);
    let without = preview().await;
    assert!(without.surrogate.blocks.iter().all(|b| b.name != "notebook"));
}
