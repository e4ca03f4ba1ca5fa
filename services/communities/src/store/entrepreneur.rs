//! 创业扶持 in SQL.

use std::collections::HashMap;

use kit::{
    error::Result,
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::entrepreneur::{
    CourseTopic, Entrepreneur, EntrepreneurId, EntrepreneurState, StartupAttendance,
    StartupAttendanceId, StartupCourse, StartupCourseId, SupportGrant, SupportGrantId, SupportKind,
};

ids!(
    EntrepreneurId,
    StartupCourseId,
    StartupAttendanceId,
    SupportGrantId
);
texts!(EntrepreneurState, CourseTopic, SupportKind);
record!(
    Entrepreneur,
    EntrepreneurId,
    "entrepreneurs",
    [
        id,
        community_id,
        division_code,
        resident_id,
        idea,
        home_based,
        applied_at
    ],
    [state, note, business, started_on, updated_at]
);
record!(
    StartupCourse,
    StartupCourseId,
    "startup_courses",
    [
        id,
        community_id,
        division_code,
        topic,
        title,
        held_on,
        hours,
        created_at
    ]
);
record!(
    StartupAttendance,
    StartupAttendanceId,
    "startup_attendance",
    [id, course_id, entrepreneur_id, recorded_at]
);
record!(
    SupportGrant,
    SupportGrantId,
    "support_grants",
    [
        id,
        entrepreneur_id,
        kind,
        description,
        value,
        granted_by,
        granted_at
    ]
);
part!(SupportGrant, entrepreneur_id: EntrepreneurId);

/// How many hours each was coached.
pub async fn hours(
    conn: &mut PgConnection,
    ids: &[EntrepreneurId],
) -> Result<HashMap<EntrepreneurId, i64>> {
    let ids: Vec<Uuid> = ids.iter().map(EntrepreneurId::as_uuid).collect();
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT id, entrepreneur_hours(id) FROM unnest($1::uuid[]) AS id")
            .bind(&ids)
            .fetch_all(conn)
            .await?;
    let typed = |(id, hours)| (EntrepreneurId::from_uuid(id), hours);
    Ok(rows.into_iter().map(typed).collect())
}
