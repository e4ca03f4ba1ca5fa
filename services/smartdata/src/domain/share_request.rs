//! 共享申请 (SM-16): asked, checked, answered by the provider, mediated.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, china_date, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    data_resource::{DataField, DataResource, DataResourceId, ResourceState, ShareClass, within},
    text,
};

kernel::typed_id!(
    /// Share request (共享申请).
    ShareRequestId, "share_request");

kernel::text_enum! {
    /// Where a request stands.
    pub enum ShareRequestState {
        /// 已提交,待合规审查
        Submitted = "SUBMITTED",
        /// 审查不合规
        Rejected = "REJECTED",
        /// 待提供部门答复
        Replying = "REPLYING",
        /// 已同意
        Granted = "GRANTED",
        /// 提供部门不同意
        Refused = "REFUSED",
        /// 争议协调中
        Mediation = "MEDIATION",
        /// 协调后不予共享
        RefusedFinally = "REFUSED_FINALLY",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

impl ShareRequestState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Submitted, Self::Rejected),
        (Self::Submitted, Self::Replying),
        (Self::Submitted, Self::Granted),
        (Self::Submitted, Self::Withdrawn),
        (Self::Replying, Self::Withdrawn),
        (Self::Replying, Self::Granted),
        (Self::Replying, Self::Refused),
        (Self::Refused, Self::Mediation),
        (Self::Mediation, Self::Granted),
        (Self::Mediation, Self::RefusedFinally),
    ];

    /// The parameter that says how long the step may take.
    pub const fn limit(self) -> Option<&'static str> {
        match self {
            Self::Submitted => Some("scd.share.check"),
            Self::Replying => Some("scd.share.reply"),
            Self::Mediation => Some("scd.share.mediation"),
            _ => None,
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRequest {
    pub id: ShareRequestId,
    pub resource_id: DataResourceId,
    pub division_code: DivisionCode,
    pub provider_organization_id: OrganizationId,
    pub consumer_organization_id: OrganizationId,
    pub consumer_name: String,
    pub purpose: String,
    pub statutory_basis: Option<String>,
    pub fields: Vec<DataField>,
    pub row_division: DivisionCode,
    pub until: NaiveDate,
    pub state: ShareRequestState,
    pub requested_by: String,
    pub submitted_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub checked_by: Option<String>,
    pub checked_at: Option<DateTime<Utc>>,
    pub check_note: Option<String>,
    pub replied_by: Option<String>,
    pub replied_at: Option<DateTime<Utc>>,
    pub refusal_basis: Option<String>,
    pub dispute: Option<String>,
    pub mediated_by: Option<String>,
    pub mediated_at: Option<DateTime<Utc>>,
    pub mediation_note: Option<String>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewShareRequest {
    pub resource_id: DataResourceId,
    pub consumer_name: String,
    pub purpose: String,
    pub statutory_basis: Option<String>,
    pub fields: Vec<DataField>,
    pub row_division: DivisionCode,
    pub until: NaiveDate,
}

impl ShareRequest {
    /// A department asks for data of another one.
    pub fn submit(
        id: ShareRequestId,
        new: NewShareRequest,
        resource: &DataResource,
        (consumer, by): (OrganizationId, &str),
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if resource.state != ResourceState::Published || resource.class == ShareClass::NoShare {
            let basis = resource.basis.clone().unwrap_or_default();
            return Err(refuse!(
                Refused,
                "SHARE_NOT_SHARED",
                field: "input.resourceId",
                zh: "该数据不予共享或已撤回。依据:{basis}",
                en: "this data is not shared: {basis}",
            ));
        }
        if consumer == resource.provider_organization_id {
            return Err(refuse!(
                Refused,
                "SHARE_WITH_ANOTHER",
                field: "input.resourceId",
                zh: "这是本部门提供的数据,无须申请",
                en: "your department provides this data itself",
            ));
        }
        if !resource.division_code.contains(&new.row_division) {
            return Err(refuse!(
                Invalid,
                "SHARE_ROWS",
                field: "input.rowDivisionCode",
                zh: "申请的范围须在数据目录的区划之内",
                en: "the rows lie within the division of the resource",
            ));
        }
        if new.until <= china_date(now) {
            return Err(refuse!(
                Invalid,
                "SHARE_UNTIL",
                field: "input.until",
                zh: "使用期限须晚于今天",
                en: "the last day lies after today",
            ));
        }
        Ok(Self {
            id,
            resource_id: resource.id,
            division_code: resource.division_code,
            provider_organization_id: resource.provider_organization_id,
            consumer_organization_id: consumer,
            consumer_name: text::name(&new.consumer_name, "input.consumerName")?,
            purpose: text::words(&new.purpose, "input.purpose", 200)?,
            statutory_basis: text::some_words(
                new.statutory_basis.as_deref(),
                "input.statutoryBasis",
                500,
            )?,
            fields: within(new.fields, &resource.fields, "input.fields")?,
            row_division: new.row_division,
            until: new.until,
            state: ShareRequestState::Submitted,
            requested_by: by.to_owned(),
            submitted_at: now,
            due_at: None,
            checked_by: None,
            checked_at: None,
            check_note: None,
            replied_by: None,
            replied_at: None,
            refusal_basis: None,
            dispute: None,
            mediated_by: None,
            mediated_at: None,
            mediation_note: None,
            version: 1,
            updated_at: now,
        })
    }

    /// 合规审查: unconditional data is granted by it, the rest goes to the provider.
    pub fn check(
        &mut self,
        class: ShareClass,
        (compliant, note): (bool, Option<String>),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.another(by)?;
        if !compliant && note.is_none() {
            return Err(note_required("input.note"));
        }
        let next = match (compliant, class) {
            (false, _) => ShareRequestState::Rejected,
            (true, ShareClass::Unconditional) => ShareRequestState::Granted,
            (true, _) => ShareRequestState::Replying,
        };
        // A later state may go to the same one; the check is made once.
        if self.state != ShareRequestState::Submitted {
            return Err(self.stuck(next));
        }
        self.move_to(next, now)?;
        self.checked_by = Some(by.to_owned());
        self.checked_at = Some(now);
        self.check_note = note;
        Ok(())
    }

    /// The provider's answer; a refusal names the law it rests on.
    pub fn reply(
        &mut self,
        (agreed, basis): (bool, Option<String>),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if !agreed && basis.is_none() {
            return Err(refuse!(
                Invalid,
                "SHARE_REFUSAL_BASIS",
                field: "input.refusalBasis",
                zh: "不同意共享的须写明法定依据",
                en: "a refusal names the law it rests on",
            ));
        }
        let next = if agreed {
            ShareRequestState::Granted
        } else {
            ShareRequestState::Refused
        };
        if self.state != ShareRequestState::Replying {
            return Err(self.stuck(next));
        }
        self.move_to(next, now)?;
        self.replied_by = Some(by.to_owned());
        self.replied_at = Some(now);
        self.refusal_basis = basis.filter(|_| !agreed);
        Ok(())
    }

    /// The department that asked does not agree with the refusal.
    pub fn dispute(&mut self, words: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(ShareRequestState::Mediation, now)?;
        self.dispute = Some(words);
        Ok(())
    }

    /// The authority settles it.
    pub fn mediate(
        &mut self,
        (share, note): (bool, String),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.another(by)?;
        let next = if share {
            ShareRequestState::Granted
        } else {
            ShareRequestState::RefusedFinally
        };
        if self.state != ShareRequestState::Mediation {
            return Err(self.stuck(next));
        }
        self.move_to(next, now)?;
        self.mediated_by = Some(by.to_owned());
        self.mediated_at = Some(now);
        self.mediation_note = Some(note);
        Ok(())
    }

    /// Is taken back before it is answered.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(ShareRequestState::Withdrawn, now)
    }

    fn another(&self, by: &str) -> Result<(), Refusal> {
        if self.requested_by == by || self.replied_by.as_deref() == Some(by) {
            return Err(refuse!(
                Refused,
                "SHARE_CHECKED_BY_ANOTHER",
                zh: "申请人和答复人不能审查或协调本申请",
                en: "a request is checked and mediated by somebody who has no part in it",
            ));
        }
        Ok(())
    }

    fn stuck(&self, next: ShareRequestState) -> Refusal {
        let state = self.state;
        refuse!(
            Refused,
            "SHARE_STATE",
            zh: "共享申请当前状态为 {state},不能变为 {next}",
            en: "the request is {state} and cannot become {next}",
        )
    }

    fn move_to(&mut self, next: ShareRequestState, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !ShareRequestState::MOVES.contains(&(self.state, next)) {
            return Err(self.stuck(next));
        }
        self.state = next;
        self.updated_at = now;
        Ok(())
    }

    /// Whether the present step takes longer than it may.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state.limit().is_some() && self.due_at.is_some_and(|due| due <= now)
    }
}

fn note_required(field: &str) -> Refusal {
    refuse!(
        Invalid,
        "NOTE_REQUIRED",
        field: field,
        zh: "不合规的须说明理由",
        en: "say why the request does not comply",
    )
}
