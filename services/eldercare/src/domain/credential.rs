//! 资质 (A56): papers of providers and of their people, and which of them a
//! line of service asks for on the planned day.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    care_worker::CareWorkerId,
    text::{check_optional, check_text},
    tier::ServiceLine,
};

kernel::typed_id!(
    /// Credential (资质).
    CredentialId,
    "credential"
);

kernel::text_enum! {
    /// What a paper is.
    pub enum CredentialKind {
        /// 医疗机构执业许可证(或备案凭证)
        MedicalLicence = "MEDICAL_LICENCE",
        /// 养老服务备案
        CareFiling = "CARE_FILING",
        /// 食品经营许可证
        FoodLicence = "FOOD_LICENCE",
        /// 医师执业证书
        Physician = "PHYSICIAN",
        /// 护士执业证书
        Nurse = "NURSE",
        /// 康复治疗师资格
        Therapist = "THERAPIST",
        /// 养老护理员技能等级
        Caregiver = "CAREGIVER",
        /// 健康证明
        HealthCertificate = "HEALTH_CERTIFICATE",
    }
}

impl CredentialKind {
    /// Whether an organisation holds it, and not one of its people.
    pub const fn of_provider(self) -> bool {
        matches!(
            self,
            Self::MedicalLicence | Self::CareFiling | Self::FoodLicence
        )
    }
}

kernel::text_enum! {
    /// Where a paper stands.
    pub enum CredentialState {
        /// 待审核
        Submitted = "SUBMITTED",
        /// 已核验
        Verified = "VERIFIED",
        /// 未通过
        Rejected = "REJECTED",
        /// 已吊销
        Revoked = "REVOKED",
    }
}

/// A paper. Of its number only the end is kept in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub id: CredentialId,
    pub organization_id: OrganizationId,
    /// None where the provider itself holds it.
    pub care_worker_id: Option<CareWorkerId>,
    pub division_code: DivisionCode,
    pub kind: CredentialKind,
    pub number_tail: String,
    pub issuer: String,
    pub valid_from: NaiveDate,
    /// The last day it holds.
    pub valid_to: NaiveDate,
    pub state: CredentialState,
    pub submitted_by: String,
    pub submitted_at: DateTime<Utc>,
    pub reviewed_by: Option<String>,
    pub reviewed_at: Option<DateTime<Utc>>,
    pub review_reason: Option<String>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// What is submitted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubmitCredential {
    pub organization_id: OrganizationId,
    pub care_worker_id: Option<CareWorkerId>,
    pub kind: CredentialKind,
    pub number: String,
    pub issuer: String,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

impl SubmitCredential {
    /// Checks the words, the days, and that the right one holds it.
    pub fn check(mut self, today: NaiveDate) -> Result<Self, Refusal> {
        self.number = check_text(&self.number, 50, "input.number")?;
        self.issuer = check_text(&self.issuer, 100, "input.issuer")?;
        if self.valid_to < self.valid_from || self.valid_to < today {
            return Err(refuse!(
                Invalid,
                "CREDENTIAL_DAYS",
                field: "input.validTo",
                zh: "有效期止须不早于有效期起,且尚未到期",
                en: "the last day is not before the first, and has not passed",
            ));
        }
        if self.kind.of_provider() != self.care_worker_id.is_none() {
            return Err(refuse!(
                Invalid,
                "CREDENTIAL_HOLDER",
                field: "input.kind",
                zh: "机构许可由机构持有,个人资质须指明护理人员",
                en: "a licence belongs to the provider, a personal credential to a care worker",
            ));
        }
        Ok(self)
    }

    /// The last characters of the number, at most four and never all of it.
    pub fn tail(&self) -> String {
        let length = self.number.chars().count();
        let shown = (length / 2).clamp(1, 4);
        self.number
            .chars()
            .skip(length.saturating_sub(shown))
            .collect()
    }
}

kernel::text_enum! {
    /// What a reviewer decides.
    pub enum CredentialVerdict {
        /// 核验通过
        Verify = "VERIFY",
        /// 不通过
        Reject = "REJECT",
        /// 吊销
        Revoke = "REVOKE",
    }
}

