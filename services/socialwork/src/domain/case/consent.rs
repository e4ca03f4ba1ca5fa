//! 知情同意: for one purpose, one receiver, some fields, until a day.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::{CaseId, plan::Signing};

kernel::typed_id!(
    /// Consent of a client (知情同意).
    CaseConsentId, "case_consent");

kernel::text_enum! {
    /// What for.
    pub enum ConsentPurpose {
        /// 转介服务
        Referral = "REFERRAL",
        /// 医疗救治
        MedicalCare = "MEDICAL_CARE",
        /// 养老服务
        ElderCare = "ELDER_CARE",
        /// 社会救助
        SocialAssistance = "SOCIAL_ASSISTANCE",
        /// 法律援助
        LegalAid = "LEGAL_AID",
        /// 督导与教学
        Teaching = "TEACHING",
    }
}

kernel::text_enum! {
    /// Which part of a case.
    pub enum CaseField {
        /// 身份
        Identity = "IDENTITY",
        /// 联系方式
        Contact = "CONTACT",
        /// 家庭
        Family = "FAMILY",
        /// 健康
        Health = "HEALTH",
        /// 经济
        Finance = "FINANCE",
        /// 预估
        Assessment = "ASSESSMENT",
        /// 计划
        Plan = "PLAN",
    }
}

/// A consent. It ends by itself, or when the client withdraws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseConsent {
    pub id: CaseConsentId,
    pub case_id: CaseId,
    pub purpose: ConsentPurpose,
    pub receiver_id: OrganizationId,
    pub fields: Vec<CaseField>,
    pub signing: Signing,
    pub expires_on: NaiveDate,
    pub given_at: DateTime<Utc>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl CaseConsent {
    /// Whether it holds on a day.
    pub fn stands(&self, today: NaiveDate) -> bool {
        self.withdrawn_at.is_none() && today <= self.expires_on
    }

    /// The client takes it back; no reason is asked for.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.withdrawn_at.is_some() {
            return Err(refuse!(
                Refused,
                "CONSENT_WITHDRAWN",
                zh: "该同意已撤回",
                en: "this consent was withdrawn already",
            ));
        }
        self.withdrawn_at = Some(now);
        Ok(())
    }

    /// Refuses what this consent does not say.
    pub fn check_covers(
        &self,
        receiver: OrganizationId,
        purpose: ConsentPurpose,
        fields: &[CaseField],
        today: NaiveDate,
    ) -> Result<(), Refusal> {
        let refusal = if !self.stands(today) {
            refuse!(
                Refused,
                "CONSENT_NOT_VALID",
                field: "input.consentId",
                zh: "该同意已到期或已撤回",
                en: "this consent has expired or was withdrawn",
            )
        } else if self.receiver_id != receiver {
            refuse!(
                Refused,
                "CONSENT_OTHER_RECEIVER",
                field: "input.toOrganizationId",
                zh: "服务对象同意的接收方不是该机构",
                en: "the client consented to another receiver",
            )
        } else if self.purpose != purpose {
            refuse!(
                Refused,
                "CONSENT_OTHER_PURPOSE",
                field: "input.purpose",
                zh: "服务对象同意的用途与此不同",
                en: "the client consented to another purpose",
            )
        } else if !fields.iter().all(|field| self.fields.contains(field)) {
            refuse!(
                Refused,
                "CONSENT_OTHER_FIELDS",
                field: "input.fields",
                zh: "超出服务对象同意提供的内容",
                en: "this is more than the client consented to tell",
            )
        } else {
            return Ok(());
        };
        Err(refusal)
    }
}

/// Fields without doubles, at least one.
pub fn check_fields(mut fields: Vec<CaseField>) -> Result<Vec<CaseField>, Refusal> {
    fields.sort_unstable();
    fields.dedup();
    if fields.is_empty() {
        return Err(refuse!(
            Invalid,
            "CONSENT_FIELDS",
            field: "input.fields",
            zh: "须指明提供哪些内容",
            en: "say which parts are told",
        ));
    }
    Ok(fields)
}

/// A consent ends; `most` days from today at the latest.
pub fn check_expiry(on: NaiveDate, today: NaiveDate, most: i64) -> Result<(), Refusal> {
    let last = u64::try_from(most)
        .ok()
        .and_then(|days| today.checked_add_days(chrono::Days::new(days)));
    if on >= today && last.is_some_and(|last| on <= last) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "CONSENT_EXPIRY",
        field: "input.expiresOn",
        zh: "同意期限须在今日起 {most} 天以内",
        en: "a consent lasts {most} days from today at most",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_what_it_says_and_nothing_else() {
        let here = OrganizationId::from_uuid(uuid::Uuid::from_u128(1));
        let there = OrganizationId::from_uuid(uuid::Uuid::from_u128(2));
        let today: NaiveDate = "2026-03-02".parse().unwrap();
        let mut consent = CaseConsent {
            id: CaseConsentId::from_uuid(uuid::Uuid::nil()),
            case_id: CaseId::from_uuid(uuid::Uuid::nil()),
            purpose: ConsentPurpose::LegalAid,
            receiver_id: here,
            fields: vec![CaseField::Identity, CaseField::Family],
            signing: Signing::Online,
            expires_on: today,
            given_at: DateTime::UNIX_EPOCH,
            withdrawn_at: None,
        };
        let legal = ConsentPurpose::LegalAid;
        let family = [CaseField::Family];
        assert_eq!(consent.check_covers(here, legal, &family, today), Ok(()));
        let reason = |answer: Result<(), Refusal>| answer.unwrap_err().reason;
        let other = ConsentPurpose::ElderCare;
        let health = [CaseField::Health];
        let late = today.succ_opt().unwrap();
        assert_eq!(
            reason(consent.check_covers(there, legal, &family, today)),
            "CONSENT_OTHER_RECEIVER"
        );
        assert_eq!(
            reason(consent.check_covers(here, other, &family, today)),
            "CONSENT_OTHER_PURPOSE"
        );
        assert_eq!(
            reason(consent.check_covers(here, legal, &health, today)),
            "CONSENT_OTHER_FIELDS"
        );
        assert_eq!(
            reason(consent.check_covers(here, legal, &family, late)),
            "CONSENT_NOT_VALID"
        );
        consent.withdraw(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            reason(consent.check_covers(here, legal, &family, today)),
            "CONSENT_NOT_VALID"
        );
        assert!(consent.withdraw(DateTime::UNIX_EPOCH).is_err());
        assert!(check_expiry(today, today, 365).is_ok());
        assert!(check_expiry(today + chrono::Days::new(366), today, 365).is_err());
    }
}
