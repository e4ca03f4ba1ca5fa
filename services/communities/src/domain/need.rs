//! 需求 (A9): what residents need, from the report to the confirmation.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, GridCode, Refusal,
    keys::{CommunityId, NeedId, ResidentId, TraceId},
    refuse,
};
use serde::{Deserialize, Serialize};

kernel::text_enum! {
    /// What is needed; the first six are the lines of home-based elder care.
    pub enum NeedCategory {
        /// 助餐
        Meals = "MEALS",
        /// 日间照料
        DayCare = "DAY_CARE",
        /// 家政
        Housekeeping = "HOUSEKEEPING",
        /// 医疗
        Medical = "MEDICAL",
        /// 代购
        Errand = "ERRAND",
        /// 辅助出行
        Escort = "ESCORT",
        /// 文体
        Culture = "CULTURE",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Where a need stands.
    pub enum NeedState {
        /// 已上报
        Reported = "REPORTED",
        /// 已核实
        Verified = "VERIFIED",
        /// 不予受理
        Refused = "REFUSED",
        /// 已形成议题
        Proposed = "PROPOSED",
        /// 已满足
        Met = "MET",
        /// 居民已确认
        Confirmed = "CONFIRMED",
    }
}

impl NeedState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Reported, Self::Verified),
        (Self::Reported, Self::Refused),
        (Self::Verified, Self::Proposed),
        (Self::Verified, Self::Refused),
        // A proposal that fails gives the need back.
        (Self::Proposed, Self::Verified),
        (Self::Proposed, Self::Met),
        (Self::Met, Self::Confirmed),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "NEED_STATE",
            zh: "需求当前状态为 {self},不能变为 {next}",
            en: "the need is {self} and cannot become {next}",
        ))
    }
}

/// A need of residents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    pub id: NeedId,
    pub trace_id: TraceId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub grid_code: Option<String>,
    pub category: NeedCategory,
    pub description: String,
    pub for_elders: bool,
    pub reported_by: ResidentId,
    pub channel: String,
    pub assisted_by: Option<String>,
    /// Why it is not taken up.
    #[serde(default)]
    pub refusal_reason: Option<String>,
    /// Until when somebody looks at it.
    #[serde(default)]
    pub verify_by: Option<DateTime<Utc>>,
    pub state: NeedState,
    pub version: i32,
    pub reported_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which needs a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct NeedFilter {
    pub community: Option<CommunityId>,
    pub state: Option<NeedState>,
    /// Only those that nobody has looked at by this instant.
    pub overdue_at: Option<DateTime<Utc>>,
}

/// What a report says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportNeed {
    pub community_id: CommunityId,
    pub grid_code: Option<String>,
    pub category: NeedCategory,
    pub description: String,
    pub for_elders: bool,
}

/// Checks the words of a report.
pub fn check_description(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > 2000 {
        return Err(refuse!(
            Invalid,
            "DESCRIPTION_LENGTH",
            field: "input.description",
            zh: "描述须为 1 至 2000 个字",
            en: "a description has 1 to 2000 characters",
        ));
    }
    Ok(text.to_owned())
}

/// Why a need is not taken up: words for the resident.
pub fn check_refusal(note: Option<&str>) -> Result<String, Refusal> {
    let note = note.unwrap_or_default().trim();
    if note.is_empty() {
        return Err(refuse!(
            Invalid,
            "NOTE_REQUIRED",
            field: "input.note",
            zh: "不予受理须说明理由",
            en: "say why the need is not taken up",
        ));
    }
    if note.chars().count() > 500 {
        return Err(refuse!(
            Invalid,
            "NOTE_LENGTH",
            field: "input.note",
            zh: "理由不超过 500 字",
            en: "a reason has at most 500 characters",
        ));
    }
    Ok(note.to_owned())
}

/// Checks that a grid is one of the community's.
pub fn check_grid(code: &str, division: &DivisionCode) -> Result<String, Refusal> {
    let grid = GridCode::try_new(code)
        .map_err(|error| Refusal::of(&error).with_field("input.gridCode"))?;
    if grid.community() != *division {
        return Err(refuse!(
            Invalid,
            "GRID_OF_OTHER_COMMUNITY",
            field: "input.gridCode",
            zh: "该网格不属于此社区",
            en: "this grid belongs to another community",
        ));
    }
    Ok(grid.to_string())
}

impl Need {
    /// Somebody looked, and it is so.
    pub fn verify(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(NeedState::Verified, now)
    }

    /// It is not taken up; the resident learns why.
    pub fn refuse(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(NeedState::Refused, now)?;
        self.refusal_reason = Some(reason);
        Ok(())
    }

    /// Whether nobody has looked at it in time.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state == NeedState::Reported && self.verify_by.is_some_and(|due| due < now)
    }

    /// A proposal takes it up.
    pub fn propose(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(NeedState::Proposed, now)
    }

    /// The proposal failed; the need waits for another.
    pub fn give_back(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(NeedState::Verified, now)
    }

    /// What was needed has been delivered and paid for.
    pub fn meet(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(NeedState::Met, now)
    }

    /// The resident who reported it has judged the result.
    pub fn confirm(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(NeedState::Confirmed, now)
    }

    fn moves(&mut self, next: NeedState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in NeedState::ALL {
            for &next in NeedState::ALL {
                let legal = NeedState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from:?} → {next:?}");
            }
        }
    }

    #[test]
    fn a_confirmed_need_never_moves_again() {
        assert!(
            NeedState::ALL
                .iter()
                .all(|next| NeedState::Confirmed.to(*next).is_err())
        );
    }

    #[test]
    fn a_grid_lies_in_the_community_that_is_reported_for() {
        let here = DivisionCode::try_new("230103001001").unwrap();
        assert_eq!(
            check_grid("230103001001007", &here).unwrap(),
            "230103001001007"
        );
        for bad in [
            "230103001002007",
            "230103001001000",
            "2301030010010",
            "网格",
        ] {
            let refused = check_grid(bad, &here).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("input.gridCode"), "{bad}");
        }
    }

    #[test]
    fn refuses_an_empty_or_endless_description() {
        assert!(check_description("  ").is_err());
        assert!(check_description(&"长".repeat(2001)).is_err());
        assert_eq!(check_description(" 想吃热饭 ").unwrap(), "想吃热饭");
    }
}
