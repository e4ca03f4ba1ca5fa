//! 事件类别 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::error::{Error, Result};
use sqlx::PgConnection;

use crate::domain::event::EventClass;

/// The classes in force on a day.
pub async fn list(conn: &mut PgConnection, on: NaiveDate) -> Result<Vec<EventClass>> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT code, name, kind FROM event_classes WHERE in_force @> $1 ORDER BY code",
    )
    .bind(on)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(class).collect()
}

/// Classes by code, in force or not.
pub async fn load_many(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<HashMap<String, EventClass>> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT code, name, kind FROM event_classes WHERE code = ANY ($1)")
            .bind(codes)
            .fetch_all(conn)
            .await?;
    rows.into_iter()
        .map(|row| class(row).map(|class| (class.code.clone(), class)))
        .collect()
}

fn class((code, name, kind): (String, String, String)) -> Result<EventClass> {
    let kind = kind
        .parse()
        .map_err(|_| Error::inconsistent("event_classes", "kind", &code))?;
    Ok(EventClass { code, name, kind })
}
