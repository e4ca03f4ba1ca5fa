//! A visit was confirmed by the elder and settled.

use kit::events::Consumer;

use crate::{app, state::State};

pub(super) fn on(consumer: Consumer, state: State) -> Consumer {
    consumer.on("eldercare.visit.settled", move |conn, event| {
        let state = state.clone();
        Box::pin(
            async move { Ok(app::visit::settled(&state, conn, event.data()?, event.at).await?) },
        )
    })
}
