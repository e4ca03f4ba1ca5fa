//! 网格 (A26, A60): the smallest unit of a community, with one lead.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, GridCode, Refusal, keys::GridId, refuse};
use serde::{Deserialize, Serialize};

use super::{division::Division, text};

kernel::text_enum! {
    /// What a grid is made of.
    pub enum GridKind {
        /// 居民网格
        Residential = "RESIDENTIAL",
        /// 单位网格
        Unit = "UNIT",
        /// 商业网格
        Commercial = "COMMERCIAL",
    }
}

/// Who answers for a grid (网格长).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// The account of the worker.
    pub subject: String,
    /// The name shown on the grid's notice board.
    pub name: String,
    pub since: DateTime<Utc>,
}

/// A grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    pub id: GridId,
    pub code: GridCode,
    pub name: String,
    pub kind: GridKind,
    pub lead: Option<Lead>,
    pub demo: bool,
    pub created_at: DateTime<Utc>,
}

/// What a grid is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewGrid {
    pub code: GridCode,
    pub name: String,
    pub kind: GridKind,
}

impl Grid {
    /// A grid of a community that is in force; it is demonstration data where
    /// the community is.
    pub fn try_new(
        id: GridId,
        new: NewGrid,
        community: Option<&Division>,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let today = kernel::china_date(now);
        let Some(community) = community.filter(|division| division.in_force(today)) else {
            return Err(missing_community("input.code"));
        };
        Ok(Self {
            id,
            code: new.code,
            name: text::name(&new.name, "input.name")?,
            kind: new.kind,
            lead: None,
            demo: community.demo,
            created_at: now,
        })
    }

    /// The community it belongs to.
    pub fn community(&self) -> DivisionCode {
        self.code.community()
    }
}

/// The community of a code is not there.
pub fn missing_community(field: &str) -> Refusal {
    refuse!(
        Refused,
        "DIVISION_NOT_FOUND",
        field: field,
        zh: "没有这个社区的区划,或已撤销",
        en: "there is no such community among the divisions in force",
    )
}

/// Checks who is to lead a grid.
pub fn check_lead(subject: &str, name: &str) -> Result<(String, String), Refusal> {
    let subject = subject.trim();
    if subject.is_empty() || subject.chars().count() > 200 {
        return Err(refuse!(
            Invalid,
            "WORKER_SUBJECT",
            field: "input.workerSubject",
            zh: "请给出网格长的账号",
            en: "name the account of the lead worker",
        ));
    }
    Ok((subject.to_owned(), text::name(name, "input.workerName")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_demo_from_its_community_and_refuses_where_there_is_none() {
        let now: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
        let id = GridId::from_uuid(uuid::Uuid::from_u128(1));
        let new = NewGrid {
            code: GridCode::try_new("230103001001001").unwrap(),
            name: "第一网格".into(),
            kind: GridKind::Residential,
        };
        assert_eq!(
            Grid::try_new(id, new.clone(), None, now)
                .unwrap_err()
                .reason,
            "DIVISION_NOT_FOUND"
        );
        let community = Division {
            code: new.code.community(),
            name: "向阳社区".into(),
            demo: true,
            valid_from: None,
            valid_to: None,
        };
        assert!(Grid::try_new(id, new, Some(&community), now).unwrap().demo);
    }
}
