//! 双创培育孵化中心 in SQL.

use crate::domain::incubation_centre::{
    CentreKind, CentreState, IncubationCentre, IncubationCentreId,
};
use kit::record::{ids, record, texts};

ids!(IncubationCentreId);
texts!(CentreKind, CentreState);
record!(
    IncubationCentre,
    IncubationCentreId,
    "incubation_centres",
    [id, community_id, division_code, kind, parent_id, created_at],
    [name, area_m2, state, opened_on, closed_on, updated_at]
);

/// Whether a centre's six items have not all passed, by the last look at each.
pub const INCOMPLETE: &str = "facilities_passed(id) < 6";
/// Whether nobody runs it on the day.
pub const NOBODY: &str = "centre_operator(id, {day}) IS NULL";
