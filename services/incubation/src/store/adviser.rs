//! 专家顾问 in SQL.

use super::record::{ids, record, texts};
use crate::domain::adviser::{Adviser, AdviserId, Expertise};

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
