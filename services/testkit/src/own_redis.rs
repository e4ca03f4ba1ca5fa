//! A Redis server of one test's own, to be emptied, killed and started again.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use kit::{events::Bus, lifecycle::pause};
use tokio_util::sync::CancellationToken;

/// The server, on a socket in a folder that goes with it.
pub struct OwnRedis {
    folder: tempfile::TempDir,
    process: Child,
}

impl OwnRedis {
    /// None where Redis is not installed: it is optional for the product.
    pub async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = launch(folder.path())?;
        let own = Self { folder, process };
        own.wait().await;
        Some(own)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder.path().display())
    }

    /// A bus over it.
    pub fn bus(&self) -> Bus {
        Bus::redis(&self.url()).expect("the address of a socket")
    }

    /// Runs a command without arguments, such as `FLUSHALL`.
    pub async fn command(&self, name: &str) {
        let client = redis::Client::open(self.url()).expect("the address of a socket");
        let mut connection = client
            .get_multiplexed_async_connection()
            .await
            .expect("the server of the test answers");
        redis::cmd(name)
            .exec_async(&mut connection)
            .await
            .expect("the server of the test obeys");
    }

    /// Kills it, as a fault would.
    pub fn kill(&mut self) {
        self.process.kill().expect("the test's own process");
        self.process.wait().expect("the test's own process");
    }

    /// Starts it again at the same address, with what it was told to save.
    pub async fn restart(&mut self) {
        self.process = launch(self.folder.path()).expect("it was there before");
        self.wait().await;
    }

    async fn wait(&self) {
        let answers = async {
            let never = CancellationToken::new();
            while !self.bus().ping().await {
                pause(&never, Duration::from_millis(20)).await;
            }
        };
        let limit = tokio::time::timeout(Duration::from_secs(20), answers);
        assert!(limit.await.is_ok(), "the Redis of the test never answers");
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(folder: &Path) -> Option<Child> {
    let kept_nowhere = ["--port", "0", "--save", "", "--appendonly", "no"];
    Command::new("redis-server")
        .args(kept_nowhere)
        .arg("--unixsocket")
        .arg(folder.join("redis.sock"))
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}
