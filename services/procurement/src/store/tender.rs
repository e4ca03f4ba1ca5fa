//! 招标项目 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen, Page,
    keys::{CommunityId, ProcurementNeedId, TenderId, TraceId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, grouped, uuids};
use crate::domain::{
    clocks::Clocks,
    tender::{AbandonGround, Notice, NoticeId, Tender, TenderFilter},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    need_id: Uuid,
    community_id: Uuid,
    division_code: String,
    method: String,
    title: String,
    price_weight: i32,
    budget_fen: i64,
    ceiling_fen: i64,
    elder_care: bool,
    state: String,
    version: i32,
    seed_commitment: Option<String>,
    created_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    documents_until: Option<DateTime<Utc>>,
    closes_at: Option<DateTime<Utc>>,
    opens_at: Option<DateTime<Utc>>,
    opened_at: Option<DateTime<Utc>>,
    ranked_at: Option<DateTime<Utc>>,
    decide_by: Option<DateTime<Utc>>,
    abandoned_reason: Option<String>,
    abandoned_ground: Option<String>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, trace_id, need_id, community_id, division_code, method, title, price_weight,
         budget_fen, ceiling_fen, elder_care, state, version, seed_commitment, created_at,
         published_at, documents_until, closes_at, opens_at, opened_at, ranked_at, decide_by,
         abandoned_reason, abandoned_ground, updated_at"
    };
}

impl TryFrom<Row> for Tender {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("tenders", column, row.id);
        let clocks = match (row.documents_until, row.closes_at, row.opens_at) {
            (Some(documents_until), Some(closes_at), Some(opens_at)) => Some(Clocks {
                documents_until,
                closes_at,
                opens_at,
            }),
            _ => None,
        };
        Ok(Self {
            id: TenderId::from_uuid(row.id),
            trace_id: TraceId::from_uuid(row.trace_id),
            need_id: ProcurementNeedId::from_uuid(row.need_id),
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            method: row.method.parse().map_err(|_| bad("method"))?,
            state: row.state.parse().map_err(|_| bad("state"))?,
            title: row.title,
            price_weight: row.price_weight,
            budget: Fen::new(row.budget_fen),
            ceiling: Fen::new(row.ceiling_fen),
            elder_care: row.elder_care,
            version: row.version,
            seed_commitment: row.seed_commitment,
            created_at: row.created_at,
            published_at: row.published_at,
            clocks,
            opened_at: row.opened_at,
            ranked_at: row.ranked_at,
            decide_by: row.decide_by,
            abandoned_reason: row.abandoned_reason,
            abandoned_ground: row
                .abandoned_ground
                .map(|ground| ground.parse())
                .transpose()
                .map_err(|_| bad("abandoned_ground"))?,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new tender; its criteria and milestones follow in the transaction.
pub async fn insert(conn: &mut PgConnection, tender: &Tender) -> Result<()> {
    sqlx::query(
        "INSERT INTO tenders (id, trace_id, need_id, community_id, division_code, method, title,
             price_weight, budget_fen, ceiling_fen, elder_care, state, version, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(tender.id.as_uuid())
    .bind(tender.trace_id.as_uuid())
    .bind(tender.need_id.as_uuid())
    .bind(tender.community_id.as_uuid())
    .bind(tender.division_code.as_str())
    .bind(tender.method.as_str())
    .bind(&tender.title)
    .bind(tender.price_weight)
    .bind(tender.budget.get())
    .bind(tender.ceiling.get())
    .bind(tender.elder_care)
    .bind(tender.state.as_str())
    .bind(tender.version)
    .bind(tender.created_at)
    .bind(tender.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, tender: &mut Tender) -> Result<()> {
    let done = sqlx::query(
        "UPDATE tenders SET state = $3, seed_commitment = $4, published_at = $5,
             documents_until = $6, closes_at = $7, opens_at = $8, opened_at = $9, ranked_at = $10,
             decide_by = $11, abandoned_reason = $12, updated_at = $13, abandoned_ground = $14,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(tender.id.as_uuid())
    .bind(tender.version)
    .bind(tender.state.as_str())
    .bind(&tender.seed_commitment)
    .bind(tender.published_at)
    .bind(tender.clocks.map(|clocks| clocks.documents_until))
    .bind(tender.clocks.map(|clocks| clocks.closes_at))
    .bind(tender.clocks.map(|clocks| clocks.opens_at))
    .bind(tender.opened_at)
    .bind(tender.ranked_at)
    .bind(tender.decide_by)
    .bind(&tender.abandoned_reason)
    .bind(tender.updated_at)
    .bind(tender.abandoned_ground.map(AbandonGround::as_str))
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    tender.version += 1;
    Ok(())
}

/// The tender of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: TenderId) -> Result<Option<Tender>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tenders WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Tender::try_from).transpose()
}

/// The tender of an id, held still but shared: bidders do not wait for each other.
pub async fn hold(conn: &mut PgConnection, id: TenderId) -> Result<Option<Tender>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tenders WHERE id = $1 FOR SHARE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Tender::try_from).transpose()
}

/// Many tenders in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Tender>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tenders WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Tender::try_from(row).map(|tender| (tender.id, tender)))
        .collect()
}

/// The latest tender of each chain.
pub async fn load_many_by_trace(
    conn: &mut PgConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Tender>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT DISTINCT ON (trace_id) ",
        columns!(),
        " FROM tenders WHERE trace_id = ANY ($1)
         ORDER BY trace_id, id DESC"
    ))
    .bind(uuids(traces))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Tender::try_from(row).map(|tender| (tender.trace_id, tender)))
        .collect()
}

