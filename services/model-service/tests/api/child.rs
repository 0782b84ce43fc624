//! The limited child by itself: its limits hold.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use nextwell_model_service::InspectLimits;

use crate::service::fixture_bytes;

/// Signal of a process that wrote a file beyond its limit.
const SIGXFSZ: i32 = 25;

fn inspect(folder: &Path, upload: &OsStr, limits: InspectLimits) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspect-file"))
        .arg(upload)
        .args(["out.safetensors", &serde_json::to_string(&limits).unwrap()])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

#[test]
fn the_child_cannot_read_outside_of_its_folder() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let elsewhere = outside.path().join("cells.h5ad");
    std::fs::write(&elsewhere, fixture_bytes()).unwrap();
    let output = inspect(inside.path(), elsewhere.as_os_str(), InspectLimits::default());
    if String::from_utf8_lossy(&output.stderr).contains("no Landlock") {
        println!("skipped: this kernel has no Landlock");
        return;
    }
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["refused"]["message"].is_string(), "{answer}");
    assert!(output.status.success());
}

#[test]
fn the_child_dies_when_it_writes_or_takes_more_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cells.h5ad"), fixture_bytes()).unwrap();
    let run = |limits| inspect(folder.path(), "cells.h5ad".as_ref(), limits);
    assert!(run(InspectLimits::default()).status.success());
    let small_file = InspectLimits { file_bytes: 1000, ..InspectLimits::default() };
    assert_eq!(run(small_file).status.signal(), Some(SIGXFSZ));
    let small_memory = InspectLimits { memory_bytes: 4 << 20, ..InspectLimits::default() };
    assert!(!run(small_memory).status.success());
}

#[test]
fn the_child_that_reads_a_model_dies_when_it_takes_more_memory_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let family = nextwell_model::families::Family::ALL[0];
    family.random(folder.path(), family.random_sizes()[0], 3).unwrap();
    let run = |limits| {
        Command::new(env!("CARGO_BIN_EXE_inspect-file"))
            .args(["model", ".", &serde_json::to_string(&limits).unwrap()])
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap()
    };
    let limits = InspectLimits::for_model(1 << 20);
    let good = run(limits);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(answer["model"]["family"], family.name());
    let little = InspectLimits { memory_bytes: 4 << 20, ..limits };
    assert!(!run(little).status.success());
}
