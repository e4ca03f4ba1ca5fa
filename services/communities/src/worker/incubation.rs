//! What incubation tells: an organisation is no more.

use kernel::keys::OrganizationId;
use kit::events::Consumer;
use serde::Deserialize;

use crate::app::former_organization;

#[derive(Deserialize)]
struct Changed {
    organization_id: OrganizationId,
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Revoked,
    Dissolved,
    /// Preparing, filed, registered, or on the list of abnormal ones.
    #[serde(other)]
    InBeing,
}

/// Registers the handlers.
pub fn register(consumer: Consumer) -> Consumer {
    consumer.on("incubation.organization.changed", |conn, event| {
        Box::pin(async move {
            let changed: Changed = event.data()?;
            match changed.status {
                Status::InBeing => Ok(()),
                Status::Revoked | Status::Dissolved => {
                    Ok(former_organization::ended(conn, changed.organization_id, event.at).await?)
                }
            }
        })
    })
}
