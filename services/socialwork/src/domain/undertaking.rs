//! 小组 (SM-7), 社区活动 (SM-8), 政策倡导 (A47): one shape, with sessions,
//! participants and measures of what came of it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, ResidentId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::words::no_move;

kernel::typed_id!(
    /// Group, community programme or advocacy (小组、社区活动、政策倡导).
    UndertakingId, "undertaking");
kernel::typed_id!(
    /// Measure of an outcome (成效指标).
    MeasureId, "undertaking_measure");
kernel::typed_id!(
    /// Session of an undertaking (活动场次).
    UndertakingSessionId, "undertaking_session");

kernel::text_enum! {
    /// By which method.
    pub enum UndertakingKind {
        /// 小组
        Group = "GROUP",
        /// 社区活动
        Programme = "PROGRAMME",
        /// 政策倡导
        Advocacy = "ADVOCACY",
    }
}

kernel::text_enum! {
    /// Where it stands; each kind has its own way.
    pub enum UndertakingPhase {
        /// 小组:筹备
        Preparing = "PREPARING",
        /// 小组:形成
        Forming = "FORMING",
        /// 小组:转折
        Turning = "TURNING",
        /// 小组:成熟
        Mature = "MATURE",
        /// 小组:结束
        Ended = "ENDED",
        /// 社区活动:调查
        Survey = "SURVEY",
        /// 社区活动:计划
        Plan = "PLAN",
        /// 社区活动:动员
        Mobilise = "MOBILISE",
        /// 社区活动:实施
        Implement = "IMPLEMENT",
        /// 社区活动:评估
        Evaluate = "EVALUATE",
        /// 社区活动:移交
        HandedOver = "HANDED_OVER",
        /// 政策倡导:提出
        Raised = "RAISED",
        /// 政策倡导:取证
        Evidence = "EVIDENCE",
        /// 政策倡导:提交
        Submitted = "SUBMITTED",
        /// 政策倡导:答复
        Answered = "ANSWERED",
        /// 政策倡导:办结
        Closed = "CLOSED",
        /// 取消
        Cancelled = "CANCELLED",
    }
}

impl UndertakingKind {
    /// The phases it goes through, in order.
    pub fn way(self) -> &'static [UndertakingPhase] {
        use UndertakingPhase::{
            Answered, Closed, Ended, Evaluate, Evidence, Forming, HandedOver, Implement, Mature,
            Mobilise, Plan, Preparing, Raised, Submitted, Survey, Turning,
        };
        match self {
            Self::Group => &[Preparing, Forming, Turning, Mature, Ended],
            Self::Programme => &[Survey, Plan, Mobilise, Implement, Evaluate, HandedOver],
            Self::Advocacy => &[Raised, Evidence, Submitted, Answered, Closed],
        }
    }

    /// Where it begins.
    pub fn first(self) -> UndertakingPhase {
        match self {
            Self::Group => UndertakingPhase::Preparing,
            Self::Programme => UndertakingPhase::Survey,
            Self::Advocacy => UndertakingPhase::Raised,
        }
    }
}

impl UndertakingPhase {
    /// Whether it is over.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Ended | Self::HandedOver | Self::Closed | Self::Cancelled
        )
    }
}

/// What a social worker undertakes with many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undertaking {
    pub id: UndertakingId,
    pub kind: UndertakingKind,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub lead_id: SocialWorkerId,
    pub title: String,
    pub aim: String,
    pub audience: String,
    pub phase: UndertakingPhase,
    pub addressee: Option<String>,
    pub answer: Option<String>,
    pub summary: Option<String>,
    /// How many take part now.
    pub members: i64,
    pub version: i32,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// What has to be said on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub addressee: Option<String>,
    pub answer: Option<String>,
    pub summary: Option<String>,
}

/// What a next phase asks for.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    pub measures: usize,
    pub unread: usize,
    pub least_members: i64,
}

fn wanted(said: Option<&String>, field: &str) -> Result<(), Refusal> {
    if said.is_some() {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "UNDERTAKING_WORDS",
        field: field,
        zh: "进入该阶段须填写此项",
        en: "this phase asks for it",
    ))
}

