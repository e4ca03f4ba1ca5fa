//! 护理人员 (A56): who a provider sends, by the id of the resident.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::text::check_text;

kernel::typed_id!(
    /// Care worker (护理人员).
    CareWorkerId,
    "care_worker"
);

kernel::text_enum! {
    /// What they are employed as.
    pub enum CareJob {
        /// 养老护理员
        Caregiver = "CAREGIVER",
        /// 护士
        Nurse = "NURSE",
        /// 医师
        Physician = "PHYSICIAN",
        /// 康复治疗师
        Therapist = "THERAPIST",
    }
}

/// A care worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CareWorker {
    pub id: CareWorkerId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub resident_id: ResidentId,
    pub job: CareJob,
    pub started_on: NaiveDate,
    /// The last day they worked there.
    pub ended_on: Option<NaiveDate>,
    pub end_reason: Option<String>,
    pub registered_by: String,
    pub registered_at: DateTime<Utc>,
}

/// What a registration says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterCareWorker {
    pub organization_id: OrganizationId,
    pub resident_id: ResidentId,
    pub job: CareJob,
}

impl CareWorker {
    /// Whether they work there from the first day to the last.
    pub fn works(&self, (first, last): (NaiveDate, NaiveDate)) -> bool {
        self.started_on <= first && self.ended_on.is_none_or(|end| last <= end)
    }

    /// They leave, with today as their last day.
    pub fn end(&mut self, reason: &str, today: NaiveDate) -> Result<(), Refusal> {
        if self.ended_on.is_some() {
            return Err(refuse!(
                Refused,
                "CARE_WORKER_ENDED",
                field: "input.careWorkerId",
                zh: "该护理人员已离职",
                en: "this care worker has left already",
            ));
        }
        self.end_reason = Some(check_text(reason, 500, "input.reason")?);
        self.ended_on = Some(today);
        Ok(())
    }

    /// Whom another provider sends, or who has left.
    pub fn not_there() -> Refusal {
        refuse!(
            Refused,
            "CARE_WORKER_NOT_OF_PROVIDER",
            field: "input.workerId",
            zh: "该护理人员在计划日不在承接机构任职",
            en: "this care worker does not work for the provider on the planned day",
        )
    }
}