impl Credential {
    /// Somebody else than who submitted it looks at the original.
    pub fn review(
        &mut self,
        verdict: CredentialVerdict,
        reason: Option<&str>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        use CredentialState::{Rejected, Revoked, Submitted, Verified};
        let next = match (self.state, verdict) {
            (Submitted, CredentialVerdict::Verify) => Verified,
            (Submitted, CredentialVerdict::Reject) => Rejected,
            (Verified, CredentialVerdict::Revoke) => Revoked,
            (state, verdict) => {
                return Err(refuse!(
                    Refused,
                    "CREDENTIAL_STATE",
                    field: "input.verdict",
                    zh: "资质当前状态为 {state},不能 {verdict}",
                    en: "the credential is {state}, so {verdict} does not fit",
                ));
            }
        };
        if by == self.submitted_by {
            return Err(refuse!(
                Refused,
                "CREDENTIAL_SELF_REVIEWED",
                zh: "提交人不能审核自己提交的资质",
                en: "nobody reviews what they submitted",
            ));
        }
        let reason = check_optional(reason, 500, "input.reason")?;
        if next != Verified && reason.is_none() {
            return Err(refuse!(
                Invalid,
                "REASON_MISSING",
                field: "input.reason",
                zh: "不通过或吊销须说明理由",
                en: "say why it is rejected or revoked",
            ));
        }
        self.state = next;
        self.review_reason = reason;
        self.reviewed_by = Some(by.to_owned());
        self.reviewed_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Whether it holds from the first day to the last.
    pub fn holds(&self, (first, last): (NaiveDate, NaiveDate)) -> bool {
        self.state == CredentialState::Verified && self.valid_from <= first && last <= self.valid_to
    }
}

kernel::text_enum! {
    /// Of whom a line asks a paper.
    pub enum Who {
        /// 服务机构
        Provider = "PROVIDER",
        /// 上门的任何人
        Worker = "WORKER",
        /// 护理人员
        CareWorker = "CARE_WORKER",
    }
}

/// What a line asks for: a row of the database, with the days it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub code: String,
    /// None is every line.
    pub line: Option<ServiceLine>,
    pub who: Who,
    pub any_of: Vec<CredentialKind>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
}

/// Who is to serve, with the papers they have.
#[derive(Clone, Copy, Debug)]
pub struct Serving<'a> {
    pub provider: &'a [Credential],
    /// None where only the provider is asked about.
    pub worker: Option<Sent<'a>>,
}

/// Who is sent.
#[derive(Clone, Copy, Debug)]
pub enum Sent<'a> {
    /// A care worker, with their papers.
    CareWorker(&'a [Credential]),
    /// Somebody of another register, who has none here.
    Other,
}

/// Whether everything a line asks for holds on all these days. The database
/// asks the same of the same rows (`unmet_requirement`).
pub fn check_papers(
    requirements: &[Requirement],
    line: ServiceLine,
    serving: Serving<'_>,
    days: (NaiveDate, NaiveDate),
) -> Result<(), Refusal> {
    let (first, last) = days;
    let asked = requirements.iter().filter(|one| {
        one.line.is_none_or(|of| of == line)
            && one.valid_from <= last
            && one.valid_to.is_none_or(|end| first < end)
    });
    for one in asked {
        let papers = match (one.who, serving.worker) {
            (Who::Provider, _) => Some(serving.provider),
            (Who::Worker | Who::CareWorker, Some(Sent::CareWorker(papers))) => Some(papers),
            (Who::Worker, Some(Sent::Other)) => Some(&[][..]),
            (Who::CareWorker, Some(Sent::Other)) | (Who::Worker | Who::CareWorker, None) => None,
        };
        let met = papers.is_none_or(|papers| {
            papers
                .iter()
                .any(|paper| one.any_of.contains(&paper.kind) && paper.holds(days))
        });
        if !met {
            return Err(missing(one, line, days));
        }
    }
    Ok(())
}

fn missing(
    requirement: &Requirement,
    line: ServiceLine,
    (first, last): (NaiveDate, NaiveDate),
) -> Refusal {
    let kinds: Vec<&str> = requirement
        .any_of
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    let (kinds, source) = (kinds.join("/"), &requirement.source);
    if requirement.who == Who::Provider {
        return refuse!(
            Refused,
            "PROVIDER_NOT_LICENSED",
            zh: "服务机构在 {first} 至 {last} 没有 {line} 所需的有效许可 {kinds}({source})",
            en: "the provider holds no {kinds} valid from {first} to {last}, which {line} asks for",
        );
    }
    refuse!(
        Refused,
        "WORKER_CREDENTIAL_MISSING",
        field: "input.workerId",
        zh: "服务人员在 {first} 至 {last} 没有 {line} 所需的有效资质 {kinds}({source})",
        en: "the worker holds no {kinds} valid from {first} to {last}, which {line} asks for",
    )
}

/// Which papers a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct CredentialFilter {
    pub organization: Option<OrganizationId>,
    pub care_worker: Option<CareWorkerId>,
    pub state: Option<CredentialState>,
    /// Only those that hold and will have ended by this day, with no later one.
    pub ending_by: Option<NaiveDate>,
}

#[cfg(test)]
mod tests;
