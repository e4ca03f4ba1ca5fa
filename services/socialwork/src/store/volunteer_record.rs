//! 志愿服务记录 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    Minutes, Page,
    keys::{ContractId, ResidentId, TraceId, VisitId, VolunteerId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::volunteer_record::{VolunteerRecord, VolunteerRecordId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    volunteer_id: Uuid,
    activity: String,
    visit_id: Uuid,
    order_id: Uuid,
    contract_id: Uuid,
    trace_id: Uuid,
    in_at: chrono::DateTime<chrono::Utc>,
    out_at: chrono::DateTime<chrono::Utc>,
    minutes: i64,
    confirmed_by: Uuid,
    reverses: Option<Uuid>,
    replaces: Option<Uuid>,
    reason: Option<String>,
    reversed_by: Option<Uuid>,
    certificate_no: Option<String>,
    recorded_by: String,
    recorded_at: chrono::DateTime<chrono::Utc>,
}

impl TryFrom<Row> for VolunteerRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("volunteer_records", column, row.id);
        Ok(Self {
            id: VolunteerRecordId::from_uuid(row.id),
            volunteer_id: VolunteerId::from_uuid(row.volunteer_id),
            activity: row.activity.parse().map_err(|_| bad("activity"))?,
            visit_id: VisitId::from_uuid(row.visit_id),
            order_id: row.order_id,
            contract_id: ContractId::from_uuid(row.contract_id),
            trace_id: TraceId::from_uuid(row.trace_id),
            in_at: row.in_at,
            out_at: row.out_at,
            minutes: Minutes::new(row.minutes),
            confirmed_by: ResidentId::from_uuid(row.confirmed_by),
            reverses: row.reverses.map(VolunteerRecordId::from_uuid),
            replaces: row.replaces.map(VolunteerRecordId::from_uuid),
            reason: row.reason,
            reversed_by: row.reversed_by.map(VolunteerRecordId::from_uuid),
            certificate_no: row.certificate_no,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
        })
    }
}

const SELECT: &str =
    "SELECT r.id, r.volunteer_id, r.activity, r.visit_id, r.order_id, r.contract_id,
    r.trace_id, r.in_at, r.out_at, r.minutes, r.confirmed_by, r.reverses,
    r.replaces, r.reason, r.reversed_by, r.recorded_by, r.recorded_at,
    (SELECT c.number FROM volunteer_certificate_records i
         JOIN volunteer_certificates c ON c.id = i.certificate_id
     WHERE i.record_id = r.id ORDER BY c.id LIMIT 1) AS certificate_no
    FROM volunteer_records r";

/// Writes a record. The database reckons the minutes and marks what a
/// reversal takes back.
pub async fn insert(conn: &mut PgConnection, record: &VolunteerRecord) -> Result<()> {
    sqlx::query(
        "INSERT INTO volunteer_records (id, volunteer_id, activity, visit_id, order_id,
             contract_id, trace_id, in_at, out_at, reverses, replaces, confirmed_by, reason,
             recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(record.id.as_uuid())
    .bind(record.volunteer_id.as_uuid())
    .bind(record.activity.as_str())
    .bind(record.visit_id.as_uuid())
    .bind(record.order_id)
    .bind(record.contract_id.as_uuid())
    .bind(record.trace_id.as_uuid())
    .bind(record.in_at)
    .bind(record.out_at)
    .bind(record.reverses.map(|id| id.as_uuid()))
    .bind(record.replaces.map(|id| id.as_uuid()))
    .bind(record.confirmed_by.as_uuid())
    .bind(&record.reason)
    .bind(&record.recorded_by)
    .bind(record.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a visit is recorded already.
pub async fn is_recorded(conn: &mut PgConnection, visit: VisitId) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM volunteer_records WHERE visit_id = $1)")
            .bind(visit.as_uuid())
            .fetch_one(conn)
            .await?,
    )
}

/// A record, locked until the end of the transaction.
pub async fn lock(
    conn: &mut PgConnection,
    id: VolunteerRecordId,
) -> Result<Option<VolunteerRecord>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE r.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF r");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(VolunteerRecord::try_from).transpose()
}

/// What stands of a visit, locked. A correction that is on its way meanwhile
/// holds the row it takes back: first all are locked, then those that stand are
/// read, its replacement among them.
pub async fn lock_of_visit(
    conn: &mut PgConnection,
    visit: VisitId,
) -> Result<Option<VolunteerRecord>> {
    sqlx::query("SELECT FROM volunteer_records WHERE visit_id = $1 ORDER BY id FOR UPDATE")
        .bind(visit.as_uuid())
        .execute(&mut *conn)
        .await?;
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE r.reverses IS NULL AND r.reversed_by IS NULL AND r.visit_id = ")
        .push_bind(visit.as_uuid())
        .push(" FOR UPDATE OF r");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(VolunteerRecord::try_from).transpose()
}

/// Many records in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VolunteerRecordId],
) -> Result<HashMap<VolunteerRecordId, VolunteerRecord>> {
    let ids: Vec<Uuid> = ids.iter().map(VolunteerRecordId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE r.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| VolunteerRecord::try_from(row).map(|record| (record.id, record)))
        .collect()
}

/// All records of a chain, reversals included, in order.
pub async fn list_by_trace(
    conn: &mut PgConnection,
    trace: TraceId,
) -> Result<Vec<VolunteerRecord>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE r.trace_id = ")
        .push_bind(trace.as_uuid())
        .push(" ORDER BY r.id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(VolunteerRecord::try_from).collect()
}

/// What stands of a volunteer's service between two days in China, both
/// included. The rows are locked against a reversal meanwhile.
pub async fn lock_standing(
    conn: &mut PgConnection,
    volunteer: VolunteerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<VolunteerRecord>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE r.reverses IS NULL AND r.reversed_by IS NULL AND r.volunteer_id = ")
        .push_bind(volunteer.as_uuid())
        .push(" AND (r.in_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN ")
        .push_bind(from)
        .push(" AND ")
        .push_bind(to)
        .push(" ORDER BY r.id FOR UPDATE OF r");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(VolunteerRecord::try_from).collect()
}

/// A page of one volunteer's records, newest first.
pub async fn list(
    conn: &mut PgConnection,
    volunteer: VolunteerId,
    page: &Page,
) -> Result<Vec<VolunteerRecord>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE r.volunteer_id = ")
        .push_bind(volunteer.as_uuid());
    super::push_page(&mut query, "r.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(VolunteerRecord::try_from).collect()
}

/// The minutes of many volunteers; reversals count negative, so sums are true.
pub async fn load_totals(
    conn: &mut PgConnection,
    volunteers: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Minutes>> {
    let ids: Vec<Uuid> = volunteers.iter().map(VolunteerId::as_uuid).collect();
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT volunteer_id, sum(minutes)::bigint FROM volunteer_records
         WHERE volunteer_id = ANY ($1) GROUP BY volunteer_id",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, minutes)| (VolunteerId::from_uuid(id), Minutes::new(minutes)))
        .collect())
}
