//! Who runs the servers. PostgreSQL refuses to run as root, so root hands its
//! private server to an account that exists and may do little.

use std::{
    os::unix::fs::{MetadataExt, chown},
    os::unix::process::CommandExt,
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

/// Accounts that root may hand a server to, best first.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// The account that servers run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The user who calls.
    Own,
    /// Another one, because the caller is root.
    Other {
        /// Its name, for messages.
        name: String,
        /// Its number.
        uid: u32,
        /// Its group.
        gid: u32,
    },
}

impl Account {
    /// The caller's own account, or for root one of less power.
    pub fn detect() -> Result<Self> {
        let effective = std::fs::metadata("/proc/self")
            .context("/proc is not mounted")?
            .uid();
        if effective != 0 {
            return Ok(Self::Own);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
        CANDIDATES
            .iter()
            .find_map(|name| find(&accounts, name))
            .context(
                "PostgreSQL does not run as root, and there is neither an account `postgres` nor \
             `nobody` to run it / PostgreSQL 不能以 root 运行,且系统中没有 postgres 或 nobody 账户",
            )
    }

    /// Lets a command run as this account.
    pub fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid, .. } = self {
            // Setting the user of a command of root drops root's groups too.
            command.uid(*uid).gid(*gid);
        }
    }

    /// Gives a file or folder to this account.
    pub fn own(&self, path: &Path) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { name, uid, gid } => chown(path, Some(*uid), Some(*gid))
                .with_context(|| format!("{} cannot be given to {name}", path.display())),
        }
    }

    /// Whether this account can pass through every folder above `path`.
    pub fn reaches(&self, path: &Path) -> bool {
        match self {
            Self::Own => true,
            Self::Other { uid, gid, .. } => path.ancestors().skip(1).all(|folder| {
                std::fs::metadata(folder).map_or(true, |found| {
                    let bit = if found.uid() == *uid {
                        0o100
                    } else if found.gid() == *gid {
                        0o010
                    } else {
                        0o001
                    };
                    found.mode() & bit != 0
                })
            }),
        }
    }
}

/// An account by name in the text of `/etc/passwd`.
fn find(accounts: &str, wanted: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (name == wanted).then(|| Account::Other {
            name: name.to_owned(),
            uid,
            gid,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
                          nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n";

    #[test]
    fn finds_an_account_by_its_whole_name() {
        let nobody = Account::Other {
            name: "nobody".into(),
            uid: 65534,
            gid: 65533,
        };
        assert_eq!(find(PASSWD, "nobody"), Some(nobody));
        assert_eq!(find(PASSWD, "postgres"), None);
        assert_eq!(find(PASSWD, "nobod"), None);
    }

    #[test]
    fn a_folder_closed_to_others_is_out_of_reach() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        std::fs::create_dir(&closed).unwrap();
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = Account::Other {
            name: "x".into(),
            uid: 4_000_001,
            gid: 4_000_001,
        };
        assert!(!stranger.reaches(&closed.join("inside")));
        assert!(Account::Own.reaches(&closed.join("inside")));
    }
}
