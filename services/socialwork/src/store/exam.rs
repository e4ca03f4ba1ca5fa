//! 市民政考试 in SQL.

use chrono::NaiveDate;
use kernel::keys::ResidentId;
use kit::error::Result;
use sqlx::PgConnection;

use crate::domain::exam::Exam;

/// Writes a result.
pub async fn insert(conn: &mut PgConnection, exam: &Exam) -> Result<()> {
    sqlx::query(
        "INSERT INTO exams (id, resident_id, division_code, passed, score, held_on,
             recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(exam.id.as_uuid())
    .bind(exam.resident_id.as_uuid())
    .bind(exam.division_code.as_str())
    .bind(exam.passed)
    .bind(exam.score)
    .bind(exam.held_on)
    .bind(&exam.recorded_by)
    .bind(exam.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The day of a pass: the one asked for, or else the latest.
pub async fn find_pass(
    conn: &mut PgConnection,
    resident: ResidentId,
    on: Option<NaiveDate>,
) -> Result<Option<NaiveDate>> {
    Ok(sqlx::query_scalar(
        "SELECT held_on FROM exams
         WHERE resident_id = $1 AND passed AND ($2::date IS NULL OR held_on = $2)
         ORDER BY held_on DESC LIMIT 1",
    )
    .bind(resident.as_uuid())
    .bind(on)
    .fetch_optional(conn)
    .await?)
}
