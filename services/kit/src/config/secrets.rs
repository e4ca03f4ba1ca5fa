//! Secret settings as files: a folder with one file per setting, named after
//! it (`database_url`, `pii__key`), as a Secret is mounted. A variable can be
//! read from outside of a process, is inherited and ends up in dumps.

use std::path::Path;

use anyhow::{Context, Result};
use figment::value::{Dict, Value};

/// What files with settings of the gateway alone begin with.
const GATEWAY: &str = "gateway_";

/// Reads the folder: the settings of every process.
pub(super) fn read(folder: &Path) -> Result<Dict> {
    of(folder, |name| (!name.starts_with(GATEWAY)).then_some(name))
}

/// Reads the folder: the gateway's own settings.
pub(super) fn read_gateway(folder: &Path) -> Result<Dict> {
    of(folder, |name| name.strip_prefix(GATEWAY))
}

/// Files whose names `setting` knows. Names that begin with a dot are the
/// mount's own.
fn of(folder: &Path, setting: impl Fn(&str) -> Option<&str>) -> Result<Dict> {
    let mut settings = Dict::new();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("the secrets in {} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let Some(name) = setting(name).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let secret = std::fs::read_to_string(&path)
            .with_context(|| format!("the secret {} cannot be read", path.display()))?;
        insert(&mut settings, name, secret.trim_end_matches(['\r', '\n']));
    }
    Ok(settings)
}

fn insert(settings: &mut Dict, name: &str, secret: &str) {
    let Some((section, rest)) = name.split_once("__") else {
        settings.insert(name.to_owned(), Value::from(secret));
        return;
    };
    let mut inner = match settings.remove(section) {
        Some(Value::Dict(_, inner)) => inner,
        _ => Dict::new(),
    };
    insert(&mut inner, rest, secret);
    settings.insert(section.to_owned(), Value::from(inner));
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use figment::{Figment, providers::Serialized};

    use super::*;
    use crate::config::Settings;

    fn settings(files: &[(&str, &str)]) -> Settings {
        let folder = tempfile::tempdir().unwrap();
        for (name, secret) in files {
            fs::write(folder.path().join(name), secret).unwrap();
        }
        Figment::from(Serialized::defaults(Settings::default()))
            .merge(Serialized::defaults(read(folder.path()).unwrap()))
            .extract()
            .unwrap()
    }

    #[test]
    fn a_file_is_a_setting_and_its_last_line_break_is_not() {
        let read = settings(&[
            ("database_url", "postgres://a:b@c:5432\n"),
            ("pii__key", "a2V5"),
            ("pii__previous__1", "b25l"),
            ("pii__previous__2", "dHdv\n"),
            ("..data", "the mount's own"),
        ]);
        assert_eq!(read.database_url, "postgres://a:b@c:5432");
        assert_eq!(read.pii.key, "a2V5");
        assert_eq!(
            read.pii.previous,
            BTreeMap::from([("1".into(), "b25l".into()), ("2".into(), "dHdv".into())])
        );
        assert_eq!(read.auth.audience, "sanshe");
    }

    #[test]
    fn the_gateway_has_files_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gateway_redis__url"), "redis://a\n").unwrap();
        fs::write(folder.path().join("redis_url"), "redis://b").unwrap();
        let own = read_gateway(folder.path()).unwrap();
        let Value::Dict(_, redis) = &own["redis"] else {
            panic!("{own:?}");
        };
        assert_eq!(redis["url"].as_str(), Some("redis://a"));
        assert_eq!(own.len(), 1);
        let everybodys = read(folder.path()).unwrap();
        assert_eq!(everybodys["redis_url"].as_str(), Some("redis://b"));
        assert_eq!(everybodys.len(), 1);
    }

    #[test]
    fn a_secret_of_digits_stays_text() {
        assert_eq!(settings(&[("pii__key", "123")]).pii.key, "123");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = read(Path::new("no/such/folder")).unwrap_err();
        assert!(error.to_string().contains("no/such/folder"));
    }
}
