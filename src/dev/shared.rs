//! A server that several processes use: the first starts it, the last stops
//! it, and a crash of one of them leaves nothing locked.
//!
//! Two lock files, both released by the system when their holder ends, however
//! it ends. `turn` is held while the server is started or stopped; `users` is
//! held, shared, by every process in whose lifetime the server must run. Who
//! gets `users` alone is the last one, and may stop the server. A file `keep`
//! says that it was started to stay until `stop` is asked for.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// How long a turn may take before others give up waiting for it.
const PATIENCE: Duration = Duration::from_secs(90);

/// The locks of one server's folder.
#[derive(Debug)]
pub struct Shared {
    folder: PathBuf,
    users: File,
}

/// Held while a server is started or stopped.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

impl Shared {
    /// Opens the locks of a folder that exists.
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            users: lock_file(folder, "users")?,
        })
    }

    /// Waits for the turn to start or stop the server.
    pub async fn turn(&self) -> Result<Turn> {
        let file = lock_file(&self.folder, "turn")?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Turn { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    wait(Duration::from_millis(50)).await;
                }
                Err(TryLockError::WouldBlock) => anyhow::bail!(
                    "another process has held {} for over {} s",
                    self.folder.join("turn").display(),
                    PATIENCE.as_secs()
                ),
                Err(TryLockError::Error(error)) => return Err(error).context("no file locks here"),
            }
        }
    }

    /// Counts this process among the users.
    pub fn join(&self) -> Result<()> {
        self.users
            .lock_shared()
            .context("the lock of the users cannot be taken")
    }

    /// Leaves, and answers whether nobody else is left.
    pub fn leave(&self) -> Result<bool> {
        self.users.unlock()?;
        match self.users.try_lock() {
            Ok(()) => {
                self.users.unlock()?;
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Whether the server was started to stay.
    pub fn kept(&self) -> bool {
        self.folder.join("keep").exists()
    }

    /// Says that the server stays until `stop` is asked for, or no longer.
    pub fn keep(&self, keep: bool) -> Result<()> {
        let mark = self.folder.join("keep");
        if keep {
            std::fs::write(&mark, "").context("the mark cannot be written")
        } else {
            match std::fs::remove_file(&mark) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            }
        }
    }
}

fn lock_file(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} cannot be opened: who owns it?", path.display()))
}

/// A wait of the tools themselves, which have no tasks to drain.
pub(crate) async fn wait(span: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "tools wait for servers, no task depends on it"
    )]
    tokio::time::sleep(span).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_user_may_stop_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let first = Shared::open(folder.path()).unwrap();
        let second = Shared::open(folder.path()).unwrap();
        first.join().unwrap();
        second.join().unwrap();
        assert!(!first.leave().unwrap());
        assert!(second.leave().unwrap());
    }

    #[tokio::test]
    async fn turns_do_not_overlap() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::open(folder.path()).unwrap();
        let turn = shared.turn().await.unwrap();
        let next = shared.turn();
        let refused = tokio::time::timeout(Duration::from_millis(120), next).await;
        assert!(refused.is_err());
        drop(turn);
        shared.turn().await.unwrap();
    }
}
