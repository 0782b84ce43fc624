//! Real servers: the binary that users run, on a folder and a database of their own.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nextwell_store::testing::{self, TestDatabase};
use tempfile::TempDir;

use crate::api::Api;

/// A server on a crowded machine may take this long to start.
const START: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A data folder and a migrated database, on which servers are started, killed and started again.
#[derive(Debug)]
pub struct Site {
    /// The database that its servers use.
    pub database: TestDatabase,
    data: TempDir,
    lease_seconds: f64,
}

impl Site {
    /// An empty site.
    pub async fn new() -> Self {
        Self::with_lease(30.0).await
    }

    /// An empty site whose workers lose their jobs after this many seconds of silence.
    pub async fn with_lease(lease_seconds: f64) -> Self {
        let data = TempDir::new().expect("a temporary folder");
        Self { database: testing::database().await, data, lease_seconds }
    }

    /// Starts both services in one process.
    pub fn start(&self) -> Server {
        self.run(&["--database-url", &self.database.url, "--device", "cpu"])
    }

    /// Starts a model service alone.
    pub fn start_model_service(&self) -> Server {
        self.run(&["--only", "model", "--device", "cpu"])
    }

    /// Starts a planner service alone; several may run on one site.
    pub fn start_planner(&self, model_service: &Server) -> Server {
        let model = &model_service.address;
        let url = &self.database.url;
        self.run(&["--only", "planner", "--model-service", model, "--database-url", url])
    }

    /// Where the site's model service keeps a model.
    pub fn model_dir(&self, digest: &str) -> PathBuf {
        self.data.path().join("model-service/models").join(digest)
    }

    /// A file of a model that the site's model service keeps.
    pub fn model_file(&self, digest: &str, name: &str) -> Vec<u8> {
        let path = self.model_dir(digest).join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether the site's model service keeps a model's files.
    pub fn has_model(&self, digest: &str) -> bool {
        self.model_dir(digest).exists()
    }

    fn run(&self, args: &[&str]) -> Server {
        let mut command = serve(self.data.path());
        command.args(args);
        command.env("NEXTWELL_LEASE_SECONDS", self.lease_seconds.to_string());
        command.env("NEXTWELL_RETRY_SECONDS", "0.2");
        Server::spawn(command, self.data.path())
    }
}

/// A data folder alone: its servers start a private Postgres in it, as they do for most users.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        // Root's Postgres runs as another user, who must get here.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).expect("our own folder");
        Self(folder)
    }
}

impl Folder {
    /// Starts both services, and the private Postgres unless it runs already.
    pub fn start(&self) -> Server {
        let mut command = serve(self.0.path());
        command.args(["--device", "cpu"]);
        Server::spawn(command, self.0.path())
    }

    /// Process id of the private Postgres while it runs.
    pub fn postgres(&self) -> Option<u32> {
        let pid = fs::read_to_string(self.0.path().join("postgres/postmaster.pid")).ok()?;
        pid.lines().next()?.trim().parse().ok()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left over only when a test failed between a kill and the next start.
        if let Some(pid) = self.postgres() {
            let _ = Command::new("sh").args(["-c", &format!("kill -QUIT {pid}")]).status();
        }
    }
}

fn serve(data: &Path) -> Command {
    let mut command = Command::new(binary());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command
}

/// The `nextwell` binary of the build that this test belongs to.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.parent().and_then(Path::parent).expect("a target folder").join("nextwell");
    assert!(
        built.is_file(),
        "{} is missing; build it first: cargo build -p nextwell",
        built.display()
    );
    built
}

/// A running server. It is killed when the value, or the test's process, ends.
#[derive(Debug)]
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    child: Child,
    // A shell that kills the server when its standard input closes, which happens even if this
    // process is killed.
    watcher: Child,
    log: PathBuf,
}

impl Server {
    fn spawn(mut command: Command, folder: &Path) -> Self {
        let number = fs::read_dir(folder).expect("the data folder").count();
        let out = folder.join(format!("out-{number}"));
        let log = folder.join(format!("log-{number}"));
        command.stdin(Stdio::null()).process_group(0);
        command.stdout(File::create(&out).expect("a file for output"));
        command.stderr(File::create(&log).expect("a file for the log"));
        let child = command.spawn().expect("the nextwell binary runs");
        let watcher = watch(child.id());
        let mut server = Self { address: String::new(), child, watcher, log };
        server.address = server.wait_for_address(&out);
        server
    }

    fn wait_for_address(&mut self, out: &Path) -> String {
        let start = Instant::now();
        while start.elapsed() < START {
            let said = fs::read_to_string(out).unwrap_or_default();
            let complete = said.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let address = complete.filter_map(|line| line.split_once(" listens on ")).next();
            if let Some((_, address)) = address {
                return address.trim().to_owned();
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the server ended with {status}:\n{said}{}", self.log());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        panic!("the server did not start in {START:?}:\n{}", self.log());
    }

    /// A client of this server.
    pub fn api(&self) -> Api {
        Api::new(&self.address)
    }

    /// Its process id, part of the name of its workers.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kill -9`: no goodbye.
    pub fn kill(self) {
        drop(self);
    }

    /// SIGTERM; waits for the end, which must be a clean one.
    pub fn stop(mut self) {
        self.signal("TERM");
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                assert!(status.success(), "the server ended with {status}:\n{}", self.log());
                return;
            }
            assert!(start.elapsed() < START, "the server did not stop:\n{}", self.log());
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// SIGSTOP: the process stands still, as a laptop whose lid was closed.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT: it goes on, not knowing that time has passed.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
        assert!(sent.expect("a shell").success(), "signal {name} was not sent");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The watcher first: it must not kill a process that has our child's number by then.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("log of the server at {}:\n{}", self.address, self.log());
        }
    }
}

fn watch(pid: u32) -> Child {
    Command::new("sh")
        .args(["-c", "cat >/dev/null; kill -9 $1", "sh", &pid.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell")
}
