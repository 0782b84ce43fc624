//! Guides, and the rounds that order them.

use nextwell_store::campaigns::Campaign;
use nextwell_store::guides::{self, Guide, GuideControl, NewLibrary};
use nextwell_store::pooled_rounds::{self, PooledRound};
use nextwell_store::testing::{database, fixture};
use nextwell_store::{PgConnection, Uuid};
use serde_json::json;

fn guide(guide_id: &str, symbols: &[&str], protospacer: &str) -> Guide {
    Guide {
        guide_id: guide_id.into(),
        symbols: symbols.iter().map(|s| (*s).to_owned()).collect(),
        ensembl_ids: Vec::new(),
        control: symbols.is_empty().then_some(GuideControl::NonTargeting),
        protospacer: protospacer.into(),
        pam: Some("TGG".into()),
        strand: Some("-".into()),
        position: Some(12),
        score: Some(0.25),
    }
}

async fn library(c: &mut PgConnection, campaign: &Campaign, content: &str) -> (Uuid, bool) {
    let new = NewLibrary {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        digest: format!("digest of {content}"),
        file_name: "library.csv".into(),
        content: content.as_bytes().to_vec(),
        report: json!({}),
    };
    let (library, is_new) = guides::insert_library(c, &new).await.unwrap();
    (library.id, is_new)
}

fn pooled(round_id: Uuid, campaign: &Campaign) -> PooledRound {
    PooledRound {
        round_id,
        campaign_id: campaign.id,
        settings: json!({"genes": 2}),
        numbers: json!({"guides": 3}),
        cost: 12.5,
    }
}

#[tokio::test]
async fn guides_come_back_in_the_order_of_their_files_and_keep_what_they_were_first() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let (first, is_new) = library(&mut c, &campaign, "one").await;
    assert!(is_new);
    assert_eq!(library(&mut c, &campaign, "one").await, (first, false), "the same file twice");
    let both = guide("b", &["GENE01", "GENE02"], "ACGTACGTACGTACGTACGT");
    let control = guide("a", &[], "ACGTACGTACGTACGTACGA");
    let file = [both.clone(), control.clone()];
    assert_eq!(guides::insert_all(&mut *c, campaign.id, first, &file).await.unwrap(), 2);
    let (second, _) = library(&mut c, &campaign, "two").await;
    let changed = Guide { score: None, ..both.clone() };
    let third = Guide {
        pam: None,
        strand: None,
        position: None,
        ..guide("0", &["GENE03"], "ACGTACGTACGTACGTACC")
    };
    let file = [changed, third.clone()];
    let added = guides::insert_all(&mut *c, campaign.id, second, &file).await.unwrap();
    assert_eq!(added, 1, "a known guide stays as it is");
    let all = guides::list(&mut *c, campaign.id).await.unwrap();
    assert_eq!(all, [both, control, third]);
    let libraries = guides::libraries(&mut *c, campaign.id).await.unwrap();
    assert_eq!(libraries.iter().map(|l| l.n_guides).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn what_is_no_guide_is_refused_by_the_table_too() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let (id, _) = library(&mut c, &campaign, "one").await;
    let long = guide("long", &["GENE01"], &"A".repeat(26));
    let many = guide("many", &["GENE01", "GENE02", "GENE03"], "ACGTACGTACGTACGTACGT");
    let neither = Guide { control: None, ..guide("none", &[], "ACGTACGTACGTACGTACGT") };
    for (bad, constraint) in [
        (long, "guides_protospacer_dna"),
        (many, "guides_at_most_two_genes"),
        (neither, "guides_target_or_control"),
    ] {
        let error = guides::insert_all(&mut *c, campaign.id, id, &[bad]).await.unwrap_err();
        assert_eq!(error.constraint(), Some(constraint), "{error}");
    }
}

#[tokio::test]
async fn a_pooled_round_has_its_guides_in_the_order_of_the_sheet_and_only_known_ones() {
    let db = database().await;
    let mut c = db.store.api().acquire().await.unwrap();
    let campaign = fixture::campaign(&mut c, "c").await.unwrap();
    let (id, _) = library(&mut c, &campaign, "one").await;
    let all = [
        guide("a", &["GENE01"], "ACGTACGTACGTACGTACGT"),
        guide("b", &["GENE02"], "ACGTACGTACGTACGTACGA"),
        guide("c", &[], "ACGTACGTACGTACGTACGC"),
    ];
    guides::insert_all(&mut *c, campaign.id, id, &all).await.unwrap();
    let (round, _) = fixture::round(&mut c, &campaign, 1, &["GENE01", "GENE02"]).await.unwrap();
    let (arrayed, _) = fixture::round(&mut c, &campaign, 2, &["GENE03"]).await.unwrap();
    let order = ["b".to_owned(), "c".to_owned(), "a".to_owned()];
    pooled_rounds::insert(&mut c, &pooled(round, &campaign), &order).await.unwrap();
    let found = guides::of_round(&mut *c, round).await.unwrap();
    assert_eq!(found, [all[1].clone(), all[2].clone(), all[0].clone()]);
    assert_eq!(pooled_rounds::get(&mut *c, round).await.unwrap(), Some(pooled(round, &campaign)));
    assert_eq!(pooled_rounds::get(&mut *c, arrayed).await.unwrap(), None);
    assert_eq!(pooled_rounds::list(&mut *c, campaign.id).await.unwrap().len(), 1);
    let unknown = ["z".to_owned()];
    let error = pooled_rounds::insert(&mut c, &pooled(arrayed, &campaign), &unknown).await;
    assert_eq!(error.unwrap_err().constraint(), Some("pooled_guides_guide_known"));
}
