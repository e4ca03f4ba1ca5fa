//! 准入申请 in SQL.

use crate::domain::admission::{Admission, AdmissionId, AdmissionState};
use kit::record::{ids, record, texts};

ids!(AdmissionId);
texts!(AdmissionState);
record!(
    Admission,
    AdmissionId,
    "admission_applications",
    [
        id,
        community_id,
        division_code,
        department,
        title,
        content,
        basis_document,
        starts_on,
        ends_on,
        funding,
        staffing,
        submitted_by,
        submitted_at
    ],
    [
        state,
        opinion_supports,
        opinion,
        opinion_by,
        review_by,
        granted_funding,
        granted_staffing,
        decision_note,
        decided_by,
        updated_at
    ]
);
