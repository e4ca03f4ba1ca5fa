//! A community has become a pilot, is one no more, or is one again.

use kit::events::Consumer;

use crate::app::pilot_site;

pub(super) fn on(consumer: Consumer) -> Consumer {
    let consumer = consumer.on("communities.pilot.approved", |conn, event| {
        Box::pin(async move {
            let at = (event.id, event.at);
            Ok(pilot_site::note_approved(conn, event.data()?, at).await?)
        })
    });
    let consumer = consumer.on("communities.pilot.ended", |conn, event| {
        Box::pin(async move {
            let at = (event.id, event.at);
            Ok(pilot_site::note_ended(conn, event.data()?, at).await?)
        })
    });
    consumer.on("communities.pilot.resumed", |conn, event| {
        Box::pin(async move {
            let at = (event.id, event.at);
            Ok(pilot_site::note_resumed(conn, event.data()?, at).await?)
        })
    })
}
