//! 清单 (A20, A21): what communities do by law, help with, put their seal under,
//! and admit as work; in versions, of which one is in force.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, Refusal, keys::ResidentId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    admission::AdmissionId,
    moves::{Moves as _, moves},
};

typed_id!(
    /// A version of a list (清单).
    WorkListId, "work_list");
typed_id!(
    /// An item of a list (清单事项).
    WorkListItemId, "work_list_item");
typed_id!(
    /// A comment on a list (征求意见).
    WorkListCommentId, "work_list_comment");

kernel::text_enum! {
    /// Which of the four lists.
    pub enum WorkListKind {
        /// 依法履责清单
        Duty = "DUTY",
        /// 协助政府工作清单
        Assist = "ASSIST",
        /// 盖章事项清单
        Seal = "SEAL",
        /// 准入目录
        Admission = "ADMISSION",
    }
}

kernel::text_enum! {
    /// Where a version stands.
    pub enum WorkListState {
        /// 起草
        Drafted = "DRAFTED",
        /// 公开征求意见
        PublicComment = "PUBLIC_COMMENT",
        /// 已批准
        Approved = "APPROVED",
        /// 施行
        InForce = "IN_FORCE",
        /// 废止
        Retired = "RETIRED",
    }
}

moves!(WorkListState, "work_list", "WORK_LIST_STATE", [Drafted], [
    Drafted => PublicComment,
    // What residents say may change the draft.
    PublicComment => Drafted,
    PublicComment => Approved,
    Approved => InForce,
    InForce => Retired,
]);

kernel::text_enum! {
    /// How often an item falls due.
    pub enum WorkPeriod {
        /// 一次性
        Once = "ONCE",
        /// 每月
        Monthly = "MONTHLY",
        /// 每季度
        Quarterly = "QUARTERLY",
        /// 每年
        Yearly = "YEARLY",
        /// 按需
        AsNeeded = "AS_NEEDED",
    }
}

/// A version of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkList {
    pub id: WorkListId,
    pub kind: WorkListKind,
    pub division_code: DivisionCode,
    /// Counts the versions of this kind and division.
    pub number: i32,
    pub title: String,
    pub basis_document: String,
    pub drafted_by: String,
    pub created_at: DateTime<Utc>,
    pub state: WorkListState,
    pub comment_from: Option<DateTime<Utc>>,
    pub comment_until: Option<DateTime<Utc>>,
    pub approval_document: Option<String>,
    pub approved_by: Option<String>,
    pub starts_on: Option<NaiveDate>,
    /// The first day it no longer holds.
    pub until_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// An item of a list; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkListItem {
    pub id: WorkListItemId,
    pub list_id: WorkListId,
    pub code: String,
    pub title: String,
    pub basis_document: String,
    pub department: String,
    pub period: WorkPeriod,
    /// 费随事转: the money that comes with the work.
    pub funding: Option<Fen>,
    /// The admission that let it into the catalogue.
    pub admission_id: Option<AdmissionId>,
    pub created_at: DateTime<Utc>,
}

/// What a resident says about a draft, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkListComment {
    pub id: WorkListCommentId,
    pub list_id: WorkListId,
    pub resident_id: ResidentId,
    pub text: String,
    pub commented_at: DateTime<Utc>,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// Capital letters, digits, dots and dashes, beginning with a letter or digit.
pub fn check_code(field: &str, code: &str) -> Result<String, Refusal> {
    let code = code.trim();
    let letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let good = code.starts_with(letter)
        && code.len() <= 20
        && code.chars().all(|c| letter(c) || c == '.' || c == '-');
    if good {
        return Ok(code.to_owned());
    }
    Err(refuse!(
        Invalid,
        "CODE_MALFORMED",
        field: field,
        zh: "编号由 1 至 20 个大写字母、数字、点或横线组成",
        en: "a code has 1 to 20 capital letters, digits, dots or dashes",
    ))
}

/// Work that is admitted brings its money along, and its admission.
pub fn check_item(
    kind: WorkListKind,
    funding: Option<Fen>,
    admission: Option<AdmissionId>,
) -> Result<(), Refusal> {
    if kind == WorkListKind::Admission {
        if admission.is_none() {
            return Err(refuse!(
                Invalid, "ITEM_WITHOUT_ADMISSION", field: "input.admissionId",
                zh: "列入准入目录的事项须有已批准的准入申请",
                en: "an item of the admission catalogue rests on an approved application",
            ));
        }
        if funding.is_none() {
            return Err(refuse!(
                Invalid, "ITEM_WITHOUT_FUNDING", field: "input.funding",
                zh: "列入准入目录的事项须写明经费(费随事转)",
                en: "an item of the admission catalogue says what money comes with it",
            ));
        }
    } else if admission.is_some() {
        return Err(refuse!(
            Invalid, "ITEM_ADMISSION_MISPLACED", field: "input.admissionId",
            zh: "只有准入目录的事项引用准入申请",
            en: "only items of the admission catalogue name an application",
        ));
    }
    if funding.is_some_and(|money| money <= Fen::new(0)) {
        return Err(refuse!(
            Invalid, "FUNDING_NOT_POSITIVE", field: "input.funding",
            zh: "经费须大于零", en: "the money must be more than zero",
        ));
    }
    Ok(())
}

impl WorkList {
    /// Residents may comment until then.
    pub fn open_comment(
        &mut self,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.step(WorkListState::PublicComment, now)?;
        self.comment_from = Some(now);
        self.comment_until = Some(until);
        Ok(())
    }

    /// Back to the draft, to take up what was said.
    pub fn reopen(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(WorkListState::Drafted, now)
    }

    /// Approved once everybody could speak.
    pub fn approve(
        &mut self,
        document: String,
        by: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let open = self.comment_until.is_some_and(|until| now < until);
        if self.state == WorkListState::PublicComment && open {
            return Err(refuse!(
                Refused, "WORK_LIST_COMMENT_OPEN",
                zh: "征求意见期尚未结束", en: "comments may still be given",
            ));
        }
        self.step(WorkListState::Approved, now)?;
        self.approval_document = Some(document);
        self.approved_by = Some(by);
        Ok(())
    }

    /// Holds from this day.
    pub fn enforce(&mut self, from: NaiveDate, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(WorkListState::InForce, now)?;
        self.starts_on = Some(from);
        Ok(())
    }

    /// Holds no longer from this day.
    pub fn retire(&mut self, until: NaiveDate, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(WorkListState::Retired, now)?;
        self.until_on = Some(until);
        Ok(())
    }

    fn step(&mut self, next: WorkListState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_capital_letters_digits_dots_and_dashes() {
        assert_eq!(check_code("input.code", " A-1.2 ").unwrap(), "A-1.2");
        for bad in ["", "-A", "a1", "事项", &"A".repeat(21)] {
            assert!(check_code("input.code", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn admitted_work_brings_its_money_and_its_admission() {
        let money = Some(Fen::new(100));
        let admission = Some(AdmissionId::from_uuid(uuid::Uuid::nil()));
        let catalogue = WorkListKind::Admission;
        assert!(check_item(catalogue, money, admission).is_ok());
        assert!(check_item(catalogue, None, admission).is_err());
        assert!(check_item(catalogue, money, None).is_err());
        assert!(check_item(WorkListKind::Duty, None, None).is_ok());
        assert!(check_item(WorkListKind::Duty, None, admission).is_err());
        assert!(check_item(WorkListKind::Assist, Some(Fen::new(0)), None).is_err());
    }
}
