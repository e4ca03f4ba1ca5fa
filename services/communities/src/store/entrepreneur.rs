//! 创业扶持 in SQL.

use kit::error::Result;
use sqlx::PgConnection;

use super::record::{ids, record, texts};
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

/// How many hours somebody was coached.
pub async fn hours(conn: &mut PgConnection, id: EntrepreneurId) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT entrepreneur_hours($1)")
        .bind(id.as_uuid())
        .fetch_one(conn)
        .await?)
}
