//! HTTPS to a subgraph, with an authority of the test's own. Where `openssl` is
//! not installed there is none.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use axum::{Json, Router, routing::post};
use gateway::{
    Config, Gateway, Parts,
    config::{Source, Tls},
    transport::{HttpTransport, SubgraphRequest, SubgraphTransport as _, Trust},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use kernel::Kind;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use crate::servers::{self, background, listen};

const SDL: &str = "type Query { a: Int }";

/// An authority, and a certificate that it signed.
struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// None without `openssl`.
    fn new(name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let it = Self { folder };
        let subject = format!("subjectAltName={name}");
        let made = it.run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -subj /CN=authority -keyout ca.key -out ca.pem",
            None,
        )? && it.run(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=subgraph \
                -keyout server.key -out server.csr",
            None,
        )? && it.run(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                -extfile extensions -out server.pem",
            Some(&subject),
        )?;
        assert!(made, "openssl makes certificates");
        Some(it)
    }

    fn run(&self, arguments: &str, extensions: Option<&str>) -> Option<bool> {
        if let Some(text) = extensions {
            std::fs::write(self.file("extensions"), text).unwrap();
        }
        let status = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.ok().map(|it| it.success())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn trust(&self) -> Trust {
        Trust::new(Some(self.file("ca.pem")))
    }

    /// A subgraph with that certificate; its address.
    async fn serve(&self) -> String {
        let read = |path: &Path| CertificateDer::pem_file_iter(path).unwrap();
        let chain = read(&self.file("server.pem")).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(self.file("server.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let app = Router::new().route("/", post(answer));
        let (listener, address) = listen().await;
        background(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, app) = (acceptor.clone(), app.clone());
                background(async move {
                    // A client that does not believe us leaves here.
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service = TowerToHyperService::new(app);
                    let builder = Builder::new(TokioExecutor::new());
                    let _ = builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        format!("https://{address}/")
    }
}

async fn answer(Json(request): Json<Value>) -> Json<Value> {
    let query = request["query"].as_str().unwrap();
    Json(if query.contains("_service") {
        json!({"data": {"_service": {"sdl": SDL}}})
    } else {
        json!({"data": {"a": 7}})
    })
}

/// What comes of asking, or the kind of the failure.
async fn ask(address: &str, trust: &Trust) -> Result<Value, Kind> {
    let transport = HttpTransport::trusting(address, 1 << 20, trust).unwrap();
    let headers = http::HeaderMap::new();
    let limit = std::time::Duration::from_secs(10);
    let context = gateway::RequestContext::new(&headers, limit, || "r".to_owned());
    let request = SubgraphRequest {
        query: "{ a }",
        variables: bytes::Bytes::new(),
    };
    let answer = transport.execute(request, &context).await;
    answer
        .map(|body| serde_json::from_slice(&body).unwrap())
        .map_err(|error| error.kind)
}

#[tokio::test]
async fn a_subgraph_is_believed_that_our_authority_vouches_for() {
    let Some(ours) = Authority::new("IP:127.0.0.1") else {
        eprintln!("openssl is not installed: not tested");
        return;
    };
    let theirs = Authority::new("IP:127.0.0.1").unwrap();
    let elsewhere = Authority::new("DNS:elsewhere.example").unwrap();
    let address = ours.serve().await;
    assert_eq!(
        ask(&address, &ours.trust()).await,
        Ok(json!({"data": {"a": 7}}))
    );
    for stranger in [theirs.trust(), Trust::default()] {
        assert_eq!(ask(&address, &stranger).await, Err(Kind::Unavailable));
    }
    // Vouched for, but as somebody else.
    let address = elsewhere.serve().await;
    assert_eq!(
        ask(&address, &elsewhere.trust()).await,
        Err(Kind::Unavailable)
    );
}

#[tokio::test]
async fn a_gateway_takes_its_authorities_from_the_settings() {
    let Some(authority) = Authority::new("IP:127.0.0.1") else {
        return;
    };
    let address = authority.serve().await;
    let with = |ca_file: Option<PathBuf>| Config {
        source: Source::Subgraphs(BTreeMap::from([(
            "a".to_owned(),
            format!("graphql+{address}"),
        )])),
        tls: Tls { ca_file },
        ..servers::config()
    };
    let gateway = Gateway::new(with(Some(authority.file("ca.pem"))), Parts::default()).unwrap();
    gateway.refresh().await.unwrap();
    let answer: Value = servers::ask(&gateway, "{ a }", &[]).await;
    assert_eq!(answer, json!({"data": {"a": 7}}));

    for bad in ["nowhere.pem", "extensions"] {
        let refused = Gateway::new(with(Some(authority.file(bad))), Parts::default());
        let refusal = refused.err().unwrap();
        assert_eq!(refusal.reason, "SUBGRAPH_ADDRESS_INVALID", "{bad}");
        assert!(refusal.en.contains("tls.ca_file"), "{}", refusal.en);
    }
}
