//! The answers of one subscription, until its end or the stop.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use kernel::refuse;
use proto::graph::v1::SubscribeResponse;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::errors::tell_of;
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
        tell_of(&mut response, &self.caller, &self.operation, &self.variables);
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
