//! 个人同意 (PIPL 14, 15, 23): to one receiver, of one resource; withdrawn easily.

use chrono::{DateTime, Utc};
use kernel::{
    Refusal,
    keys::{OrganizationId, ResidentId},
    refuse,
};

use super::data_resource::DataResourceId;

kernel::typed_id!(
    /// Consent (个人同意).
    DataConsentId, "data_consent");

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataConsent {
    pub id: DataConsentId,
    pub resident_id: ResidentId,
    pub resource_id: DataResourceId,
    pub consumer_organization_id: OrganizationId,
    pub consumer_name: String,
    pub purpose: String,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub given_at: DateTime<Utc>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub version: i32,
}

impl DataConsent {
    /// Ends at once.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.withdrawn_at.is_some() {
            return Err(refuse!(
                Refused,
                "CONSENT_WITHDRAWN",
                zh: "该同意已撤回",
                en: "this consent was withdrawn already",
            ));
        }
        self.withdrawn_at = Some(now);
        Ok(())
    }
}
