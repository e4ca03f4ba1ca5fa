//! 无偿场地 in SQL.

use crate::domain::space_licence::{SpaceLicence, SpaceLicenceId};
use kit::record::{ids, record};

ids!(SpaceLicenceId);
record!(
    SpaceLicence,
    SpaceLicenceId,
    "space_licences",
    [
        id,
        centre_id,
        organization_id,
        incubatee_id,
        division_code,
        room,
        area_m2,
        mission,
        valid_from,
        valid_to,
        created_at
    ],
    [ended_on, end_reason, updated_at]
);

/// Whether it holds on the day.
pub const HOLDS: &str = "{day} BETWEEN valid_from AND coalesce(ended_on, valid_to)";
/// Whether its deposit was due and nobody has said that it was paid.
pub const DEPOSIT_OVERDUE: &str = "EXISTS (SELECT 1 FROM space_deposits d
    WHERE d.licence_id = space_licences.id AND d.state = 'DUE' AND d.due_on < {day})";
