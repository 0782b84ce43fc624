//! The service's side: start the child, wait, judge how it ended.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nextwell_contract::{DatasetReport, ModelCard};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::{Answer, InspectLimits, MODEL};
use crate::failure::Failure;

/// Name of the upload in the scratch folder.
pub const UPLOAD: &str = "upload.h5ad";

/// Most bytes read of the child's answer; a report is some kilobytes.
const MAX_ANSWER_BYTES: u64 = 16 << 20;
/// Most bytes of its complaints that go to the log.
const MAX_COMPLAINT_BYTES: u64 = 4 << 10;

/// Starts limited children.
#[derive(Debug, Clone)]
pub struct Inspector {
    command: Vec<OsString>,
    limits: InspectLimits,
}

impl Inspector {
    /// `command` is the program and its first arguments.
    pub fn new(command: Vec<OsString>, limits: InspectLimits) -> Self {
        Self { command, limits }
    }

    /// Has [`UPLOAD`] in `folder` read and the canonical matrix written beside it as `canonical`.
    ///
    /// Dropping the future kills the child.
    ///
    /// # Errors
    /// 422 when the file is refused or the child dies of it; 500 when no child can be started.
    pub async fn inspect(&self, folder: &Path, canonical: &str) -> Result<DatasetReport, Failure> {
        let what = What { limits: self.limits, noun: "file", damaged: damaged_file };
        match self.ask(folder, [UPLOAD, canonical], &what).await? {
            Answer::Report(report) => Ok(report),
            _ => Err(Failure::internal("the child answered something else")),
        }
    }

    /// Has the checkpoint in `folder`, of `bytes` in all, read and described.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub async fn describe_model(&self, folder: &Path, bytes: u64) -> Result<ModelCard, Failure> {
        let limits = InspectLimits::for_model(bytes);
        let what = What { limits, noun: "model", damaged: damaged_model };
        match self.ask(folder, [MODEL, "."], &what).await? {
            Answer::Model(card) => Ok(*card),
            _ => Err(Failure::internal("the child answered something else")),
        }
    }

    async fn ask(&self, folder: &Path, first: [&str; 2], what: &What) -> Result<Answer, Failure> {
        let mut child = self.spawn(folder, first, &what.limits)?;
        let stdout = read_some(child.stdout.take(), MAX_ANSWER_BYTES);
        let stderr = read_some(child.stderr.take(), MAX_COMPLAINT_BYTES);
        let ended = async { tokio::join!(stdout, stderr, child.wait()) };
        let wall = Duration::from_secs(what.limits.wall_seconds);
        let (answer, complaint, status) =
            tokio::time::timeout(wall, ended).await.map_err(|_| what.took_too_long())?;
        let status = status.map_err(Failure::internal)?;
        let complaint = String::from_utf8_lossy(&complaint).into_owned();
        if let Some(signal) = status.signal() {
            return Err(what.killed(signal).cause(complaint));
        }
        match serde_json::from_slice(&answer) {
            Ok(Answer::Refused { code, message }) if status.success() => {
                let title = format!("This {} cannot be used", what.noun);
                Err(Failure::new(422, &code, &title).detail(message))
            }
            Ok(answer) if status.success() => Ok(answer),
            _ => Err(what.no_answer(status).cause(complaint)),
        }
    }

    fn spawn(
        &self,
        folder: &Path,
        first: [&str; 2],
        limits: &InspectLimits,
    ) -> Result<Child, Failure> {
        let (program, before) = self
            .command
            .split_first()
            .ok_or_else(|| Failure::internal("no command to inspect files is configured"))?;
        let limits = serde_json::to_string(limits).map_err(Failure::internal)?;
        Command::new(program)
            .args(before)
            .args(first)
            .arg(limits)
            .current_dir(folder)
            .env_clear()
            // No filter plug-ins: an empty search path, and none loaded even so.
            .env("HDF5_PLUGIN_PATH", "")
            .env("HDF5_PLUGIN_PRELOAD", "::")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::internal(format!("cannot start {program:?}: {error}")))
    }
}

/// What is being read, for the words about how it ended.
struct What {
    limits: InspectLimits,
    noun: &'static str,
    damaged: fn(&str) -> Failure,
}

