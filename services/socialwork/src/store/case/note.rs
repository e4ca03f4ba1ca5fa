//! 个案记录 in SQL. Words come and go sealed.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::SocialWorkerId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::Reading;
use crate::domain::case::{
    CaseId,
    note::{CaseNote, CaseNoteId, Reader},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    case_id: Uuid,
    round: i32,
    author_id: Uuid,
    kind: String,
    level: String,
    body_enc: Vec<u8>,
    held_on: NaiveDate,
    minutes: i32,
    corrects: Option<Uuid>,
    written_at: DateTime<Utc>,
}

impl TryFrom<Row> for (CaseNote, Vec<u8>) {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "case_notes",
            id: row.id,
        };
        let note = CaseNote {
            id: CaseNoteId::from_uuid(row.id),
            case_id: CaseId::from_uuid(row.case_id),
            round: row.round,
            author_id: SocialWorkerId::from_uuid(row.author_id),
            kind: read.word("kind", &row.kind)?,
            level: read.word("level", &row.level)?,
            held_on: row.held_on,
            minutes: row.minutes,
            corrects: row.corrects.map(CaseNoteId::from_uuid),
            written_at: row.written_at,
        };
        Ok((note, row.body_enc))
    }
}

/// Writes a note.
pub async fn insert(conn: &mut PgConnection, note: &CaseNote, body: &[u8]) -> Result<()> {
    sqlx::query(
        "INSERT INTO case_notes (id, case_id, round, author_id, kind, level, body_enc, held_on,
             minutes, corrects, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(note.id.as_uuid())
    .bind(note.case_id.as_uuid())
    .bind(note.round)
    .bind(note.author_id.as_uuid())
    .bind(note.kind.as_str())
    .bind(note.level.as_str())
    .bind(body)
    .bind(note.held_on)
    .bind(note.minutes)
    .bind(note.corrects.map(|id| id.as_uuid()))
    .bind(note.written_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of the notes of a case that a reader may read, newest first, sealed.
pub async fn list(
    conn: &mut PgConnection,
    case: CaseId,
    reader: Reader,
    page: &Page,
) -> Result<Vec<(CaseNote, Vec<u8>)>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT id, case_id, round, author_id, kind, level, body_enc, held_on, minutes, corrects,
             written_at
         FROM case_notes WHERE case_id = ",
    );
    query.push_bind(case.as_uuid());
    match reader {
        Reader::Supervisor | Reader::Glass => {}
        Reader::Client => {
            query.push(" AND level = 'CLIENT'");
        }
        Reader::Worker(me) => {
            query
                .push(" AND (level <> 'RESTRICTED' OR author_id = ")
                .push_bind(me.as_uuid())
                .push(")");
        }
    }
    super::super::push_page(&mut query, "id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(TryFrom::try_from).collect()
}
