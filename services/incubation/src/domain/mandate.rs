//! 委托运营 (A35): who runs a centre, from which day to which; no overlap and
//! no gap.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, keys::OrganizationId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{incubation_centre::IncubationCentreId, service_centre::ServiceCentreId};

typed_id!(
    /// Mandate to run a centre (委托运营).
    OperationMandateId, "operation_mandate");

/// A mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationMandate {
    pub id: OperationMandateId,
    pub centre_id: IncubationCentreId,
    pub operator_id: OrganizationId,
    /// Where it runs the centre as the city's service centre.
    pub service_centre_id: Option<ServiceCentreId>,
    pub valid_from: NaiveDate,
    pub document: String,
    pub granted_by: String,
    pub granted_at: DateTime<Utc>,
    /// The last day.
    pub valid_to: NaiveDate,
    pub end_reason: Option<String>,
    pub version: i32,
}

impl OperationMandate {
    /// Whether it holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && day <= self.valid_to
    }
}

/// The next mandate begins the day after the last one ends.
pub fn check_next(held: &[OperationMandate], from: NaiveDate) -> Result<(), Refusal> {
    let Some(last) = held.iter().map(|one| one.valid_to).max() else {
        return Ok(());
    };
    if from <= last {
        return Err(refuse!(
            Refused,
            "MANDATE_OVERLAP",
            field: "input.validFrom",
            zh: "现有运营委托至 {last},不能重叠",
            en: "a mandate runs until {last}; two cannot overlap",
        ));
    }
    if last.succ_opt() != Some(from) {
        return Err(refuse!(
            Refused,
            "MANDATE_GAP",
            field: "input.validFrom",
            zh: "上一运营委托至 {last},须自次日起衔接",
            en: "the mandate before ends on {last}; the next begins the day after",
        ));
    }
    Ok(())
}

/// A mandate ends sooner than said only where no other follows.
pub fn check_end(
    held: &[OperationMandate],
    ended: &OperationMandate,
    on: NaiveDate,
) -> Result<(), Refusal> {
    let (first, last) = (ended.valid_from, ended.valid_to);
    if on < first || on >= last {
        return Err(refuse!(
            Refused,
            "MANDATE_END",
            field: "input.on",
            zh: "提前终止日须在 {first} 与 {last} 之间",
            en: "it can be ended between {first} and {last}",
        ));
    }
    if held.iter().any(|other| other.valid_from > last) {
        return Err(refuse!(
            Refused,
            "MANDATE_GAP",
            zh: "已有后续运营单位,提前终止将出现空档",
            en: "another mandate follows; ending this one would leave a gap",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn mandate(from: &str, to: &str) -> OperationMandate {
        let id = uuid::Uuid::from_u128;
        OperationMandate {
            id: OperationMandateId::from_uuid(id(1)),
            centre_id: IncubationCentreId::from_uuid(id(2)),
            operator_id: OrganizationId::from_uuid(id(3)),
            service_centre_id: None,
            valid_from: day(from),
            document: "协议".into(),
            granted_by: "a".into(),
            granted_at: DateTime::UNIX_EPOCH,
            valid_to: day(to),
            end_reason: None,
            version: 1,
        }
    }

    #[test]
    fn the_next_begins_the_day_after() {
        let held = [mandate("2026-01-01", "2026-06-30")];
        assert!(check_next(&[], day("2020-01-01")).is_ok());
        assert!(check_next(&held, day("2026-07-01")).is_ok());
        let reason = |on| check_next(&held, day(on)).unwrap_err().reason;
        assert_eq!(reason("2026-06-30"), "MANDATE_OVERLAP");
        assert_eq!(reason("2026-07-02"), "MANDATE_GAP");
    }

    #[test]
    fn ends_sooner_only_as_the_last() {
        let held = [
            mandate("2026-01-01", "2026-06-30"),
            mandate("2026-07-01", "2026-12-31"),
        ];
        let reason = |of: &OperationMandate, on| check_end(&held, of, day(on)).unwrap_err().reason;
        assert_eq!(reason(&held[0], "2026-05-01"), "MANDATE_GAP");
        assert_eq!(reason(&held[1], "2026-12-31"), "MANDATE_END");
        assert!(check_end(&held, &held[1], day("2026-09-30")).is_ok());
    }
}
