//! 试点社区申报指标 (A72): how many projects were applied for in a community and year.

use chrono::NaiveDate;
use kernel::{calendar::start_of_day, keys::CommunityId, refuse};
use kit::parameters;

use crate::{error::Result, state::State, store};

/// How far a community has come.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub community_id: CommunityId,
    pub applications: i64,
    pub minimum: i64,
}

/// Most communities of one question.
const MOST: usize = 100;

/// Counts the applications of communities in a year, without those taken back; the
/// minimum is that of the last day of the year.
pub async fn count(state: &State, ids: &[CommunityId], year: i32) -> Result<Vec<Counted>> {
    if ids.len() > MOST {
        return Err(refuse!(
            Invalid,
            "TOO_MANY_COMMUNITIES",
            field: "communityIds",
            zh: "一次最多查询 {MOST} 个社区",
            en: "ask for at most {MOST} communities at a time",
        )
        .into());
    }
    let day = |year: i32, month, day| {
        NaiveDate::from_ymd_opt(year, month, day)
            .filter(|_| (2000..=2200).contains(&year))
            .ok_or_else(|| {
                refuse!(
                    Invalid,
                    "YEAR_OUT_OF_RANGE",
                    field: "year",
                    zh: "年份须在 2000 至 2200 之间",
                    en: "a year lies between 2000 and 2200",
                )
            })
    };
    let (first, last) = (day(year, 1, 1)?, day(year, 12, 31)?);
    let from = start_of_day(first)?;
    let until = kernel::calendar::end_of_day(last)?;
    let mut conn = state.core.db.read().await?;
    let key = "prc.venture.min_applications_per_pilot";
    let minimum = parameters::number(&mut conn, key, None, last).await?;
    let counted =
        store::venture_application::count_by_community(&mut conn, ids, from, until).await?;
    let told = |id: &CommunityId| Counted {
        community_id: *id,
        applications: counted.get(id).copied().unwrap_or_default(),
        minimum,
    };
    Ok(ids.iter().map(told).collect())
}
