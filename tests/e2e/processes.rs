//! The platform as a city runs it: every service and the gateway in a process
//! of its own, over a real Redis. Any of them can be killed and started again.

use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::FileClock;
use kit::{
    auth::{DevIssuer, DevIssuerOptions},
    config::AuthSettings,
    lifecycle::Tasks,
};
use sanshe::{
    demo::{client::Client, desk::Desk, world::World},
    services::SERVICES,
};
use testkit::{Databases, TestRedis};

/// How long people try again: the restarts of a busy machine, many times over.
const PATIENCE: Duration = Duration::from_mins(3);

/// The processes of a platform, and all that goes with them.
pub struct Processes {
    parts: Vec<Part>,
    /// `http://host:port/graphql`.
    pub graph: String,
    issuer: String,
    tasks: Tasks,
    data: tempfile::TempDir,
    _databases: Databases,
}

/// One process: how to start it, and the one that runs.
struct Part {
    name: &'static str,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    log: std::path::PathBuf,
    child: Mutex<Option<Child>>,
    kills: AtomicU32,
}

impl Processes {
    /// Starts all of them; none where the tests were given no Redis, without
    /// which events cannot leave a process.
    pub async fn start() -> Option<Self> {
        let Some(redis) = TestRedis::fresh().await else {
            eprintln!("skipped: SANSHE_TEST_REDIS_URL is not set");
            return None;
        };
        let databases =
            Databases::create(SERVICES.iter().map(|service| service.definition.name)).await;
        let data = tempfile::tempdir().unwrap();
        let tasks = Tasks::new();
        let (issuer, auth) = login(data.path(), &tasks).await;

        let key = |byte: u8| STANDARD.encode([byte; 32]);
        let path = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
        let mut common = vec![
            ("SANSHE_DATABASE_URL", databases.app_url()),
            ("SANSHE_OWNER_DATABASE_URL", databases.owner_url()),
            ("SANSHE_DATABASE_PREFIX", databases.prefix.clone()),
            ("SANSHE_REDIS_URL", redis.url),
            ("SANSHE_AUTH__ISSUER", auth.issuer),
            ("SANSHE_AUTH__AUDIENCE", auth.audience),
            ("SANSHE_AUTH__JWKS_URL", auth.jwks_url),
            ("SANSHE_PII__KEY", key(1)),
            ("SANSHE_PII__INDEX_KEY", key(2)),
            ("SANSHE_AUDIT_FOLDER", path("audit")),
            ("SANSHE_CLOCK_FILE", path("clock")),
            ("SANSHE_LOG", "warn".into()),
            ("SANSHE_GATEWAY_STATE_DIR", path("gateway")),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect::<Vec<_>>();
        let mut ports = Ports::new();
        let addresses: Vec<(&'static str, u16)> = SERVICES
            .iter()
            .map(|service| (service.definition.name, ports.free()))
            .collect();
        for (name, port) in &addresses {
            let variable = format!("SANSHE_PEERS__{}", name.to_uppercase());
            common.push((variable, format!("http://127.0.0.1:{port}")));
        }

        let once = |arguments: &[&str]| {
            let done = command(arguments, &common, data.path()).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {done:?}");
        };
        once(&["migrate"]);
        let divisions = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/divisions");
        once(&["import", "divisions", "--from", divisions]);
        // The story may pass the end of the year that the release knows.
        for year in ["2027", "2028"] {
            let days = format!(
                "{}/src/demo/calendar/{year}.csv",
                env!("CARGO_MANIFEST_DIR")
            );
            let named = ["--from", &days, "--source", "示范日历"];
            once(&[&["import", "calendar", "--year", year], &named[..]].concat());
        }

        let part = |name: &'static str, arguments: &[&str], own: (&str, String)| {
            let mut environment = common.clone();
            environment.push((own.0.to_owned(), own.1));
            Part {
                name,
                arguments: arguments.iter().map(|&it| it.to_owned()).collect(),
                environment,
                log: data.path().join(format!("{name}.log")),
                child: Mutex::new(None),
                kills: AtomicU32::new(0),
            }
        };
        let mut parts = Vec::new();
        for (name, port) in &addresses {
            let listen = ("SANSHE_LISTEN", format!("127.0.0.1:{port}"));
            parts.push(part(name, &["serve", name], listen));
        }
        let graph = format!("127.0.0.1:{}", ports.free());
        let development = ("SANSHE_GATEWAY_FEATURES__EXPLAIN", "true".to_owned());
        parts.push(part(
            "gateway",
            &["gateway", "--listen", &graph],
            development,
        ));
        let processes = Self {
            parts,
            graph: format!("http://{graph}/graphql"),
            issuer,
            tasks,
            data,
            _databases: databases,
        };
        for part in &processes.parts {
            part.start();
        }
        Some(processes)
    }

    /// A world at this platform, whose people try again.
    pub fn world(&self, run: &str) -> World {
        World::new(
            Client::new(self.graph.clone()),
            Desk::new(self.issuer.clone(), self.data.path()),
            run,
            |line| eprintln!("{line}"),
        )
        .patient(PATIENCE)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// Kills the process of this number at once, and starts it again.
    pub fn restart(&self, number: usize) {
        let part = &self.parts[number];
        part.kill();
        part.kills.fetch_add(1, Ordering::Relaxed);
        part.start();
    }

    /// Kills a process; it stays away until [`Self::bring_back`].
    pub fn take_away(&self, name: &str) {
        self.part(name).kill();
    }

    /// Starts it again.
    pub fn bring_back(&self, name: &str) {
        self.part(name).start();
    }

    /// How often each was killed and started again.
    pub fn kills(&self) -> Vec<(&'static str, u32)> {
        let kills = |part: &Part| (part.name, part.kills.load(Ordering::Relaxed));
        self.parts.iter().map(kills).collect()
    }

    fn part(&self, name: &str) -> &Part {
        self.parts.iter().find(|part| part.name == name).unwrap()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.tasks.stopping().cancel();
        for part in &self.parts {
            part.kill();
            if std::thread::panicking() {
                let log = std::fs::read_to_string(&part.log).unwrap_or_default();
                let lines: Vec<_> = log.lines().rev().take(8).collect();
                eprintln!("--- the last of {}:", part.name);
                for line in lines.into_iter().rev() {
                    eprintln!("{line}");
                }
            }
        }
    }
}

impl Part {
    fn start(&self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        let folder = self.log.parent().unwrap();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let child = command(&arguments, &self.environment, folder)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        *self.child.lock().unwrap() = Some(child);
    }

    /// SIGKILL: nothing is finished, flushed or said goodbye to.
    fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn command(arguments: &[&str], environment: &[(String, String)], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sanshe"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// The login for development and the clock: of the test, so that nobody is
/// locked out by a kill.
async fn login(data: &Path, tasks: &Tasks) -> (String, AuthSettings) {
    let server = DevIssuer::bind(
        ([127, 0, 0, 1], 0).into(),
        DevIssuerOptions {
            data: data.to_owned(),
            audience: "sanshe".into(),
            clock: Arc::new(FileClock::new(data.join("clock"))),
        },
    )
    .await
    .unwrap();
    let address = format!("http://{}", server.address());
    let settings = server.settings();
    let stopping = tasks.stopping();
    tasks.spawn("issuer", async move {
        let _ = server.serve(stopping).await;
    });
    (address, settings)
}

/// Ports below those that the system gives to outgoing connections: one of
/// these could sit on the port of a process that is away for a moment.
pub struct Ports {
    next: u16,
}

impl Ports {
    const LOWEST: u16 = 15_000;
    const SPAN: u16 = 15_000;

    pub fn new() -> Self {
        // Where another run of the tests is unlikely to look.
        let mut bytes = [0_u8; 2];
        getrandom::fill(&mut bytes).unwrap();
        Self {
            next: u16::from_le_bytes(bytes) % Self::SPAN,
        }
    }

    /// The next one that nobody listens on.
    pub fn free(&mut self) -> u16 {
        loop {
            self.next = (self.next + 1) % Self::SPAN;
            let port = Self::LOWEST + self.next;
            if TcpListener::bind(("127.0.0.1", port)).is_ok() {
                return port;
            }
        }
    }
}
