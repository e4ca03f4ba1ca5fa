//! 社区社会工作室 (A45): five things have to be there before it opens.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse};
use serde::{Deserialize, Serialize};

use super::words::no_move;

kernel::typed_id!(
    /// Studio of a community (社区社会工作室).
    StudioId, "studio");

kernel::text_enum! {
    /// Where a studio stands.
    pub enum StudioState {
        /// 筹备
        Preparing = "PREPARING",
        /// 启用
        Open = "OPEN",
        /// 关闭
        Closed = "CLOSED",
    }
}

kernel::text_enum! {
    /// What has to be there.
    pub enum StudioItem {
        /// 独立用房
        OwnRoom = "OWN_ROOM",
        /// 明显标识
        Sign = "SIGN",
        /// 服务使命图板
        MissionBoard = "MISSION_BOARD",
        /// 价值观图板
        ValuesBoard = "VALUES_BOARD",
        /// 专业服务指引流程图板
        ProcessBoard = "PROCESS_BOARD",
    }
}

/// What was seen of an item on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudioCheck {
    pub item: StudioItem,
    pub met: bool,
    pub evidence: String,
    pub checked_on: NaiveDate,
}

/// A studio, with the newest check of each item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Studio {
    pub id: StudioId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub name: String,
    pub address: String,
    pub state: StudioState,
    pub checks: Vec<StudioCheck>,
    /// Posts that are established, and those that somebody holds today.
    pub posts: i64,
    pub opened_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl Studio {
    /// The items that nobody has seen, or that were missing at the last look.
    pub fn lacking(&self) -> Vec<StudioItem> {
        let met = |item: &StudioItem| self.checks.iter().any(|one| one.item == *item && one.met);
        StudioItem::ALL
            .iter()
            .filter(|item| !met(item))
            .copied()
            .collect()
    }

    /// Opens it: every item is met, and it has the posts it needs.
    pub fn open(&mut self, needed: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != StudioState::Preparing {
            return Err(no_move("STUDIO_STATE", self.state.as_str(), "OPEN"));
        }
        let lacking = self.lacking();
        if !lacking.is_empty() {
            let names: Vec<&str> = lacking.iter().map(|item| item.as_str()).collect();
            let names = names.join(", ");
            return Err(refuse!(
                Refused,
                "STUDIO_INCOMPLETE",
                zh: "工作室清单尚未达标:{names}",
                en: "the checklist is not met: {names}",
            ));
        }
        if self.posts < needed {
            let posts = self.posts;
            return Err(refuse!(
                Refused,
                "STUDIO_POSTS_MISSING",
                zh: "专业社工岗位须达 {needed} 个,现有 {posts} 个",
                en: "a studio has at least {needed} posts; there are {posts}",
            ));
        }
        self.state = StudioState::Open;
        self.opened_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Closes it; posts are abolished first.
    pub fn close(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == StudioState::Closed {
            return Err(no_move("STUDIO_STATE", self.state.as_str(), "CLOSED"));
        }
        if self.posts > 0 {
            return Err(refuse!(
                Refused,
                "STUDIO_HAS_POSTS",
                zh: "工作室尚有岗位,请先撤销岗位",
                en: "the studio still has posts; abolish them first",
            ));
        }
        self.state = StudioState::Closed;
        self.closed_at = Some(now);
        self.updated_at = now;
        Ok(())
    }
}

/// Which studios a list shows.
#[derive(Clone, Debug, Default)]
pub struct StudioFilter {
    pub division: Option<DivisionCode>,
    pub community: Option<CommunityId>,
    pub state: Option<StudioState>,
    /// An item is missing.
    pub lacking: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn studio(checks: &[StudioItem], posts: i64) -> Studio {
        let checks = checks.iter().map(|item| StudioCheck {
            item: *item,
            met: true,
            evidence: "照片".into(),
            checked_on: "2026-03-02".parse().unwrap(),
        });
        Studio {
            id: StudioId::from_uuid(uuid::Uuid::nil()),
            community_id: CommunityId::from_uuid(uuid::Uuid::nil()),
            division_code: "230103001001".parse().unwrap(),
            name: "花园社区社会工作室".into(),
            address: "花园街 1 号".into(),
            state: StudioState::Preparing,
            checks: checks.collect(),
            posts,
            opened_at: None,
            closed_at: None,
            version: 1,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn opens_with_all_five_things_and_its_posts() {
        let now = DateTime::UNIX_EPOCH;
        let mut bare = studio(&[StudioItem::Sign], 2);
        assert_eq!(bare.lacking().len(), 4);
        assert_eq!(bare.open(2, now).unwrap_err().reason, "STUDIO_INCOMPLETE");
        let mut few = studio(StudioItem::ALL, 1);
        assert_eq!(few.open(2, now).unwrap_err().reason, "STUDIO_POSTS_MISSING");
        let mut whole = studio(StudioItem::ALL, 2);
        whole.open(2, now).unwrap();
        assert_eq!(whole.open(2, now).unwrap_err().reason, "STUDIO_STATE");
        assert_eq!(whole.close(now).unwrap_err().reason, "STUDIO_HAS_POSTS");
        whole.posts = 0;
        whole.close(now).unwrap();
        assert_eq!(whole.close(now).unwrap_err().reason, "STUDIO_STATE");
    }
}
