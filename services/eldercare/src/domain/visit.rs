//! 上门服务 (A56, SM-11): from the assignment to the settlement.

mod people;
mod state;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{
    DivisionCode, Minutes, Refusal,
    keys::{ContractId, OrganizationId, ResidentId, TraceId, VisitId},
    refuse,
};
use serde::{Deserialize, Serialize};

pub use people::{ConfirmMethod, Confirmer, Worker};
pub use state::VisitState;

use super::order::OrderId;

kernel::text_enum! {
    /// How a check-in was proved.
    pub enum CheckMethod {
        /// 定位
        Gps = "GPS",
        /// 老人持有的令牌
        Token = "TOKEN",
        /// 电话
        Phone = "PHONE",
    }
}

/// Where a check-in happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    pub id: VisitId,
    pub order_id: OrderId,
    pub trace_id: TraceId,
    pub contract_id: ContractId,
    pub organization_id: OrganizationId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub worker: Worker,
    pub worker_resident_id: Option<ResidentId>,
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
    pub in_at: Option<DateTime<Utc>>,
    pub in_method: Option<CheckMethod>,
    pub in_location: Option<Location>,
    pub out_at: Option<DateTime<Utc>>,
    pub minutes: Option<Minutes>,
    pub tasks: Vec<String>,
    pub confirm_method: Option<ConfirmMethod>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub confirmed_by: Option<String>,
    pub end_reason: Option<String>,
    pub state: VisitState,
    pub version: i32,
    pub assigned_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which visits a list asks for.
#[derive(Clone, Debug, Default)]
pub struct VisitFilter {
    pub order: Option<OrderId>,
    pub contract: Option<ContractId>,
    pub state: Option<VisitState>,
    /// Only those that have not ended.
    pub open: bool,
}

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssignVisit {
    pub order_id: OrderId,
    pub worker: Worker,
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
}

impl AssignVisit {
    /// Ends after it begins, within a day, and not in the past.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.planned_end <= self.planned_start
            || self.planned_end - self.planned_start > TimeDelta::days(1)
        {
            return Err(refuse!(
                Invalid,
                "PLANNED_RANGE",
                field: "input.plannedEnd",
                zh: "计划结束时间须晚于开始时间,且不超过 24 小时",
                en: "a visit ends after it begins, within 24 hours",
            ));
        }
        if self.planned_end <= now {
            return Err(refuse!(
                Invalid,
                "PLANNED_PAST",
                field: "input.plannedStart",
                zh: "计划时间已过",
                en: "the planned time has passed",
            ));
        }
        Ok(())
    }
}

/// A reason in words, 1 to 500 characters.
pub fn check_reason(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if (1..=500).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(refuse!(
        Invalid,
        "REASON_LENGTH",
        field: "input.reason",
        zh: "原因须为 1 至 500 个字",
        en: "a reason has 1 to 500 characters",
    ))
}

