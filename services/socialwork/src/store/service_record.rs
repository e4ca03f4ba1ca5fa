//! 社工服务记录 in SQL.

use chrono::{DateTime, Utc};
use kernel::{
    Minutes, Page,
    keys::{ContractId, ResidentId, SocialWorkerId, TraceId, VisitId},
};
use kit::error::Result;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::service_record::{ServiceRecord, ServiceRecordId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    social_worker_id: Uuid,
    visit_id: Uuid,
    order_id: Uuid,
    contract_id: Uuid,
    trace_id: Uuid,
    elder_resident_id: Uuid,
    in_at: DateTime<Utc>,
    out_at: DateTime<Utc>,
    minutes: i64,
    recorded_at: DateTime<Utc>,
    voided_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, social_worker_id, visit_id, order_id, contract_id, trace_id, elder_resident_id,
         in_at, out_at, minutes, recorded_at, voided_at"
    };
}

impl From<Row> for ServiceRecord {
    fn from(row: Row) -> Self {
        Self {
            id: ServiceRecordId::from_uuid(row.id),
            social_worker_id: SocialWorkerId::from_uuid(row.social_worker_id),
            visit_id: VisitId::from_uuid(row.visit_id),
            order_id: row.order_id,
            contract_id: ContractId::from_uuid(row.contract_id),
            trace_id: TraceId::from_uuid(row.trace_id),
            elder_resident_id: ResidentId::from_uuid(row.elder_resident_id),
            in_at: row.in_at,
            out_at: row.out_at,
            minutes: Minutes::new(row.minutes),
            recorded_at: row.recorded_at,
            voided_at: row.voided_at,
        }
    }
}

/// Writes a record. The database reckons the minutes.
pub async fn insert(conn: &mut PgConnection, record: &ServiceRecord) -> Result<()> {
    sqlx::query(
        "INSERT INTO service_records (id, social_worker_id, visit_id, order_id, contract_id,
             trace_id, elder_resident_id, in_at, out_at, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(record.id.as_uuid())
    .bind(record.social_worker_id.as_uuid())
    .bind(record.visit_id.as_uuid())
    .bind(record.order_id)
    .bind(record.contract_id.as_uuid())
    .bind(record.trace_id.as_uuid())
    .bind(record.elder_resident_id.as_uuid())
    .bind(record.in_at)
    .bind(record.out_at)
    .bind(record.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a visit is recorded already.
pub async fn is_recorded(conn: &mut PgConnection, visit: VisitId) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM service_records WHERE visit_id = $1)")
            .bind(visit.as_uuid())
            .fetch_one(conn)
            .await?,
    )
}

/// Marks the record of a visit as void; its id, where one stood.
pub async fn void(
    conn: &mut PgConnection,
    visit: VisitId,
    at: DateTime<Utc>,
) -> Result<Option<ServiceRecordId>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "UPDATE service_records SET voided_at = $2
         WHERE visit_id = $1 AND voided_at IS NULL RETURNING id",
    )
    .bind(visit.as_uuid())
    .bind(at)
    .fetch_optional(conn)
    .await?;
    Ok(id.map(ServiceRecordId::from_uuid))
}

/// A page of one worker's records, newest first.
pub async fn list(
    conn: &mut PgConnection,
    worker: SocialWorkerId,
    page: &Page,
) -> Result<Vec<ServiceRecord>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM service_records WHERE social_worker_id = "
    ));
    query.push_bind(worker.as_uuid());
    super::push_page(&mut query, "id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(ServiceRecord::from).collect())
}
