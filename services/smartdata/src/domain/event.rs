//! 网格事件 (A26, A61, SM-14, B7): what somebody reported, who sees to it, until when.

mod deferral;
mod state;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, GridCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use super::{patrol_task::PatrolTaskId, text};

pub use deferral::{Deferral, DeferralId};
pub use state::EventState;

kernel::typed_id!(
    /// Event (网格事件).
    EventId, "event");

kernel::typed_id!(
    /// Notice of an event (事件通知).
    NoticeId, "event_notice");

kernel::text_enum! {
    /// Where a report comes from.
    pub enum EventSource {
        /// 居民
        Resident = "RESIDENT",
        /// 网格员
        GridWorker = "GRID_WORKER",
        /// 12345 热线
        Hotline12345 = "HOTLINE_12345",
        /// 设备
        Device = "DEVICE",
        /// 部门
        Department = "DEPARTMENT",
    }
}

kernel::text_enum! {
    /// 部件 or 事件 (GB/T 30428.2).
    pub enum EventClassKind {
        /// 部件
        Component = "COMPONENT",
        /// 事件
        Incident = "INCIDENT",
    }
}

/// What may be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventClass {
    pub code: String,
    pub name: String,
    pub kind: EventClassKind,
}

kernel::text_enum! {
    /// What somebody is told of an event.
    pub enum NoticeKind {
        /// 派遣给您
        Dispatched = "DISPATCHED",
        /// 被退回
        Returned = "RETURNED",
        /// 核查不通过,返工
        Rework = "REWORK",
        /// 居民要求重开
        Reopened = "REOPENED",
        /// 已超时
        Overdue = "OVERDUE",
        /// 延期获准
        DeferralApproved = "DEFERRAL_APPROVED",
        /// 延期未获准
        DeferralDenied = "DEFERRAL_DENIED",
        /// 已立案
        Registered = "REGISTERED",
        /// 不予立案
        Invalid = "INVALID",
        /// 已并入另一事件
        Merged = "MERGED",
        /// 已结案
        Closed = "CLOSED",
    }
}

/// Who is told: an account, or a resident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    Subject(String),
    Resident(ResidentId),
}

/// Something somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: NoticeId,
    pub event_id: EventId,
    pub kind: NoticeKind,
    pub subject: Option<String>,
    pub resident_id: Option<ResidentId>,
    pub at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

/// What a report says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewEvent {
    pub class_code: String,
    pub source: EventSource,
    pub division_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub location: String,
    pub description: String,
    pub resident_id: Option<ResidentId>,
    pub external_reference: Option<String>,
    pub patrol_task_id: Option<PatrolTaskId>,
}

impl NewEvent {
    /// Checks the words and the place of a report.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.location = text::words(&self.location, "input.location", 200)?;
        self.description = text::words(&self.description, "input.description", 2000)?;
        self.external_reference = text::some_words(
            self.external_reference.as_deref(),
            "input.externalReference",
            100,
        )?;
        super::resident::check_grid(self.grid_code.as_ref(), &self.division_code)?;
        if self.source == EventSource::Resident && self.resident_id.is_none() {
            return Err(refuse!(
                Invalid,
                "REPORTER_MISSING",
                field: "input.onBehalfOf",
                zh: "居民上报的事件须指明居民",
                en: "name the resident whose report it is",
            ));
        }
        Ok(self)
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    /// What people quote on the phone.
    pub number: String,
    pub class_code: String,
    pub source: EventSource,
    pub division_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub location: String,
    pub description: String,
    pub resident_id: Option<ResidentId>,
    pub external_reference: Option<String>,
    pub patrol_task_id: Option<PatrolTaskId>,
    pub reported_by: String,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub state: EventState,
    pub handler_subject: Option<String>,
    pub handler_name: Option<String>,
    pub outcome: Option<String>,
    pub merged_into: Option<EventId>,
    pub reworks: i32,
    pub reported_at: DateTime<Utc>,
    /// Reckoned once from the class; only an approved deferral moves it.
    pub due_at: DateTime<Utc>,
    /// Until when the present step is to be done.
    pub step_due_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub verified_by: Option<String>,
    pub stars: Option<i32>,
    pub rating_note: Option<String>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// A number to quote: its letter, its day and its place in the sequence.
pub fn number(letter: &str, day: NaiveDate, serial: i64) -> String {
    format!("{letter}{}-{serial:06}", day.format("%Y%m%d"))
}

impl Event {
    /// Goes to another state; how long the new step may take is told apart.
    pub fn move_to(&mut self, next: EventState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }

    /// Goes to somebody.
    pub fn dispatch(
        &mut self,
        (subject, name): (String, String),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.move_to(EventState::Dispatched, now)?;
        self.handler_subject = Some(subject);
        self.handler_name = Some(name);
        Ok(())
    }

    /// What was done about it.
    pub fn feed_back(&mut self, outcome: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(EventState::FedBack, now)?;
        self.outcome = Some(outcome);
        Ok(())
    }

    /// Somebody other than the handler looked, and it is done.
    pub fn close(&mut self, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.may_verify(by)?;
        self.move_to(EventState::Closed, now)?;
        self.closed_at = Some(now);
        self.verified_by = Some(by.to_owned());
        Ok(())
    }

    /// Somebody other than the handler looked, and it is not done.
    pub fn fail(&mut self, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.may_verify(by)?;
        if self.state != EventState::FedBack {
            return Err(refuse!(
                Refused,
                "EVENT_STATE",
                zh: "只有已反馈的事件可以核查",
                en: "only what was fed back can be verified",
            ));
        }
        self.send_to_rework(now)
    }

    /// The handler has to do it again.
    fn send_to_rework(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(EventState::Rework, now)?;
        self.reworks += 1;
        self.closed_at = None;
        self.verified_by = None;
        Ok(())
    }

    /// Whoever did the work does not verify it.
    fn may_verify(&self, by: &str) -> Result<(), Refusal> {
        if self.handler_subject.as_deref() == Some(by) {
            return Err(refuse!(
                Refused,
                "EVENT_VERIFIED_BY_ANOTHER",
                zh: "核查人不能是处理人本人",
                en: "an event is verified by somebody other than its handler",
            ));
        }
        Ok(())
    }

    /// The reporter asks for it to be done again, while there is time.
    pub fn reopen(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == EventState::Closed && now >= until {
            return Err(refuse!(
                Refused,
                "EVENT_REOPEN_ENDED",
                zh: "可重开的期限已过,请重新上报",
                en: "the time to reopen is over; please report it again",
            ));
        }
        if self.state != EventState::Closed {
            return Err(refuse!(
                Refused,
                "EVENT_STATE",
                zh: "只有已结案的事件可以重开",
                en: "only a closed event can be reopened",
            ));
        }
        self.send_to_rework(now)
    }

    /// How well it was done, from one to five.
    pub fn evaluate(
        &mut self,
        stars: i32,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if !(1..=5).contains(&stars) {
            return Err(refuse!(
                Invalid,
                "STARS_RANGE",
                field: "input.stars",
                zh: "评价须为 1 至 5 星",
                en: "a rating is 1 to 5 stars",
            ));
        }
        self.move_to(EventState::Evaluated, now)?;
        self.stars = Some(stars);
        self.rating_note = note;
        Ok(())
    }

    /// It tells of the same thing as another one.
    pub fn merge_into(&mut self, survivor: &Self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if survivor.id == self.id
            || matches!(survivor.state, EventState::Merged | EventState::Invalid)
        {
            return Err(refuse!(
                Refused,
                "EVENT_MERGE_CHAIN",
                field: "input.intoEventId",
                zh: "只能并入另一条有效且未被合并的事件",
                en: "an event is merged into another valid one that is not merged itself",
            ));
        }
        self.move_to(EventState::Merged, now)?;
        self.merged_into = Some(survivor.id);
        Ok(())
    }

    /// Whether the whole took longer than it may.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            EventState::Merged | EventState::Invalid => false,
            _ => self.closed_at.unwrap_or(now) >= self.due_at,
        }
    }

    /// Whether the present step takes longer than it may.
    pub fn is_step_overdue(&self, now: DateTime<Utc>) -> bool {
        !self.state.is_over() && self.step_due_at.is_some_and(|due| due <= now)
    }
}

#[cfg(test)]
mod tests;