impl Undertaking {
    /// Goes on to the next phase of its way.
    pub fn advance(
        &mut self,
        words: Words,
        ready: Readiness,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        use UndertakingPhase::{
            Answered, Closed, Ended, Evidence, Forming, HandedOver, Mobilise, Submitted,
        };
        let way = self.kind.way();
        let here = way.iter().position(|phase| *phase == self.phase);
        let next = here.and_then(|at| way.get(at + 1)).copied();
        let Some(next) = next else {
            return Err(no_move("UNDERTAKING_PHASE", self.phase.as_str(), "NEXT"));
        };
        self.addressee = words.addressee.or(self.addressee.take());
        self.answer = words.answer.or(self.answer.take());
        self.summary = words.summary.or(self.summary.take());
        if matches!(next, Forming | Mobilise | Evidence) && ready.measures == 0 {
            return Err(refuse!(
                Refused,
                "MEASURES_MISSING",
                zh: "须先设定成效指标",
                en: "set what shows the outcome first",
            ));
        }
        if next == Forming && self.members < ready.least_members {
            let (members, least) = (self.members, ready.least_members);
            return Err(refuse!(
                Refused,
                "GROUP_TOO_SMALL",
                zh: "小组成员须达 {least} 人,现有 {members} 人",
                en: "a group has at least {least} members; there are {members}",
            ));
        }
        if matches!(next, Ended | HandedOver) && ready.unread > 0 {
            return Err(refuse!(
                Refused,
                "READINGS_MISSING",
                zh: "须先记录各项成效指标",
                en: "read every measure first",
            ));
        }
        if matches!(next, HandedOver | Submitted) {
            wanted(self.addressee.as_ref(), "input.addressee")?;
        }
        if next == Answered {
            wanted(self.answer.as_ref(), "input.answer")?;
        }
        if matches!(next, Ended | HandedOver | Closed) {
            wanted(self.summary.as_ref(), "input.summary")?;
            self.ended_at = Some(now);
        }
        self.phase = next;
        self.updated_at = now;
        Ok(())
    }

    /// It is called off.
    pub fn cancel(&mut self, why: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_running()?;
        self.phase = UndertakingPhase::Cancelled;
        self.summary = Some(why);
        self.ended_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Refuses to go on with what is over.
    pub fn check_running(&self) -> Result<(), Refusal> {
        if !self.phase.is_over() {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "UNDERTAKING_OVER",
            zh: "活动已结束",
            en: "it is over",
        ))
    }
}

/// What shows the outcome, with its newest reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    pub id: MeasureId,
    pub undertaking_id: UndertakingId,
    pub name: String,
    pub unit: String,
    pub baseline: i32,
    pub target: i32,
    pub value: Option<i32>,
    pub taken_on: Option<NaiveDate>,
}

impl Measure {
    /// Whether the target is reached, whichever way it lies.
    pub fn is_reached(&self) -> bool {
        self.value.is_some_and(|value| {
            if self.target >= self.baseline {
                value >= self.target
            } else {
                value <= self.target
            }
        })
    }
}

/// A measure that begins where it is to arrive shows nothing.
pub fn check_measure(baseline: i32, target: i32) -> Result<(), Refusal> {
    if baseline != target {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "MEASURE_MOVES",
        field: "input.target",
        zh: "目标值须不同于基线值",
        en: "the target differs from the baseline",
    ))
}

/// A session that was held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndertakingSession {
    pub id: UndertakingSessionId,
    pub undertaking_id: UndertakingId,
    pub number: i32,
    pub topic: String,
    pub held_from: DateTime<Utc>,
    pub held_to: DateTime<Utc>,
    pub attendance: i32,
}

/// A session is over, and lasted up to half a day.
pub fn check_session(
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if from < to && to - from <= TimeDelta::hours(12) && to <= now {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "UNDERTAKING_SESSION_HOURS",
        field: "input.to",
        zh: "场次须已结束,且不超过 12 小时",
        en: "a session is over, and lasted up to 12 hours",
    ))
}

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub resident_id: ResidentId,
    pub joined_at: DateTime<Utc>,
    pub left_at: Option<DateTime<Utc>>,
    pub attended: i64,
}

/// Which undertakings a list shows.
#[derive(Clone, Debug, Default)]
pub struct UndertakingFilter {
    pub division: Option<DivisionCode>,
    pub community: Option<CommunityId>,
    pub kind: Option<UndertakingKind>,
    pub lead: Option<SocialWorkerId>,
    pub running: Option<bool>,
    /// Those in which this resident takes part.
    pub participant: Option<ResidentId>,
}

#[cfg(test)]
mod tests;
