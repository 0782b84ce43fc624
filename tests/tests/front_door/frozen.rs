//! A worker that stands still past its lease and wakes up again.

use nextwell_tests::campaign;
use nextwell_tests::database::{Hold, connect, number, wait_for};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::{Server, Site};

#[tokio::test]
async fn a_planner_frozen_past_its_lease_writes_nothing_when_it_wakes_and_every_shard_is_stored_once()
 {
    let site = Site::with_lease(4.0).await;
    let url = site.database.url.clone();
    let model = site.start_model_service();
    let planners = [site.start_planner(&model), site.start_planner(&model)];
    let lab = Lab::real();
    let basis = campaign::prepare(&planners[0].api()).await;

    // The worker has stored two shards and waits for the third when its process is frozen: the
    // model service stands still first, so that this is where it is, outside any transaction.
    let mut hold = Hold::place(&url, "insert", "shard_results", "new.shard_no = 1").await;
    let begun =
        campaign::begin(&planners[0].api(), &campaign::describe("frozen", &basis, &lab)).await;
    hold.reached().await;
    model.freeze();
    hold.release().await;
    let mut db = connect(&url).await;
    wait_for(&mut db, 2, "select count(*) from shard_results").await;
    let (frozen, other) = who_works(&mut db, &planners).await;
    frozen.freeze();
    model.thaw();

    // The other planner takes the job over and goes on to the end.
    let state = campaign::wait_for_person(&other.api(), begun.id).await;
    assert_eq!(state.rounds.len(), 1);
    let attempts = "select attempt::bigint from jobs where kind = 'screen'";
    assert!(number(&mut db, attempts).await > 1, "the job was not taken over");
    let shards = "select count(*) from shard_results";
    let stored = number(&mut db, shards).await;
    assert_eq!(
        stored,
        number(&mut db, "select total::bigint from jobs where kind = 'screen'").await
    );

    // The frozen one gets its answer now, and must not write it.
    frozen.thaw();
    wait_for_words(frozen, "lease is lost").await;
    assert_eq!(number(&mut db, shards).await, stored);
    assert_eq!(number(&mut db, "select count(*) from result_conflicts").await, 0);
    assert_eq!(number(&mut db, "select count(*) from screens").await, 1);
    assert_eq!(number(&mut db, "select count(*) from rounds").await, 1);
}

/// The planner that owns the screen, by the process id in its worker's name, and the other one.
async fn who_works<'a>(
    db: &mut sqlx::postgres::PgConnection,
    planners: &'a [Server; 2],
) -> (&'a Server, &'a Server) {
    let query = "select split_part(lease_owner, '-', 2)::bigint from jobs \
                 where kind = 'screen' and state = 'running'";
    let owner = number(db, query).await;
    let [one, two] = planners;
    if i64::from(one.pid()) == owner { (one, two) } else { (two, one) }
}

async fn wait_for_words(server: &Server, words: &str) {
    for _ in 0..600 {
        if server.log().contains(words) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the server never said {words:?}:\n{}", server.log());
}
