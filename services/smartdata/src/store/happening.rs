//! 事件库 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    GridCode,
    keys::{ResidentId, TraceId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::happening::{Happening, HappeningId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    trace_id: Option<Uuid>,
    division_code: String,
    grid_code: Option<String>,
    resident_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    at: DateTime<Utc>,
}

impl TryFrom<Row> for Happening {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("happenings", column, row.id);
        Ok(Self {
            id: HappeningId::from_uuid(row.id),
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            trace_id: row.trace_id.map(TraceId::from_uuid),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            grid_code: row
                .grid_code
                .map(|code| code.parse())
                .transpose()
                .map_err(|_| bad("grid_code"))?,
            resident_id: row.resident_id.map(ResidentId::from_uuid),
            subject_id: row.subject_id,
            at: row.at,
        })
    }
}

/// Writes what an event told; told again, it stays as it is.
pub async fn insert(conn: &mut PgConnection, event: Uuid, happening: &Happening) -> Result<()> {
    sqlx::query(
        "INSERT INTO happenings
             (id, event_id, kind, trace_id, division_code, grid_code, resident_id, subject_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (event_id) DO NOTHING",
    )
    .bind(happening.id.as_uuid())
    .bind(event)
    .bind(happening.kind.as_str())
    .bind(happening.trace_id.map(|id| id.as_uuid()))
    .bind(happening.division_code.as_str())
    .bind(happening.grid_code.as_ref().map(GridCode::as_str))
    .bind(happening.resident_id.map(|id| id.as_uuid()))
    .bind(happening.subject_id)
    .bind(happening.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What happened on each chain, in the order it happened.
pub async fn load_many_by_trace(
    conn: &mut PgConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Vec<Happening>>> {
    let ids: Vec<Uuid> = traces.iter().map(TraceId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, kind, trace_id, division_code, grid_code, resident_id, subject_id, at
         FROM happenings WHERE trace_id = ANY ($1) ORDER BY at, id",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut chains: HashMap<TraceId, Vec<Happening>> = HashMap::new();
    for row in rows {
        let happening = Happening::try_from(row)?;
        if let Some(trace) = happening.trace_id {
            chains.entry(trace).or_default().push(happening);
        }
    }
    Ok(chains)
}
