//! The answers of one subscription, until its end or the stop.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use kernel::refuse;
use proto::graph::v1::SubscribeResponse;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    errors::tell,
    input::{Asked, Inputs},
};
use crate::{
    auth::{Caller, Verifier},
    error::{Error, Result},
    grpc::status,
};

/// What a subscription is watched over with.
pub(super) struct Guard {
    pub caller: Caller,
    pub verifier: Arc<Verifier>,
    pub operation: String,
    pub inputs: Arc<Inputs>,
    pub query: String,
    pub variables: Bytes,
    pub stopping: CancellationToken,
}

impl Guard {
    /// A token that was good at the start may have run out since.
    async fn check(&self) -> Result<()> {
        if let Some(token) = &self.caller.token {
            self.verifier.verify(token).await.map_err(Error::fault)?;
        }
        Ok(())
    }

    async fn answer(&self, mut response: Response) -> Result<SubscribeResponse> {
        self.check().await?;
        let asked = Asked {
            inputs: &self.inputs,
            query: &self.query,
            operation: Some(&self.operation),
            variables: &self.variables,
        };
        tell(&mut response, &self.caller, &self.operation, &asked);
        let body = serde_json::to_vec(&response)?;
        Ok(SubscribeResponse { body: body.into() })
    }
}

/// Tells each event, and looks at the token at each. A status is the last
/// item: a stop is told as one, because a stream that merely ends would say
/// that there is nothing more to come.
pub(super) fn answers(
    guard: Guard,
    events: impl Stream<Item = Response> + Send + 'static,
) -> impl Stream<Item = std::result::Result<SubscribeResponse, Status>> + Send + 'static {
    let events = AssertUnwindSafe(events).catch_unwind().boxed();
    stream::unfold(Some((guard, events)), |state| async move {
        let (guard, mut events) = state?;
        let event = tokio::select! {
            biased;
            () = guard.stopping.cancelled() => Some(Err(stopping())),
            event = events.next() => event.map(|event| {
                event.map_err(|_| Error::internal(anyhow::anyhow!("a resolver panicked")))
            }),
        };
        let answer = match event? {
            Ok(response) => guard.answer(response).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => Some((Ok(answer), Some((guard, events)))),
            Err(error) => {
                error.log("subgraph.subscribe");
                Some((Err(status::write(&error)), None))
            }
        }
    })
}

fn stopping() -> Error {
    refuse!(Unavailable, "SERVICE_STOPPING",
        zh: "服务正在重启,请重新订阅", en: "the service is restarting: subscribe again")
    .into()
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;
    use chrono::{DateTime, TimeDelta};
    use kernel::FrozenClock;
    use tonic::Code;

    use super::*;
    use crate::auth::{Account, Actor, DevIssuer, Role};

    /// A guard over a token that is good for now.
    fn guard(clock: &FrozenClock) -> Guard {
        let issuer = DevIssuer::generate("https://login.example", "sanshe", clock.shared());
        let actor = Actor::new("u-1", [Role::Resident]);
        let token = issuer.issue(&Account {
            name: "wang".into(),
            title_zh: "居民".into(),
            actor: actor.clone(),
        });
        Guard {
            caller: Caller::of(actor).with_token(token),
            verifier: issuer.verifier(),
            operation: "test".into(),
            inputs: Arc::default(),
            query: String::new(),
            variables: Bytes::new(),
            stopping: CancellationToken::new(),
        }
    }

    fn clock() -> FrozenClock {
        FrozenClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
    }

    fn endless() -> impl Stream<Item = Response> + Send + 'static {
        stream::repeat_with(|| Response::new(Value::Null))
    }

    #[tokio::test]
    async fn a_token_that_runs_out_ends_the_answers() {
        let clock = clock();
        let mut answers = Box::pin(answers(guard(&clock), endless()));
        assert!(answers.next().await.unwrap().is_ok());
        clock.advance(TimeDelta::days(30));
        let status = answers.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert!(answers.next().await.is_none(), "a status is the last");
    }

    #[tokio::test]
    async fn a_stop_is_told_and_not_taken_for_the_end() {
        let guard = guard(&clock());
        let stop = guard.stopping.clone();
        let mut answers = Box::pin(answers(guard, stream::pending()));
        stop.cancel();
        let status = answers.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert!(answers.next().await.is_none());
    }

    #[tokio::test]
    async fn a_resolver_that_panics_ends_only_its_own_subscription() {
        let events = stream::once(async { panic!("boom") });
        let mut answers = Box::pin(answers(guard(&clock()), events));
        let status = answers.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("boom"));
        assert!(answers.next().await.is_none());
    }
}
