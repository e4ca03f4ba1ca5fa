//! 志愿服务记录 (B10, SM-10): what was served, true and lasting.

use chrono::{DateTime, Utc};
use kernel::{
    Minutes, Refusal,
    keys::{ContractId, ResidentId, TraceId, VisitId, VolunteerId},
    refuse,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

kernel::typed_id!(
    /// Record of volunteer service (志愿服务记录).
    VolunteerRecordId, "volunteer_record");

kernel::text_enum! {
    /// What kind of service it was.
    pub enum VolunteerActivity {
        /// 上门服务
        HomeVisit = "HOME_VISIT",
        /// 队伍活动
        TeamActivity = "TEAM_ACTIVITY",
    }
}

/// A record. It never changes: a reversal is a record of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolunteerRecord {
    pub id: VolunteerRecordId,
    pub volunteer_id: VolunteerId,
    pub activity: VolunteerActivity,
    /// The visit; in an activity of a team, the sign-up.
    pub visit_id: VisitId,
    /// The order; in an activity of a team, the activity.
    pub order_id: Uuid,
    /// The contract; in an activity of a team, the team.
    pub contract_id: ContractId,
    pub trace_id: TraceId,
    pub in_at: DateTime<Utc>,
    pub out_at: DateTime<Utc>,
    /// Whole minutes between; negative in a reversal.
    pub minutes: Minutes,
    pub confirmed_by: ResidentId,
    pub reverses: Option<VolunteerRecordId>,
    pub replaces: Option<VolunteerRecordId>,
    pub reason: Option<String>,
    pub reversed_by: Option<VolunteerRecordId>,
    /// The certificate that names it, where one was issued.
    pub certificate_no: Option<String>,
    pub recorded_by: String,
    pub recorded_at: DateTime<Utc>,
}

/// The true times of a service, where the recorded ones were wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    pub in_at: DateTime<Utc>,
    pub out_at: DateTime<Utc>,
}

impl Times {
    /// Both times or neither; never longer than a day, never ahead of now.
    pub fn try_new(
        in_at: Option<DateTime<Utc>>,
        out_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Refusal> {
        match (in_at, out_at) {
            (None, None) => Ok(None),
            (Some(in_at), Some(out_at)) => {
                let minutes = Minutes::whole_of(out_at - in_at).get();
                if (1..=1440).contains(&minutes) && out_at <= now {
                    return Ok(Some(Self { in_at, out_at }));
                }
                Err(times())
            }
            _ => Err(times()),
        }
    }
}

fn times() -> Refusal {
    refuse!(
        Invalid,
        "RECORD_TIMES",
        field: "input.outAt",
        zh: "更正须同时给出到达和离开时间,时长在 1 分钟至 24 小时之间且不晚于现在",
        en: "give both times; between a minute and 24 hours, and not ahead of now",
    )
}

/// Who writes a correction, and why.
#[derive(Clone, Debug)]
pub struct Correction {
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

impl VolunteerRecord {
    /// The record that takes this one back.
    pub fn reversal(
        &self,
        id: VolunteerRecordId,
        correction: &Correction,
    ) -> Result<Self, Refusal> {
        if self.reverses.is_some() || self.reversed_by.is_some() {
            return Err(refuse!(
                Refused,
                "VOLUNTEER_RECORD_REVERSED",
                zh: "该记录已被冲销,或本身是冲销记录",
                en: "this record is reversed already, or is a reversal itself",
            ));
        }
        Ok(Self {
            id,
            minutes: self.minutes.negated()?,
            reverses: Some(self.id),
            replaces: None,
            reason: Some(correction.reason.clone()),
            certificate_no: None,
            recorded_by: correction.by.clone(),
            recorded_at: correction.at,
            ..self.clone()
        })
    }

    /// The record that says how it truly was.
    pub fn replacement(
        &self,
        id: VolunteerRecordId,
        times: Times,
        correction: &Correction,
    ) -> Self {
        Self {
            id,
            in_at: times.in_at,
            out_at: times.out_at,
            minutes: Minutes::whole_of(times.out_at - times.in_at),
            reverses: None,
            replaces: Some(self.id),
            reversed_by: None,
            reason: Some(correction.reason.clone()),
            certificate_no: None,
            recorded_by: correction.by.clone(),
            recorded_at: correction.at,
            ..self.clone()
        }
    }
}

/// Why a record is corrected, 1 to 500 characters.
pub fn check_reason(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 500 {
        return Err(refuse!(
            Invalid,
            "REASON_LENGTH",
            field: "input.reason",
            zh: "理由须为 1 至 500 个字",
            en: "a reason has 1 to 500 characters",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn record(minutes: i64) -> VolunteerRecord {
        VolunteerRecord {
            id: VolunteerRecordId::from_uuid(Uuid::from_u128(1)),
            volunteer_id: VolunteerId::from_uuid(Uuid::from_u128(2)),
            activity: VolunteerActivity::HomeVisit,
            visit_id: VisitId::from_uuid(Uuid::from_u128(3)),
            order_id: Uuid::from_u128(4),
            contract_id: ContractId::from_uuid(Uuid::from_u128(5)),
            trace_id: TraceId::from_uuid(Uuid::from_u128(6)),
            in_at: at(0),
            out_at: at(minutes),
            minutes: Minutes::new(minutes),
            confirmed_by: ResidentId::from_uuid(Uuid::from_u128(7)),
            reverses: None,
            replaces: None,
            reason: None,
            reversed_by: None,
            certificate_no: None,
            recorded_by: "service:socialwork".into(),
            recorded_at: at(minutes),
        }
    }

    fn why() -> Correction {
        Correction {
            reason: "时间有误".into(),
            by: "staff".into(),
            at: at(5000),
        }
    }

    fn id(n: u128) -> VolunteerRecordId {
        VolunteerRecordId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_reversal_is_reversed_by_nothing() {
        let mut one = record(60);
        let reversal = one.reversal(id(10), &why()).unwrap();
        assert!(reversal.reversal(id(11), &why()).is_err());
        one.reversed_by = Some(reversal.id);
        assert_eq!(
            one.reversal(id(12), &why()).unwrap_err().reason,
            "VOLUNTEER_RECORD_REVERSED"
        );
    }

    #[test]
    fn true_times_come_in_pairs_and_never_from_the_future() {
        let now = at(3000);
        assert_eq!(Times::try_new(None, None, now), Ok(None));
        assert!(Times::try_new(Some(at(0)), None, now).is_err());
        assert!(Times::try_new(Some(at(0)), Some(at(0)), now).is_err());
        assert!(Times::try_new(Some(at(0)), Some(at(1441)), now).is_err());
        assert!(Times::try_new(Some(at(2999)), Some(at(3001)), now).is_err());
        assert!(
            Times::try_new(Some(at(0)), Some(at(1440)), now)
                .unwrap()
                .is_some()
        );
    }

    proptest! {
        #[test]
        fn record_reversal_and_replacement_add_up_to_the_truth(was in 1_i64..=1440, is in 1_i64..=1440) {
            let wrong = record(was);
            let reversal = wrong.reversal(id(10), &why()).unwrap();
            let times = Times { in_at: at(0), out_at: at(is) };
            let right = wrong.replacement(id(11), times, &why());
            let sum = Minutes::sum([wrong.minutes, reversal.minutes, right.minutes]).unwrap();
            prop_assert_eq!(sum, Minutes::new(is));
            prop_assert_eq!(right.visit_id, wrong.visit_id);
        }
    }
}
