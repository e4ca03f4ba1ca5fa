//! Where an event stands, and how it may move (SM-14).

use kernel::{Refusal, refuse};

kernel::text_enum! {
    /// Where an event stands.
    pub enum EventState {
        /// 信息收集:已上报
        Reported = "REPORTED",
        /// 案件建立:已立案
        Registered = "REGISTERED",
        /// 任务派遣:已派遣
        Dispatched = "DISPATCHED",
        /// 任务处理:处理中
        Handling = "HANDLING",
        /// 已退回,待重新派遣
        Returned = "RETURNED",
        /// 处理反馈:待核查
        FedBack = "FED_BACK",
        /// 返工
        Rework = "REWORK",
        /// 核查结案
        Closed = "CLOSED",
        /// 综合评价:已评价
        Evaluated = "EVALUATED",
        /// 重复,已并入
        Merged = "MERGED",
        /// 不予立案
        Invalid = "INVALID",
    }
}

impl EventState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Reported, Self::Registered),
        (Self::Reported, Self::Invalid),
        (Self::Reported, Self::Merged),
        (Self::Registered, Self::Dispatched),
        (Self::Registered, Self::Invalid),
        (Self::Registered, Self::Merged),
        (Self::Dispatched, Self::Handling),
        (Self::Dispatched, Self::Returned),
        (Self::Dispatched, Self::Merged),
        (Self::Handling, Self::Returned),
        (Self::Handling, Self::FedBack),
        (Self::Returned, Self::Dispatched),
        (Self::Returned, Self::Invalid),
        (Self::Returned, Self::Merged),
        (Self::FedBack, Self::Closed),
        (Self::FedBack, Self::Rework),
        (Self::Rework, Self::FedBack),
        (Self::Rework, Self::Returned),
        (Self::Closed, Self::Rework),
        (Self::Closed, Self::Evaluated),
    ];

    /// The parameter that says how long the step may take; none where the
    /// limit of the whole counts, or nothing is left to do.
    pub const fn limit(self) -> Option<&'static str> {
        match self {
            Self::Reported => Some("scd.event.step.reported"),
            Self::Registered => Some("scd.event.step.registered"),
            Self::Returned => Some("scd.event.step.returned"),
            Self::Dispatched => Some("scd.event.step.dispatched"),
            Self::FedBack => Some("scd.event.step.fed_back"),
            Self::Rework => Some("scd.event.step.rework"),
            Self::Handling | Self::Closed | Self::Evaluated | Self::Merged | Self::Invalid => None,
        }
    }

    /// Whether nothing runs any more.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Closed | Self::Evaluated | Self::Merged | Self::Invalid
        )
    }

    pub(super) fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "EVENT_STATE",
            zh: "事件当前状态为 {self},不能变为 {next}",
            en: "the event is {self} and cannot become {next}",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in EventState::ALL {
            for &next in EventState::ALL {
                let legal = EventState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from:?} → {next:?}");
            }
        }
    }

    #[test]
    fn nothing_is_evaluated_that_was_not_verified() {
        let before: Vec<_> = EventState::MOVES
            .iter()
            .filter(|(_, to)| *to == EventState::Evaluated)
            .collect();
        assert_eq!(before, [&(EventState::Closed, EventState::Evaluated)]);
    }
}
