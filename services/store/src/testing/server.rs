//! Starting and stopping a private Postgres server.

use std::io::{Error, Result};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A private server in a temporary directory, reached by a unix socket only.
#[derive(Debug)]
pub(super) struct Server {
    bin: PathBuf,
    dir: PathBuf,
    // A shell that waits for the end of its standard input, which comes when this value or this
    // process ends in whatever way, then stops the server and removes the directory.
    watcher: Child,
}

impl Server {
    pub(super) fn start() -> Result<Self> {
        let bin = bin_dir()?;
        let dir = tempfile::Builder::new().prefix("nextwell-pg-").tempdir()?.keep();
        let watcher = watch(&bin, &dir)?;
        let server = Self { bin, dir, watcher };
        server.init()?;
        server.start_again()?;
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.dir.display())
    }

    pub(super) fn start_again(&self) -> Result<()> {
        // No TCP at all, so no port can be taken.
        let settings = format!(
            "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 \
             -c listen_addresses= -c unix_socket_directories={}",
            self.dir.display()
        );
        let mut start = self.tool("pg_ctl");
        start.args(["-w", "-t", "60", "-o", &settings, "-l"]).arg(self.dir.join("data/server.log"));
        self.finish(start.arg("start"))
    }

    pub(super) fn stop_immediately(&self) -> Result<()> {
        self.finish(self.tool("pg_ctl").args(["-m", "immediate", "stop"]))
    }

    fn init(&self) -> Result<()> {
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&self.dir))?;
        }
        run(Command::new("chmod").arg("755").arg(&self.dir))?;
        self.finish(self.tool("initdb").args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "--locale=C.UTF-8",
            "-E",
            "UTF8",
        ]))
    }

    /// One of Postgres's tools on our data directory, as a user whom Postgres accepts.
    fn tool(&self, name: &str) -> Command {
        let mut command = as_postgres(&self.bin.join(name));
        command.arg("-D").arg(self.dir.join("data")).current_dir(&self.dir);
        command
    }

    fn finish(&self, command: &mut Command) -> Result<()> {
        run(command).map_err(|error| {
            let log = std::fs::read_to_string(self.dir.join("data/server.log")).unwrap_or_default();
            Error::other(format!("{error}\n{log}"))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

fn watch(bin: &Path, dir: &Path) -> Result<Child> {
    let stop = as_postgres(&bin.join("pg_ctl"));
    let script =
        r#"dir=$1; shift; cat >/dev/null; "$@" -D "$dir/data" -m immediate stop; rm -rf "$dir""#;
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(dir)
        .arg(stop.get_program())
        .args(stop.get_args())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // An interrupt from the terminal must not end the one who cleans up.
        .process_group(0)
        .spawn()
}

fn as_postgres(tool: &Path) -> Command {
    if !is_root() {
        return Command::new(tool);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(tool);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of our own entry in /proc is the effective user.
    std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

/// Runs to the end; the server that `pg_ctl` leaves behind must not hold our streams.
fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::other(format!("{command:?} ended with {status}"))),
        Err(error) => Err(Error::other(format!("{command:?} could not be run: {error}"))),
    }
}

/// Where `initdb` lies: on the path, or where Debian puts the newest version.
fn bin_dir() -> Result<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    debian.sort();
    on_path
        .chain(debian.into_iter().rev().map(|(_, dir)| dir.join("bin")))
        .filter_map(|dir| dir.join("initdb").canonicalize().ok())
        .find_map(|initdb| initdb.parent().map(Path::to_path_buf))
        .ok_or_else(|| {
            Error::other("`initdb` found neither on PATH nor in /usr/lib/postgresql/*/bin")
        })
}
