//! 社会工作者 (A48): three sources, each with its evidence, and the cycle of
//! registration with continuing education (A51).

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use kernel::{
    DivisionCode, Minutes, Refusal,
    keys::{CommunityId, OrganizationId, ResidentId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::worker::Unfit;

kernel::text_enum! {
    /// Where a social worker comes from.
    pub enum SocialWorkerSource {
        /// 持国家职业资格证书并登记
        Qualified = "QUALIFIED",
        /// 社会工作机构派驻
        Dispatched = "DISPATCHED",
        /// 培训达标并通过市民政考试
        MunicipalExam = "MUNICIPAL_EXAM",
    }
}

kernel::text_enum! {
    /// The national professional grade.
    pub enum SocialWorkerGrade {
        /// 无
        None = "NONE",
        /// 助理社会工作师
        Assistant = "ASSISTANT",
        /// 社会工作师
        SocialWorker = "SOCIAL_WORKER",
        /// 高级社会工作师
        Senior = "SENIOR",
    }
}

impl SocialWorkerGrade {
    /// The parameter that says how many hours a cycle of this grade asks for.
    pub fn cpd_parameter(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Assistant => Some("sw.cpd.assistant_hours"),
            Self::SocialWorker => Some("sw.cpd.social_worker_hours"),
            Self::Senior => Some("sw.cpd.senior_hours"),
        }
    }
}

/// One cycle of registration, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Registration {
    /// The cycle of so many years that begins on a day.
    pub fn cycle(from: NaiveDate, years: i64) -> Result<Self, Refusal> {
        let to = u32::try_from(years)
            .ok()
            .and_then(|years| years.checked_mul(12))
            .and_then(|months| from.checked_add_months(Months::new(months)))
            .and_then(|end| end.checked_sub_days(Days::new(1)))
            .filter(|to| *to >= from);
        let to = to.ok_or_else(|| {
            refuse!(
                Invalid,
                "REGISTRATION_CYCLE",
                field: "input.registeredFrom",
                zh: "无法计算登记有效期",
                en: "the registration cycle cannot be reckoned",
            )
        })?;
        Ok(Self { from, to })
    }

    /// Whether the day lies in the cycle.
    pub fn covers(&self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// A community a worker serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
}

/// A social worker. The certificate's number is not here: only its tail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocialWorker {
    pub id: SocialWorkerId,
    pub resident_id: ResidentId,
    pub source: SocialWorkerSource,
    pub grade: SocialWorkerGrade,
    pub certificate_tail: Option<String>,
    pub registration: Option<Registration>,
    pub employer: Option<OrganizationId>,
    pub exam_passed_on: Option<NaiveDate>,
    /// At least one; the first is the home division.
    pub communities: Vec<Served>,
    pub active: bool,
    pub demo: bool,
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl SocialWorker {
    /// Whether they may serve on a day. A registration, where there is one,
    /// has to cover it; only the first source cannot be without one.
    pub fn fitness(&self, day: NaiveDate) -> Result<(), Unfit> {
        if !self.active {
            return Err(Unfit::Inactive);
        }
        match (&self.registration, self.source) {
            (Some(registration), _) if !registration.covers(day) => Err(Unfit::RegistrationExpired),
            (None, SocialWorkerSource::Qualified) => Err(Unfit::RegistrationExpired),
            _ => Ok(()),
        }
    }

    /// Enters the next cycle, which begins where the last ended, or today
    /// where it has lapsed.
    pub fn renew(
        &mut self,
        years: i64,
        earned: Minutes,
        needed: Minutes,
        today: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let current = self.registration.ok_or_else(not_registered)?;
        if !self.active {
            return Err(ended());
        }
        if earned < needed {
            return Err(refuse!(
                Refused,
                "CPD_HOURS_INSUFFICIENT",
                zh: "继续教育学时不足:本周期已有 {earned},须达 {needed}",
                en: "not enough continuing education in this cycle: {earned} of {needed}",
            ));
        }
        let next = current.to.succ_opt().unwrap_or(current.to).max(today);
        self.registration = Some(Registration::cycle(next, years)?);
        self.updated_at = now;
        Ok(())
    }

    /// Serves no longer; what was served stays.
    pub fn end(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !self.active {
            return Err(ended());
        }
        self.active = false;
        self.updated_at = now;
        Ok(())
    }
}

/// No grade or no cycle to renew.
pub fn not_registered() -> Refusal {
    refuse!(
        Refused,
        "SOCIAL_WORKER_NOT_REGISTERED",
        zh: "该社会工作者没有登记记录,不能续期",
        en: "this social worker was never registered, so there is nothing to renew",
    )
}

fn ended() -> Refusal {
    refuse!(
        Refused,
        "WORKER_INACTIVE",
        zh: "该社会工作者已停用",
        en: "this social worker no longer serves",
    )
}

/// Which social workers a list asks for.
#[derive(Clone, Debug, Default)]
pub struct SocialWorkerFilter {
    pub community: Option<CommunityId>,
    pub source: Option<SocialWorkerSource>,
    pub active: Option<bool>,
}

/// What a register entry is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewSocialWorker {
    pub resident_id: ResidentId,
    pub source: SocialWorkerSource,
    pub grade: SocialWorkerGrade,
    pub certificate_no: Option<String>,
    pub registered_from: Option<NaiveDate>,
    pub employer: Option<OrganizationId>,
    pub exam_passed_on: Option<NaiveDate>,
    pub community_ids: Vec<CommunityId>,
}

