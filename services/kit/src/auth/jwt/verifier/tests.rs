use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::EncodingKey;
use kernel::{DivisionCode, Fault as _, FrozenClock, Kind, Lang};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::auth::{Account, DevIssuer, Role};

const ISSUER: &str = "https://login.example.gov.cn";

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

struct Case {
    clock: FrozenClock,
    issuer: DevIssuer,
    verifier: Arc<Verifier>,
}

impl Case {
    fn new() -> Self {
        let clock = FrozenClock::at(start());
        let issuer = DevIssuer::generate(ISSUER, "sanshe", clock.shared());
        let verifier = issuer.verifier();
        Self {
            clock,
            issuer,
            verifier,
        }
    }

    fn token(&self) -> String {
        self.issuer.issue(&account())
    }

    async fn refusal(&self, token: &str) -> &'static str {
        self.verifier.verify(token).await.unwrap_err().reason()
    }

    /// A token with other claims, signed with the right key.
    fn signed(&self, change: impl FnOnce(&mut Value)) -> String {
        let (header, mut claims, _) = parts(&self.token());
        change(&mut claims);
        self.issuer.sign(&claims, header["kid"].as_str().unwrap())
    }

    async fn refusal_of(&self, change: impl FnOnce(&mut Value)) -> &'static str {
        self.refusal(&self.signed(change)).await
    }
}