/// A page of tenders, newest first: what is published, and drafts within reach.
pub async fn list(
    conn: &mut PgConnection,
    drafts: &Scope,
    filter: &TenderFilter,
    page: &Page,
) -> Result<Vec<Tender>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM tenders WHERE (published_at IS NOT NULL OR (TRUE"
    ));
    drafts.push(&mut query, "division_code");
    query.push("))");
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Tender::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    id: Uuid,
    tender_id: Uuid,
    kind: String,
    text: String,
    affects_bids: bool,
    closes_at: DateTime<Utc>,
    at: DateTime<Utc>,
}

/// The columns of [`NoticeRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! notice_columns {
    () => {
        "id, tender_id, kind, text, affects_bids, closes_at, at"
    };
}

impl TryFrom<NoticeRow> for Notice {
    type Error = Error;

    fn try_from(row: NoticeRow) -> Result<Self> {
        let bad = |_| Error::inconsistent("tender_notices", "kind", row.id);
        Ok(Self {
            id: NoticeId::from_uuid(row.id),
            tender_id: TenderId::from_uuid(row.tender_id),
            kind: row.kind.parse().map_err(bad)?,
            text: row.text,
            affects_bids: row.affects_bids,
            closes_at: row.closes_at,
            at: row.at,
        })
    }
}

/// Writes a notice.
pub async fn insert_notice(conn: &mut PgConnection, notice: &Notice) -> Result<()> {
    sqlx::query(
        "INSERT INTO tender_notices (id, tender_id, kind, text, affects_bids, closes_at, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(notice.id.as_uuid())
    .bind(notice.tender_id.as_uuid())
    .bind(notice.kind.as_str())
    .bind(&notice.text)
    .bind(notice.affects_bids)
    .bind(notice.closes_at)
    .bind(notice.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The notices of many tenders, oldest first.
pub async fn notices(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Notice>>> {
    let rows: Vec<NoticeRow> = sqlx::query_as(concat!(
        "SELECT ",
        notice_columns!(),
        " FROM tender_notices WHERE tender_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let notices: Result<Vec<Notice>> = rows.into_iter().map(Notice::try_from).collect();
    Ok(grouped(notices?, |notice| notice.tender_id))
}
