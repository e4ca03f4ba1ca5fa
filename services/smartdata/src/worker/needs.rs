//! `communities.need.reported`: a need is the first happening of its chain.

use kernel::{
    DivisionCode, GridCode,
    keys::{ResidentId, TraceId},
};
use kit::events::Consumer;
use serde::Deserialize;

use crate::{
    app,
    domain::happening::{Happening, HappeningId, HappeningKind},
    state::State,
};

/// What communities tells; more fields may come.
#[derive(Deserialize)]
struct NeedReported {
    trace_id: TraceId,
    community_code: DivisionCode,
    resident_id: ResidentId,
    grid_code: Option<String>,
}

impl NeedReported {
    /// The grid, if what was told is one of the community: a chain is not lost
    /// over a mistyped grid.
    fn grid(&self) -> Option<GridCode> {
        let code: GridCode = self.grid_code.as_deref()?.parse().ok()?;
        (code.community() == self.community_code).then_some(code)
    }
}

/// Adds the handler.
pub fn on(consumer: Consumer, state: &State) -> Consumer {
    let state = state.clone();
    consumer.on("communities.need.reported", move |conn, event| {
        let state = state.clone();
        Box::pin(async move {
            let told: NeedReported = event.data()?;
            let happening = Happening {
                id: HappeningId::new(&state.core.ids),
                kind: HappeningKind::NeedReported,
                trace_id: Some(told.trace_id),
                division_code: told.community_code,
                grid_code: told.grid(),
                resident_id: Some(told.resident_id),
                subject_id: Some(event.aggregate_id),
                at: event.at,
            };
            Ok(app::happening::note(conn, event.id, &happening).await?)
        })
    })
}
