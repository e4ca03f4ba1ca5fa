//! 志愿者队伍与活动 (A47, SM-10): led by a social worker; risk asks for training
//! and insurance, a minor for a guardian's consent.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{
    DivisionCode, Refusal, china_date,
    keys::{CommunityId, ResidentId, SocialWorkerId, TraceId, VolunteerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    volunteer::Volunteer, volunteer_record::VolunteerRecordId, words::no_move, worker::Unfit,
};

kernel::typed_id!(
    /// Team of volunteers (志愿者队伍).
    VolunteerTeamId, "volunteer_team");
kernel::typed_id!(
    /// Activity of a team (志愿服务活动).
    TeamActivityId, "team_activity");
kernel::typed_id!(
    /// Sign-up of a volunteer (活动报名).
    SignupId, "signup");

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolunteerTeam {
    pub id: VolunteerTeamId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub lead_id: SocialWorkerId,
    pub name: String,
    pub aim: String,
    pub members: i64,
    pub founded_at: DateTime<Utc>,
    pub disbanded_at: Option<DateTime<Utc>>,
}

impl VolunteerTeam {
    /// Refuses a team that is no more.
    pub fn check_standing(&self) -> Result<(), Refusal> {
        if self.disbanded_at.is_none() {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "TEAM_DISBANDED",
            zh: "队伍已解散",
            en: "the team is disbanded",
        ))
    }
}

