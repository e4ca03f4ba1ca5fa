//! What moved an account, as its owner sees it.

use chrono::{DateTime, Utc};
use kernel::{
    Direction, Minutes, Page,
    keys::{TraceId, VisitId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{group, person};
use crate::domain::{
    credit::{CreditAccountId, CreditEntryId, Move, Posting},
    order::OrderId,
};

#[derive(sqlx::FromRow)]
struct PostingRow {
    id: i64,
    entry_id: Uuid,
    kind: String,
    account_id: Uuid,
    owner_kind: String,
    owner_id: Uuid,
    division_code: Option<String>,
    minutes: i64,
    balance_after: i64,
    lots: serde_json::Value,
    visit_id: Option<Uuid>,
    order_id: Option<Uuid>,
    trace_id: Option<Uuid>,
    at: DateTime<Utc>,
}

impl TryFrom<PostingRow> for Posting {
    type Error = Error;

    fn try_from(row: PostingRow) -> Result<Self> {
        let bad = |column| Error::inconsistent("postings", column, row.id);
        let owner_kind = row.owner_kind.parse().map_err(|_| bad("owner_kind"))?;
        Ok(Self {
            id: row.id,
            entry_id: CreditEntryId::from_uuid(row.entry_id),
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            account_id: CreditAccountId::from_uuid(row.account_id),
            owner_kind,
            resident_id: person(owner_kind, row.owner_id),
            organization_id: group(owner_kind, row.owner_id),
            lots: serde_json::from_value(row.lots).map_err(|_| bad("lots"))?,
            division_code: row
                .division_code
                .map(|code| code.parse().map_err(|_| bad("division_code")))
                .transpose()?,
            minutes: Minutes::new(row.minutes),
            balance_after: Minutes::new(row.balance_after),
            visit_id: row.visit_id.map(VisitId::from_uuid),
            order_id: row.order_id.map(OrderId::from_uuid),
            trace_id: row.trace_id.map(TraceId::from_uuid),
            at: row.at,
        })
    }
}

const POSTINGS: &str = "SELECT p.id, p.entry_id, e.kind, p.account_id, a.owner_kind, a.owner_id,
     a.division_code, p.minutes, p.balance_after, p.lots, e.visit_id, e.order_id, e.trace_id, e.at
 FROM postings p
 JOIN journal_entries e ON e.id = p.entry_id
 JOIN credit_accounts a ON a.id = p.account_id
 WHERE ";

/// A page of what moved an account, newest first.
pub async fn list_postings(
    conn: &mut PgConnection,
    account: CreditAccountId,
    page: &Page,
) -> Result<Vec<Posting>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(POSTINGS);
    query.push("p.account_id = ").push_bind(account.as_uuid());
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY p.id DESC"),
        Direction::Backward => (" > ", " ORDER BY p.id"),
    };
    if let Some((after,)) = page.keys::<(i64,)>()? {
        query.push(" AND p.id").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<PostingRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Posting::try_from).collect()
}

/// What moved along a chain, at most 500 postings.
pub async fn list_postings_by_trace(
    conn: &mut PgConnection,
    trace: TraceId,
) -> Result<Vec<Posting>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(POSTINGS);
    query
        .push("e.trace_id = ")
        .push_bind(trace.as_uuid())
        .push(" ORDER BY p.id LIMIT 500");
    let rows: Vec<PostingRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Posting::try_from).collect()
}

/// An entry with what it moved.
#[derive(Clone, Debug)]
pub struct Moved {
    pub id: CreditEntryId,
    pub trace_id: Option<TraceId>,
    pub moves: Vec<Move>,
}

/// What a visit moved, in the order in which it was written.
pub async fn list_of_visit(conn: &mut PgConnection, visit: VisitId) -> Result<Vec<Moved>> {
    type Row = (Uuid, Option<Uuid>, Vec<Uuid>, Vec<i64>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT e.id, e.trace_id, array_agg(p.account_id ORDER BY p.id),
                array_agg(p.minutes ORDER BY p.id)
         FROM journal_entries e JOIN postings p ON p.entry_id = e.id
         WHERE e.visit_id = $1 AND e.kind <> 'REVERSE'
         GROUP BY e.id ORDER BY min(p.id)",
    )
    .bind(visit.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, trace, accounts, minutes)| Moved {
            id: CreditEntryId::from_uuid(id),
            trace_id: trace.map(TraceId::from_uuid),
            moves: accounts
                .into_iter()
                .zip(minutes)
                .map(|(account, minutes)| Move {
                    account: CreditAccountId::from_uuid(account),
                    minutes: Minutes::new(minutes),
                })
                .collect(),
        })
        .collect())
}