impl NewSocialWorker {
    /// Checks that the evidence of the source is named. Whether it is true is
    /// asked of the ledger and of the other services.
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Refusal> {
        self.certificate_no = self
            .certificate_no
            .as_deref()
            .map(check_certificate)
            .transpose()?;
        match self.source {
            SocialWorkerSource::Qualified => self.check_qualified()?,
            SocialWorkerSource::Dispatched if self.employer.is_none() => {
                return Err(refuse!(
                    Refused,
                    "SOCIAL_WORKER_EMPLOYER_MISSING",
                    field: "input.employerOrganizationId",
                    zh: "机构派驻的社会工作者须有派驻机构",
                    en: "a dispatched social worker has an organisation that sends them",
                ));
            }
            SocialWorkerSource::Dispatched | SocialWorkerSource::MunicipalExam => {}
        }
        if self.registered_from.is_some() {
            self.check_graded()?;
        }
        if self.registered_from.is_some_and(|from| from > today) {
            return Err(refuse!(
                Invalid,
                "DATE_IN_FUTURE",
                field: "input.registeredFrom",
                zh: "登记日期尚未到来",
                en: "the day of registration has not come yet",
            ));
        }
        let mut seen = std::collections::HashSet::new();
        self.community_ids.retain(|id| seen.insert(*id));
        if !(1..=20).contains(&self.community_ids.len()) {
            return Err(refuse!(
                Invalid,
                "SOCIAL_WORKER_COMMUNITIES",
                field: "input.communityIds",
                zh: "须指明 1 至 20 个服务社区",
                en: "name 1 to 20 communities they serve",
            ));
        }
        Ok(self)
    }

    fn check_qualified(&self) -> Result<(), Refusal> {
        if self.grade == SocialWorkerGrade::None {
            return Err(refuse!(
                Refused,
                "SOCIAL_WORKER_GRADE_MISSING",
                field: "input.grade",
                zh: "持证社会工作者须为助理社会工作师及以上",
                en: "a qualified social worker is at least an assistant social worker",
            ));
        }
        if self.certificate_no.is_none() {
            return Err(certificate_missing());
        }
        if self.registered_from.is_none() {
            return Err(refuse!(
                Refused,
                "SOCIAL_WORKER_REGISTRATION_MISSING",
                field: "input.registeredFrom",
                zh: "持证社会工作者须已登记",
                en: "a qualified social worker is registered",
            ));
        }
        Ok(())
    }

    /// Whoever is registered has a grade and a certificate, from any source.
    fn check_graded(&self) -> Result<(), Refusal> {
        if self.grade == SocialWorkerGrade::None {
            return Err(refuse!(
                Refused,
                "SOCIAL_WORKER_GRADE_MISSING",
                field: "input.grade",
                zh: "登记须有职业水平等级",
                en: "a registration needs a grade",
            ));
        }
        if self.certificate_no.is_none() {
            return Err(certificate_missing());
        }
        Ok(())
    }

    /// The third source: enough hours in the ledger and a recorded pass.
    pub fn check_municipal(
        &self,
        earned: Minutes,
        needed: Minutes,
        passed: bool,
    ) -> Result<(), Refusal> {
        if earned < needed {
            return Err(refuse!(
                Refused,
                "TRAINING_HOURS_INSUFFICIENT",
                zh: "培训时长不足:已有 {earned},须达 {needed}",
                en: "not enough training: {earned} of {needed}",
            ));
        }
        if !passed {
            return Err(refuse!(
                Refused,
                "EXAM_NOT_PASSED",
                field: "input.examPassedOn",
                zh: "没有市民政考试合格记录",
                en: "there is no recorded pass of the municipal examination",
            ));
        }
        Ok(())
    }
}

fn certificate_missing() -> Refusal {
    refuse!(
        Refused,
        "SOCIAL_WORKER_CERTIFICATE_MISSING",
        field: "input.certificateNo",
        zh: "持证社会工作者须有职业资格证书编号",
        en: "a qualified social worker has a certificate number",
    )
}

/// A certificate number as it is compared: capital letters and digits.
fn check_certificate(text: &str) -> Result<String, Refusal> {
    let number: String = text.trim().to_ascii_uppercase();
    let good = (6..=40).contains(&number.len())
        && number
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if good {
        return Ok(number);
    }
    Err(refuse!(
        Invalid,
        "CERTIFICATE_MALFORMED",
        field: "input.certificateNo",
        zh: "证书编号须为 6 至 40 位字母、数字或连字符",
        en: "a certificate number has 6 to 40 letters, digits or hyphens",
    ))
}

#[cfg(test)]
mod tests;
