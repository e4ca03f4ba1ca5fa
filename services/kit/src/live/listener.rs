//! The one connection that hears what the database tells.

use std::time::Duration;

use sqlx::{PgPool, postgres::PgListener};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hub::Hub;
use crate::lifecycle::pause;

const CHANNEL: &str = "kit_live";
/// After so long a silence the connection is tried: a network that swallows
/// packets tells nobody.
const QUIET: Duration = Duration::from_secs(15);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_secs(1);

/// Listens until `stopping`.
pub(super) async fn run(pool: &PgPool, hub: &Hub, stopping: &CancellationToken) {
    while !stopping.is_cancelled() {
        let heard = tokio::select! {
            () = stopping.cancelled() => Ok(()),
            heard = listen(pool, hub) => heard,
        };
        hub.interrupt();
        if let Err(error) = heard {
            tracing::warn!(%error, "changes cannot be heard");
            pause(stopping, AGAIN).await;
        }
    }
}

/// Tells what it hears; ends where the connection does.
async fn listen(pool: &PgPool, hub: &Hub) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    hub.open();
    loop {
        match tokio::time::timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(notice))) => {
                if let Some((kind, id)) = read(notice.payload()) {
                    hub.tell(kind, id);
                } else {
                    tracing::error!(payload = notice.payload(), "a notice is unreadable");
                }
            }
            Ok(Ok(None)) => return Err(lost()),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let asking = sqlx::query("SELECT 1").execute(&mut listener);
                let answer = tokio::time::timeout(ANSWER_WITHIN, asking).await;
                answer.map_err(|_| lost())??;
            }
        }
    }
}

fn lost() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::ConnectionAborted.into())
}

/// `tender 0198…`: the kind and the id.
fn read(payload: &str) -> Option<(&str, Uuid)> {
    let (kind, id) = payload.split_once(' ')?;
    Some((kind, Uuid::parse_str(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_kind_and_id_and_nothing_else() {
        let id = Uuid::from_u128(7);
        assert_eq!(read(&format!("tender {id}")), Some(("tender", id)));
        assert_eq!(read("tender"), None);
        assert_eq!(read("tender 7"), None);
    }
}
