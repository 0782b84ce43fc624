//! Replaying a finished screen.

use std::process::{Command, Output};

use serde_json::Value;

fn replay(args: &[&str]) -> Output {
    let screen = concat!(env!("CARGO_MANIFEST_DIR"), "/data/freimer2022_il2ra.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nextwell"));
    command.args(["replay", "--screen", screen, "--readout", "IL2RA", "--rounds", "2"]);
    command.args(["--seeds", "2"]).args(args);
    command.output().expect("the program runs")
}

fn json(args: &[&str]) -> Value {
    let output = replay(&[args, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn strategy<'a>(found: &'a Value, name: &str) -> &'a Value {
    let all = found["strategies"].as_array().expect("strategies");
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}: {found}"))
}

#[test]
fn every_strategy_is_played_and_compared_with_chance_and_ridge() {
    let found = json(&["--keywords", "interleukin-2,t cell"]);
    assert_eq!(
        (&found["rounds"], &found["batch"], &found["seeds"]),
        (&2.into(), &24.into(), &2.into())
    );
    assert_eq!(found["hit_rule"], "FDR below 0.05");
    assert!(found["genes"].as_u64() > Some(1200) && found["hits"].as_u64() > Some(30), "{found}");
    for name in ["default", "cold", "learn", "prior", "ridge", "random"] {
        let one = strategy(&found, name);
        let rounds = one["per_round"].as_array().expect("rounds");
        assert_eq!((rounds.len(), &rounds[1]), (2, &one["mean"]), "{one}");
        assert!(one["sd"].is_f64() && one["seconds"].is_f64(), "{one}");
        assert_eq!(one["p_vs_random"].is_f64(), name != "random", "{one}");
    }
    let mean = |name| strategy(&found, name)["mean"].as_f64().expect("a mean");
    assert!(mean("default") > 2.0 * mean("random"), "{found}");
    assert_eq!(mean("default"), mean("cold"), "there is no earlier screen");
}

#[test]
fn with_labels_of_other_genes_nothing_is_left_to_find() {
    let found = json(&["--control", "labels", "--strategy", "default,prior"]);
    assert_eq!(found["control"], "labels");
    let most = found["random_band_90"][1]["high"].as_f64().expect("a band");
    assert!(strategy(&found, "prior")["mean"].as_f64() <= Some(most), "{found}");
    assert!(strategy(&found, "default")["mean"].as_f64() <= Some(1.5 * most), "{found}");
}

#[test]
fn an_earlier_screen_helps_and_is_left_out_where_it_is_not_wanted() {
    let dir = tempfile::tempdir().expect("a folder");
    let screen = concat!(env!("CARGO_MANIFEST_DIR"), "/data/freimer2022_il2ra.csv");
    let text = std::fs::read_to_string(screen).expect("the screen");
    // Every second gene of the same screen, as if the lab had run a smaller library before.
    let half = text.lines().take(1).chain(text.lines().skip(1).step_by(2));
    let earlier = dir.path().join("earlier.csv");
    std::fs::write(&earlier, half.collect::<Vec<_>>().join("\n")).expect("room");
    let earlier = earlier.to_string_lossy().into_owned();
    let found = json(&["--archive", &earlier, "--strategy", "default,cold"]);
    let mean = |name| strategy(&found, name)["mean"].as_f64().expect("a mean");
    assert!(mean("default") > mean("cold"), "{found}");
}

#[test]
fn what_cannot_be_played_is_refused_in_words() {
    let refused = |args: &[&str]| {
        let output = replay(args);
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&["--strategy", "luck"]).contains("there are default, cold"));
    assert!(refused(&["--score-column", "luck"]).contains("no column luck"));
    assert!(refused(&["--archive", "no-such-file.csv"]).contains("cannot read"));
    assert!(refused(&["--hits", "score>=1e9"]).contains("no hit"));
}
