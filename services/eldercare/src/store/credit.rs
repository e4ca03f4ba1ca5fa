//! 时间积分账本 in SQL. Balances and lots move only by postings and holds, through
//! the triggers of the schema; this file never writes one.

mod lot;
mod posting;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Minutes, RequestHash,
    keys::{OrganizationId, ResidentId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

pub use lot::{Hold, expiring, list_holds, load_lots, next_expiry, statement};
pub use posting::{Moved, list_of_visit, list_postings, list_postings_by_trace};

use crate::domain::{
    credit::{CreditAccount, CreditAccountId, CreditEntryId, Move, NewEntry, OwnerKind},
    order::OrderId,
};

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    owner_kind: String,
    owner_id: Uuid,
    division_code: Option<String>,
    balance: i64,
    held: i64,
    cap: Option<i64>,
    opened_at: DateTime<Utc>,
}

/// The columns of [`AccountRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! account_columns {
    () => {
        "id, owner_kind, owner_id, division_code, balance, held, cap, opened_at"
    };
}

impl TryFrom<AccountRow> for CreditAccount {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self> {
        let bad = |column| Error::inconsistent("credit_accounts", column, row.id);
        let owner_kind = row.owner_kind.parse().map_err(|_| bad("owner_kind"))?;
        Ok(Self {
            organization_id: group(owner_kind, row.owner_id),
            id: CreditAccountId::from_uuid(row.id),
            owner_kind,
            resident_id: person(owner_kind, row.owner_id),
            division_code: row
                .division_code
                .map(|code| code.parse().map_err(|_| bad("division_code")))
                .transpose()?,
            balance: Minutes::new(row.balance),
            held: Minutes::new(row.held),
            cap: row.cap.map(Minutes::new),
            opened_at: row.opened_at,
        })
    }
}

fn person(kind: OwnerKind, owner: Uuid) -> Option<ResidentId> {
    (kind == OwnerKind::Person).then(|| ResidentId::from_uuid(owner))
}

fn group(kind: OwnerKind, owner: Uuid) -> Option<OrganizationId> {
    (kind == OwnerKind::Org).then(|| OrganizationId::from_uuid(owner))
}

/// What an account is opened with.
#[derive(Clone, Copy, Debug)]
pub struct OpenAccount {
    pub id: CreditAccountId,
    pub resident_id: ResidentId,
    pub division_code: Option<DivisionCode>,
    pub cap: Minutes,
    pub at: DateTime<Utc>,
}