impl What {
    fn took_too_long(&self) -> Failure {
        let title = format!("This {} takes too long to read", self.noun);
        Failure::new(422, "file_takes_too_long", &title).detail(format!(
            "it was not read within {} s; subset the cells and write the file again with anndata, \
             or download the checkpoint again",
            self.limits.wall_seconds
        ))
    }

    /// A signal says what the child died of; numbers as in Linux's signal(7).
    fn killed(&self, signal: i32) -> Failure {
        const SIGXCPU: i32 = 24;
        const SIGXFSZ: i32 = 25;
        match signal {
            SIGXCPU => self.took_too_long(),
            SIGXFSZ => Failure::new(422, "over_limit", "This file is too large").detail(format!(
                "its counts need more than {} bytes on disk; subset the cells",
                self.limits.file_bytes
            )),
            _ => (self.damaged)(&format!("signal {signal} ended the program that read it")),
        }
    }

    fn no_answer(&self, status: ExitStatus) -> Failure {
        /// Exit code of a Rust program that panicked.
        const PANICKED: i32 = 101;
        if status.code() == Some(PANICKED) {
            return (self.damaged)("the program that read it gave up");
        }
        Failure::internal(format!("the child that reads files ended with {status} and no answer"))
    }
}

fn damaged_model(how: &str) -> Failure {
    Failure::new(422, "damaged_checkpoint", "This checkpoint is damaged").detail(format!(
        "it is damaged, made to do harm, or asks for more memory than its size explains: {how}; \
         download it again from where it was published"
    ))
}

fn damaged_file(how: &str) -> Failure {
    Failure::new(422, "damaged_file", "This file is damaged").detail(format!(
        "this file is damaged or made to look like an h5ad: {how}; copy it again from its source, \
         or write it again with anndata's write_h5ad"
    ))
}

async fn read_some(pipe: Option<impl AsyncRead + Unpin>, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let mut limited = pipe.take(limit);
        // A broken pipe ends the answer; the exit status tells the rest.
        let _ = limited.read_to_end(&mut bytes).await;
        // A child that says more must not wait for us.
        let _ = tokio::io::copy(&mut limited.into_inner(), &mut tokio::io::sink()).await;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ending_of(script: &str, wall_seconds: u64) -> Failure {
        let command = ["/bin/sh", "-c", script].map(OsString::from).to_vec();
        let limits = InspectLimits { wall_seconds, ..InspectLimits::default() };
        let folder = tempfile::tempdir().unwrap();
        Inspector::new(command, limits).inspect(folder.path(), "out").await.unwrap_err()
    }

    #[tokio::test]
    async fn a_child_killed_by_the_file_says_that_the_file_is_damaged() {
        for script in ["kill -SEGV $$", "kill -ABRT $$", "exit 101"] {
            let failure = ending_of(script, 60).await;
            let problem = failure.problem();
            assert_eq!((problem.status, problem.code.as_str()), (422, "damaged_file"), "{script}");
            assert!(problem.detail.starts_with("this file is damaged"), "{}", problem.detail);
        }
    }

    #[tokio::test]
    async fn a_child_that_takes_too_long_is_killed() {
        assert_eq!(ending_of("exec sleep 60", 1).await.code(), "file_takes_too_long");
        assert_eq!(ending_of("kill -XCPU $$", 60).await.code(), "file_takes_too_long");
        assert_eq!(ending_of("kill -XFSZ $$", 60).await.code(), "over_limit");
    }

    #[tokio::test]
    async fn a_child_without_an_answer_is_our_fault_and_its_complaint_goes_to_the_log_only() {
        let failure = ending_of("echo secret >&2; exit 3", 60).await;
        assert_eq!(failure.problem().status, 500);
        assert!(!failure.to_string().contains("secret"));
    }

    #[tokio::test]
    async fn the_child_has_no_environment_but_the_switch_that_turns_plug_ins_off() {
        let script = r#"printf '{"refused":{"code":"env","message":"%s|%s|%s"}}' "$HOME" "$HDF5_PLUGIN_PATH" "$HDF5_PLUGIN_PRELOAD""#;
        let failure = ending_of(script, 60).await;
        assert_eq!((failure.code(), failure.problem().detail.as_str()), ("env", "||::"));
    }
}
