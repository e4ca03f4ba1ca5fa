use std::path::Path;

use chrono::TimeDelta;

use jsonwebtoken::{Algorithm, jwk::Jwk};

use super::*;
use crate::auth::DevIssuer;
use kernel::FrozenClock;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn published() -> (String, String) {
    let clock = FrozenClock::at(start()).shared();
    let json = DevIssuer::generate("i", "a", clock).jwks_json();
    let id = id_of(&json);
    (json, id)
}

fn id_of(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["keys"][0]["kid"].as_str().unwrap().to_owned()
}

fn at_file(path: &Path) -> Jwks {
    Jwks::at(url::Url::from_file_path(path).unwrap().as_str()).unwrap()
}

async fn found(jwks: &Jwks, id: &str, seconds: i64) -> Result<(), TokenError> {
    jwks.find(Some(id), start() + TimeDelta::seconds(seconds))
        .await
        .map(|_| ())
}

#[tokio::test]
async fn reads_when_first_needed_and_again_soon_while_there_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let jwks = at_file(&path);
    let (json, id) = published();
    assert_eq!(found(&jwks, &id, 0).await, Err(TokenError::KeysUnavailable));
    std::fs::write(&path, &json).unwrap();
    assert_eq!(found(&jwks, &id, 0).await, Err(TokenError::KeysUnavailable));
    assert_eq!(found(&jwks, &id, 1).await, Ok(()));
}

#[tokio::test]
async fn reads_again_for_an_unknown_key_at_most_once_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let jwks = at_file(&path);
    let (first, first_id) = published();
    let (second, second_id) = published();
    std::fs::write(&path, &first).unwrap();
    assert_eq!(found(&jwks, &first_id, 0).await, Ok(()));
    std::fs::write(&path, &second).unwrap();
    assert_eq!(
        found(&jwks, &second_id, 59).await,
        Err(TokenError::KeyUnknown)
    );
    assert_eq!(found(&jwks, &first_id, 59).await, Ok(()));
    assert_eq!(found(&jwks, &second_id, 60).await, Ok(()));
    assert_eq!(
        found(&jwks, &first_id, 61).await,
        Err(TokenError::KeyUnknown)
    );
}

#[tokio::test]
async fn keeps_the_last_good_keys_while_the_issuer_is_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let jwks = at_file(&path);
    let (json, id) = published();
    std::fs::write(&path, &json).unwrap();
    assert_eq!(found(&jwks, &id, 0).await, Ok(()));
    for (seconds, broken) in [(4000, "not json"), (8000, "{\"keys\":[]}"), (12_000, "[]")] {
        std::fs::write(&path, broken).unwrap();
        assert_eq!(found(&jwks, &id, seconds).await, Ok(()));
        assert_eq!(
            found(&jwks, "other", seconds + 100).await,
            Err(TokenError::KeyUnknown)
        );
    }
}

#[tokio::test]
async fn stops_trusting_a_key_the_issuer_has_withdrawn_within_the_hour() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let jwks = at_file(&path);
    let (first, first_id) = published();
    std::fs::write(&path, &first).unwrap();
    assert_eq!(found(&jwks, &first_id, 0).await, Ok(()));
    std::fs::write(&path, published().0).unwrap();
    assert_eq!(found(&jwks, &first_id, 3599).await, Ok(()));
    assert_eq!(
        found(&jwks, &first_id, 3600).await,
        Err(TokenError::KeyUnknown)
    );
}

#[tokio::test]
async fn an_issuer_that_publishes_both_keys_for_a_while_loses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let jwks = at_file(&path);
    let ((first, first_id), (second, second_id)) = (published(), published());
    std::fs::write(&path, &first).unwrap();
    assert_eq!(found(&jwks, &first_id, 0).await, Ok(()));
    let mut both: serde_json::Value = serde_json::from_str(&first).unwrap();
    let new: serde_json::Value = serde_json::from_str(&second).unwrap();
    both["keys"]
        .as_array_mut()
        .unwrap()
        .push(new["keys"][0].clone());
    std::fs::write(&path, both.to_string()).unwrap();
    // Published an hour before it signs, it is known before the first token.
    assert_eq!(found(&jwks, &first_id, 3600).await, Ok(()));
    assert_eq!(found(&jwks, &second_id, 3601).await, Ok(()));
    // The old key goes once its last token has ended.
    assert_eq!(found(&jwks, &first_id, 7199).await, Ok(()));
    std::fs::write(&path, &second).unwrap();
    assert_eq!(found(&jwks, &second_id, 7200).await, Ok(()));
    assert_eq!(
        found(&jwks, &first_id, 7201).await,
        Err(TokenError::KeyUnknown)
    );
}

