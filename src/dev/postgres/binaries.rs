//! The server's own programs: `initdb`, `pg_ctl` and `postgres` of one release.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::dev::tool;

/// The oldest major release that the schemas work with.
const OLDEST: u32 = 15;

/// Where Debian and Ubuntu keep the programs of each release.
const PACKAGED: &str = "/usr/lib/postgresql";

/// The programs of one release.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    /// The major release, such as 15.
    pub major: u32,
}

impl Binaries {
    /// The programs of the release that made the data, or of the newest one
    /// where there is no data yet.
    pub async fn find(made_by: Option<u32>) -> Result<Self> {
        let mut found = Vec::new();
        for folder in candidates() {
            if let Some(major) = major_of(&folder).await {
                found.push(Self { folder, major });
            }
        }
        choose(found, made_by)
    }

    /// The path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Folders that may hold the programs: the distribution's, then the path's.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(PACKAGED)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    if let Some(found) = tool::find("pg_ctl") {
        // What is on the path may be a link into the folder of its release.
        let real = std::fs::canonicalize(&found).unwrap_or(found);
        folders.extend(real.parent().map(Path::to_owned));
    }
    folders.retain(|folder| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|program| folder.join(program).exists())
    });
    folders
}

async fn major_of(folder: &Path) -> Option<u32> {
    let mut command = Command::new(folder.join("postgres"));
    command.arg("--version");
    parse_major(&tool::run(command).await.ok()?)
}

/// `postgres (PostgreSQL) 15.10 (Debian …)` is 15.
fn parse_major(said: &str) -> Option<u32> {
    let number = said.split_once(')')?.1.trim_start();
    number
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

fn choose(mut found: Vec<Binaries>, made_by: Option<u32>) -> Result<Binaries> {
    found.sort_by_key(|binaries| binaries.major);
    if let Some(major) = made_by {
        return found.into_iter().find(|binaries| binaries.major == major).with_context(|| {
            format!(
                "the data was made by PostgreSQL {major}, which is not installed: install \
                 postgresql-{major}, or move the data away / 数据由 PostgreSQL {major} 创建,请安装该版本"
            )
        });
    }
    match found.pop() {
        Some(newest) if newest.major >= OLDEST => Ok(newest),
        Some(newest) => anyhow::bail!(
            "PostgreSQL {} is too old, at least {OLDEST} is needed / PostgreSQL 版本过旧,至少需要 {OLDEST}",
            newest.major
        ),
        None => anyhow::bail!(
            "the PostgreSQL server is not installed: run ./dev, or install `postgresql`, or set \
             SANSHE_DATABASE_URL / 未安装 PostgreSQL:请运行 ./dev"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(major: u32) -> Binaries {
        Binaries {
            folder: PathBuf::from("/x"),
            major,
        }
    }

    #[test]
    fn reads_the_major_release() {
        assert_eq!(
            parse_major("postgres (PostgreSQL) 15.10 (Debian 15.10-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(parse_major("postgres (PostgreSQL) 18devel"), Some(18));
        assert_eq!(parse_major("something else"), None);
    }

    #[test]
    fn takes_the_newest_release_for_new_data() {
        assert_eq!(
            choose(vec![release(17), release(15)], None).unwrap().major,
            17
        );
    }

    #[test]
    fn takes_the_release_that_made_the_data_or_says_which_is_missing() {
        assert_eq!(
            choose(vec![release(17), release(15)], Some(15))
                .unwrap()
                .major,
            15
        );
        let error = choose(vec![release(17)], Some(16)).unwrap_err().to_string();
        assert!(error.contains("postgresql-16"), "{error}");
    }

    #[test]
    fn refuses_a_release_that_is_too_old_and_a_machine_without_any() {
        assert!(
            choose(vec![release(14)], None)
                .unwrap_err()
                .to_string()
                .contains("too old")
        );
        assert!(
            choose(vec![], None)
                .unwrap_err()
                .to_string()
                .contains("./dev")
        );
    }
}
