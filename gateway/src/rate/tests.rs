//! Callers against their buckets, with a clock that stands still.

use http::HeaderMap;
use serde_json::Value as Json;

use super::*;

const ONE: Allowance = Allowance {
    per_second: 1.0,
    burst: 1,
};

fn limiter(settings: Rate, redis: Option<Redis>) -> Limiter {
    let now = Instant::now();
    Limiter::new(settings, redis.map(Arc::new), Arc::new(move || now))
}

fn from(address: &str, token: &str) -> RequestContext {
    let mut headers = HeaderMap::new();
    if !token.is_empty() {
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    let mut context = RequestContext::new(&headers, Duration::from_secs(1), || "r".to_owned());
    context.address = Some(address.parse().unwrap());
    context
}

#[tokio::test]
async fn an_address_is_refused_by_name_and_told_when_to_come_again() {
    let settings = Rate {
        address: Some(ONE),
        ..Rate::default()
    };
    let limiter = limiter(settings, None);
    let caller = from("192.0.2.1", "");
    assert!(limiter.address(&caller).await.is_ok());
    let rejection = limiter.address(&caller).await.unwrap_err();
    assert_eq!(rejection.status, http::StatusCode::TOO_MANY_REQUESTS);
    assert!(!rejection.well_formed);
    let error = &rejection.errors[0];
    assert_eq!(
        (error.code.as_str(), error.reason.as_str()),
        ("RATE_LIMITED", "RATE_LIMITED")
    );
    assert_eq!(error.extensions["field"], "rate.address");
    assert_eq!(error.extensions["retryAfter"], Json::from(1));
    assert_eq!(caller.notes.seconds(), Some(1));
    assert!(limiter.address(&from("192.0.2.2", "")).await.is_ok());
}

#[tokio::test]
async fn identities_have_buckets_of_their_own() {
    let settings = Rate {
        identity: Some(ONE),
        ..Rate::default()
    };
    let limiter = limiter(settings, None);
    assert!(
        limiter
            .identity(&from("192.0.2.1", "a"), None)
            .await
            .is_ok()
    );
    assert!(
        limiter
            .identity(&from("192.0.2.1", "b"), None)
            .await
            .is_ok()
    );
    let refused = limiter.identity(&from("192.0.2.1", "a"), None).await;
    assert_eq!(
        refused.unwrap_err().errors[0].extensions["field"],
        "rate.identity"
    );
    // Nobody is limited by who they are where nobody says who they are.
    for _ in 0..3 {
        assert!(limiter.identity(&from("192.0.2.1", ""), None).await.is_ok());
    }
}

#[tokio::test]
async fn the_machine_itself_goes_free_until_a_limit_is_set() {
    let burst = Rate::ADDRESS.burst;
    let unset = limiter(Rate::default(), None);
    for _ in 0..=burst {
        assert!(unset.address(&from("127.0.0.1", "")).await.is_ok());
    }
    for _ in 0..burst {
        assert!(unset.address(&from("192.0.2.1", "")).await.is_ok());
    }
    assert!(unset.address(&from("192.0.2.1", "")).await.is_err());
    let settings = Rate {
        address: Some(ONE),
        ..Rate::default()
    };
    let set = limiter(settings, None);
    assert!(set.address(&from("127.0.0.1", "")).await.is_ok());
    assert!(set.address(&from("127.0.0.1", "")).await.is_err());
    let off = limiter(
        Rate {
            enabled: false,
            ..settings
        },
        None,
    );
    for _ in 0..3 {
        assert!(off.address(&from("192.0.2.1", "")).await.is_ok());
    }
}

#[tokio::test]
async fn without_its_redis_it_counts_in_memory() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let redis = Redis::from_config(&crate::config::Redis {
        url: Some(format!("redis://{port}")),
        ..crate::config::Redis::default()
    });
    let settings = Rate {
        address: Some(ONE),
        ..Rate::default()
    };
    let limiter = limiter(settings, redis.unwrap());
    assert!(limiter.address(&from("192.0.2.1", "")).await.is_ok());
    assert!(limiter.address(&from("192.0.2.1", "")).await.is_err());
}

#[tokio::test]
async fn many_callers_cannot_fill_the_memory_nor_shut_others_out() {
    let settings = Rate {
        address: Some(ONE),
        callers: 8,
        ..Rate::default()
    };
    let limiter = limiter(settings, None);
    for last in 0..200 {
        assert!(
            limiter
                .address(&from(&format!("192.0.2.{last}"), ""))
                .await
                .is_ok()
        );
    }
    limiter.memory.run_pending_tasks();
    assert!(limiter.memory.entry_count() <= 8);
    // Whoever came last is remembered, so coming again does not help.
    assert!(limiter.address(&from("192.0.2.199", "")).await.is_err());
}