fn account() -> Account {
    let mut actor = Actor::new("u-1", [Role::CommunityStaff, Role::Volunteer]);
    actor.name = Some("王芳".into());
    actor.division = Some(DivisionCode::try_new("110105001000").unwrap());
    actor.resident_id = Some(Uuid::from_u128(1));
    actor.organization_id = Some(Uuid::from_u128(2));
    actor.social_worker_id = Some(Uuid::from_u128(3));
    actor.volunteer_id = Some(Uuid::from_u128(4));
    actor.expert_id = Some(Uuid::from_u128(5));
    Account {
        name: "wang".into(),
        title_zh: "社区工作者".into(),
        actor,
    }
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
    (
        decode(header),
        decode(claims),
        parts.next().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn reads_the_whole_actor_from_a_good_token() {
    let case = Case::new();
    assert_eq!(
        case.verifier.verify(&case.token()).await.unwrap(),
        account().actor
    );
}

#[tokio::test]
async fn refuses_a_token_after_its_time_and_the_leeway_by_the_injected_clock() {
    let case = Case::new();
    let token = case.token();
    case.clock.advance(TimeDelta::seconds(3600 + 59));
    assert!(case.verifier.verify(&token).await.is_ok());
    case.clock.advance(TimeDelta::seconds(1));
    assert_eq!(case.refusal(&token).await, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn refuses_a_token_before_its_time() {
    let case = Case::new();
    let at = start().timestamp();
    assert!(
        case.verifier
            .verify(&case.signed(|c| c["nbf"] = (at + 60).into()))
            .await
            .is_ok()
    );
    assert_eq!(
        case.refusal_of(|c| c["nbf"] = (at + 61).into()).await,
        "TOKEN_NOT_YET_VALID"
    );
}

#[tokio::test]
async fn refuses_content_that_was_changed_after_signing() {
    let case = Case::new();
    let (header, mut claims, signature) = parts(&case.token());
    claims["roles"] = json!(["platform_admin"]);
    let forged = format!("{}.{}.{signature}", encode(&header), encode(&claims));
    assert_eq!(case.refusal(&forged).await, "TOKEN_SIGNATURE");
}

#[tokio::test]
async fn refuses_a_token_of_another_key_under_the_same_name() {
    let case = Case::new();
    let other = Case::new();
    let (_, claims, _) = parts(&case.token());
    let (header, _, _) = parts(&case.token());
    let kid = header["kid"].as_str().unwrap();
    let forged = other.issuer.sign(&claims, kid);
    assert_eq!(case.refusal(&forged).await, "TOKEN_SIGNATURE");
    assert_eq!(case.refusal(&other.token()).await, "TOKEN_KEY_UNKNOWN");
}

#[tokio::test]
async fn refuses_a_token_without_a_signature() {
    let case = Case::new();
    let (mut header, claims, signature) = parts(&case.token());
    for alg in ["none", "None", "nOnE", ""] {
        header["alg"] = alg.into();
        let bare = format!("{}.{}.", encode(&header), encode(&claims));
        assert_eq!(case.refusal(&bare).await, "TOKEN_ALGORITHM", "{alg}");
    }
    header["alg"] = "EdDSA".into();
    let bare = format!("{}.{}.", encode(&header), encode(&claims));
    assert_eq!(case.refusal(&bare).await, "TOKEN_SIGNATURE");
    let long = format!("{}.{}.{signature}AAAA", encode(&header), encode(&claims));
    assert_eq!(case.refusal(&long).await, "TOKEN_SIGNATURE");
}

#[tokio::test]
async fn refuses_a_shared_secret_made_of_the_public_key() {
    let case = Case::new();
    let (header, claims, _) = parts(&case.token());
    let jwks: Value = serde_json::from_str(&case.issuer.jwks_json()).unwrap();
    let public = URL_SAFE_NO_PAD
        .decode(jwks["keys"][0]["x"].as_str().unwrap())
        .unwrap();
    for alg in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for secret in [public.clone(), case.issuer.jwks_json().into_bytes()] {
            let mut forged = jsonwebtoken::Header::new(alg);
            forged.kid = header["kid"].as_str().map(ToOwned::to_owned);
            let token =
                jsonwebtoken::encode(&forged, &claims, &EncodingKey::from_secret(&secret)).unwrap();
            assert_eq!(case.refusal(&token).await, "TOKEN_ALGORITHM");
        }
    }
}

#[tokio::test]
async fn refuses_an_accepted_algorithm_that_is_not_the_keys_own() {
    let case = Case::new();
    let (mut header, claims, signature) = parts(&case.token());
    for alg in ["RS256", "ES256"] {
        header["alg"] = alg.into();
        let token = format!("{}.{}.{signature}", encode(&header), encode(&claims));
        assert_eq!(case.refusal(&token).await, "TOKEN_ALGORITHM");
    }
}

#[tokio::test]
async fn does_not_trust_a_key_the_token_brings_along() {
    let case = Case::new();
    let attacker = Case::new();
    let (mut header, claims, _) = parts(&attacker.token());
    let jwks: Value = serde_json::from_str(&attacker.issuer.jwks_json()).unwrap();
    header["jwk"] = jwks["keys"][0].clone();
    header["jku"] = "http://127.0.0.1:9/jwks.json".into();
    let (_, _, signature) = parts(&attacker.token());
    let token = format!("{}.{}.{signature}", encode(&header), encode(&claims));
    assert_eq!(case.refusal(&token).await, "TOKEN_KEY_UNKNOWN");
}

#[tokio::test]
async fn refuses_other_issuers_and_audiences_exactly() {
    let case = Case::new();
    for issuer in [
        "https://login.example.gov.cn/",
        "http://login.example.gov.cn",
        "",
    ] {
        assert_eq!(
            case.refusal_of(|c| c["iss"] = issuer.into()).await,
            "TOKEN_ISSUER"
        );
    }
    for audience in [
        json!("sanshe2"),
        json!([]),
        json!(["a", "Sanshe"]),
        json!(""),
    ] {
        assert_eq!(
            case.refusal_of(|c| c["aud"] = audience).await,
            "TOKEN_AUDIENCE"
        );
    }
    let both = case.signed(|c| c["aud"] = json!(["other", "sanshe"]));
    assert!(case.verifier.verify(&both).await.is_ok());
}

#[tokio::test]
async fn refuses_claims_it_cannot_read_instead_of_guessing() {
    let case = Case::new();
    let changes: [fn(&mut Value); 9] = [
        |c| c["exp"] = Value::Null,
        |c| c["exp"] = "tomorrow".into(),
        |c| c["exp"] = json!(1e300),
        |c| drop(c.as_object_mut().unwrap().remove("exp")),
        |c| c["sub"] = " ".into(),
        |c| drop(c.as_object_mut().unwrap().remove("sub")),
        |c| c["division"] = "1101".into(),
        |c| c["resident_id"] = "7".into(),
        |c| c["roles"] = "platform_admin".into(),
    ];
    for change in changes {
        assert_eq!(case.refusal_of(change).await, "TOKEN_MALFORMED");
    }
    let empty = case.signed(|c| c["division"] = "".into());
    assert_eq!(case.verifier.verify(&empty).await.unwrap().division, None);
    let later = case.signed(|c| c["roles"] = json!(["expert", "moon_keeper"]));
    let actor = case.verifier.verify(&later).await.unwrap();
    assert_eq!(actor.roles.into_iter().collect::<Vec<_>>(), [Role::Expert]);
}

#[tokio::test]
async fn refuses_what_has_not_the_shape_of_a_token() {
    let case = Case::new();
    let token = case.token();
    let padded = format!("{}=", token.split('.').next().unwrap());
    let (header, claims, signature) = parts(&token);
    let mut critical = header.clone();
    critical["crit"] = json!(["exp"]);
    let critical = format!("{}.{}.{signature}", encode(&critical), encode(&claims));
    let long = "a".repeat(9000);
    for bad in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        &padded,
        &critical,
        &long,
    ] {
        assert_eq!(case.refusal(bad).await, "TOKEN_MALFORMED", "{bad}");
    }
    assert_eq!(case.refusal(&format!("{token}.x")).await, "TOKEN_MALFORMED");
}

#[test]
fn each_cause_has_a_reason_and_a_sentence_in_both_languages() {
    let causes = [
        TokenError::malformed("甲", "a"),
        TokenError::Algorithm,
        TokenError::KeyUnknown,
        TokenError::KeysUnavailable,
        TokenError::Signature,
        TokenError::Issuer,
        TokenError::Audience,
        TokenError::Expired,
        TokenError::NotYetValid,
    ];
    let reasons: std::collections::BTreeSet<_> = causes.iter().map(TokenError::reason).collect();
    assert_eq!(reasons.len(), causes.len());
    for cause in causes {
        assert_ne!(cause.message(Lang::Zh), cause.message(Lang::En));
        let expected = match cause {
            TokenError::KeysUnavailable => Kind::Unavailable,
            _ => Kind::Unauthenticated,
        };
        assert_eq!(cause.kind(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_single_changed_character_passes(at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_-]") {
        let case = Case::new();
        let token = case.token();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &with);
        prop_assume!(changed != token);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert!(runtime.block_on(case.verifier.verify(&changed)).is_err());
    }
}
