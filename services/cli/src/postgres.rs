//! A private Postgres: a folder and a free port, nothing global.
//!
//! Postgres refuses to run as root, so root starts it as the system user `postgres`; if that
//! user cannot reach the data folder (a home directory, say), the cluster goes to a folder of
//! its own under /var/tmp, and `nextwell doctor` says where.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, bail};

const DATABASE: &str = "postgres";
/// The user of the private cluster; its password is in the data folder.
const USER: &str = "nextwell";

/// A running private cluster. [`PrivatePostgres::stop`] ends it; a crash of this process does
/// not, and the next start finds it running and uses it.
#[derive(Debug)]
pub struct PrivatePostgres {
    tools: PathBuf,
    cluster: PathBuf,
    url: String,
}

impl PrivatePostgres {
    /// Starts the cluster that belongs to `data_dir`, making it first if there is none.
    ///
    /// # Errors
    /// When Postgres is not installed, or does not start (the log's last lines are in the error).
    pub fn start(data_dir: &Path) -> anyhow::Result<Self> {
        let tools = find_tools()?;
        let cluster = cluster_dir(data_dir)?;
        let password = password(data_dir)?;
        if !cluster.join("PG_VERSION").exists() {
            create(&tools, &cluster, &password)?;
        }
        let port = match running_port(&cluster) {
            Some(port) if pg_ctl(&tools, &cluster, &["status"]).is_ok() => port,
            _ => launch(&tools, &cluster)?,
        };
        let url = format!("postgres://{USER}:{password}@127.0.0.1:{port}/{DATABASE}");
        Ok(Self { tools, cluster, url })
    }

    /// Connection URL, password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the cluster; connections are ended, data is safe.
    pub fn stop(&self) {
        if let Err(error) = pg_ctl(&self.tools, &self.cluster, &["-m", "fast", "-w", "stop"]) {
            tracing::warn!(%error, "the private Postgres did not stop");
        }
    }
}

/// Stops the cluster of `data_dir` if it runs and removes its files.
pub fn remove(data_dir: &Path) -> anyhow::Result<()> {
    let cluster = cluster_dir(data_dir)?;
    if cluster.join("postmaster.pid").exists() {
        let tools = find_tools()?;
        // It may be stale: then there is nothing to stop.
        let _ = pg_ctl(&tools, &cluster, &["-m", "fast", "-w", "stop"]);
    }
    match fs::remove_dir_all(&cluster) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", cluster.display()))
        }
        _ => Ok(()),
    }
}

/// Folder of `initdb`, `pg_ctl` and the server.
///
/// # Errors
/// When none is found, with the package to install.
pub fn find_tools() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let mut found: Vec<PathBuf> = versions.flatten().map(|v| v.path().join("bin")).collect();
        found.sort();
        places.extend(found.into_iter().rev());
    }
    places
        .into_iter()
        .find(|dir| dir.join("initdb").exists() && dir.join("pg_ctl").exists())
        .context(
            "Postgres is not installed (no initdb on PATH or in /usr/lib/postgresql); \
             install the package postgresql, or give --database-url",
        )
}

/// Where the cluster of `data_dir` lies.
pub fn cluster_dir(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let data_dir = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    if is_root() && !reachable_by_others(&data_dir) {
        let name: String = data_dir
            .to_string_lossy()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        return Ok(PathBuf::from(format!("/var/tmp/nextwell{name}")));
    }
    Ok(data_dir.join("postgres"))
}

fn create(tools: &Path, cluster: &Path, password: &str) -> anyhow::Result<()> {
    fs::create_dir_all(cluster)?;
    fs::set_permissions(cluster, fs::Permissions::from_mode(0o700))?;
    let password_file = cluster.with_extension("pw");
    fs::write(&password_file, password)?;
    if is_root() {
        own(cluster)?;
        own(&password_file)?;
    }
    let mut command = as_postgres(&tools.join("initdb"));
    command.arg("-D").arg(cluster).args(["-U", USER, "-E", "UTF8", "--locale=C.UTF-8"]);
    command.args(["-A", "scram-sha-256"]).arg("--pwfile").arg(&password_file);
    let outcome = run(command);
    fs::remove_file(&password_file).ok();
    outcome.context("initdb could not make the private database")?;
    Ok(())
}

fn launch(tools: &Path, cluster: &Path) -> anyhow::Result<u16> {
    let port = free_port()?;
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
         -c max_connections=60 -c shared_buffers=64MB"
    );
    let log = cluster.join("log.txt");
    pg_ctl(tools, cluster, &["-w", "-l", &log.to_string_lossy(), "-o", &options, "start"])
        .with_context(|| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(5).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            format!("the private Postgres did not start; its log ends with:\n{}", tail.join("\n"))
        })?;
    Ok(port)
}

/// Port in the fourth line of a running server's pid file.
fn running_port(cluster: &Path) -> Option<u16> {
    let pid = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    pid.lines().nth(3)?.trim().parse().ok()
}

fn pg_ctl(tools: &Path, cluster: &Path, args: &[&str]) -> anyhow::Result<Output> {
    let mut command = as_postgres(&tools.join("pg_ctl"));
    command.arg("-D").arg(cluster).args(args);
    run(command)
}

/// A command as the user that may run Postgres: ourselves, or `postgres` when we are root.
fn as_postgres(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn run(mut command: Command) -> anyhow::Result<Output> {
    // The server inherits neither our input nor our output: it outlives this call.
    command.stdin(std::process::Stdio::null());
    let error_file = tempfile::tempfile()?;
    command.stdout(std::process::Stdio::null()).stderr(error_file.try_clone()?);
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if status.success() {
        return Ok(Output { status, stdout: Vec::new(), stderr: Vec::new() });
    }
    use std::io::{Read, Seek};
    let mut text = String::new();
    let mut error_file = error_file;
    error_file.rewind()?;
    error_file.read_to_string(&mut text)?;
    bail!("{:?} failed ({status}): {}", command.get_program(), text.trim())
}

fn own(path: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("chown");
    command.arg("postgres:").arg(path);
    run(command).context("cannot hand the folder to the system user postgres")?;
    Ok(())
}

fn password(data_dir: &Path) -> anyhow::Result<String> {
    let file = data_dir.join("postgres-password");
    if let Ok(password) = fs::read_to_string(&file) {
        return Ok(password);
    }
    fs::create_dir_all(data_dir)?;
    let password = uuid::Uuid::new_v4().simple().to_string();
    fs::write(&file, &password)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    Ok(password)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

/// Whether another user may walk down to `path`.
fn reachable_by_others(path: &Path) -> bool {
    path.ancestors()
        .all(|dir| fs::metadata(dir).map_or(true, |meta| meta.permissions().mode() & 0o001 != 0))
}
