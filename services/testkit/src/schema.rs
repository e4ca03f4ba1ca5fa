//! Generated files are committed; a test fails where they are stale.

/// Compares a committed file with what the code makes; `just schema` (which
/// sets `SANSHE_UPDATE_SCHEMA`) writes it instead.
pub fn assert_current(path: &str, made: &str) {
    if crate::environment("SANSHE_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, made).expect("the schema file can be written");
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == made,
        "{path} is stale: run `just schema` and look at the difference"
    );
}
