//! 资金 in SQL. Balances are written by the database alone, from postings.

use std::collections::HashMap;

use kernel::{Fen, Page, keys::FundId};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::uuids;
use crate::domain::fund::{Account, Balances, Entry, EntryId, Fund};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    division_code: String,
    created_at: chrono::DateTime<chrono::Utc>,
    source: i64,
    available: i64,
    reserved: i64,
    committed: i64,
    paid: i64,
}

impl TryFrom<Row> for Fund {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("funds", column, row.id);
        Ok(Self {
            id: FundId::from_uuid(row.id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            name: row.name,
            balances: Balances {
                source: Fen::new(row.source),
                available: Fen::new(row.available),
                reserved: Fen::new(row.reserved),
                committed: Fen::new(row.committed),
                paid: Fen::new(row.paid),
            },
            created_at: row.created_at,
        })
    }
}

const SELECT: &str = "SELECT f.id, f.name, f.division_code, f.created_at,
    b.source, b.available, b.reserved, b.committed, b.paid
FROM funds f CROSS JOIN LATERAL (
    SELECT coalesce(sum(balance_fen) FILTER (WHERE account = 'SOURCE'), 0)::bigint AS source,
           coalesce(sum(balance_fen) FILTER (WHERE account = 'AVAILABLE'), 0)::bigint AS available,
           coalesce(sum(balance_fen) FILTER (WHERE account = 'RESERVED'), 0)::bigint AS reserved,
           coalesce(sum(balance_fen) FILTER (WHERE account = 'COMMITTED'), 0)::bigint AS committed,
           coalesce(sum(balance_fen) FILTER (WHERE account = 'PAID'), 0)::bigint AS paid
    FROM fund_accounts a WHERE a.fund_id = f.id) b";

/// Writes a new fund; the database opens its accounts.
pub async fn insert(conn: &mut PgConnection, fund: &Fund) -> Result<()> {
    sqlx::query("INSERT INTO funds (id, name, division_code, created_at) VALUES ($1, $2, $3, $4)")
        .bind(fund.id.as_uuid())
        .bind(&fund.name)
        .bind(fund.division_code.as_str())
        .bind(fund.created_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The fund of an id, locked: whoever moves its money waits here for others.
pub async fn lock(conn: &mut PgConnection, id: FundId) -> Result<Option<Fund>> {
    // The lock first, the balances after: a statement sees what was committed
    // before it began.
    sqlx::query("SELECT id FROM funds WHERE id = $1 FOR UPDATE")
        .bind(id.as_uuid())
        .execute(&mut *conn)
        .await?;
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// Many funds in one statement; those that do not exist are left out.
pub async fn load_many(conn: &mut PgConnection, ids: &[FundId]) -> Result<HashMap<FundId, Fund>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE f.id = ANY (")
        .push_bind(uuids(ids))
        .push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Fund::try_from(row).map(|fund| (fund.id, fund)))
        .collect()
}

/// Writes an entry with its two postings; the balances follow.
pub async fn post(conn: &mut PgConnection, entry: &Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO fund_entries (id, fund_id, kind, amount_fen, reference, document, actor, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.id.as_uuid())
    .bind(entry.fund_id.as_uuid())
    .bind(entry.kind.as_str())
    .bind(entry.amount.get())
    .bind(entry.reference)
    .bind(&entry.document)
    .bind(&entry.actor)
    .bind(entry.at)
    .execute(&mut *conn)
    .await?;
    let (from, to) = entry.kind.accounts();
    let sides: [(Account, i64); 2] = [(from, -entry.amount.get()), (to, entry.amount.get())];
    for (account, amount) in sides {
        sqlx::query(
            "INSERT INTO fund_postings (entry_id, fund_id, account, amount_fen)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(entry.id.as_uuid())
        .bind(entry.fund_id.as_uuid())
        .bind(account.as_str())
        .bind(amount)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: Uuid,
    fund_id: Uuid,
    kind: String,
    amount_fen: i64,
    reference: Option<Uuid>,
    document: Option<String>,
    actor: String,
    at: chrono::DateTime<chrono::Utc>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        let bad = |column| Error::inconsistent("fund_entries", column, row.id);
        Ok(Self {
            id: EntryId::from_uuid(row.id),
            fund_id: FundId::from_uuid(row.fund_id),
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            amount: Fen::new(row.amount_fen),
            reference: row.reference,
            document: row.document,
            actor: row.actor,
            at: row.at,
        })
    }
}

/// A page of a fund's entries, newest first.
pub async fn list_entries(
    conn: &mut PgConnection,
    fund: FundId,
    page: &Page,
) -> Result<Vec<Entry>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT id, fund_id, kind, amount_fen, reference, document, actor, at
             FROM fund_entries WHERE fund_id = ",
    );
    query.push_bind(fund.as_uuid());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<EntryRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Entry::try_from).collect()
}
