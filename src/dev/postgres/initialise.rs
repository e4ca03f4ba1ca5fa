//! Makes the data of a new server: in a temporary folder that is renamed when
//! whole, so that an interrupted first start leaves nothing half made.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{
    Binaries,
    passwords::{Passwords, Role},
};
use crate::dev::{account::Account, folder, secret, tool};

/// What a new server is made with.
#[derive(Debug)]
pub(super) struct Initialise<'a> {
    pub folder: &'a Path,
    pub binaries: &'a Binaries,
    pub account: &'a Account,
    pub passwords: &'a Passwords,
    pub for_tests: bool,
}

impl Initialise<'_> {
    /// Makes `server/` in the folder.
    pub(super) async fn run(&self) -> Result<()> {
        let draft = self.folder.join("server.draft");
        if draft.exists() {
            // A first start that was interrupted.
            fs::remove_dir_all(&draft)
                .with_context(|| format!("{} cannot be removed", draft.display()))?;
        }
        folder::make_private(&draft, self.account)?;
        folder::make_private(&draft.join("run"), self.account)?;
        self.initdb(&draft).await?;
        let configuration = draft.join("data").join("postgresql.conf");
        let mut text = fs::read_to_string(&configuration)?;
        text.push_str("\ninclude '../sanshe.conf'\n");
        fs::write(&configuration, text)?;
        fs::rename(&draft, self.folder.join("server"))
            .context("the new server cannot be put in place")
    }

    async fn initdb(&self, draft: &Path) -> Result<()> {
        let password = draft.join("password");
        secret::write(&password, self.passwords.of(Role::Admin))?;
        self.account.own(&password)?;
        // On loopback the password travels in clear: the usual exchange hashes
        // it thousands of times, which a debug build notices with each of the
        // many connections. Who can listen on loopback is root already.
        let mut command = tool::clean(&self.binaries.program("initdb"));
        command
            .current_dir(draft)
            .arg("--pgdata=data")
            .arg(format!("--username={}", Role::Admin.name()))
            .args([
                "--encoding=UTF8",
                "--locale=C",
                "--auth-local=scram-sha-256",
            ])
            .arg("--auth-host=password")
            .arg("--pwfile=password");
        if self.for_tests {
            command.arg("--no-sync");
        }
        self.account.apply(&mut command);
        tool::run(command)
            .await
            .context("the database cannot be initialised")?;
        fs::remove_file(&password).context("the password file cannot be removed")
    }
}
