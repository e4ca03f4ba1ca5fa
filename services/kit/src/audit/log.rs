//! The log: SQL of appending and listing.

use chrono::{DateTime, Utc};
use kernel::chain::{ChainHash, Head};
use kernel::{Cursor, Direction, Fault as _, Page, Paged, chain};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::Entry;
use crate::error::{Error, Result};

/// An entry as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// What is recorded.
    pub entry: Entry,
}

impl Recorded {
    /// Its place in a list.
    pub fn cursor(&self) -> Cursor {
        Cursor::of(&(self.seq,))
    }
}

/// A row with its links.
pub(super) struct Linked {
    pub recorded: Recorded,
    pub prev: ChainHash,
    pub hash: ChainHash,
}

/// Appends in the caller's transaction; answers the number. Other appends wait
/// until it ends: let it be the last statement before the commit.
pub async fn append(conn: &mut PgConnection, entry: &Entry) -> Result<i64> {
    append_all(conn, std::slice::from_ref(entry)).await
}

/// Appends several; answers the number of the last.
pub async fn append_all(conn: &mut PgConnection, entries: &[Entry]) -> Result<i64> {
    let mut head = lock_head(conn).await?;
    for entry in entries {
        let entry = entry.as_stored()?;
        let (seq, prev) = (head.seq + 1, head.hash);
        let hash = chain::link(&prev, &entry.canonical_bytes());
        insert(conn, seq, &entry, &prev, &hash).await?;
        head = Head { seq, hash };
    }
    Ok(head.seq)
}

async fn lock_head(conn: &mut PgConnection) -> Result<Head> {
    let (seq, hash): (i64, Vec<u8>) =
        sqlx::query_as("SELECT seq, hash FROM kit.audit_head FOR UPDATE")
            .fetch_one(conn)
            .await?;
    let hash = ChainHash::from_slice(&hash)
        .ok_or_else(|| Error::inconsistent("audit_head", "hash", seq))?;
    Ok(Head { seq, hash })
}

async fn insert(
    conn: &mut PgConnection,
    seq: i64,
    entry: &Entry,
    prev: &ChainHash,
    hash: &ChainHash,
) -> Result<()> {
    let moved = sqlx::query(
        "WITH written AS (
             INSERT INTO kit.audit_log
                 (seq, at, actor, roles, action, resource_kind, resource_id,
                  subject_resident_id, purpose, fields, channel, assisted_by, request_id,
                  outcome, detail, prev_hash, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             RETURNING seq, hash)
         UPDATE kit.audit_head h SET seq = written.seq, hash = written.hash FROM written",
    )
    .bind(seq)
    .bind(entry.at)
    .bind(&entry.actor)
    .bind(&entry.roles)
    .bind(&entry.action)
    .bind(&entry.resource_kind)
    .bind(&entry.resource_id)
    .bind(entry.subject_resident_id)
    .bind(&entry.purpose)
    .bind(&entry.fields)
    .bind(&entry.channel)
    .bind(&entry.assisted_by)
    .bind(&entry.request_id)
    .bind(entry.outcome.as_str())
    .bind(&entry.detail)
    .bind(prev.as_bytes().as_slice())
    .bind(hash.as_bytes().as_slice())
    .execute(conn)
    .await?
    .rows_affected();
    if moved == 1 {
        Ok(())
    } else {
        Err(Error::inconsistent("audit_head", "seq", seq))
    }
}

/// Who looked at a resident's data and who changed it, newest first.
pub async fn list_for_subject(
    conn: &mut PgConnection,
    resident: Uuid,
    page: &Page,
) -> Result<Paged<Recorded>> {
    let from = page
        .keys::<(i64,)>()
        .map_err(|error| Error::new(error.kind(), error.reason(), "游标无效", error.to_string()))?
        .map(|(seq,)| seq);
    let sql = match page.direction {
        Direction::Forward => {
            "SELECT seq, at, actor, roles, action, resource_kind, resource_id,
                    subject_resident_id, purpose, fields, channel, assisted_by, request_id,
                    outcome, detail
             FROM kit.audit_log
             WHERE subject_resident_id = $1 AND ($2::bigint IS NULL OR seq < $2)
             ORDER BY seq DESC LIMIT $3"
        }
        Direction::Backward => {
            "SELECT seq, at, actor, roles, action, resource_kind, resource_id,
                    subject_resident_id, purpose, fields, channel, assisted_by, request_id,
                    outcome, detail
             FROM kit.audit_log
             WHERE subject_resident_id = $1 AND ($2::bigint IS NULL OR seq > $2)
             ORDER BY seq LIMIT $3"
        }
    };
    let rows: Vec<Recorded> = sqlx::query_as(sql)
        .bind(resident)
        .bind(from)
        .bind(page.fetch_limit())
        .fetch_all(conn)
        .await?;
    Ok(page.finish(rows))
}

/// A piece of the log in its order, for the check.
pub(super) async fn batch(conn: &mut PgConnection, after: i64, limit: i64) -> Result<Vec<Linked>> {
    Ok(sqlx::query_as(
        "SELECT seq, at, actor, roles, action, resource_kind, resource_id,
                subject_resident_id, purpose, fields, channel, assisted_by, request_id,
                outcome, detail, prev_hash, hash
         FROM kit.audit_log WHERE seq > $1 ORDER BY seq LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

impl FromRow<'_, PgRow> for Recorded {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let outcome: String = row.try_get("outcome")?;
        Ok(Self {
            seq: row.try_get("seq")?,
            entry: Entry {
                at: row.try_get::<DateTime<Utc>, _>("at")?,
                actor: row.try_get("actor")?,
                roles: row.try_get("roles")?,
                action: row.try_get("action")?,
                resource_kind: row.try_get("resource_kind")?,
                resource_id: row.try_get("resource_id")?,
                subject_resident_id: row.try_get("subject_resident_id")?,
                purpose: row.try_get("purpose")?,
                fields: row.try_get("fields")?,
                channel: row.try_get("channel")?,
                assisted_by: row.try_get("assisted_by")?,
                request_id: row.try_get("request_id")?,
                outcome: outcome
                    .parse()
                    .map_err(|_| sqlx::Error::Decode("audit_log.outcome".into()))?,
                detail: row.try_get::<Value, _>("detail")?,
            },
        })
    }
}

impl FromRow<'_, PgRow> for Linked {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let hash = |column: &str| -> sqlx::Result<ChainHash> {
            let bytes: Vec<u8> = row.try_get(column)?;
            ChainHash::from_slice(&bytes).ok_or_else(|| sqlx::Error::Decode(column.into()))
        };
        Ok(Self {
            recorded: Recorded::from_row(row)?,
            prev: hash("prev_hash")?,
            hash: hash("hash")?,
        })
    }
}
