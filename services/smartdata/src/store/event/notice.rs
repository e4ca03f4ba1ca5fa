//! 事件通知 in SQL.

use chrono::{DateTime, Utc};
use kernel::{Page, keys::ResidentId};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::event::{EventId, Notice, NoticeId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    event_id: Uuid,
    kind: String,
    subject: Option<String>,
    resident_id: Option<Uuid>,
    at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Notice {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("event_notices", "kind", row.id);
        Ok(Self {
            id: NoticeId::from_uuid(row.id),
            event_id: EventId::from_uuid(row.event_id),
            kind: row.kind.parse().map_err(bad)?,
            subject: row.subject,
            resident_id: row.resident_id.map(ResidentId::from_uuid),
            at: row.at,
            read_at: row.read_at,
        })
    }
}

/// Whose notices: those of an account, and of the resident behind it.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    pub subject: &'a str,
    pub resident: Option<Uuid>,
}

/// Writes what somebody is told.
pub async fn insert(conn: &mut PgConnection, notice: &Notice) -> Result<()> {
    sqlx::query(
        "INSERT INTO event_notices (id, event_id, kind, subject, resident_id, at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(notice.id.as_uuid())
    .bind(notice.event_id.as_uuid())
    .bind(notice.kind.as_str())
    .bind(&notice.subject)
    .bind(notice.resident_id.map(|id| id.as_uuid()))
    .bind(notice.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that somebody read a notice of theirs; answers whether it is theirs.
pub async fn mark_read(
    conn: &mut PgConnection,
    id: NoticeId,
    of: Of<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE event_notices SET read_at = coalesce(read_at, $4)
         WHERE id = $1 AND (subject = $2 OR resident_id = $3)",
    )
    .bind(id.as_uuid())
    .bind(of.subject)
    .bind(of.resident)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A page of notices, newest first.
pub async fn list(
    conn: &mut PgConnection,
    of: Of<'_>,
    unread: bool,
    page: &Page,
) -> Result<Vec<Notice>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT id, event_id, kind, subject, resident_id, at, read_at
         FROM event_notices WHERE (subject = ",
    );
    query
        .push_bind(of.subject)
        .push(" OR resident_id = ")
        .push_bind(of.resident)
        .push(")");
    if unread {
        query.push(" AND read_at IS NULL");
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Notice::try_from).collect()
}

/// One notice.
pub async fn find(conn: &mut PgConnection, id: NoticeId) -> Result<Option<Notice>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, event_id, kind, subject, resident_id, at, read_at
         FROM event_notices WHERE id = $1",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Notice::try_from).transpose()
}
