//! 专家顾问 in SQL.

use crate::domain::adviser::{Adviser, AdviserId, Expertise};
use kit::record::{ids, record, texts};

ids!(AdviserId);
texts!(Expertise);
record!(
    Adviser,
    AdviserId,
    "advisers",
    [
        id,
        resident_id,
        division_code,
        expertise,
        qualification,
        employer_id,
        enrolled_on,
        created_at
    ],
    [released_on, updated_at]
);
