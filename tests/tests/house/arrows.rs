//! Arrows of `docs/architecture.md`, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::repository;

/// Crates of the workspace that a crate may name in its manifest, dev-dependencies included.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("nextwell-model", &[]),
    ("nextwell-planner", &[]),
    ("nextwell-contract", &[]),
    ("nextwell-store", &[]),
    ("nextwell-model-service", &["nextwell-contract", "nextwell-model"]),
    ("nextwell-planner-service", &["nextwell-contract", "nextwell-planner", "nextwell-store"]),
    (
        "nextwell",
        &[
            "nextwell-contract",
            "nextwell-model",
            "nextwell-model-service",
            "nextwell-planner",
            "nextwell-planner-service",
            "nextwell-store",
        ],
    ),
    ("nextwell-tests", &["nextwell-contract", "nextwell-planner-service", "nextwell-store"]),
];

/// Third-party crates with the only rooms that may name them. A `*` ends a prefix.
const LIVES_ONLY_IN: &[(&str, &[&str])] = &[
    ("burn*", &["nextwell-model"]),
    ("sqlx*", &["nextwell-store", "nextwell-tests"]),
    ("axum*", &["nextwell-model-service", "nextwell-planner-service"]),
    ("tower*", &["nextwell-model-service", "nextwell-planner-service"]),
    ("clap", &["nextwell"]),
];

/// Rooms that hold no HTTP, no SQL and no async.
const PURE: &[&str] = &["nextwell-model", "nextwell-planner", "nextwell-contract"];
const IMPURE: &[&str] = &["tokio*", "futures*", "async-*", "hyper*", "reqwest", "axum*", "sqlx*"];

#[test]
fn no_arrow_between_the_rooms_is_crossed() {
    let manifests = manifests();
    let listed: BTreeSet<&str> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    let members: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(members, listed, "a room was added or removed: say here what it may know");
    for (name, allowed) in MAY_KNOW {
        let known = manifests[*name].iter().filter(|other| members.contains(other.as_str()));
        let crossed: Vec<&String> =
            known.filter(|other| other != name && !allowed.contains(&other.as_str())).collect();
        assert!(crossed.is_empty(), "{name} may know {allowed:?} only, but names {crossed:?}");
    }
}

#[test]
fn each_third_party_crate_stays_in_its_room() {
    let manifests = manifests();
    for (pattern, rooms) in LIVES_ONLY_IN {
        let users = users(&manifests, pattern);
        assert!(!users.is_empty(), "nobody uses {pattern} any more: take it off the list");
        let strangers: Vec<_> = users.iter().filter(|user| !rooms.contains(user)).collect();
        assert!(strangers.is_empty(), "{pattern} lives in {rooms:?}, but {strangers:?} name it");
    }
}

#[test]
fn the_pure_rooms_hold_no_http_no_sql_and_no_async() {
    let manifests = manifests();
    for pattern in IMPURE {
        for room in PURE {
            let found = users(&manifests, pattern).contains(room);
            assert!(!found, "{room} names {pattern}; it holds pure computation only");
        }
    }
}

/// Crates of the workspace that name a dependency like `pattern`.
fn users<'a>(manifests: &'a BTreeMap<String, Vec<String>>, pattern: &str) -> BTreeSet<&'a str> {
    let matches = |name: &String| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    };
    let of = manifests.iter().filter(|(_, names)| names.iter().any(matches));
    of.map(|(user, _)| user.as_str()).collect()
}

/// Every crate of the workspace with the names in its manifest, of every kind.
fn manifests() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(repository())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let manifest = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("a list of dependencies");
        let names = dependencies.iter().map(|one| text(&one["name"])).collect();
        (text(&package["name"]), names)
    };
    packages.iter().map(manifest).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a name").to_owned()
}
