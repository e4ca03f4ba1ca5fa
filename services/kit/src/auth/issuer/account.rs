//! The accounts of a demonstration (演示账号), in a file that the demonstration
//! writes and the issuer reads again for each request.

use std::{fs, io, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::auth::Actor;

/// An account of development: a name to log in with, and who that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What one logs in with.
    pub name: String,
    /// Who that is, in Chinese: 山景社区网格员.
    pub title_zh: String,
    /// What a token of the account says.
    pub actor: Actor,
}

/// Reads the accounts; none where the file is not there yet.
pub fn read_accounts(path: &Path) -> Result<Vec<Account>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context("the file of accounts cannot be read"),
    };
    serde_json::from_str(&text).context("the file of accounts holds no list of accounts")
}

/// Writes the accounts; a reader sees the old list or the new one.
pub fn write_accounts(path: &Path, accounts: &[Account]) -> Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    fs::write(&temporary, serde_json::to_vec_pretty(accounts)?)
        .and_then(|()| fs::rename(&temporary, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}
