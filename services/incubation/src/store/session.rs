//! 孵化服务 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::{
    error::Result,
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    incubatee::IncubateeId,
    session::{Confirmation, IncubationServiceKind, IncubationSession, IncubationSessionId},
};

ids!(IncubationSessionId);
texts!(IncubationServiceKind);
record!(
    IncubationSession,
    IncubationSessionId,
    "incubation_sessions",
    [
        id,
        incubatee_id,
        kind,
        held_on,
        minutes,
        attendees,
        topic,
        adviser_id,
        evidence,
        recorded_by,
        created_at
    ]
);
part!(IncubationSession, incubatee_id: IncubateeId);

/// Keeps what those who had it say; once.
pub async fn insert_confirmation(conn: &mut PgConnection, one: &Confirmation) -> Result<()> {
    sqlx::query(
        "INSERT INTO session_confirmations
             (session_id, rating, remark, confirmed_by, confirmed_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(one.session_id.as_uuid())
    .bind(one.rating)
    .bind(&one.remark)
    .bind(&one.by)
    .bind(one.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What was said of many sessions.
pub async fn load_confirmations(
    conn: &mut PgConnection,
    sessions: &[IncubationSessionId],
) -> Result<HashMap<IncubationSessionId, Confirmation>> {
    type Row = (Uuid, i32, Option<String>, String, DateTime<Utc>);
    let ids: Vec<Uuid> = sessions.iter().map(IncubationSessionId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT session_id, rating, remark, confirmed_by, confirmed_at
         FROM session_confirmations WHERE session_id = ANY ($1)",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let typed = |(id, rating, remark, by, at)| {
        let session_id = IncubationSessionId::from_uuid(id);
        let one = Confirmation {
            session_id,
            rating,
            remark,
            by,
            at,
        };
        (session_id, one)
    };
    Ok(rows.into_iter().map(typed).collect())
}
