//! The three roles of a private server and their passwords.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::dev::secret;

/// A role of a private server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Makes roles and databases; used by tests.
    Admin,
    /// Owns databases and runs migrations.
    Owner,
    /// Serves: rows only.
    App,
}

impl Role {
    /// Its name on the server.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "sanshe_admin",
            Self::Owner => "sanshe_owner",
            Self::App => "sanshe_app",
        }
    }
}

/// A password for each role.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Passwords {
    admin: String,
    owner: String,
    app: String,
}

impl Passwords {
    /// New random ones.
    pub(super) fn random() -> Result<Self> {
        Ok(Self {
            admin: secret::random(20)?,
            owner: secret::random(20)?,
            app: secret::random(20)?,
        })
    }

    /// Those kept in this folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("passwords.json");
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} cannot be read: was the server made by another user?",
                path.display()
            )
        })?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Keeps them in this folder.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        secret::write(
            &folder.join("passwords.json"),
            &serde_json::to_string_pretty(self)?,
        )
    }

    /// The password of one role; hexadecimal, so it needs no quoting.
    pub(super) fn of(&self, role: Role) -> &str {
        match role {
            Role::Admin => &self.admin,
            Role::Owner => &self.owner,
            Role::App => &self.app,
        }
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords(…)")
    }
}
