#!/bin/sh
# Regenerates the query data in /.sqlx, which lets the workspace build without a database.
#   services/store/prepare.sh           rewrite .sqlx
#   services/store/prepare.sh --check   fail if .sqlx is not what the queries and migrations give
# DATABASE_URL names any database on a server where a scratch database may be created; without it
# a private server is started for the duration.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
check=no
[ "${1:-}" = "--check" ] && check=yes

initdb=$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)
bin=$(dirname "$(readlink -f "$initdb")")
scratch=$(mktemp -d)
as_postgres=""
stop() {
    if [ -d "$scratch/data" ]; then
        $as_postgres "$bin/pg_ctl" -D "$scratch/data" -m immediate stop >/dev/null 2>&1 || true
    fi
    rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 130' INT TERM

if [ -z "${DATABASE_URL:-}" ]; then
    # Postgres refuses to run as root.
    if [ "$(id -u)" = 0 ]; then
        as_postgres="runuser -u postgres --"
        chown postgres "$scratch"
    fi
    chmod 755 "$scratch"
    cd "$scratch"
    $as_postgres "$bin/initdb" -D "$scratch/data" -U postgres -A trust --no-sync \
        --locale=C.UTF-8 -E UTF8 >"$scratch/initdb.log"
    $as_postgres "$bin/pg_ctl" -D "$scratch/data" -w -l "$scratch/data/server.log" \
        -o "-c fsync=off -c listen_addresses= -c unix_socket_directories=$scratch" start >/dev/null
    DATABASE_URL="postgres://postgres@localhost/postgres?host=$scratch"
fi

# psql reads the same URL as sqlx.
name="nextwell_prepare_$$"
"$bin/psql" -q -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "create database $name template template0"
drop() {
    "$bin/psql" -q "$DATABASE_URL" -c "drop database if exists $name with (force)" || true
    stop
}
trap drop EXIT
url=$(printf %s "$DATABASE_URL" | sed -E "s|^(postgres(ql)?://[^/]*/)[^?]*|\1$name|")
for migration in "$root"/migrations/*.sql; do
    "$bin/psql" -q -1 -v ON_ERROR_STOP=1 "$url" -f "$migration"
done

out="$root/.sqlx"
[ "$check" = yes ] && out="$scratch/sqlx"
mkdir -p "$out"
rm -f "$out"/query-*.json
cd "$root"
# The macros only write while they are expanded.
touch services/store/src/lib.rs
SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$out" DATABASE_URL="$url" \
    cargo check -q -p nextwell-store --all-targets --all-features
# Later builds must see the committed data again.
touch services/store/src/lib.rs

if [ "$check" = yes ]; then
    if ! diff -r "$root/.sqlx" "$out" >/dev/null; then
        echo "The query data in .sqlx is stale: run services/store/prepare.sh and commit it." >&2
        exit 1
    fi
    echo "The query data in .sqlx fits the queries and the migrations."
else
    echo "$(ls "$out" | wc -l) queries written to .sqlx"
fi
