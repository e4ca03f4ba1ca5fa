//! Settings: read once, from an optional TOML file, from a folder of secrets
//! and from `SANSHE_…` variables, of which the later win. No other module
//! reads the environment.

mod secrets;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use kernel::PiiKeys;
use serde::{Deserialize, Serialize};

/// What one process of the platform needs to know.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The database server and role of the running services, without a
    /// database name: `postgres://sanshe_app:…@host:5432`. Each service uses
    /// its own database, `sanshe_<service>`.
    pub database_url: String,
    /// What the names of the databases begin with: `<prefix>_<service>`.
    pub database_prefix: String,
    /// The same server with the role that owns the schemas; only `migrate`
    /// (and `dev`) use it.
    pub owner_database_url: Option<String>,
    /// `redis://…`; without it events stay inside one process.
    pub redis_url: Option<String>,
    /// Where this service listens for gRPC.
    pub listen: SocketAddr,
    /// Where health, readiness and metrics are served; none switches it off.
    pub admin_listen: Option<SocketAddr>,
    /// The gRPC address of each service, by name.
    pub peers: BTreeMap<String, String>,
    /// Who issues tokens.
    pub auth: AuthSettings,
    /// Keys for personal data.
    pub pii: PiiSettings,
    /// Where signing keys and signed checkpoints of the audit logs are kept;
    /// none signs nothing. A copy of the folder belongs somewhere else.
    pub audit_folder: Option<PathBuf>,
    /// Where the signing keys are, `<service>.key`, if they are kept apart from
    /// the checkpoints; a key that is missing there is not made.
    pub audit_keys: Option<PathBuf>,
    /// Only for development: a file whose offset moves the clock.
    pub clock_file: Option<PathBuf>,
    /// Most connections of one service to its database.
    pub database_connections: u32,
    /// How long a request may take where the caller names no deadline, ms.
    pub request_timeout_ms: u64,
    /// How old a gRPC connection becomes before its client opens another one,
    /// within a tenth, ms: a new pod gets calls within that time. 0 is for ever.
    pub connection_age_ms: u64,
    /// How long readiness is false before the listener closes, ms.
    pub drain_delay_ms: u64,
    /// Logs as JSON lines (otherwise for people).
    pub log_json: bool,
    /// Log filter, such as `info,sqlx=warn`.
    pub log: String,
    /// OTLP endpoint for traces; none switches them off.
    pub otlp_endpoint: Option<String>,
}

/// Who issues tokens, and for whom.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthSettings {
    /// Exactly the `iss` of every token.
    pub issuer: String,
    /// Exactly the `aud` of every token.
    pub audience: String,
    /// Where the signing keys are published.
    pub jwks_url: String,
}

/// Keys for personal data, as base64 of 32 bytes each.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PiiSettings {
    /// Version of the current key.
    pub version: u8,
    /// The current encryption key.
    pub key: String,
    /// Earlier keys, by version: still read, never written.
    pub previous: BTreeMap<String, String>,
    /// The key of the blind index.
    pub index_key: String,
}

impl PiiSettings {
    /// The keys themselves.
    pub fn keys(&self) -> Result<PiiKeys> {
        let previous = self
            .previous
            .iter()
            .map(|(version, key)| {
                let version = version
                    .parse()
                    .context("a key version is a number below 256")?;
                Ok((version, key_of(key)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let current = (self.version, key_of(&self.key).context("SANSHE_PII__KEY")?);
        let index = key_of(&self.index_key).context("SANSHE_PII__INDEX_KEY")?;
        PiiKeys::new(current, previous, index).map_err(Into::into)
    }
}

fn key_of(text: &str) -> Result<[u8; 32]> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .context("no base64")?;
    bytes
        .try_into()
        .map_err(|_| anyhow::anyhow!("a key has 32 bytes"))
}

impl std::fmt::Debug for PiiSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PiiSettings")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:7900".into(),
            audience: "sanshe".into(),
            jwks_url: "http://127.0.0.1:7900/jwks.json".into(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: String::new(),
            database_prefix: "sanshe".into(),
            owner_database_url: None,
            redis_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin_listen: None,
            peers: BTreeMap::new(),
            auth: AuthSettings::default(),
            pii: PiiSettings::default(),
            audit_folder: None,
            audit_keys: None,
            clock_file: None,
            database_connections: 10,
            request_timeout_ms: 15_000,
            connection_age_ms: 300_000,
            drain_delay_ms: 0,
            log_json: false,
            log: "info,sqlx=warn,h2=warn,hyper=warn,tonic=warn".into(),
            otlp_endpoint: None,
        }
    }
}

impl Settings {
    /// Reads `file` where one is given, then the folder `SANSHE_SECRETS` where
    /// one is named, then the environment: `SANSHE_DATABASE_URL`,
    /// `SANSHE_AUTH__ISSUER`, `SANSHE_PEERS__SMARTDATA`.
    pub fn load(file: Option<&std::path::Path>) -> Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            anyhow::ensure!(file.exists(), "no settings file at {}", file.display());
            figment = figment.merge(Toml::file(file));
        }
        if let Some(folder) = secrets_folder() {
            figment = figment.merge(Serialized::defaults(secrets::read(&folder)?));
        }
        figment
            // Not these settings: the tests', the tools', the gateway's and the
            // operator's own.
            .merge(
                Env::prefixed("SANSHE_")
                    .filter(|key| {
                        let key = key.as_str().to_ascii_lowercase();
                        let own = ["test_", "gateway_", "operator_"]
                            .iter()
                            .any(|p| key.starts_with(p));
                        !own && !["divisions", "config", "secrets"].contains(&key.as_str())
                    })
                    .split("__"),
            )
            .extract()
            .context("the settings cannot be read")
    }

    /// The name of a service's own database.
    pub fn database_name(&self, service: &str) -> String {
        format!("{}_{service}", self.database_prefix)
    }

    /// The address of a service's own database.
    pub fn database_of(&self, base: &str, service: &str) -> Result<String> {
        let mut url = url::Url::parse(base).context("the database address is no URL")?;
        url.set_path(&self.database_name(service));
        Ok(url.into())
    }
}

fn secrets_folder() -> Option<PathBuf> {
    Env::var("SANSHE_SECRETS").map(PathBuf::from)
}

/// The gateway's own settings in the folder of secrets, such as
/// `gateway_redis__url`.
pub fn gateway_secrets() -> Result<figment::value::Dict> {
    secrets_folder().map_or_else(
        || Ok(figment::value::Dict::new()),
        |it| secrets::read_gateway(&it),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_database_after_the_service() {
        let settings = Settings::default();
        let url = settings
            .database_of(
                "postgres://app:pw@localhost:5432/postgres?sslmode=disable",
                "smartdata",
            )
            .unwrap();
        assert_eq!(
            url,
            "postgres://app:pw@localhost:5432/sanshe_smartdata?sslmode=disable"
        );
    }

    #[test]
    fn debug_output_hides_the_keys() {
        let pii = PiiSettings {
            key: "c2VjcmV0".into(),
            ..PiiSettings::default()
        };
        assert!(!format!("{pii:?}").contains("c2VjcmV0"));
    }
}
