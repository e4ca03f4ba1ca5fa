//! 借鉴措施 in SQL.

use kit::record::{ids, part, record, texts};

use crate::domain::{
    study_measure::{StudyMeasure, StudyMeasureId, StudyMeasureState},
    study_visit::StudyVisitId,
};

ids!(StudyMeasureId);
texts!(StudyMeasureState);
record!(
    StudyMeasure,
    StudyMeasureId,
    "study_measures",
    [
        id,
        visit_id,
        division_code,
        title,
        owner,
        due_on,
        created_at
    ],
    [state, evidence, note, updated_at]
);
part!(StudyMeasure, visit_id: StudyVisitId);
