//! 减负: ledgers, plaques and inspections on record, and the index with its trend.

use chrono::NaiveDate;
use kernel::{Page, Paged, china_date, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource},
    parameters,
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        burden::{BurdenKind, BurdenRecord, BurdenRecordId, Load, Weights, months},
        words::check_words,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    BurdenRecord,
    "BurdenRecord",
    "BURDEN_RECORD_NOT_FOUND",
    "没有这条负担记录",
    "there is no such record"
);

/// What weighs on a community.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    pub community_id: CommunityId,
    pub kind: BurdenKind,
    pub title: String,
    pub department: String,
    pub starts_on: NaiveDate,
}

/// Puts a ledger, a plaque or an inspection on record.
pub async fn record(ask: &Ask<'_>, input: Record) -> Result<BurdenRecord> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("BurdenRecord").in_division(community.division_code);
    let mut open = first!(ask.open("recordBurden", &input, &place).await?);
    if input.starts_on > open.today() {
        return Err(Error::invalid(
            "input.startsOn",
            "DATE_IN_FUTURE",
            "开始日期不能晚于今天",
            "it cannot begin after today",
        ));
    }
    let record = BurdenRecord {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        kind: input.kind,
        title: check_words("input.title", &input.title, 100)?,
        department: check_words("input.department", &input.department, 100)?,
        starts_on: input.starts_on,
        recorded_by: open.actor(),
        recorded_at: open.now,
        until_on: None,
        version: 1,
    };
    open.insert(&record).await?;
    open.finish(record).await
}

/// It weighs no more from today.
pub async fn lift(ask: &Ask<'_>, input: Only<BurdenRecordId>) -> Result<BurdenRecord> {
    let start = ask.lock::<BurdenRecord, _>("recordBurden", input.id, &input);
    let (mut open, mut record) = first!(start.await?);
    if record.until_on.is_some() {
        return Err(refuse!(
            Refused, "BURDEN_LIFTED", zh: "该负担已经取消", en: "it has been lifted already",
        )
        .into());
    }
    record.until_on = Some(open.today());
    open.update(&mut record).await?;
    open.finish(record).await
}

/// Which records.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub community_id: Option<CommunityId>,
    pub kind: Option<BurdenKind>,
    /// Only what still weighs.
    pub current: Option<bool>,
}

/// A page of records; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<BurdenRecord>> {
    let wanted = Wanted::all()
        .is("community_id", filter.community_id)
        .is("kind", filter.kind)
        .that("(until_on IS NULL) = ", filter.current);
    ask::list(state, wanted, page).await
}

/// One month of the index.
#[derive(Clone, Copy, Debug)]
pub struct Month {
    pub first_day: NaiveDate,
    pub load: Load,
    pub index: i64,
    /// Against the month before; none in the first.
    pub change: Option<i64>,
}

/// The index of a community, by the weights in force today; the oldest month first.
pub async fn index(state: &State, community: CommunityId, count: i32) -> Result<Vec<Month>> {
    let today = china_date(state.core.clock.now());
    let wanted = months(today, count)?;
    let community = super::community::get(state, community).await?;
    let mut conn = state.core.db.read().await?;
    let place = Some(&community.division_code);
    let mut weight = async |key: &str| parameters::number(&mut conn, key, place, today).await;
    let weights = Weights {
        task: weight("com.burden.weight_task").await?,
        ledger: weight("com.burden.weight_ledger").await?,
        plaque: weight("com.burden.weight_plaque").await?,
        inspection: weight("com.burden.weight_inspection").await?,
    };
    let loads = store::burden::by_month(&mut conn, community.id, &wanted).await?;
    let mut before = None;
    Ok(loads
        .into_iter()
        .map(|(first_day, load)| {
            let index = load.index(&weights);
            let change = before.map(|before: i64| index - before);
            before = Some(index);
            Month {
                first_day,
                load,
                index,
                change,
            }
        })
        .collect())
}
