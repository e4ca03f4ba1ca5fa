//! The states of a visit and their moves (SM-11).

use kernel::{Refusal, refuse};

kernel::text_enum! {
    /// Where a visit stands.
    pub enum VisitState {
        /// 已派单
        Assigned = "ASSIGNED",
        /// 已接单
        Accepted = "ACCEPTED",
        /// 在途
        EnRoute = "EN_ROUTE",
        /// 已签到
        CheckedIn = "CHECKED_IN",
        /// 已签退
        CheckedOut = "CHECKED_OUT",
        /// 老人已确认
        Confirmed = "CONFIRMED",
        /// 已结算
        Settled = "SETTLED",
        /// 已拒绝
        Refused = "REFUSED",
        /// 未到
        NoShow = "NO_SHOW",
        /// 经抽查不实,作废
        Voided = "VOIDED",
    }
}

impl VisitState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Assigned, Self::Accepted),
        (Self::Assigned, Self::Refused),
        (Self::Assigned, Self::NoShow),
        (Self::Accepted, Self::EnRoute),
        (Self::Accepted, Self::CheckedIn),
        (Self::Accepted, Self::Refused),
        (Self::Accepted, Self::NoShow),
        (Self::EnRoute, Self::CheckedIn),
        (Self::EnRoute, Self::Refused),
        (Self::EnRoute, Self::NoShow),
        (Self::CheckedIn, Self::CheckedOut),
        (Self::CheckedOut, Self::Confirmed),
        (Self::Confirmed, Self::Settled),
        (Self::Settled, Self::Voided),
    ];

    /// Whether nobody has come to the home yet.
    pub fn may_be_called_off(self) -> bool {
        Self::MOVES.contains(&(self, Self::Refused))
    }

    pub(super) fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "VISIT_STATE",
            zh: "上门服务当前状态为 {self},不能变为 {next}",
            en: "the visit is {self} and cannot become {next}",
        ))
    }
}
