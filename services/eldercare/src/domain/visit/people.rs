//! Who comes, and who says that they came.

use kernel::{
    Refusal,
    keys::{SocialWorkerId, VolunteerId},
    refuse,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::care_worker::CareWorkerId;

kernel::text_enum! {
    /// How the elder confirmed.
    pub enum ConfirmMethod {
        /// 手机应用
        App = "APP",
        /// 刷卡
        Card = "CARD",
        /// 电话回访
        Phone = "PHONE",
        /// 家属代为确认
        Family = "FAMILY",
    }
}

/// Who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id")]
pub enum Worker {
    /// 社会工作者
    SocialWorker(SocialWorkerId),
    /// 志愿者
    Volunteer(VolunteerId),
    /// 服务机构的护理人员
    CareWorker(CareWorkerId),
}

impl Worker {
    /// The written form of the kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::SocialWorker(_) => "SOCIAL_WORKER",
            Self::Volunteer(_) => "VOLUNTEER",
            Self::CareWorker(_) => "CARE_WORKER",
        }
    }

    /// The id in the register of the kind.
    pub const fn id(self) -> Uuid {
        match self {
            Self::SocialWorker(id) => id.as_uuid(),
            Self::Volunteer(id) => id.as_uuid(),
            Self::CareWorker(id) => id.as_uuid(),
        }
    }

    /// The worker of a stored kind and id.
    pub fn of(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "SOCIAL_WORKER" => Some(Self::SocialWorker(SocialWorkerId::from_uuid(id))),
            "VOLUNTEER" => Some(Self::Volunteer(VolunteerId::from_uuid(id))),
            "CARE_WORKER" => Some(Self::CareWorker(CareWorkerId::from_uuid(id))),
            _ => None,
        }
    }
}

/// Who says that a visit took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmer {
    /// 老人本人
    Elder,
    /// 登记的亲属
    Relative,
    /// 工作人员回访
    Staff,
}

impl Confirmer {
    /// Each confirms in their own way: nobody's word passes for another's.
    pub fn check(self, method: ConfirmMethod) -> Result<(), Refusal> {
        use ConfirmMethod::{App, Card, Family, Phone};
        let fits = match self {
            Self::Elder => matches!(method, App | Card),
            Self::Relative => matches!(method, Family),
            Self::Staff => matches!(method, Phone | Card),
        };
        if fits {
            return Ok(());
        }
        Err(refuse!(
            Invalid,
            "CONFIRM_METHOD_MISMATCH",
            field: "input.method",
            zh: "确认方式与确认人不符:本人用应用或刷卡,亲属用家属确认,工作人员用电话回访或刷卡",
            en: "the method does not fit who confirms: the elder by app or card, a relative as family, staff by phone or card",
        ))
    }
}
