//! A look into the database, and places where a server is held up so that it can be killed there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};

/// Longest wait for something that the server does by itself.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Connects to the database of a site.
pub async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("a database URL");
    options.connect().await.expect("the test database answers")
}

/// Number of rows of every table. Two equal counts say that nothing was written in between.
pub async fn count_rows(url: &str) -> BTreeMap<String, i64> {
    let mut db = connect(url).await;
    let tables = "select tablename::text from pg_tables where schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.expect("tables");
    assert!(tables.len() > 15, "only these tables: {tables:?}");
    let mut counts = BTreeMap::new();
    for table in tables {
        let count = number(&mut db, &format!("select count(*) from {table}")).await;
        counts.insert(table, count);
    }
    counts
}

/// The one number that a query answers.
pub async fn number(db: &mut PgConnection, query: &str) -> i64 {
    let query = AssertSqlSafe(query.to_owned());
    sqlx::query_scalar(query).fetch_one(db).await.expect("a number")
}

/// Waits until a query that counts answers `wanted` or more.
pub async fn wait_for(db: &mut PgConnection, wanted: i64, query: &str) {
    let start = Instant::now();
    while number(db, query).await < wanted {
        assert!(start.elapsed() < PATIENCE, "never reached {wanted}: {query}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// A place in the server's work where it stands still until it is released or killed.
#[derive(Debug)]
pub struct Hold {
    // Has the lock that the trigger asks for.
    db: PgConnection,
    table: String,
}

impl Hold {
    /// Holds up whoever does `event` on `table` for a row where `when`, for example
    /// `insert`, `shard_results`, `new.shard_no = 1`.
    pub async fn place(url: &str, event: &str, table: &str, when: &str) -> Self {
        let mut db = connect(url).await;
        for statement in [
            "select pg_advisory_lock(7300)".to_owned(),
            "create function hold_up() returns trigger language plpgsql as \
             $$ begin perform pg_advisory_xact_lock(7300); return new; end $$"
                .to_owned(),
            format!(
                "create trigger hold_up before {event} on {table} for each row when ({when}) \
                 execute function hold_up()"
            ),
        ] {
            execute(&mut db, statement).await;
        }
        Self { db, table: table.to_owned() }
    }

    /// Waits until somebody stands there.
    pub async fn reached(&mut self) {
        let waiting = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
                       where l.locktype = 'advisory' and not l.granted \
                       and d.datname = current_database()";
        wait_for(&mut self.db, 1, waiting).await;
    }

    /// Lets everybody go on and takes the hold away.
    pub async fn release(mut self) {
        execute(&mut self.db, "select pg_advisory_unlock(7300)".to_owned()).await;
        execute(&mut self.db, format!("drop trigger hold_up on {}", self.table)).await;
        execute(&mut self.db, "drop function hold_up()".to_owned()).await;
    }
}

/// Runs a statement.
pub async fn execute(db: &mut PgConnection, statement: String) {
    let done = sqlx::query(AssertSqlSafe(statement.clone())).execute(db).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}
