//! 回访抽查 (A56, SM-11): settled visits that chance or somebody's doubt chose
//! are called back; another one than who called decides whether they stand.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{ResidentId, VisitId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::text::check_text;

kernel::typed_id!(
    /// Audit of a visit (回访抽查).
    VisitAuditId,
    "visit_audit"
);

kernel::text_enum! {
    /// Where an audit stands.
    pub enum VisitAuditState {
        /// 待回访
        Flagged = "FLAGGED",
        /// 已回访
        Audited = "AUDITED",
        /// 属实
        Upheld = "UPHELD",
        /// 不实,作废
        Voided = "VOIDED",
    }
}

kernel::text_enum! {
    /// How it was called back.
    pub enum AuditMethod {
        /// 电话
        Phone = "PHONE",
        /// 上门
        Home = "HOME",
    }
}

/// An audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitAudit {
    pub id: VisitAuditId,
    pub visit_id: VisitId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    /// None where chance chose the visit.
    pub doubt: Option<String>,
    pub flagged_by: String,
    pub flagged_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub state: VisitAuditState,
    pub method: Option<AuditMethod>,
    pub took_place: Option<bool>,
    pub findings: Option<String>,
    pub audited_by: Option<String>,
    pub audited_at: Option<DateTime<Utc>>,
    pub reasons: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// Whether chance chooses a visit: the draw is a keyed digest of its id, which
/// nobody knows before and anybody with the key can repeat.
pub fn is_drawn(digest: [u8; 32], permille: i64) -> bool {
    let first = digest.iter().take(8);
    let number = first.fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
    u64::try_from(permille).is_ok_and(|share| number % 1000 < share)
}

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordVisitAudit {
    pub audit_id: VisitAuditId,
    pub method: AuditMethod,
    pub took_place: bool,
    pub findings: String,
}

impl VisitAudit {
    /// Somebody called back; not who confirmed the visit.
    pub fn record(
        &mut self,
        input: &RecordVisitAudit,
        (by, confirmed_by): (&str, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check(VisitAuditState::Flagged)?;
        if confirmed_by == Some(by) {
            return Err(refuse!(
                Refused,
                "VISIT_AUDIT_BY_CONFIRMER",
                zh: "确认该次服务的人不能再做回访抽查",
                en: "whoever confirmed the visit does not call it back",
            ));
        }
        self.findings = Some(check_text(&input.findings, 1000, "input.findings")?);
        self.method = Some(input.method);
        self.took_place = Some(input.took_place);
        self.audited_by = Some(by.to_owned());
        self.audited_at = Some(now);
        self.state = VisitAuditState::Audited;
        self.updated_at = now;
        Ok(())
    }

    /// Another one decides whether the visit stands.
    pub fn decide(
        &mut self,
        stands: bool,
        (reasons, by): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check(VisitAuditState::Audited)?;
        if self.audited_by.as_deref() == Some(by) {
            return Err(refuse!(
                Refused,
                "VISIT_AUDIT_SELF_DECIDED",
                zh: "回访人不能作出认定,请由另一人办理",
                en: "who called back does not decide; another one does",
            ));
        }
        self.reasons = Some(check_text(reasons, 1000, "input.reasons")?);
        self.decided_by = Some(by.to_owned());
        self.decided_at = Some(now);
        self.state = if stands {
            VisitAuditState::Upheld
        } else {
            VisitAuditState::Voided
        };
        self.updated_at = now;
        Ok(())
    }

    /// Whether it should have been decided by now.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.decided_at.is_none() && self.due_at < now
    }

    fn check(&self, wanted: VisitAuditState) -> Result<(), Refusal> {
        if self.state == wanted {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "VISIT_AUDIT_STATE",
            zh: "抽查当前状态为 {state},不能这样办理",
            en: "the audit is {state}, so this does not fit",
        ))
    }
}

/// Which audits a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisitAuditFilter {
    pub state: Option<VisitAuditState>,
    /// Only those not decided by this instant though they were due.
    pub overdue_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn chance_chooses_about_the_share_and_all_or_none_at_the_ends() {
        let digest = |n: u64| {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
            digest
        };
        let drawn = |share| (1..=10_000).filter(|n| is_drawn(digest(*n), share)).count();
        assert_eq!((drawn(0), drawn(1000), drawn(-5)), (0, 10_000, 0));
        assert!((400..600).contains(&drawn(50)), "{}", drawn(50));
    }

    #[test]
    fn who_confirmed_does_not_call_and_who_called_does_not_decide() {
        let now = DateTime::UNIX_EPOCH;
        let mut one = VisitAudit {
            id: VisitAuditId::from_uuid(Uuid::nil()),
            visit_id: VisitId::from_uuid(Uuid::nil()),
            elder_id: ResidentId::from_uuid(Uuid::nil()),
            division_code: "230103001001".parse().unwrap(),
            doubt: None,
            flagged_by: "eldercare".into(),
            flagged_at: now,
            due_at: now,
            state: VisitAuditState::Flagged,
            method: None,
            took_place: None,
            findings: None,
            audited_by: None,
            audited_at: None,
            reasons: None,
            decided_by: None,
            decided_at: None,
            version: 1,
            updated_at: now,
        };
        let found = RecordVisitAudit {
            audit_id: one.id,
            method: AuditMethod::Phone,
            took_place: false,
            findings: "老人称无人来过".into(),
        };
        let reason = |outcome: Result<(), Refusal>| outcome.unwrap_err().reason;
        assert_eq!(
            reason(one.decide(true, ("x", "b"), now)),
            "VISIT_AUDIT_STATE"
        );
        assert_eq!(
            reason(one.record(&found, ("a", Some("a")), now)),
            "VISIT_AUDIT_BY_CONFIRMER"
        );
        one.record(&found, ("a", Some("li")), now).unwrap();
        assert_eq!(
            reason(one.record(&found, ("a", None), now)),
            "VISIT_AUDIT_STATE"
        );
        assert_eq!(
            reason(one.decide(false, ("x", "a"), now)),
            "VISIT_AUDIT_SELF_DECIDED"
        );
        one.decide(false, ("无人来过", "b"), now).unwrap();
        assert_eq!(one.state, VisitAuditState::Voided);
    }
}
