//! A visit was confirmed by the elder and settled, or found void afterwards.

use kit::events::Consumer;

use crate::{app, state::State};

pub(super) fn on(consumer: Consumer, state: State) -> Consumer {
    let other = state.clone();
    consumer
        .on("eldercare.visit.settled", move |conn, event| {
            let state = state.clone();
            Box::pin(async move {
                Ok(app::visit::settled(&state, conn, event.data()?, event.at).await?)
            })
        })
        .on("eldercare.visit.voided", move |conn, event| {
            let state = other.clone();
            Box::pin(
                async move { Ok(app::visit::voided(&state, conn, event.data()?, event.at).await?) },
            )
        })
}
