//! 探访 in SQL.

mod schedule;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Direction, DivisionCode, Page, keys::ResidentId};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

pub use schedule::{
    Coverage, coverage, end_schedule, insert_schedule, insert_screening, is_isolated, list_rules,
    load_schedules, lock_schedule, update_schedule,
};

use super::family;
use crate::domain::contact::{
    Condition, Contact, ContactFilter, ContactId, ContactMethod, LifeChange,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    elder_id: Uuid,
    division_code: String,
    cause: String,
    change: Option<String>,
    change_note: Option<String>,
    due_at: DateTime<Utc>,
    state: String,
    attempts: i32,
    method: Option<String>,
    condition: Option<String>,
    note: Option<String>,
    done_by: Option<String>,
    done_at: Option<DateTime<Utc>>,
    missed_at: Option<DateTime<Utc>>,
    version: i32,
    planned_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, elder_id, division_code, cause, change, change_note, due_at, state, attempts, method,
         condition, note, done_by, done_at, missed_at, version, planned_at, updated_at"
    };
}

impl TryFrom<Row> for Contact {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("contacts", column, row.id);
        Ok(Self {
            id: ContactId::from_uuid(row.id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            cause: row.cause.parse().map_err(|_| bad("cause"))?,
            change: row
                .change
                .map(|one| one.parse().map_err(|_| bad("change")))
                .transpose()?,
            change_note: row.change_note,
            due_at: row.due_at,
            state: row.state.parse().map_err(|_| bad("state"))?,
            attempts: row.attempts,
            method: row
                .method
                .map(|one| one.parse().map_err(|_| bad("method")))
                .transpose()?,
            condition: row
                .condition
                .map(|one| one.parse().map_err(|_| bad("condition")))
                .transpose()?,
            note: row.note,
            done_by: row.done_by,
            done_at: row.done_at,
            missed_at: row.missed_at,
            version: row.version,
            planned_at: row.planned_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a contact that is due.
pub async fn insert(conn: &mut PgConnection, contact: &Contact) -> Result<()> {
    sqlx::query(
        "INSERT INTO contacts (id, elder_id, division_code, cause, change, change_note, due_at,
             state, attempts, version, planned_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(contact.id.as_uuid())
    .bind(contact.elder_id.as_uuid())
    .bind(contact.division_code.as_str())
    .bind(contact.cause.as_str())
    .bind(contact.change.map(LifeChange::as_str))
    .bind(&contact.change_note)
    .bind(contact.due_at)
    .bind(contact.state.as_str())
    .bind(contact.attempts)
    .bind(contact.version)
    .bind(contact.planned_at)
    .bind(contact.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, contact: &mut Contact) -> Result<()> {
    let done = sqlx::query(
        "UPDATE contacts SET cause = $3, change = $4, change_note = $5, due_at = $6, state = $7,
             attempts = $8, method = $9, condition = $10, note = $11, done_by = $12, done_at = $13,
             missed_at = $14, updated_at = $15, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(contact.id.as_uuid())
    .bind(contact.version)
    .bind(contact.cause.as_str())
    .bind(contact.change.map(LifeChange::as_str))
    .bind(&contact.change_note)
    .bind(contact.due_at)
    .bind(contact.state.as_str())
    .bind(contact.attempts)
    .bind(contact.method.map(ContactMethod::as_str))
    .bind(contact.condition.map(Condition::as_str))
    .bind(&contact.note)
    .bind(&contact.done_by)
    .bind(contact.done_at)
    .bind(contact.missed_at)
    .bind(contact.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    contact.version += 1;
    Ok(())
}

/// A contact, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ContactId) -> Result<Option<Contact>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contacts WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Contact::try_from).transpose()
}

/// The contact that an elder is due, locked.
pub async fn lock_due(conn: &mut PgConnection, elder: ResidentId) -> Result<Option<Contact>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contacts WHERE elder_id = $1 AND state = 'DUE' FOR UPDATE"
    ))
    .bind(elder.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Contact::try_from).transpose()
}

/// Many contacts in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ContactId],
) -> Result<HashMap<ContactId, Contact>> {
    let ids: Vec<Uuid> = ids.iter().map(ContactId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contacts WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Contact::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of contacts, those first that are due first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &ContactFilter,
    page: &Page,
) -> Result<Vec<Contact>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM contacts WHERE true"));
    family::push(&mut query, scope, "division_code", "elder_id");
    if let Some(elder) = filter.elder {
        query.push(" AND elder_id = ").push_bind(elder.as_uuid());
    }
    if let Some(below) = filter.below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(under(&below));
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(risk) = filter.risk {
        query
            .push(" AND elder_id IN (SELECT s.elder_id FROM contact_schedules s WHERE s.risk = ")
            .push_bind(risk.as_str())
            .push(")");
    }
    if let Some(at) = filter.due_by {
        query
            .push(" AND state = 'DUE' AND due_at <= ")
            .push_bind(at);
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY due_at, id"),
        Direction::Backward => (" < ", " ORDER BY due_at DESC, id DESC"),
    };
    if let Some((due, id)) = page.keys::<(DateTime<Utc>, Uuid)>()? {
        query
            .push(" AND (due_at, id)")
            .push(compare)
            .push("(")
            .push_bind(due)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// The codes of a division and all below it.
fn under(division: &DivisionCode) -> String {
    format!("{}%", division.prefix())
}
