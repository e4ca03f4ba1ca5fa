//! What a person may set for a run: `CASE`, `QUERIES`, `SEED`.

/// A setting of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "a test binary has no configuration file"
)]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub fn number(name: &str, otherwise: u64) -> u64 {
    setting(name).map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {text}"))
    })
}

/// Whether a case is to be run.
pub fn chosen(case: &str) -> bool {
    setting("CASE").is_none_or(|wanted| case.contains(&wanted))
}
