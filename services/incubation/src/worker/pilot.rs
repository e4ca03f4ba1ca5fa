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
    let consumer = moved(consumer, "communities.pilot.ended", false);
    moved(consumer, "communities.pilot.resumed", true)
}

fn moved(consumer: Consumer, subject: &'static str, active: bool) -> Consumer {
    consumer.on(subject, move |conn, event| {
        Box::pin(async move {
            let at = (event.id, event.at);
            Ok(pilot_site::note_moved(conn, event.data()?, (subject, active), at).await?)
        })
    })
}
