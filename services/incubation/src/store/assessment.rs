//! 评估 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{DivisionCode, keys::OrganizationId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::assessment::{Assessment, AssessmentId, Cutoff};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    registrar_division: String,
    score: i32,
    grade: String,
    table_source: String,
    assessed_on: NaiveDate,
    valid_to: NaiveDate,
    assessed_by: String,
    created_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, organization_id, registrar_division, score, grade, table_source, assessed_on,
         valid_to, assessed_by, created_at"
    };
}

impl TryFrom<Row> for Assessment {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("assessments", column, row.id);
        Ok(Self {
            id: AssessmentId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            registrar_division: row
                .registrar_division
                .parse()
                .map_err(|_| bad("registrar_division"))?,
            score: row.score,
            grade: row.grade.parse().map_err(|_| bad("grade"))?,
            table_source: row.table_source,
            assessed_on: row.assessed_on,
            valid_to: row.valid_to,
            assessed_by: row.assessed_by,
            created_at: row.created_at,
        })
    }
}

/// The table of the nearest division that has one in force on the day.
pub async fn list_cutoffs(
    conn: &mut PgConnection,
    registrar: &DivisionCode,
    on: NaiveDate,
) -> Result<Vec<Cutoff>> {
    let mut reach: Vec<String> = registrar.ancestors().map(String::from).collect();
    reach.push(String::new());
    // The first of `reach` is the nearest.
    let rows: Vec<(String, i32, String)> = sqlx::query_as(
        "WITH reach AS (
             SELECT division, nearness
             FROM unnest($1::text[]) WITH ORDINALITY AS r (division, nearness)
             WHERE EXISTS (SELECT 1 FROM assessment_cutoffs c
                           WHERE c.division = r.division AND c.effective @> $2)
             ORDER BY nearness LIMIT 1)
         SELECT grade, floor, source FROM assessment_cutoffs c JOIN reach USING (division)
         WHERE effective @> $2",
    )
    .bind(&reach)
    .bind(on)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(grade, floor, source)| {
            let grade = grade
                .parse()
                .map_err(|_| Error::inconsistent("assessment_cutoffs", "grade", registrar))?;
            Ok(Cutoff {
                grade,
                floor,
                source,
            })
        })
        .collect()
}

/// Writes a new assessment.
pub async fn insert(conn: &mut PgConnection, one: &Assessment) -> Result<()> {
    sqlx::query(
        "INSERT INTO assessments (id, organization_id, registrar_division, score, grade,
             table_source, assessed_on, valid_to, assessed_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(one.id.as_uuid())
    .bind(one.organization_id.as_uuid())
    .bind(one.registrar_division.as_str())
    .bind(one.score)
    .bind(one.grade.as_str())
    .bind(&one.table_source)
    .bind(one.assessed_on)
    .bind(one.valid_to)
    .bind(&one.assessed_by)
    .bind(one.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the earlier end of an assessment that another takes the place of.
pub async fn update_end(conn: &mut PgConnection, one: &Assessment) -> Result<()> {
    let done = sqlx::query("UPDATE assessments SET valid_to = $2 WHERE id = $1 AND valid_to > $2")
        .bind(one.id.as_uuid())
        .bind(one.valid_to)
        .execute(conn)
        .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The assessment of an id.
pub async fn find(conn: &mut PgConnection, id: AssessmentId) -> Result<Option<Assessment>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM assessments WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Assessment::try_from).transpose()
}

/// The assessment of an organisation that holds on a day.
pub async fn find_in_force(
    conn: &mut PgConnection,
    organization: OrganizationId,
    on: NaiveDate,
) -> Result<Option<Assessment>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM assessments
         WHERE organization_id = $1 AND $2 BETWEEN assessed_on AND valid_to"
    ))
    .bind(organization.as_uuid())
    .bind(on)
    .fetch_optional(conn)
    .await?;
    row.map(Assessment::try_from).transpose()
}

/// The assessments of many organisations, newest first, in one statement.
pub async fn load_many_of(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<Assessment>>> {
    let ids: Vec<Uuid> = organizations.iter().map(OrganizationId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM assessments WHERE organization_id = ANY ($1) ORDER BY assessed_on DESC"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<OrganizationId, Vec<Assessment>> = HashMap::new();
    for row in rows {
        let one = Assessment::try_from(row)?;
        found.entry(one.organization_id).or_default().push(one);
    }
    Ok(found)
}
