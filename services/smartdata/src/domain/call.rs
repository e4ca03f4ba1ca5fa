//! 呼叫 (A62, A66): who answered a call, and what it became.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use super::{convenience_order::ConvenienceOrderId, event::EventId, one_stop_case::CaseId};

kernel::typed_id!(
    /// Call (呼叫).
    CallId, "call");

kernel::typed_id!(
    /// Alarm (告警) of eldercare, as a call refers to it.
    AlarmId, "alarm");

kernel::text_enum! {
    /// What a call became.
    pub enum CallOutcome {
        /// 网格事件
        Event = "EVENT",
        /// 一站式办件
        Case = "CASE",
        /// 便民服务订单
        Order = "ORDER",
        /// 告警
        Alarm = "ALARM",
        /// 当场解答
        Answered = "ANSWERED",
        /// 转接
        Transferred = "TRANSFERRED",
        /// 掉线
        Dropped = "DROPPED",
    }
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub id: CallId,
    pub number: String,
    pub division_code: DivisionCode,
    pub resident_id: Option<ResidentId>,
    pub answered_by: String,
    pub answered_name: Option<String>,
    pub rang_at: DateTime<Utc>,
    pub answered_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub summary: Option<String>,
    pub outcome: Option<CallOutcome>,
    pub event_id: Option<EventId>,
    pub case_id: Option<CaseId>,
    pub order_id: Option<ConvenienceOrderId>,
    pub alarm_id: Option<AlarmId>,
    pub transferred_to: Option<String>,
    pub version: i32,
}

/// What a call became, with what it names.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Became {
    pub event: Option<EventId>,
    pub case: Option<CaseId>,
    pub order: Option<ConvenienceOrderId>,
    pub alarm: Option<AlarmId>,
    pub transferred_to: Option<String>,
}

impl Became {
    /// Whether exactly what the outcome needs is named.
    fn fits(&self, outcome: CallOutcome) -> bool {
        let named = [
            (self.event.is_some(), CallOutcome::Event),
            (self.case.is_some(), CallOutcome::Case),
            (self.order.is_some(), CallOutcome::Order),
            (self.alarm.is_some(), CallOutcome::Alarm),
            (self.transferred_to.is_some(), CallOutcome::Transferred),
        ];
        named.iter().all(|(there, of)| *there == (*of == outcome))
    }
}

impl Call {
    /// Nobody answers before it rings.
    pub fn check_rang(rang: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if rang <= now {
            return Ok(());
        }
        Err(refuse!(
            Invalid,
            "CALL_TIMES",
            field: "input.rangAt",
            zh: "来电时间不得晚于现在",
            en: "a call rings before it is answered",
        ))
    }

    /// Ends once, with what it became.
    pub fn end(
        &mut self,
        (outcome, became, summary): (CallOutcome, Became, String),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.ended_at.is_some() {
            return Err(refuse!(
                Refused,
                "CALL_FIXED",
                zh: "该呼叫已结束",
                en: "this call has ended already",
            ));
        }
        if !became.fits(outcome) {
            return Err(refuse!(
                Invalid,
                "CALL_BECAME",
                field: "input.outcome",
                zh: "请只填写与结果对应的编号:事件、办件、订单、告警或转接对象",
                en: "name what the call became, and nothing else",
            ));
        }
        self.ended_at = Some(now);
        self.summary = Some(summary);
        self.outcome = Some(outcome);
        self.event_id = became.event;
        self.case_id = became.case;
        self.order_id = became.order;
        self.alarm_id = became.alarm;
        self.transferred_to = became.transferred_to;
        Ok(())
    }

    /// Seconds until somebody answered.
    pub fn waited(&self) -> i64 {
        (self.answered_at - self.rang_at).num_seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_what_it_became_and_nothing_else() {
        let event = Some(EventId::from_uuid(uuid::Uuid::from_u128(1)));
        let none = Became::default();
        let one = Became {
            event,
            ..Became::default()
        };
        let two = Became {
            transferred_to: Some("12345".into()),
            ..one.clone()
        };
        assert!(one.fits(CallOutcome::Event) && none.fits(CallOutcome::Answered));
        assert!(none.fits(CallOutcome::Dropped));
        assert!(!none.fits(CallOutcome::Event) && !one.fits(CallOutcome::Answered));
        assert!(!two.fits(CallOutcome::Event) && !two.fits(CallOutcome::Transferred));
    }
}
