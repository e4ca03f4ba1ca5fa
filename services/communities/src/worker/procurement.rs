//! What procurement tells: a tender is out, the last payment was made.

use kernel::keys::TraceId;
use kit::events::Consumer;
use serde::Deserialize;

use crate::app;

#[derive(Deserialize)]
struct Published {
    trace_id: TraceId,
}

#[derive(Deserialize)]
struct Paid {
    trace_id: TraceId,
    /// Whether nothing more is to be paid.
    #[serde(rename = "final")]
    last: bool,
}

/// Registers the handlers.
pub fn register(consumer: Consumer) -> Consumer {
    consumer
        .on("procurement.tender.published", |conn, event| {
            Box::pin(async move {
                let published: Published = event.data()?;
                Ok(app::rating::began(conn, published.trace_id, event.at).await?)
            })
        })
        .on("procurement.payment.made", |conn, event| {
            Box::pin(async move {
                let paid: Paid = event.data()?;
                if paid.last {
                    app::rating::finished(conn, paid.trace_id, event.at).await?;
                }
                Ok(())
            })
        })
}