/// Opens a person's account where there is none.
pub async fn open(conn: &mut PgConnection, new: &OpenAccount) -> Result<()> {
    sqlx::query(
        "INSERT INTO credit_accounts (id, owner_kind, owner_id, division_code, cap, opened_at)
         VALUES ($1, 'PERSON', $2, $3, $4, $5) ON CONFLICT (owner_kind, owner_id) DO NOTHING",
    )
    .bind(new.id.as_uuid())
    .bind(new.resident_id.as_uuid())
    .bind(new.division_code.map(String::from))
    .bind(new.cap.get())
    .bind(new.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens a group's account where there is none; without a cap, as it only gives.
pub async fn open_group(
    conn: &mut PgConnection,
    id: CreditAccountId,
    organization: OrganizationId,
    division: Option<DivisionCode>,
    at: DateTime<Utc>,
) -> Result<CreditAccountId> {
    sqlx::query(
        "INSERT INTO credit_accounts (id, owner_kind, owner_id, division_code, cap, opened_at)
         VALUES ($1, 'ORG', $2, $3, NULL, $4) ON CONFLICT (owner_kind, owner_id) DO NOTHING",
    )
    .bind(id.as_uuid())
    .bind(organization.as_uuid())
    .bind(division.map(String::from))
    .bind(at)
    .execute(&mut *conn)
    .await?;
    find_group(conn, organization)
        .await?
        .map(|account| account.id)
        .ok_or_else(|| Error::inconsistent("credit_accounts", "owner_id", organization))
}

/// The account of a group.
pub async fn find_group(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<Option<CreditAccount>> {
    let row: Option<AccountRow> = sqlx::query_as(concat!(
        "SELECT ",
        account_columns!(),
        " FROM credit_accounts WHERE owner_kind = 'ORG' AND owner_id = $1"
    ))
    .bind(organization.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(CreditAccount::try_from).transpose()
}

/// The accounts of these persons, and the pool and the system where asked for,
/// locked in the order of their ids.
pub async fn lock(
    conn: &mut PgConnection,
    persons: &[ResidentId],
    shared: &[CreditAccountId],
) -> Result<Vec<CreditAccount>> {
    let persons: Vec<Uuid> = persons.iter().map(ResidentId::as_uuid).collect();
    let shared: Vec<Uuid> = shared.iter().map(CreditAccountId::as_uuid).collect();
    let rows: Vec<AccountRow> = sqlx::query_as(concat!(
        "SELECT ",
        account_columns!(),
        " FROM credit_accounts
         WHERE (owner_kind = 'PERSON' AND owner_id = ANY ($1)) OR id = ANY ($2)
         ORDER BY id FOR NO KEY UPDATE"
    ))
    .bind(&persons)
    .bind(&shared)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(CreditAccount::try_from).collect()
}

/// Lets a locked account follow the cap in force; what it has, it keeps.
pub async fn set_cap(
    conn: &mut PgConnection,
    account: &mut CreditAccount,
    cap: Minutes,
) -> Result<()> {
    let cap = cap.max(account.balance);
    if account.cap == Some(cap) {
        return Ok(());
    }
    sqlx::query("UPDATE credit_accounts SET cap = $2 WHERE id = $1")
        .bind(account.id.as_uuid())
        .bind(cap.get())
        .execute(conn)
        .await?;
    account.cap = Some(cap);
    Ok(())
}

/// Writes an entry with its postings, in one round trip. The key makes it
/// happen once; the hash tells a repetition from another entry with the key.
pub async fn post(conn: &mut PgConnection, entry: &NewEntry) -> Result<()> {
    write(conn, entry, None).await
}

/// The same for an entry that undoes another one; each is undone once.
pub async fn reverse(
    conn: &mut PgConnection,
    entry: &NewEntry,
    undone: CreditEntryId,
) -> Result<()> {
    write(conn, entry, Some(undone)).await
}

async fn write(
    conn: &mut PgConnection,
    entry: &NewEntry,
    reverses: Option<CreditEntryId>,
) -> Result<()> {
    let accounts: Vec<Uuid> = entry
        .moves
        .iter()
        .map(|part| part.account.as_uuid())
        .collect();
    let minutes: Vec<i64> = entry.moves.iter().map(|part| part.minutes.get()).collect();
    let hash = RequestHash::of(entry.kind.as_str(), &serde_json::to_value(&entry.moves)?);
    sqlx::query("SELECT credit_post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(entry.id.as_uuid())
        .bind(entry.kind.as_str())
        .bind(&entry.key)
        .bind(hash.as_bytes().as_slice())
        .bind(entry.visit_id.map(|id| id.as_uuid()))
        .bind(entry.order_id.map(|id| id.as_uuid()))
        .bind(entry.trace_id.map(|id| id.as_uuid()))
        .bind(entry.at)
        .bind(&accounts)
        .bind(&minutes)
        .bind(reverses.map(|id| id.as_uuid()))
        .execute(conn)
        .await?;
    Ok(())
}

/// From one account to another: the whole ledger path in one statement.
pub async fn transfer(
    conn: &mut PgConnection,
    id: CreditEntryId,
    from: CreditAccountId,
    to: CreditAccountId,
    minutes: Minutes,
    at: DateTime<Utc>,
) -> Result<()> {
    let entry = NewEntry {
        id,
        kind: crate::domain::credit::EntryKind::Transfer,
        key: format!("transfer:{id}"),
        visit_id: None,
        order_id: None,
        trace_id: None,
        at,
        moves: vec![
            Move {
                account: from,
                minutes: Minutes::new(-minutes.get()),
            },
            Move {
                account: to,
                minutes,
            },
        ],
    };
    post(conn, &entry).await
}

/// Sets minutes of an account aside for an order.
pub async fn hold(
    conn: &mut PgConnection,
    id: Uuid,
    account: CreditAccountId,
    order: OrderId,
    minutes: Minutes,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO credit_holds (id, account_id, order_id, minutes, state, placed_at)
         VALUES ($1, $2, $3, $4, 'HELD', $5)",
    )
    .bind(id)
    .bind(account.as_uuid())
    .bind(order.as_uuid())
    .bind(minutes.get())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the hold of an order: with the entry that pays it, or given back.
pub async fn end_hold(
    conn: &mut PgConnection,
    order: OrderId,
    entry: Option<CreditEntryId>,
    at: DateTime<Utc>,
) -> Result<()> {
    let state = if entry.is_some() {
        "POSTED"
    } else {
        "RELEASED"
    };
    let done = sqlx::query(
        "UPDATE credit_holds SET state = $2, entry_id = $3, ended_at = $4
         WHERE order_id = $1 AND state = 'HELD'",
    )
    .bind(order.as_uuid())
    .bind(state)
    .bind(entry.map(|id| id.as_uuid()))
    .bind(at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::inconsistent("credit_holds", "state", order));
    }
    Ok(())
}

/// The accounts of many persons.
pub async fn load_many(
    conn: &mut PgConnection,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, CreditAccount>> {
    let ids: Vec<Uuid> = residents.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<AccountRow> = sqlx::query_as(concat!(
        "SELECT ",
        account_columns!(),
        " FROM credit_accounts WHERE owner_kind = 'PERSON' AND owner_id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let resident = ResidentId::from_uuid(row.owner_id);
            CreditAccount::try_from(row).map(|account| (resident, account))
        })
        .collect()
}

/// One account by its id.
pub async fn find(conn: &mut PgConnection, id: CreditAccountId) -> Result<Option<CreditAccount>> {
    let row: Option<AccountRow> = sqlx::query_as(concat!(
        "SELECT ",
        account_columns!(),
        " FROM credit_accounts WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(CreditAccount::try_from).transpose()
}
