//! TLS to subgraphs over HTTP: whose certificates are believed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use kernel::Kind;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::TransportError;

/// Opens connections with TLS where the address says so.
pub type Connector = HttpsConnector<HttpConnector>;

/// Who signs the certificates of subgraphs.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    ca_file: Option<PathBuf>,
}

impl Trust {
    /// Those in a file of PEM; None for those that the system trusts.
    pub const fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file }
    }

    /// A connector for an address. An address without TLS needs no roots.
    pub(super) fn connector(
        &self,
        mut connector: HttpConnector,
        with_tls: bool,
    ) -> Result<Connector, TransportError> {
        let roots = match (&self.ca_file, with_tls) {
            (_, false) => RootCertStore::empty(),
            (Some(file), true) => of_file(file)?,
            (None, true) => of_system()?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportError::new(Kind::Internal, error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Otherwise it takes no address but `http`.
        connector.enforce_http(false);
        let builder = HttpsConnectorBuilder::new().with_tls_config(config);
        Ok(builder
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector))
    }
}

fn of_file(file: &Path) -> Result<RootCertStore, TransportError> {
    let refused = |detail: String| {
        let detail = format!("tls.ca_file {}: {detail}", file.display());
        TransportError::new(Kind::Invalid, detail)
    };
    let mut roots = RootCertStore::empty();
    let read = CertificateDer::pem_file_iter(file).map_err(|it| refused(it.to_string()))?;
    for certificate in read {
        let certificate = certificate.map_err(|it| refused(it.to_string()))?;
        roots
            .add(certificate)
            .map_err(|it| refused(it.to_string()))?;
    }
    if roots.is_empty() {
        return Err(refused("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, TransportError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    // Some systems hold some that nobody can read.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let detail = "the system trusts no certificate authority: set tls.ca_file";
        return Err(TransportError::new(Kind::Invalid, detail));
    }
    Ok(roots)
}
