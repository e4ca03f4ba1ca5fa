//! 能力认定 (A42): who can take home-based elder care on their own.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::organization::{Organization, OrganizationStatus, check_text};

kernel::typed_id!(
    /// Certification of a capability (能力认定).
    CertificationId, "capability_certification");

kernel::text_enum! {
    /// What an organisation can take on.
    pub enum Capability {
        /// 独立承接居家养老服务
        ElderCare = "ELDER_CARE",
    }
}

/// A certification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certification {
    pub id: CertificationId,
    pub organization_id: OrganizationId,
    pub capability: Capability,
    pub valid_from: NaiveDate,
    /// The last day it holds.
    pub valid_to: NaiveDate,
    pub evidence: String,
    pub certified_by: String,
    pub certified_at: DateTime<Utc>,
    pub revocation: Option<Revocation>,
}

/// Why it was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The first day it does not hold any more.
    pub on: NaiveDate,
    pub reason: String,
    pub by: String,
}

/// What the registrar certifies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CertifyElderCare {
    pub organization_id: OrganizationId,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    pub evidence: String,
}

impl Certification {
    /// Certifies an organisation that can sign and answer for itself.
    pub fn certify(
        id: CertificationId,
        organization: &Organization,
        new: CertifyElderCare,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if organization.status != OrganizationStatus::Registered {
            let status = organization.status;
            return Err(refuse!(
                Refused,
                "ORGANIZATION_NOT_CERTIFIABLE",
                zh: "独立承接居家养老须为已登记的法人,该组织状态为 {status}",
                en: "only a registered legal person takes elder care on its own; this one is {status}",
            ));
        }
        if new.valid_to < new.valid_from {
            return Err(refuse!(
                Invalid,
                "VALID_RANGE",
                field: "input.validTo",
                zh: "有效期止不能早于有效期起",
                en: "the last day cannot come before the first",
            ));
        }
        if new.valid_to < kernel::china_date(now) {
            return Err(refuse!(
                Invalid,
                "VALID_RANGE_PAST",
                field: "input.validTo",
                zh: "有效期止不能早于今天",
                en: "the last day cannot lie in the past",
            ));
        }
        Ok(Self {
            id,
            organization_id: organization.id,
            capability: Capability::ElderCare,
            valid_from: new.valid_from,
            valid_to: new.valid_to,
            evidence: check_text(&new.evidence, "input.evidence", 1000)?,
            certified_by: by.to_owned(),
            certified_at: now,
            revocation: None,
        })
    }

    /// Takes it back from today on; once.
    pub fn revoke(&mut self, reason: &str, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.revocation.is_some() {
            return Err(refuse!(
                Refused,
                "CERTIFICATION_REVOKED",
                zh: "该认定已被撤销",
                en: "this certification has been revoked already",
            ));
        }
        let reason = check_text(reason, "input.reason", 500)?;
        self.revocation = Some(Revocation {
            on: kernel::china_date(now),
            reason,
            by: by.to_owned(),
        });
        Ok(())
    }

    /// Whether it holds on a day.
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.valid_from <= day
            && day <= self.valid_to
            && self
                .revocation
                .as_ref()
                .is_none_or(|revocation| day < revocation.on)
    }
}

/// Whether an organisation may take elder care on a day: it is registered, not
/// on the abnormal list, and a certification holds.
pub fn elder_care_capable(
    organization: &Organization,
    certifications: &[Certification],
    day: NaiveDate,
) -> bool {
    organization.status == OrganizationStatus::Registered
        && certifications
            .iter()
            .any(|one| one.capability == Capability::ElderCare && one.in_force(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organization::register::tests::{filed, now, registered};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn certify(
        organization: &Organization,
        from: &str,
        to: &str,
    ) -> Result<Certification, Refusal> {
        let new = CertifyElderCare {
            organization_id: organization.id,
            valid_from: day(from),
            valid_to: day(to),
            evidence: "现场评审记录".into(),
        };
        let id = CertificationId::from_uuid(uuid::Uuid::from_u128(3));
        Certification::certify(id, organization, new, "registrar", now())
    }

    #[test]
    fn holds_from_the_first_to_the_last_day() {
        let organization = registered();
        let held = vec![certify(&organization, "2026-03-01", "2027-02-28").unwrap()];
        for (on, capable) in [
            ("2026-02-28", false),
            ("2026-03-01", true),
            ("2027-02-28", true),
            ("2027-03-01", false),
        ] {
            assert_eq!(
                elder_care_capable(&organization, &held, day(on)),
                capable,
                "{on}"
            );
        }
    }

    #[test]
    fn a_revoked_one_ends_the_same_day_and_is_not_revoked_twice() {
        let organization = registered();
        let mut one = certify(&organization, "2026-03-01", "2027-02-28").unwrap();
        one.revoke("安全事故", "registrar", now()).unwrap();
        assert!(one.in_force(day("2026-03-01")) && !one.in_force(day("2026-03-02")));
        let refused = one.revoke("安全事故", "registrar", now()).unwrap_err();
        assert_eq!(refused.reason, "CERTIFICATION_REVOKED");
    }

    #[test]
    fn an_organisation_on_the_abnormal_list_is_not_capable() {
        let mut organization = registered();
        let held = vec![certify(&organization, "2026-03-01", "2027-02-28").unwrap()];
        organization
            .set_status(OrganizationStatus::Abnormal, "未报年报", "a", now())
            .unwrap();
        assert!(!elder_care_capable(&organization, &held, day("2026-03-02")));
    }

    #[test]
    fn refuses_whom_it_is_not_for_and_ranges_that_make_no_sense() {
        let reason = |organization: &Organization, from, to| {
            certify(organization, from, to).unwrap_err().reason
        };
        assert_eq!(
            reason(&filed(), "2026-03-01", "2027-02-28"),
            "ORGANIZATION_NOT_CERTIFIABLE"
        );
        assert_eq!(
            reason(&registered(), "2026-03-01", "2026-02-28"),
            "VALID_RANGE"
        );
        assert_eq!(
            reason(&registered(), "2026-02-01", "2026-03-01"),
            "VALID_RANGE_PAST"
        );
    }
}
