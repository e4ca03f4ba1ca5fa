//! 事件库 (A61), thin: what happened where, as other services tell it.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, GridCode,
    keys::{ResidentId, TraceId},
};

kernel::typed_id!(
    /// Happening (事件).
    HappeningId, "happening");

kernel::text_enum! {
    /// What happened.
    pub enum HappeningKind {
        /// 需求上报
        NeedReported = "NEED_REPORTED",
    }
}

/// Something that happened in a division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub id: HappeningId,
    pub kind: HappeningKind,
    pub trace_id: Option<TraceId>,
    pub division_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub resident_id: Option<ResidentId>,
    pub at: DateTime<Utc>,
}
