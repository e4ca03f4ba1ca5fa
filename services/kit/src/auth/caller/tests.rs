use std::sync::Arc;

use chrono::DateTime;
use kernel::{FrozenClock, Kind};
use proptest::prelude::*;

use super::*;
use crate::auth::{Account, DevIssuer, Role};

const LIMIT: Duration = Duration::from_secs(15);

fn issuer() -> DevIssuer {
    let clock = FrozenClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    DevIssuer::generate("http://127.0.0.1:1", "sanshe", clock.shared())
}

fn account(role: Role) -> Account {
    let actor = Actor::new("u-1", [role]);
    Account {
        name: "wang".into(),
        title_zh: "网格员".into(),
        actor,
    }
}

fn metadata(pairs: &[(&'static str, &str)]) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    for (key, value) in pairs {
        metadata.append(*key, value.parse().unwrap());
    }
    metadata
}

async fn read(metadata: &MetadataMap) -> Result<Caller> {
    Caller::from_metadata(metadata, &issuer().verifier(), LIMIT).await
}

#[tokio::test]
async fn is_nobody_without_a_token() {
    let caller = read(&MetadataMap::new()).await.unwrap();
    assert!(caller.actor.is_anonymous());
    assert_eq!((caller.channel, caller.lang), (Channel::Api, Lang::Zh));
    assert_eq!(caller.request_id.len(), 32);
    assert!(caller.remaining() <= LIMIT);
}

#[tokio::test]
async fn a_bad_token_is_not_taken_for_none() {
    for bad in [
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "Bearer x.y.z",
        "gibberish",
    ] {
        let error = read(&metadata(&[(AUTHORIZATION, bad)])).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (Kind::Unauthenticated, "TOKEN_MALFORMED")
        );
    }
    let two = metadata(&[(AUTHORIZATION, "Bearer a"), (AUTHORIZATION, "Bearer b")]);
    assert_eq!(read(&two).await.unwrap_err().reason(), "TOKEN_MALFORMED");
}

#[tokio::test]
async fn refuses_an_unknown_channel_and_names_the_known_ones() {
    let error = read(&metadata(&[(CHANNEL, "pigeon")])).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Invalid, "CHANNEL_UNKNOWN")
    );
    assert_eq!(error.field(), Some(CHANNEL));
    assert!(error.message(Lang::En).contains("call_centre"));
}

#[tokio::test]
async fn refuses_texts_that_are_malformed_or_too_long() {
    for bad in ["%FF%FE".to_owned(), "a%0Ab".to_owned(), "x".repeat(201)] {
        let error = read(&metadata(&[(PURPOSE, &bad)])).await.unwrap_err();
        assert_eq!(
            (error.reason(), error.field()),
            ("HEADER_MALFORMED", Some(PURPOSE))
        );
    }
    let error = read(&metadata(&[(TIMEOUT, "soon")])).await.unwrap_err();
    assert_eq!(error.reason(), "HEADER_MALFORMED");
}

#[tokio::test]
async fn keeps_the_shorter_of_both_time_limits() {
    let short = read(&metadata(&[(TIMEOUT, "200m")])).await.unwrap();
    assert!(short.remaining() <= Duration::from_millis(200));
    let long = read(&metadata(&[(TIMEOUT, "9H")])).await.unwrap();
    assert!(long.remaining() <= LIMIT);
    let over = read(&metadata(&[(TIMEOUT, "0n")])).await.unwrap();
    assert_eq!(over.remaining(), Duration::ZERO);
}

#[tokio::test]
async fn replaces_a_request_id_that_a_log_cannot_carry() {
    let kept = read(&metadata(&[(REQUEST_ID, "abc-1")])).await.unwrap();
    assert_eq!(kept.request_id, "abc-1");
    for bad in ["", "a b", "{\"x\":1}", &"x".repeat(129)] {
        assert_eq!(
            read(&metadata(&[(REQUEST_ID, bad)]))
                .await
                .unwrap()
                .request_id
                .len(),
            32
        );
    }
}

#[tokio::test]
async fn a_peer_sees_the_same_caller() {
    let issuer = issuer();
    let token = issuer.issue(&account(Role::GridWorker));
    let sent = metadata(&[
        (AUTHORIZATION, &format!("Bearer {token}")),
        (LANGUAGE, "en-GB,zh;q=0.5"),
        (REQUEST_ID, "r-1"),
        (CHANNEL, "call_centre"),
        (ASSISTED_BY, &encode_text("李四 100%")),
        (PURPOSE, "%E5%9B%9E%E8%AE%BF"),
    ]);
    let verifier = issuer.verifier();
    let first = Caller::from_metadata(&sent, &verifier, LIMIT)
        .await
        .unwrap();
    assert!(first.actor.is(Role::GridWorker));
    assert_eq!(first.lang, Lang::En);
    assert_eq!(first.purpose.as_deref(), Some("回访"));

    let second = Caller::from_metadata(&first.to_metadata(), &verifier, LIMIT)
        .await
        .unwrap();
    assert_eq!(second.actor, first.actor);
    assert_eq!(second.token, Some(token));
    assert_eq!(
        (second.request_id.as_str(), second.channel),
        ("r-1", Channel::CallCentre)
    );
    assert_eq!(second.assisted_by.as_deref(), Some("李四 100%"));
    assert_eq!((second.lang, second.purpose), (first.lang, first.purpose));
}

#[test]
fn debug_output_hides_the_token() {
    let caller = Caller::of(Actor::new("u", [])).with_token("eyJsecret");
    assert!(!format!("{caller:?}").contains("eyJsecret"));
    let metadata = caller.to_metadata();
    assert!(!format!("{metadata:?}").contains("eyJsecret"));
}

proptest! {
    #[test]
    fn any_text_survives_a_header(text in "[^\\p{Cc}]{0,60}") {
        let caller = Caller::of(Actor::anonymous()).for_purpose(text.clone());
        let metadata = caller.to_metadata();
        let read = header::text(&metadata, PURPOSE).unwrap();
        prop_assert_eq!(read.unwrap_or_default(), text.trim());
    }

    #[test]
    fn a_time_limit_is_read_or_refused_but_never_a_panic(text in "\\PC{0,12}") {
        let _ = header::read_timeout(&text);
    }
}

#[test]
fn shares_one_verifier_between_requests() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    is_shared(&Arc::clone(&issuer().verifier()));
}