kernel::text_enum! {
    /// Where an activity stands.
    pub enum TeamActivityState {
        /// 已发布
        Published = "PUBLISHED",
        /// 招募中
        Recruiting = "RECRUITING",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

/// An activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamActivity {
    pub id: TeamActivityId,
    pub team_id: VolunteerTeamId,
    pub lead_id: SocialWorkerId,
    pub trace_id: TraceId,
    pub division_code: DivisionCode,
    pub title: String,
    pub place: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub capacity: i32,
    pub risk: bool,
    pub recipient_id: Option<ResidentId>,
    pub matched: i64,
    pub state: TeamActivityState,
    pub reason: Option<String>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl TeamActivity {
    /// Volunteers may sign up from now on.
    pub fn recruit(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != TeamActivityState::Published {
            return Err(no_move("ACTIVITY_STATE", self.state.as_str(), "RECRUITING"));
        }
        self.state = TeamActivityState::Recruiting;
        self.updated_at = now;
        Ok(())
    }

    /// It does not take place.
    pub fn cancel(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == TeamActivityState::Cancelled {
            return Err(no_move("ACTIVITY_STATE", "CANCELLED", "CANCELLED"));
        }
        self.state = TeamActivityState::Cancelled;
        self.reason = Some(reason);
        self.updated_at = now;
        Ok(())
    }

    /// Refuses to sign up for what is not recruited for, or is over.
    pub fn check_recruiting(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == TeamActivityState::Recruiting && now < self.ends_at {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "ACTIVITY_NOT_RECRUITING",
            zh: "活动未在招募或已结束",
            en: "nobody is recruited for this activity now",
        ))
    }

    /// Whether a volunteer may serve in it: as for a home visit where there is a
    /// risk, else active and, if a minor, with a guardian's consent.
    pub fn check_fit(&self, volunteer: &Volunteer) -> Result<(), Refusal> {
        let day = china_date(self.ends_at);
        let unfit = if self.risk {
            volunteer.fitness(day).err()
        } else if !volunteer.active {
            Some(Unfit::Inactive)
        } else if volunteer.is_minor_without_consent(day) {
            Some(Unfit::MinorWithoutConsent)
        } else {
            None
        };
        let Some(unfit) = unfit else { return Ok(()) };
        let (zh, en) = match unfit {
            Unfit::Inactive | Unfit::RegistrationExpired => {
                ("该志愿者已停止服务", "this volunteer serves no longer")
            }
            Unfit::MinorWithoutConsent => (
                "未成年志愿者须有监护人同意",
                "a minor serves with a guardian's consent only",
            ),
            Unfit::VolunteerNotTrained => (
                "有风险的活动须先培训",
                "where there is a risk, one is trained first",
            ),
            Unfit::VolunteerNotInsured => (
                "有风险的活动须有有效保险",
                "where there is a risk, one is insured",
            ),
        };
        Err(Refusal::refused(unfit.as_str(), zh, en))
    }
}

/// An activity lies ahead and lasts up to a day.
pub fn check_hours(
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    capacity: i32,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if from <= now || to <= from || to - from > TimeDelta::hours(24) {
        return Err(refuse!(
            Invalid,
            "ACTIVITY_HOURS",
            field: "input.endsAt",
            zh: "活动须在将来,且不超过 24 小时",
            en: "an activity lies ahead and lasts up to 24 hours",
        ));
    }
    if !(1..=500).contains(&capacity) {
        return Err(refuse!(
            Invalid,
            "ACTIVITY_CAPACITY",
            field: "input.capacity",
            zh: "名额须为 1 至 500",
            en: "an activity has 1 to 500 places",
        ));
    }
    Ok(())
}

kernel::text_enum! {
    /// Where a sign-up stands.
    pub enum SignupState {
        /// 已报名
        Applied = "APPLIED",
        /// 已匹配
        Matched = "MATCHED",
        /// 已签协议
        Agreed = "AGREED",
        /// 已签到
        CheckedIn = "CHECKED_IN",
        /// 已签退
        CheckedOut = "CHECKED_OUT",
        /// 已确认
        Confirmed = "CONFIRMED",
        /// 已记录
        Recorded = "RECORDED",
        /// 未录用
        Declined = "DECLINED",
        /// 已退出
        Withdrawn = "WITHDRAWN",
    }
}

impl SignupState {
    /// The state before it; the database has the same table.
    fn follows(self, before: Self) -> bool {
        use SignupState::{
            Agreed, Applied, CheckedIn, CheckedOut, Confirmed, Declined, Matched, Recorded,
            Withdrawn,
        };
        match self {
            Applied => false,
            Matched | Declined => before == Applied,
            Agreed => before == Matched,
            CheckedIn => before == Agreed,
            CheckedOut => before == CheckedIn,
            Confirmed => before == CheckedOut,
            Recorded => before == Confirmed,
            Withdrawn => matches!(before, Applied | Matched | Agreed),
        }
    }
}

/// A volunteer signed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signup {
    pub id: SignupId,
    pub activity_id: TeamActivityId,
    pub volunteer_id: VolunteerId,
    pub state: SignupState,
    pub in_at: Option<DateTime<Utc>>,
    pub out_at: Option<DateTime<Utc>>,
    pub confirmed_by: Option<ResidentId>,
    pub record_id: Option<VolunteerRecordId>,
    pub version: i32,
    pub signed_up_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Signup {
    /// Goes on.
    pub fn step(&mut self, next: SignupState, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !next.follows(self.state) {
            return Err(no_move("SIGNUP_STATE", self.state.as_str(), next.as_str()));
        }
        self.state = next;
        self.updated_at = now;
        Ok(())
    }

    /// The volunteer is there, not long before it begins and before it ends.
    pub fn check_in(
        &mut self,
        activity: &TeamActivity,
        early: i64,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let opens = activity.starts_at - TimeDelta::minutes(early);
        if now < opens || now >= activity.ends_at {
            return Err(refuse!(
                Refused,
                "CHECK_IN_TIME",
                zh: "活动开始前 {early} 分钟起至结束前可以签到",
                en: "one checks in from {early} minutes before the beginning until the end",
            ));
        }
        self.step(SignupState::CheckedIn, now)?;
        self.in_at = Some(now);
        Ok(())
    }

    /// The volunteer leaves. Minutes end with the activity, however late.
    pub fn check_out(
        &mut self,
        activity: &TeamActivity,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.step(SignupState::CheckedOut, now)?;
        let out = now.min(activity.ends_at);
        if self
            .in_at
            .is_none_or(|came| out - came < TimeDelta::minutes(1))
        {
            return Err(refuse!(
                Refused,
                "CHECK_OUT_TIME",
                zh: "签到不足一分钟,不能签退",
                en: "less than a minute has passed since the check-in",
            ));
        }
        self.out_at = Some(out);
        Ok(())
    }
}

/// Which activities a list shows.
#[derive(Clone, Debug, Default)]
pub struct TeamActivityFilter {
    pub division: Option<DivisionCode>,
    pub team: Option<VolunteerTeamId>,
    pub state: Option<TeamActivityState>,
    /// Those that end after this.
    pub after: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_413_200 + 60 * minutes, 0).unwrap()
    }

    fn activity(risk: bool) -> TeamActivity {
        TeamActivity {
            id: TeamActivityId::from_uuid(uuid::Uuid::nil()),
            team_id: VolunteerTeamId::from_uuid(uuid::Uuid::nil()),
            lead_id: SocialWorkerId::from_uuid(uuid::Uuid::nil()),
            trace_id: TraceId::from_uuid(uuid::Uuid::nil()),
            division_code: "230103001001".parse().unwrap(),
            title: "扫雪".into(),
            place: "花园街".into(),
            starts_at: at(60),
            ends_at: at(120),
            capacity: 2,
            risk,
            recipient_id: None,
            matched: 0,
            state: TeamActivityState::Recruiting,
            reason: None,
            version: 1,
            updated_at: at(0),
        }
    }

    fn signup(state: SignupState) -> Signup {
        Signup {
            id: SignupId::from_uuid(uuid::Uuid::nil()),
            activity_id: TeamActivityId::from_uuid(uuid::Uuid::nil()),
            volunteer_id: VolunteerId::from_uuid(uuid::Uuid::nil()),
            state,
            in_at: None,
            out_at: None,
            confirmed_by: None,
            record_id: None,
            version: 1,
            signed_up_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn minutes_lie_within_the_activity() {
        let activity = activity(false);
        let mut one = signup(SignupState::Agreed);
        assert_eq!(
            one.check_in(&activity, 30, at(29)).unwrap_err().reason,
            "CHECK_IN_TIME"
        );
        assert_eq!(
            one.check_in(&activity, 30, at(120)).unwrap_err().reason,
            "CHECK_IN_TIME"
        );
        one.check_in(&activity, 30, at(45)).unwrap();
        let mut hasty = one.clone();
        assert_eq!(
            hasty.check_out(&activity, at(45)).unwrap_err().reason,
            "CHECK_OUT_TIME"
        );
        one.check_out(&activity, at(500)).unwrap();
        assert_eq!(one.out_at, Some(activity.ends_at));
    }

    proptest! {
        #[test]
        fn nobody_is_recorded_without_every_step_before(
            steps in prop::collection::vec(prop::sample::select(SignupState::ALL), 0..20)
        ) {
            let mut one = signup(SignupState::Applied);
            let mut seen = vec![SignupState::Applied];
            for next in steps {
                if one.step(next, at(1)).is_ok() {
                    seen.push(next);
                }
            }
            if one.state == SignupState::Recorded {
                prop_assert_eq!(seen.len(), 7);
            }
        }
    }
}
