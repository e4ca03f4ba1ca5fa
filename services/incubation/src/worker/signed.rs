//! A contract was signed in procurement.

use kit::events::Consumer;

use crate::app;

pub(super) fn on(consumer: Consumer) -> Consumer {
    consumer.on("procurement.contract.signed", |conn, event| {
        Box::pin(async move { Ok(app::engagement::note(conn, event.data()?, event.at).await?) })
    })
}
