//! The operator and the gateway as they run, each with an address of its own.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use gateway::{Config, config::Source};
use kernel::SystemClock;
use serde_json::{Value as Json, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::support::{client, script};

/// Something that serves until it is stopped.
pub struct Running {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// An operator with the operator's rights.
    pub async fn operator(cluster: &Path, namespace: &str) -> Self {
        let parts = operator::Parts {
            client: client(cluster).await,
            namespace: namespace.to_owned(),
            clock: SystemClock::shared(),
            instance: Some("test".to_owned()),
            metrics: None,
        };
        Self::begin(move |listener, stop| operator::run(parts, listener, stop)).await
    }

    /// A gateway that follows a mounted ConfigMap.
    pub async fn gateway(file: &Path) -> Self {
        let mut config = Config {
            source: Source::Supergraph(file.to_owned()),
            ..Config::default()
        };
        config.features.refresh_seconds = 1;
        config.features.introspection = true;
        let parts = gateway::Parts::default();
        Self::begin(move |listener, stop| gateway::run(config, parts, listener, stop)).await
    }

    async fn begin<F>(run: impl FnOnce(TcpListener, Stop) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped: Stop = Box::pin(async move {
            let _ = stopped.await;
        });
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        let task = tokio::spawn(run(listener, stopped));
        Self {
            address,
            stop,
            task,
        }
    }

    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Status and body; None where nobody answers.
    pub fn http(&self, request: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\n\
             x-sanshe-preflight: 1\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let body = answer.split_once("\r\n\r\n").map(|it| it.1.to_owned());
        Some((status, body.unwrap_or_default()))
    }

    pub fn is_ready(&self) -> bool {
        self.http("GET /health/ready", "")
            .is_some_and(|it| it.0 == 200)
    }

    pub fn ask(&self, query: &str) -> Json {
        let body = json!({ "query": query }).to_string();
        let answer = self
            .http("POST /graphql", &body)
            .map(|it| it.1)
            .unwrap_or_default();
        serde_json::from_str(&answer).unwrap_or(Json::String(answer))
    }

    /// Stops it as Kubernetes does.
    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(());
        self.task.await.unwrap()
    }
}

type Stop = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Looks until it holds. How long that takes is not judged, only that it comes.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("in five minutes it did not come true that {what}");
}

/// An API server of one test alone.
pub struct ApiServer(pub PathBuf);

impl ApiServer {
    pub fn up(folder: &Path) -> Self {
        let server = Self(folder.to_owned());
        server.verb("up");
        server
    }

    pub fn verb(&self, verb: &str) {
        let status = Command::new(script("apiserver"))
            .arg(verb)
            .arg(&self.0)
            .status();
        assert!(status.unwrap().success(), "apiserver {verb}");
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        let _ = Command::new(script("apiserver"))
            .arg("down")
            .arg(&self.0)
            .status();
    }
}

/// What the kubelet does with a ConfigMap in a volume: the files of one version
/// become visible all at once.
pub fn mount(folder: &Path, version: u32, supergraph: &str) {
    use std::{fs, os::unix::fs::symlink};
    let data = format!("..{version}");
    fs::create_dir_all(folder.join(&data)).unwrap();
    fs::write(folder.join(&data).join("supergraph.graphql"), supergraph).unwrap();
    let beside = folder.join("..data.new");
    symlink(&data, &beside).unwrap();
    fs::rename(&beside, folder.join("..data")).unwrap();
    let file = folder.join("supergraph.graphql");
    if !file.is_symlink() {
        symlink("..data/supergraph.graphql", file).unwrap();
    }
}