#[tokio::test]
async fn a_token_need_not_name_the_only_key_but_must_choose_among_several() {
    let now = start();
    let (first, _) = published();
    assert!(Jwks::fixed(&first).unwrap().find(None, now).await.is_ok());
    let mut both: serde_json::Value = serde_json::from_str(&first).unwrap();
    let other: serde_json::Value = serde_json::from_str(&published().0).unwrap();
    both["keys"]
        .as_array_mut()
        .unwrap()
        .push(other["keys"][0].clone());
    let jwks = Jwks::fixed(&both.to_string()).unwrap();
    assert_eq!(
        jwks.find(None, now).await.err(),
        Some(TokenError::KeyUnknown)
    );
}

#[test]
fn passes_over_keys_of_other_uses_and_refuses_a_set_without_ours() {
    let (json, id) = published();
    let mut set: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.push(serde_json::json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "s" }));
    keys.push(serde_json::json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "p" }));
    keys.push(serde_json::json!({ "kty": "martian", "kid": "m" }));
    keys.push(serde_json::json!("nonsense"));
    let jwks = Jwks::fixed(&set.to_string()).unwrap();
    assert_eq!(jwks.snapshot().by_id.keys().collect::<Vec<_>>(), [&id]);

    let mut encryption: serde_json::Value = serde_json::from_str(&json).unwrap();
    encryption["keys"][0]["use"] = "enc".into();
    assert!(Jwks::fixed(&encryption.to_string()).is_err());
    let mut other: serde_json::Value = serde_json::from_str(&json).unwrap();
    other["keys"][0]["alg"] = "RS256".into();
    assert!(Jwks::fixed(&other.to_string()).is_err());
    assert!(Jwks::fixed("{}").is_err());
}

#[test]
fn refuses_addresses_it_cannot_read() {
    for bad in ["", "jwks.json", "ftp://x/y"] {
        assert!(Jwks::at(bad).is_err(), "{bad}");
    }
}

/// ES256 and RS256, as government and commercial logins use them.
#[tokio::test]
async fn accepts_elliptic_and_rsa_keys_of_real_logins() {
    use aws_lc_rs::{
        encoding::{AsDer as _, Pkcs8V1Der},
        rand::SystemRandom,
        rsa::KeySize,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RsaKeyPair},
    };
    use jsonwebtoken::{EncodingKey, Header, encode};

    use crate::auth::{Actor, Role, Verifier, jwt::Claims};

    let elliptic =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    assert!(!rsa.public_key().as_ref().is_empty());
    let rsa: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
    let cases = [
        (
            Algorithm::ES256,
            EncodingKey::from_ec_der(elliptic.as_ref()),
        ),
        // The library wants the inner PKCS #1 key, after 26 bytes of wrapping.
        (
            Algorithm::RS256,
            EncodingKey::from_rsa_der(&rsa.as_ref()[26..]),
        ),
    ];
    let actor = Actor::new("u-1", [Role::Auditor]);
    for (algorithm, key) in cases {
        let mut public = Jwk::from_encoding_key(&key, algorithm).unwrap();
        public.common.key_id = Some("k".into());
        let keys = Jwks::fixed(&serde_json::json!({ "keys": [public] }).to_string()).unwrap();
        let verifier = Verifier::new("i", "a", keys, FrozenClock::at(start()).shared());
        let now = start().timestamp();
        let claims = Claims::of(&actor, "i", "a", now, now + 60);
        let mut header = Header::new(algorithm);
        header.kid = Some("k".into());
        let token = encode(&header, &claims, &key).unwrap();
        assert_eq!(
            verifier.verify(&token).await.as_ref(),
            Ok(&actor),
            "{algorithm:?}"
        );
        let (start, signature) = token.rsplit_once('.').unwrap();
        let middle = signature.len() / 2;
        let other = if &signature[middle..=middle] == "A" {
            "B"
        } else {
            "A"
        };
        let forged = format!(
            "{start}.{}{other}{}",
            &signature[..middle],
            &signature[middle + 1..]
        );
        assert_eq!(verifier.verify(&forged).await, Err(TokenError::Signature));
    }
}

/// An issuer over TLS, whose certificate is of the authority of these tests.
async fn over_tls(json: String) -> std::net::SocketAddr {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/issuer.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/issuer.key")).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not believe us leaves.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let _ = stream.read(&mut [0; 4096]).await;
            let length = json.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{json}");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    };
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    tokio::spawn(serving);
    address
}

fn believing(authority: &[u8]) -> Fetch {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Fetch::trusting(config)
}

#[tokio::test]
async fn reads_over_tls_where_an_authority_that_is_believed_vouches_for_the_issuer() {
    let (json, id) = published();
    let address = format!("https://{}/jwks.json", over_tls(json).await);
    let ours = believing(include_bytes!("tls/ca.pem"));
    let jwks = Jwks::over(&address, ours).unwrap();
    assert_eq!(found(&jwks, &id, 0).await, Ok(()));
    let other = believing(include_bytes!("tls/other.pem"));
    let jwks = Jwks::over(&address, other).unwrap();
    assert_eq!(found(&jwks, &id, 0).await, Err(TokenError::KeysUnavailable));
}
