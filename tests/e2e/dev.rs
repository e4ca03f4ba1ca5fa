//! `sanshe dev` as a newcomer meets it: one command, a greeting, a first
//! query, Ctrl-C; and the next morning once more.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use sanshe::demo::client::Client;
use serde_json::{Value, json};

use crate::processes::Ports;

/// Whose first query is asked, and whose answer has to come.
const README: &str = include_str!("../../README.md");

/// A checkout of its own: where `sanshe dev` keeps its servers and data.
struct Checkout {
    folder: tempfile::TempDir,
    graph: String,
    login: String,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The account that runs PostgreSQL for root has to pass through.
        let passable = PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), passable).unwrap();
        let mut ports = Ports::new();
        let mut address = || format!("127.0.0.1:{}", ports.free());
        Self {
            folder,
            graph: address(),
            login: address(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sanshe"));
        command
            .args(["dev", "--listen", &self.graph, "--issuer", &self.login])
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null());
        // Where the servers' programs are found.
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// Starts it, and reads what it says until it is ready.
    fn start(&self) -> Running {
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("Ctrl-C stops everything") {
            let read = said.read_line(&mut greeting).unwrap();
            assert_ne!(read, 0, "it ended before it was ready: {greeting}");
        }
        Running {
            child,
            said,
            greeting,
        }
    }

    /// Runs it to its end.
    fn run(&self) -> Output {
        self.command().output().unwrap()
    }

    /// Every process whose working folder is in this checkout.
    fn processes(&self) -> Vec<u32> {
        let here = self.folder.path().canonicalize().unwrap();
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let mut found: Vec<u32> = entries
            .filter(|entry| {
                let folder = std::fs::read_link(entry.path().join("cwd"));
                folder.is_ok_and(|folder| folder.starts_with(&here))
            })
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect();
        found.sort_unstable();
        found
    }

    /// What these processes are called.
    fn names(&self) -> Vec<String> {
        let name = |pid| std::fs::read_to_string(format!("/proc/{pid}/comm"));
        let found = self
            .processes()
            .into_iter()
            .filter_map(|pid| name(pid).ok());
        found.map(|name| name.trim().to_owned()).collect()
    }

    async fn ask(&self, query: &str) -> Value {
        let client = Client::new(format!("http://{}/graphql", self.graph));
        client.ask(query, json!({})).await.unwrap()
    }

    /// The ids of what it has.
    async fn ids(&self) -> Value {
        let query = "{ communities(first: 3) { nodes { id } } tenders(first: 3) { nodes { id } } }";
        self.ask(query).await
    }
}

/// A `sanshe dev` that greeted.
struct Running {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
    greeting: String,
}

impl Running {
    /// Ctrl-C, and what it says until it is gone.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let asked = Command::new("sh")
            .args(["-c", &format!("kill -INT {}", self.child.id())])
            .status()
            .unwrap();
        assert!(asked.success());
        let mut rest = String::new();
        while self.said.read_line(&mut rest).unwrap() > 0 {}
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed: it stops its servers when asked kindly.
        if matches!(self.child.try_wait(), Ok(None)) {
            let stop = format!("kill -TERM {}", self.child.id());
            let _ = Command::new("sh").args(["-c", &stop]).status();
            let _ = self.child.wait();
        }
    }
}

/// Somebody else's process, which happens to run in the same folder.
struct Foreign(Child);

impl Foreign {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new("sleep");
        Self(command.arg("600").current_dir(folder).spawn().unwrap())
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_command_greets_answers_stops_and_is_the_same_the_next_time() {
    let checkout = Checkout::new();
    let foreign = Foreign::start(checkout.folder.path());
    let only_foreign = vec![foreign.0.id()];

    let running = checkout.start();
    for told in [&*checkout.graph, &checkout.login, "wang", "officer", "curl"] {
        assert!(
            running.greeting.contains(told),
            "{told}: {}",
            running.greeting
        );
    }
    let (query, answer) = first_query();
    assert_eq!(checkout.ask(&query).await, answer);
    let first = checkout.ids().await;
    assert!(
        first["communities"]["nodes"][0]["id"].is_string(),
        "{first}"
    );
    // Every service has something for whoever is not signed in.
    let shown = checkout.ask(&showcase()).await;
    let shown = shown.as_object().unwrap();
    assert_eq!(shown.len(), 16, "{shown:#?}");
    for (field, answer) in shown {
        let rows = answer.get("nodes").unwrap_or(answer);
        assert!(!rows.as_array().unwrap().is_empty(), "{field}");
    }
    let names = checkout.names();
    assert!(names.iter().any(|name| name == "postgres"), "{names:?}");
    // Redis is optional, and the greeting says where there is none.
    assert_ne!(
        names.iter().any(|name| name == "redis-server"),
        running.greeting.contains("no Redis"),
        "{names:?}"
    );
    let (code, said) = running.interrupt();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stopping"), "{said}");
    assert_eq!(checkout.processes(), only_foreign);

    let again = checkout.start();
    assert_eq!(checkout.ids().await, first);
    let second = checkout.run();
    assert_refused(&second, "already runs");
    assert_eq!(again.interrupt().0, Some(0));
    assert_eq!(checkout.processes(), only_foreign);
}

#[test]
fn a_port_that_is_taken_is_one_clear_line() {
    let checkout = Checkout::new();
    let _taken = std::net::TcpListener::bind(&checkout.graph).unwrap();
    let (_, port) = checkout.graph.split_once(':').unwrap();
    let refused = checkout.run();
    assert_refused(
        &refused,
        &format!("port {port} on 127.0.0.1 cannot be used"),
    );
    assert_eq!(checkout.processes(), Vec::<u32>::new());
}

/// The README's query of all services.
fn showcase() -> String {
    let (_, query) = README.split_once("```graphql\n").unwrap();
    query.split_once("```").unwrap().0.to_owned()
}

/// The first query of the README, and the data it promises.
fn first_query() -> (String, Value) {
    let (_, query) = README.split_once("-d '").unwrap();
    let (query, rest) = query.split_once("'\n").unwrap();
    let query: Value = serde_json::from_str(query).unwrap();
    let answer = rest.lines().find(|line| line.starts_with("{\"data\":"));
    let mut answer: Value = serde_json::from_str(answer.unwrap()).unwrap();
    (
        query["query"].as_str().unwrap().to_owned(),
        answer["data"].take(),
    )
}

fn assert_refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains(why), "{said}");
}
