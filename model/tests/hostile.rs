//! Hostile files through the front door: every family's checkpoint, damaged in every known way,
//! is a clear error, without a panic and without much memory.

use std::fs;
use std::path::{Path, PathBuf};

use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{Family, FamilyError, Kernels, OpenOptions, open};

const CPU: OpenOptions = OpenOptions { device: DeviceChoice::Cpu, kernels: Kernels::Fused };
const WEIGHTS: &str = "model.safetensors";
/// Published names of PyTorch containers, of all families.
const PYTORCH: [&str; 4] = ["pytorch_model.bin", "best_model.pt", "models.ckpt", "ckpt.pth"];
/// Memory that all of this may take, in MiB; the tiny checkpoints have less than one each.
const MOST_MIB: u64 = 800;

/// A tiny checkpoint of a family, to damage.
struct Victim {
    family: Family,
    dir: tempfile::TempDir,
    /// The weights, whole.
    whole: Vec<u8>,
}

impl Victim {
    fn of(family: Family) -> Self {
        let dir = tempfile::tempdir().unwrap();
        family.random(dir.path(), family.random_sizes()[0], 3).unwrap();
        assert!(open(dir.path(), CPU).is_ok(), "{family}: whole");
        let whole = fs::read(dir.path().join(WEIGHTS)).unwrap();
        Self { family, dir, whole }
    }

    fn weights(&self) -> PathBuf {
        self.dir.path().join(WEIGHTS)
    }

    /// What opening says when the weights are these.
    fn refusal(&self, bytes: &[u8]) -> String {
        fs::write(self.weights(), bytes).unwrap();
        refusal(self.dir.path(), self.family)
    }

    fn header(&self) -> (usize, serde_json::Value) {
        let size = u64::from_le_bytes(self.whole[..8].try_into().unwrap()) as usize;
        (8 + size, serde_json::from_slice(&self.whole[8..8 + size]).unwrap())
    }

    /// The weights with another header.
    fn with_header(&self, header: &serde_json::Value) -> Vec<u8> {
        let text = serde_json::to_vec(header).unwrap();
        let data = &self.whole[self.header().0..];
        [&(text.len() as u64).to_le_bytes()[..], &text, data].concat()
    }

    /// Some tensor of floats: its name, and its first byte in the file.
    fn a_tensor(&self) -> (String, usize) {
        let (data, header) = self.header();
        let mut tensors = header.as_object().unwrap().iter().filter(|(_, t)| t["dtype"] == "F32");
        let (name, tensor) = tensors.next().unwrap();
        (name.clone(), data + tensor["data_offsets"][0].as_u64().unwrap() as usize)
    }
}

fn refusal(dir: &Path, family: Family) -> String {
    match open(dir, CPU) {
        Ok(_) => panic!("{family}: opened"),
        Err(error) => error.to_string(),
    }
}

fn each(check: impl Fn(&Victim)) {
    for &family in Family::ALL {
        check(&Victim::of(family));
    }
    assert!(peak_mib() < MOST_MIB, "took {} MiB", peak_mib());
}

/// Largest resident memory of this process so far; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[test]
fn weights_cut_anywhere_are_refused() {
    each(|victim| {
        for i in 0..64 {
            let error = victim.refusal(&victim.whole[..victim.whole.len() * i / 64]);
            assert!(error.contains(WEIGHTS), "{}: cut at {i}/64: {error}", victim.family);
        }
    });
}

#[test]
fn weights_that_are_something_else_are_refused() {
    each(|victim| {
        for bytes in [b"<!DOCTYPE html>".to_vec(), vec![0; 4_096], b"PK\x03\x04".repeat(64)] {
            let error = victim.refusal(&bytes);
            assert!(error.contains(WEIGHTS) && error.contains("download"), "{error}");
        }
    });
}

