//! 现场核查 in SQL.

use super::record::{ids, record, texts};
use crate::domain::facility::{FacilityCheck, FacilityCheckId, FacilityItem};

ids!(FacilityCheckId);
texts!(FacilityItem);
record!(
    FacilityCheck,
    FacilityCheckId,
    "facility_checks",
    [
        id, centre_id, item, passed, evidence, photos, checked_on, checked_by, created_at
    ]
);
