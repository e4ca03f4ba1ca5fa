//! 访问记录 (B15): who read which personal fields of a resident, and why.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, keys::ResidentId};
use uuid::Uuid;

use super::resident::Fields;

kernel::typed_id!(
    /// Access record (访问记录).
    AccessId, "access");

/// One read of personal data by another person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub id: AccessId,
    pub resident_id: ResidentId,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub actor_name: Option<String>,
    pub roles: Vec<String>,
    pub organization_id: Option<Uuid>,
    pub division_code: Option<DivisionCode>,
    pub purpose: String,
    pub fields: Fields,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub request_id: String,
}
