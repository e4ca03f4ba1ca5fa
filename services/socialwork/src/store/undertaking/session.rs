//! 参与者与场次 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::ResidentId;
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::member::Members;
use crate::domain::undertaking::{
    Participant, UndertakingId, UndertakingSession, UndertakingSessionId,
};

const PARTICIPANTS: Members = Members {
    table: "undertaking_participants",
    of: "undertaking_id",
    who: "resident_id",
};

/// Somebody takes part, or comes back.
pub async fn join(
    conn: &mut PgConnection,
    id: UndertakingId,
    resident: ResidentId,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = (id.as_uuid(), resident.as_uuid());
    PARTICIPANTS.join(conn, row, at).await
}

/// Somebody leaves.
pub async fn leave(
    conn: &mut PgConnection,
    id: UndertakingId,
    resident: ResidentId,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = (id.as_uuid(), resident.as_uuid());
    PARTICIPANTS.leave(conn, row, at).await
}

/// Those who take part or did, and how often they came.
pub async fn list_participants(
    conn: &mut PgConnection,
    id: UndertakingId,
) -> Result<Vec<Participant>> {
    type Row = (Uuid, DateTime<Utc>, Option<DateTime<Utc>>, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.resident_id, p.joined_at, p.left_at,
                (SELECT count(*) FROM undertaking_attendances a
                 JOIN undertaking_sessions s ON s.id = a.session_id
                 WHERE s.undertaking_id = p.undertaking_id AND a.resident_id = p.resident_id)
         FROM undertaking_participants p WHERE p.undertaking_id = $1
         ORDER BY p.joined_at, p.resident_id",
    )
    .bind(id.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(resident, joined_at, left_at, attended)| Participant {
            resident_id: ResidentId::from_uuid(resident),
            joined_at,
            left_at,
            attended,
        })
        .collect())
}

/// The number of the next session.
pub async fn next_number(conn: &mut PgConnection, id: UndertakingId) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "SELECT coalesce(max(number), 0) + 1 FROM undertaking_sessions WHERE undertaking_id = $1",
    )
    .bind(id.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// Writes a session that was held, and who came.
pub async fn insert_session(
    conn: &mut PgConnection,
    session: &UndertakingSession,
    attended: &[ResidentId],
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO undertaking_sessions (id, undertaking_id, number, topic, held_from, held_to,
             attendance, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(session.id.as_uuid())
    .bind(session.undertaking_id.as_uuid())
    .bind(session.number)
    .bind(&session.topic)
    .bind(session.held_from)
    .bind(session.held_to)
    .bind(session.attendance)
    .bind(by)
    .bind(at)
    .execute(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = attended.iter().map(ResidentId::as_uuid).collect();
    sqlx::query(
        "INSERT INTO undertaking_attendances (session_id, resident_id)
         SELECT $1, resident FROM unnest($2::uuid[]) AS resident",
    )
    .bind(session.id.as_uuid())
    .bind(&ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// The sessions of many, in order.
pub async fn load_sessions(
    conn: &mut PgConnection,
    ids: &[UndertakingId],
) -> Result<HashMap<UndertakingId, Vec<UndertakingSession>>> {
    type Row = (Uuid, Uuid, i32, String, DateTime<Utc>, DateTime<Utc>, i32);
    let ids: Vec<Uuid> = ids.iter().map(UndertakingId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, undertaking_id, number, topic, held_from, held_to, attendance
         FROM undertaking_sessions WHERE undertaking_id = ANY ($1) ORDER BY number",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<UndertakingId, Vec<UndertakingSession>> = HashMap::new();
    for (id, of, number, topic, held_from, held_to, attendance) in rows {
        let undertaking_id = UndertakingId::from_uuid(of);
        found
            .entry(undertaking_id)
            .or_default()
            .push(UndertakingSession {
                id: UndertakingSessionId::from_uuid(id),
                undertaking_id,
                number,
                topic,
                held_from,
                held_to,
                attendance,
            });
    }
    Ok(found)
}
