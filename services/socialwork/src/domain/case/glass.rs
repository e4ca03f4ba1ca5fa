//! 紧急查阅 (break-glass): a file opened in need by somebody whose case it is not.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::CaseId;

/// Who opened a file, why, and until when. The client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glass {
    pub id: Uuid,
    pub case_id: CaseId,
    pub actor: String,
    pub actor_name: Option<String>,
    pub roles: Vec<String>,
    pub reason: String,
    pub opened_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}
