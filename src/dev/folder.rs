//! Where the private servers keep their data: `.sanshe/` in the checkout,
//! which git ignores.

use std::{
    fs::{self, DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::account::Account;

/// The folder of all data of this checkout, made where it is missing.
pub fn data() -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let folder = here.join(".sanshe");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

/// Where the data of one server goes. A checkout in root's closed home cannot
/// be reached by the account that runs the server for root; then it is a
/// folder in `/var/tmp` named after the checkout, so that it is found again.
pub fn of_server(server: &str, account: &Account) -> Result<PathBuf> {
    let wanted = data()?.join(server);
    if account.reaches(&wanted.join("inside")) {
        return Ok(wanted);
    }
    Ok(Path::new("/var/tmp").join(format!("sanshe{}", flat(&wanted))))
}

/// A folder for a server that lives as long as one run.
pub fn ephemeral(server: &str) -> Result<PathBuf> {
    let folder =
        std::env::temp_dir().join(format!("sanshe-{server}-{}", super::secret::random(6)?));
    Ok(folder)
}

/// Makes a folder that only its owner may list; others may pass through to
/// the parts that were given to them.
pub fn make_passable(folder: &Path) -> Result<()> {
    if !folder.exists() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    // A shared place such as /var/tmp may hold a folder that another user made.
    let (found, caller) = (fs::symlink_metadata(folder)?, fs::metadata("/proc/self")?);
    anyhow::ensure!(
        found.is_dir() && found.uid() == caller.uid(),
        "{} belongs to somebody else / 该目录属于其他用户",
        folder.display()
    );
    Ok(fs::set_permissions(folder, Permissions::from_mode(0o711))?)
}

/// Makes a folder for this account alone.
pub fn make_private(folder: &Path, account: &Account) -> Result<()> {
    DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    account.own(folder)
}

fn flat(path: &Path) -> String {
    path.to_string_lossy().replace(['/', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_folder_is_closed_to_others() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("private");
        make_private(&folder, &Account::Own).unwrap();
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn two_checkouts_get_two_names() {
        assert_ne!(
            flat(Path::new("/srv/a/.sanshe")),
            flat(Path::new("/srv/b/.sanshe"))
        );
    }
}