#[test]
fn a_header_of_a_gigabyte_is_refused() {
    each(|victim| {
        let mut bytes = victim.whole.clone();
        bytes[..8].copy_from_slice(&(1u64 << 30).to_le_bytes());
        let error = victim.refusal(&bytes);
        assert!(error.contains("header") && error.contains("1073741824"), "{error}");
    });
}

#[test]
fn a_tensor_larger_than_the_file_is_refused_by_its_name() {
    each(|victim| {
        let (name, _) = victim.a_tensor();
        for shape in [vec![1u64 << 40], vec![1 << 32, 1 << 32, 1 << 32]] {
            let (_, mut header) = victim.header();
            header[&name]["shape"] = shape.into();
            let error = victim.refusal(&victim.with_header(&header));
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    });
}

#[test]
fn weights_that_are_not_numbers_are_refused_by_their_key() {
    each(|victim| {
        let (name, at) = victim.a_tensor();
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut bytes = victim.whole.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let error = victim.refusal(&bytes);
            assert!(error.contains(&name) && error.contains("finite"), "{error}");
        }
    });
}

#[test]
fn a_pickle_that_asks_to_run_something_is_refused_by_the_name_of_its_class() {
    // data.pkl of this archive calls posix.system; made with Python's zipfile, stored.
    let evil = include_bytes!("../../tests/data/pickle/evil_state_dict.pt");
    each(|victim| {
        fs::remove_file(victim.weights()).unwrap();
        for name in PYTORCH {
            fs::write(victim.dir.path().join(name), evil).unwrap();
        }
        let error = refusal(victim.dir.path(), victim.family);
        assert!(error.contains("posix.system"), "{}: {error}", victim.family);
        assert!(error.contains("nothing was executed"), "{error}");
        for name in PYTORCH {
            fs::write(victim.dir.path().join(name), b"\x00not a checkpoint").unwrap();
        }
        let error = refusal(victim.dir.path(), victim.family);
        assert!(error.contains("begins with"), "{}: {error}", victim.family);
    });
}

#[test]
fn any_other_file_cut_or_emptied_is_an_error_or_is_not_needed_but_never_a_panic() {
    each(|victim| {
        let names: Vec<PathBuf> = fs::read_dir(victim.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| *path != victim.weights())
            .collect();
        for path in names {
            let whole = fs::read(&path).unwrap();
            for i in 0..16 {
                fs::write(&path, &whole[..whole.len() * i / 16]).unwrap();
                let opened = open(victim.dir.path(), CPU);
                assert!(opened.is_err(), "{}: {} cut at {i}/16", victim.family, path.display());
            }
            fs::write(&path, whole).unwrap();
        }
        assert!(open(victim.dir.path(), CPU).is_ok());
    });
}

#[test]
fn geneformers_vocabularies_of_the_other_version_are_refused() {
    let victim = Victim::of(Family::Geneformer);
    let csv = victim.dir.path().join("vocabulary.csv");
    let own = fs::read_to_string(&csv).unwrap();
    // Without its own file the bundled vocabulary of V1 would have to fit.
    fs::remove_file(&csv).unwrap();
    let error = refusal(victim.dir.path(), victim.family);
    assert!(error.contains("25426") && error.contains("vocab_size"), "{error}");
    // The same genes as V2 numbers them: two special tokens more.
    let renumbered = own.lines().skip(3).enumerate().map(|(i, line)| {
        let mut fields = line.split(',');
        let (id, rest) = (fields.next().unwrap(), fields.skip(1).collect::<Vec<_>>().join(","));
        format!("{id},{},{rest}\n", i + 4)
    });
    let head =
        "ensembl_id,token_id,nonzero_median,symbol\n<pad>,0,,\n<mask>,1,,\n<cls>,2,,\n<eos>,3,,\n";
    fs::write(&csv, head.to_owned() + &renumbered.collect::<String>()).unwrap();
    let refused = open(victim.dir.path(), CPU);
    assert!(matches!(refused, Err(FamilyError::Tokenizer(_))));
}
