//! 学时 in SQL.

use chrono::NaiveDate;
use kernel::{Minutes, Page, keys::ResidentId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::training::{Training, TrainingId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    division_code: String,
    course: String,
    minutes: i64,
    held_on: NaiveDate,
    recorded_by: String,
    recorded_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resident_id, division_code, course, minutes, held_on, recorded_by, recorded_at"
    };
}

impl TryFrom<Row> for Training {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("trainings", column, row.id);
        Ok(Self {
            id: TrainingId::from_uuid(row.id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            course: row.course,
            minutes: Minutes::new(row.minutes),
            held_on: row.held_on,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
        })
    }
}

/// Writes an entry.
pub async fn insert(conn: &mut PgConnection, training: &Training) -> Result<()> {
    sqlx::query(
        "INSERT INTO trainings (id, resident_id, division_code, course, minutes, held_on,
             recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(training.id.as_uuid())
    .bind(training.resident_id.as_uuid())
    .bind(training.division_code.as_str())
    .bind(&training.course)
    .bind(training.minutes.get())
    .bind(training.held_on)
    .bind(&training.recorded_by)
    .bind(training.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What somebody has attended between two days, both included; no first day is
/// from the beginning.
pub async fn earned(
    conn: &mut PgConnection,
    resident: ResidentId,
    from: Option<NaiveDate>,
    to: NaiveDate,
) -> Result<Minutes> {
    let minutes: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(minutes), 0)::bigint FROM trainings
         WHERE resident_id = $1 AND ($2::date IS NULL OR held_on >= $2) AND held_on <= $3",
    )
    .bind(resident.as_uuid())
    .bind(from)
    .bind(to)
    .fetch_one(conn)
    .await?;
    Ok(Minutes::new(minutes))
}

/// A page of somebody's entries, newest first.
pub async fn list(
    conn: &mut PgConnection,
    resident: ResidentId,
    page: &Page,
) -> Result<Vec<Training>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM trainings WHERE resident_id = "
    ));
    query.push_bind(resident.as_uuid());
    super::push_page(&mut query, "id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Training::try_from).collect()
}
