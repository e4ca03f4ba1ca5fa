//! 双创培育孵化中心 (A36, A37, A40): the centre of a community, and satellite
//! bases around it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    facility::{FacilityCheck, missing},
    moves::{Moves as _, moves},
};

typed_id!(
    /// Incubation centre (双创培育孵化中心).
    IncubationCentreId, "incubation_centre");

kernel::text_enum! {
    /// What a centre is.
    pub enum CentreKind {
        /// 双创培育孵化中心
        Main = "MAIN",
        /// 带动周边社区建立的孵化基地
        Satellite = "SATELLITE",
    }
}

kernel::text_enum! {
    /// Where a centre stands.
    pub enum CentreState {
        /// 筹建中
        Planned = "PLANNED",
        /// 已开放
        Open = "OPEN",
        /// 已关闭
        Closed = "CLOSED",
    }
}

moves!(CentreState, "incubation_centre", [
    Planned => Open, Planned => Closed, Open => Closed,
]);

/// A centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncubationCentre {
    pub id: IncubationCentreId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub kind: CentreKind,
    pub parent_id: Option<IncubationCentreId>,
    pub created_at: DateTime<Utc>,
    pub name: String,
    pub area_m2: i32,
    pub state: CentreState,
    pub opened_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl IncubationCentre {
    /// Opens it, when everything the plan asks for has passed and somebody
    /// runs it. The refusal names what is missing.
    pub fn open(
        &mut self,
        checks: &[FacilityCheck],
        run: bool,
        on: NaiveDate,
    ) -> Result<(), Refusal> {
        let next = self.state.to(CentreState::Open)?;
        let missing = missing(checks);
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|item| item.as_str()).collect();
            let names = names.join(", ");
            return Err(refuse!(
                Refused,
                "CHECKLIST_INCOMPLETE",
                zh: "以下项目尚未核查通过:{names}",
                en: "not passed yet: {names}",
            ));
        }
        if !run {
            return Err(refuse!(
                Refused,
                "OPERATOR_MISSING",
                zh: "开放之日须有运营单位,请先签订委托运营",
                en: "somebody has to run the centre on the day it opens; grant a mandate first",
            ));
        }
        self.state = next;
        self.opened_on = Some(on);
        Ok(())
    }

    /// Refuses what only an open centre does.
    pub fn check_open(&self) -> Result<(), Refusal> {
        if self.state == CentreState::Open {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "CENTRE_NOT_OPEN",
            field: "input.centreId",
            zh: "孵化中心尚未开放或已关闭",
            en: "the centre is not open",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facility::{FacilityItem, tests::check};

    fn day() -> NaiveDate {
        "2026-03-02".parse().unwrap()
    }

    fn planned() -> IncubationCentre {
        IncubationCentre {
            id: IncubationCentreId::from_uuid(uuid::Uuid::from_u128(1)),
            community_id: CommunityId::from_uuid(uuid::Uuid::from_u128(2)),
            division_code: "230103001001".parse().unwrap(),
            kind: CentreKind::Main,
            parent_id: None,
            created_at: DateTime::UNIX_EPOCH,
            name: "花园双创中心".into(),
            area_m2: 1200,
            state: CentreState::Planned,
            opened_on: None,
            closed_on: None,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn opens_only_with_everything_passed_and_somebody_to_run_it() {
        let all: Vec<_> = FacilityItem::ALL
            .iter()
            .map(|item| check(*item, true))
            .collect();
        let mut one = planned();
        let refused = one.open(&all[..5], true, day()).unwrap_err();
        assert_eq!(refused.reason, "CHECKLIST_INCOMPLETE");
        assert!(refused.to_string().contains("BOARDS"), "{refused}");
        assert_eq!(
            one.open(&all, false, day()).unwrap_err().reason,
            "OPERATOR_MISSING"
        );
        one.open(&all, true, day()).unwrap();
        assert_eq!(one.opened_on, Some(day()));
        assert_eq!(
            one.open(&all, true, day()).unwrap_err().reason,
            "STATE_MOVE"
        );
    }

    #[test]
    fn what_failed_at_the_last_look_is_missing() {
        let mut checks: Vec<_> = FacilityItem::ALL
            .iter()
            .map(|item| check(*item, true))
            .collect();
        checks.push(check(FacilityItem::Sign, false));
        let refused = planned().open(&checks, true, day()).unwrap_err();
        assert!(refused.to_string().contains("SIGN"), "{refused}");
    }
}
