//! Where an organisation stands, and the legal moves.

use chrono::{DateTime, Utc};
use kernel::{Refusal, china_date, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::{Organization, OrganizationKind, check_text};

kernel::text_enum! {
    /// Where an organisation stands with its registrar.
    pub enum OrganizationStatus {
        /// 筹备中
        Preparing = "PREPARING",
        /// 已备案
        Filed = "FILED",
        /// 已登记
        Registered = "REGISTERED",
        /// 列入活动异常名录
        Abnormal = "ABNORMAL",
        /// 已撤销
        Revoked = "REVOKED",
        /// 已注销
        Dissolved = "DISSOLVED",
    }
}

impl OrganizationStatus {
    /// Every legal move; the database holds the same. Which of 已备案 and
    /// 已登记 an organisation returns to is a matter of its kind.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Preparing, Self::Registered),
        (Self::Preparing, Self::Dissolved),
        (Self::Filed, Self::Abnormal),
        (Self::Filed, Self::Revoked),
        (Self::Filed, Self::Dissolved),
        (Self::Registered, Self::Abnormal),
        (Self::Registered, Self::Revoked),
        (Self::Registered, Self::Dissolved),
        (Self::Abnormal, Self::Filed),
        (Self::Abnormal, Self::Registered),
        (Self::Abnormal, Self::Revoked),
        (Self::Abnormal, Self::Dissolved),
        (Self::Revoked, Self::Dissolved),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "ORGANIZATION_STATUS",
            zh: "组织当前状态为 {self},不能变为 {next}",
            en: "the organisation is {self} and cannot become {next}",
        ))
    }
}

/// One line of the history of an organisation's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    pub organization_id: OrganizationId,
    pub from: OrganizationStatus,
    pub to: OrganizationStatus,
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

impl Organization {
    /// The registrar decides, and says why.
    pub fn set_status(
        &mut self,
        next: OrganizationStatus,
        reason: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<StatusChange, Refusal> {
        let reason = check_text(reason, "input.reason", 500)?;
        let from = self.status;
        let to = from.to(next)?;
        self.fits_kind(to)?;
        if to == OrganizationStatus::Registered {
            if self.uscc.is_none() {
                return Err(refuse!(
                    Refused,
                    "USCC_MISSING",
                    zh: "登记前须先录入统一社会信用代码",
                    en: "an organisation is registered only with its unified social credit code",
                ));
            }
            // Coming back from the abnormal list changes no date.
            self.registered_on.get_or_insert(china_date(now));
        }
        self.status = to;
        self.status_reason = Some(reason.clone());
        self.updated_at = now;
        Ok(StatusChange {
            organization_id: self.id,
            from,
            to,
            reason,
            by: by.to_owned(),
            at: now,
        })
    }

    fn fits_kind(&self, to: OrganizationStatus) -> Result<(), Refusal> {
        let fits = match to {
            OrganizationStatus::Filed => self.kind == OrganizationKind::Filed,
            OrganizationStatus::Registered => self.kind != OrganizationKind::Filed,
            _ => true,
        };
        if fits {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "ORGANIZATION_STANDING",
            zh: "备案组织与登记组织不能互换状态;备案组织登记须另行办理登记",
            en: "filing and registration are not exchanged; a filed organisation that registers is registered anew",
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::register::tests::registered, *};
    use crate::domain::organization::register::tests::{filed, now};

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in OrganizationStatus::ALL {
            for &next in OrganizationStatus::ALL {
                let legal = OrganizationStatus::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from:?} → {next:?}");
            }
        }
    }

    #[test]
    fn a_dissolved_organisation_never_returns() {
        let dissolved = OrganizationStatus::Dissolved;
        assert!(
            OrganizationStatus::ALL
                .iter()
                .all(|next| dissolved.to(*next).is_err())
        );
    }

    #[test]
    fn returns_from_the_abnormal_list_to_what_it_was() {
        for (mut organization, back, wrong) in [
            (
                registered(),
                OrganizationStatus::Registered,
                OrganizationStatus::Filed,
            ),
            (
                filed(),
                OrganizationStatus::Filed,
                OrganizationStatus::Registered,
            ),
        ] {
            let since = organization.registered_on;
            organization
                .set_status(OrganizationStatus::Abnormal, "未报年报", "a", now())
                .unwrap();
            assert!(!organization.may_bid());
            let refused = organization
                .set_status(wrong, "补报", "a", now())
                .unwrap_err();
            assert_eq!(refused.reason, "ORGANIZATION_STANDING");
            organization.set_status(back, "补报", "a", now()).unwrap();
            assert!(organization.may_bid());
            assert_eq!(organization.registered_on, since);
        }
    }

    #[test]
    fn refuses_a_change_without_a_reason() {
        let refused = registered()
            .set_status(OrganizationStatus::Abnormal, " ", "a", now())
            .unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("input.reason"));
    }

    proptest! {
        /// Whatever is tried, a filed organisation is never a legal person, and
        /// whoever may bid is neither abnormal nor gone.
        #[test]
        fn no_series_of_decisions_makes_a_filed_organisation_a_legal_person(
            steps in prop::collection::vec(0..OrganizationStatus::ALL.len(), 0..12),
        ) {
            let mut organization = filed();
            for step in steps {
                let _ = organization.set_status(OrganizationStatus::ALL[step], "理由", "a", now());
                prop_assert!(!organization.legal_person());
                prop_assert_eq!(organization.may_bid(), organization.status == OrganizationStatus::Filed);
            }
        }
    }
}
