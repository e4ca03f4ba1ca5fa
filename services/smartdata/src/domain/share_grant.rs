//! 共享授权 (SM-16): for a purpose, some fields, some rows, until a day.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, china_date, keys::OrganizationId, refuse};

use super::{
    data_resource::{DataField, DataResource, DataResourceId},
    share_request::{ShareRequest, ShareRequestId},
};

kernel::typed_id!(
    /// Share grant (共享授权).
    ShareGrantId, "share_grant");

kernel::text_enum! {
    /// What a grant of personal data rests on.
    pub enum ShareBasis {
        /// 法定职责
        Statutory = "STATUTORY",
        /// 个人同意
        Consent = "CONSENT",
        /// 不涉及个人信息
        NotPersonal = "NOT_PERSONAL",
    }
}

kernel::text_enum! {
    /// Where a grant stands.
    pub enum ShareGrantState {
        /// 有效
        Active = "ACTIVE",
        /// 已中止
        Suspended = "SUSPENDED",
        /// 已撤销
        Revoked = "REVOKED",
        /// 已到期
        Expired = "EXPIRED",
    }
}

impl ShareGrantState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Active, Self::Suspended),
        (Self::Suspended, Self::Active),
        (Self::Active, Self::Revoked),
        (Self::Suspended, Self::Revoked),
        (Self::Active, Self::Expired),
        (Self::Suspended, Self::Expired),
    ];
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareGrant {
    pub id: ShareGrantId,
    pub request_id: ShareRequestId,
    pub resource_id: DataResourceId,
    pub division_code: DivisionCode,
    pub provider_organization_id: OrganizationId,
    pub consumer_organization_id: OrganizationId,
    pub consumer_name: String,
    pub purpose: String,
    pub basis: ShareBasis,
    pub fields: Vec<DataField>,
    pub row_division: DivisionCode,
    pub until: NaiveDate,
    pub state: ShareGrantState,
    pub state_note: Option<String>,
    pub granted_at: DateTime<Utc>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl ShareGrant {
    /// What a request that was granted gives.
    pub fn of(
        id: ShareGrantId,
        request: &ShareRequest,
        resource: &DataResource,
        now: DateTime<Utc>,
    ) -> Self {
        let basis = match (resource.dataset.is_personal(), &request.statutory_basis) {
            (false, _) => ShareBasis::NotPersonal,
            (true, Some(_)) => ShareBasis::Statutory,
            (true, None) => ShareBasis::Consent,
        };
        Self {
            id,
            request_id: request.id,
            resource_id: request.resource_id,
            division_code: request.division_code,
            provider_organization_id: request.provider_organization_id,
            consumer_organization_id: request.consumer_organization_id,
            consumer_name: request.consumer_name.clone(),
            purpose: request.purpose.clone(),
            basis,
            fields: request.fields.clone(),
            row_division: request.row_division,
            until: request.until,
            state: ShareGrantState::Active,
            state_note: None,
            granted_at: now,
            version: 1,
            updated_at: now,
        }
    }

    /// Goes to another state, with the reason.
    pub fn move_to(
        &mut self,
        next: ShareGrantState,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if !ShareGrantState::MOVES.contains(&(self.state, next)) {
            let state = self.state;
            return Err(refuse!(
                Refused,
                "SHARE_GRANT_STATE",
                zh: "授权当前状态为 {state},不能变为 {next}",
                en: "the grant is {state} and cannot become {next}",
            ));
        }
        self.state = next;
        self.state_note = note;
        self.updated_at = now;
        Ok(())
    }

    /// Whether its last day has passed.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until < china_date(now)
    }

    /// Whether it covers these fields today.
    pub fn covers(&self, fields: &[DataField], now: DateTime<Utc>) -> bool {
        self.state == ShareGrantState::Active
            && !self.is_over(now)
            && !fields.is_empty()
            && fields.iter().all(|field| self.fields.contains(field))
    }
}
