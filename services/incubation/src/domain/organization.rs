//! 社会组织 (A12, A41, A44): who may take part, registered or filed.

mod change;
pub(crate) mod register;
mod status;

pub use change::Change;
pub use register::{FileOrganization, FiledWith, NewOrganization};
pub use status::{OrganizationStatus, StatusChange};

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, OrganizationId, ResidentId},
    refuse,
};
use serde::{Deserialize, Serialize};

kernel::text_enum! {
    /// What an organisation is in law.
    pub enum OrganizationKind {
        /// 社会团体
        SocialGroup = "SOCIAL_GROUP",
        /// 民办非企业单位(社会服务机构)
        PrivateNonEnterprise = "PRIVATE_NON_ENTERPRISE",
        /// 基金会
        Foundation = "FOUNDATION",
        /// 备案的社区社会组织
        Filed = "FILED",
        /// 企业
        Enterprise = "ENTERPRISE",
        /// 事业单位
        Institution = "INSTITUTION",
        /// 居(村)民委员会
        Committee = "COMMITTEE",
    }
}

kernel::text_enum! {
    /// What it is for; the first three are the priority of incubation (A41).
    pub enum FunctionalType {
        /// 枢纽类
        Hub = "HUB",
        /// 社会服务类
        SocialService = "SOCIAL_SERVICE",
        /// 公益慈善类
        Charity = "CHARITY",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Grown here, or brought in from outside (A12).
    pub enum Origin {
        /// 本地
        Local = "LOCAL",
        /// 引进
        Outside = "OUTSIDE",
    }
}

kernel::text_enum! {
    /// The five fields in which community organisations are filed.
    pub enum ServiceField {
        /// 生活服务
        Service = "SERVICE",
        /// 公益慈善
        Charity = "CHARITY",
        /// 邻里互助
        MutualAid = "MUTUAL_AID",
        /// 文体娱乐
        CultureSport = "CULTURE_SPORT",
        /// 农村生产技术服务
        RuralTech = "RURAL_TECH",
    }
}

kernel::text_enum! {
    /// How its unified social credit code stands with the checks.
    pub enum UsccStanding {
        /// 校验通过
        Ok = "OK",
        /// 早期代码,凭理由收录
        LegacyOverride = "LEGACY_OVERRIDE",
    }
}

/// Why, by whom and when a code whose check fails was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsccOverride {
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub uscc: Option<String>,
    pub uscc_override: Option<UsccOverride>,
    pub kind: OrganizationKind,
    pub functional_type: FunctionalType,
    pub origin: Origin,
    pub sponsor_body: Option<String>,
    pub registrar_division: DivisionCode,
    pub community_id: Option<CommunityId>,
    pub fields: Vec<ServiceField>,
    pub related_residents: Vec<ResidentId>,
    pub status: OrganizationStatus,
    pub status_reason: Option<String>,
    /// The day of registration or filing; none while preparing.
    pub registered_on: Option<NaiveDate>,
    pub demo: bool,
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Organization {
    /// A filed organisation is no legal person, nor one that is not yet
    /// registered or no longer exists; a revoked one is until it is dissolved.
    pub fn legal_person(&self) -> bool {
        use OrganizationStatus::{Abnormal, Registered, Revoked};
        self.kind != OrganizationKind::Filed
            && matches!(self.status, Registered | Abnormal | Revoked)
    }

    /// Whether it may bid at all; a filed one signs through a host.
    pub fn may_bid(&self) -> bool {
        matches!(
            self.status,
            OrganizationStatus::Registered | OrganizationStatus::Filed
        )
    }

    /// Applications are nobody's business until the registrar has decided.
    pub fn public(&self) -> bool {
        self.status != OrganizationStatus::Preparing
    }

    /// How its code stands with the checks; nothing where it has none.
    pub fn uscc_standing(&self) -> Option<UsccStanding> {
        self.uscc.as_ref()?;
        Some(match self.uscc_override {
            None => UsccStanding::Ok,
            Some(_) => UsccStanding::LegacyOverride,
        })
    }
}

/// A text of 1 to `longest` characters, without spaces around it.
pub(crate) fn check_text(text: &str, field: &str, longest: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > longest {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: field,
            zh: "内容须为 1 至 {longest} 个字",
            en: "the text has 1 to {longest} characters",
        ));
    }
    Ok(text.to_owned())
}

/// The same, where nothing at all is fine too.
pub(crate) fn check_optional(
    text: Option<String>,
    field: &str,
    longest: usize,
) -> Result<Option<String>, Refusal> {
    text.filter(|text| !text.trim().is_empty())
        .map(|text| check_text(&text, field, longest))
        .transpose()
}

/// A list without repetitions, in a stable order.
pub(crate) fn distinct<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}
