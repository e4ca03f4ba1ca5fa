//! 现场核查 in SQL.

use crate::domain::{
    facility::{FacilityCheck, FacilityCheckId, FacilityItem},
    incubation_centre::IncubationCentreId,
};
use kit::record::{ids, part, record, texts};

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
part!(FacilityCheck, centre_id: IncubationCentreId);