impl Visit {
    /// The worker takes it.
    pub fn accept(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VisitState::Accepted, now)
    }

    /// Nobody confirms their own visit, by whatever login they come.
    pub fn check_confirmer(&self, person: Option<ResidentId>) -> Result<(), Refusal> {
        if person.is_some() && person == self.worker_resident_id {
            return Err(refuse!(
                Refused,
                "VISIT_SELF_CONFIRMED",
                zh: "服务人员不能确认自己的上门服务,请由老人本人、其他亲属或工作人员确认",
                en: "nobody confirms a visit they made; the elder, another relative or staff do",
            ));
        }
        Ok(())
    }

    /// The worker is on the way.
    pub fn start_travel(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VisitState::EnRoute, now)
    }

    /// The worker is in the home, not earlier than `early` before the plan.
    pub fn check_in(
        &mut self,
        method: CheckMethod,
        location: Option<Location>,
        early: Minutes,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if method == CheckMethod::Gps && location.is_none() {
            return Err(refuse!(
                Invalid,
                "LOCATION_MISSING",
                field: "input.location",
                zh: "定位签到须提供位置",
                en: "a check-in by GPS says where",
            ));
        }
        let fits = |l: &Location| {
            (-90.0..=90.0).contains(&l.latitude) && (-180.0..=180.0).contains(&l.longitude)
        };
        if !location.as_ref().is_none_or(fits) {
            return Err(refuse!(
                Invalid,
                "LOCATION_RANGE",
                field: "input.location",
                zh: "经纬度超出范围",
                en: "there is no such place on earth",
            ));
        }
        self.moves(VisitState::CheckedIn, now)?;
        if now < self.planned_start - TimeDelta::minutes(early.get()) {
            return Err(refuse!(
                Refused,
                "CHECK_IN_TOO_EARLY",
                zh: "距计划时间尚早,最多可提前 {early} 签到",
                en: "the visit may begin at most {early} before its plan",
            ));
        }
        self.in_at = Some(now);
        self.in_method = Some(method);
        self.in_location = location;
        Ok(())
    }

    /// The worker leaves; whole minutes count, at most `most`.
    pub fn check_out(
        &mut self,
        tasks: Vec<String>,
        most: Minutes,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.moves(VisitState::CheckedOut, now)?;
        let in_at = self.in_at.ok_or_else(not_checked_in)?;
        if now <= in_at {
            return Err(refuse!(
                Refused,
                "VISIT_ACTUAL_ORDER",
                zh: "签退时间须晚于签到时间",
                en: "a visit ends after it began",
            ));
        }
        let most_tasks = 50;
        if tasks.len() > most_tasks
            || tasks
                .iter()
                .any(|task| !(1..=200).contains(&task.trim().chars().count()))
        {
            return Err(refuse!(
                Invalid,
                "TASKS_LENGTH",
                field: "input.tasks",
                zh: "最多 {most_tasks} 项服务内容,每项 1 至 200 个字",
                en: "at most {most_tasks} tasks of 1 to 200 characters",
            ));
        }
        self.tasks = tasks.iter().map(|task| task.trim().to_owned()).collect();
        self.out_at = Some(now);
        self.minutes = Some(Minutes::whole_of(now - in_at).min(most));
        Ok(())
    }

    /// The elder says that it was so.
    pub fn confirm(
        &mut self,
        method: ConfirmMethod,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.moves(VisitState::Confirmed, now)?;
        self.confirm_method = Some(method);
        self.confirmed_at = Some(now);
        self.confirmed_by = Some(by.to_owned());
        Ok(())
    }

    /// Minutes and events follow from the confirmation.
    pub fn settle(&mut self, now: DateTime<Utc>) -> Result<Minutes, Refusal> {
        self.moves(VisitState::Settled, now)?;
        self.minutes.ok_or_else(not_checked_in)
    }

    /// An audit found that it did not take place as was said.
    pub fn void(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VisitState::Voided, now)
    }

    /// The worker, the elder or the staff call it off.
    pub fn refuse(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VisitState::Refused, now)?;
        self.end_reason = Some(check_reason(reason)?);
        Ok(())
    }

    /// The time came and somebody was missing.
    pub fn record_no_show(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VisitState::NoShow, now)?;
        if now < self.planned_start {
            return Err(refuse!(
                Refused,
                "NO_SHOW_TOO_EARLY",
                zh: "计划时间未到,不能登记未到",
                en: "nobody is missing before the planned time",
            ));
        }
        self.end_reason = Some(check_reason(reason)?);
        Ok(())
    }

    fn moves(&mut self, next: VisitState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

fn not_checked_in() -> Refusal {
    refuse!(
        Refused,
        "VISIT_NOT_CHECKED_IN",
        zh: "没有签到或签退记录",
        en: "there is no record of a check-in and check-out",
    )
}

#[cfg(test)]
mod tests;
