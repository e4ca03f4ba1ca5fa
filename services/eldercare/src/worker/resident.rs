//! smartdata: a resident moved away, died, came back.

use kernel::keys::ResidentId;
use kit::events::Consumer;
use serde::Deserialize;

use crate::{app, domain::elder::ResidentStatus};

#[derive(Deserialize)]
struct Changed {
    resident_id: ResidentId,
    status: ResidentStatus,
}

/// Keeps the standing of residents.
pub fn on(consumer: Consumer) -> Consumer {
    consumer.on("smartdata.resident.changed", |conn, event| {
        Box::pin(async move {
            let changed: Changed = event.data()?;
            app::resident::changed(conn, changed.resident_id, changed.status, event.at).await?;
            Ok(())
        })
    })
}
