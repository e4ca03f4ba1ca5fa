//! 社会工作者 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, Page,
    keys::{CommunityId, OrganizationId, ResidentId, SocialWorkerId, TraceId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::social_worker::{Registration, Served, SocialWorker, SocialWorkerFilter};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    source: String,
    grade: String,
    certificate_no_tail: Option<String>,
    registered_from: Option<NaiveDate>,
    registered_to: Option<NaiveDate>,
    employer_organization_id: Option<Uuid>,
    exam_passed_on: Option<NaiveDate>,
    active: bool,
    demo: bool,
    version: i32,
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
    community_ids: Vec<Uuid>,
    community_codes: Vec<String>,
}

impl TryFrom<Row> for SocialWorker {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("social_workers", column, row.id);
        let communities = row
            .community_ids
            .iter()
            .zip(&row.community_codes)
            .map(|(id, code)| {
                let division_code: DivisionCode = code.parse().map_err(|_| bad("communities"))?;
                Ok(Served {
                    community_id: CommunityId::from_uuid(*id),
                    division_code,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            id: SocialWorkerId::from_uuid(row.id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            source: row.source.parse().map_err(|_| bad("source"))?,
            grade: row.grade.parse().map_err(|_| bad("grade"))?,
            registration: row
                .registered_from
                .zip(row.registered_to)
                .map(|(from, to)| Registration { from, to }),
            certificate_tail: row.certificate_no_tail,
            employer: row.employer_organization_id.map(OrganizationId::from_uuid),
            exam_passed_on: row.exam_passed_on,
            communities,
            active: row.active,
            demo: row.demo,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

const SELECT: &str =
    "SELECT w.id, w.resident_id, w.source, w.grade, w.certificate_no_tail, w.registered_from,
    w.registered_to, w.employer_organization_id, w.exam_passed_on, w.active,
    w.demo, w.version, w.created_at, w.updated_at,
    ARRAY(SELECT c.community_id FROM social_worker_communities c
          WHERE c.social_worker_id = w.id ORDER BY c.position) AS community_ids,
    ARRAY(SELECT c.division_code FROM social_worker_communities c
          WHERE c.social_worker_id = w.id ORDER BY c.position) AS community_codes
    FROM social_workers w";

/// A certificate's number as it is kept: encrypted, and hashed with a key.
#[derive(Debug)]
pub struct SealedCertificate {
    pub encrypted: Vec<u8>,
    pub index: [u8; 32],
}

/// Writes a new social worker and where they serve.
pub async fn insert(
    conn: &mut PgConnection,
    worker: &SocialWorker,
    home: &DivisionCode,
    certificate: Option<&SealedCertificate>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO social_workers (id, resident_id, division_code, source, grade,
             certificate_no_enc, certificate_no_index, certificate_no_tail, registered_from,
             registered_to, employer_organization_id, exam_passed_on, active, demo, version,
             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(worker.id.as_uuid())
    .bind(worker.resident_id.as_uuid())
    .bind(home.as_str())
    .bind(worker.source.as_str())
    .bind(worker.grade.as_str())
    .bind(certificate.map(|sealed| &sealed.encrypted))
    .bind(certificate.map(|sealed| sealed.index.as_slice()))
    .bind(&worker.certificate_tail)
    .bind(worker.registration.map(|cycle| cycle.from))
    .bind(worker.registration.map(|cycle| cycle.to))
    .bind(worker.employer.map(|id| id.as_uuid()))
    .bind(worker.exam_passed_on)
    .bind(worker.active)
    .bind(worker.demo)
    .bind(worker.version)
    .bind(worker.created_at)
    .bind(worker.updated_at)
    .execute(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = worker
        .communities
        .iter()
        .map(|c| c.community_id.as_uuid())
        .collect();
    let codes: Vec<&str> = worker
        .communities
        .iter()
        .map(|c| c.division_code.as_str())
        .collect();
    sqlx::query(
        "INSERT INTO social_worker_communities (social_worker_id, community_id, division_code, position)
         SELECT $1, c.id, c.code, c.n - 1
         FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS c (id, code, n)",
    )
    .bind(worker.id.as_uuid())
    .bind(&ids)
    .bind(&codes)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the cycle and whether they serve; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, worker: &mut SocialWorker) -> Result<()> {
    let done = sqlx::query(
        "UPDATE social_workers SET registered_from = $3, registered_to = $4, active = $5,
             updated_at = $6, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(worker.id.as_uuid())
    .bind(worker.version)
    .bind(worker.registration.map(|cycle| cycle.from))
    .bind(worker.registration.map(|cycle| cycle.to))
    .bind(worker.active)
    .bind(worker.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    worker.version += 1;
    Ok(())
}

/// A social worker, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: SocialWorkerId) -> Result<Option<SocialWorker>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE w.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF w");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(SocialWorker::try_from).transpose()
}

/// Many social workers in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[SocialWorkerId],
) -> Result<HashMap<SocialWorkerId, SocialWorker>> {
    let ids: Vec<Uuid> = ids.iter().map(SocialWorkerId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE w.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| SocialWorker::try_from(row).map(|worker| (worker.id, worker)))
        .collect()
}

/// Those who served in a chain.
pub async fn list_by_trace(conn: &mut PgConnection, trace: TraceId) -> Result<Vec<SocialWorker>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(
            " WHERE w.id IN (SELECT social_worker_id FROM service_records
                             WHERE voided_at IS NULL AND trace_id = ",
        )
        .push_bind(trace.as_uuid())
        .push(") ORDER BY w.id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(SocialWorker::try_from).collect()
}

/// A page of social workers who serve within the scope, who were sent by the
/// caller's organisation, or who are the caller; newest first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &SocialWorkerFilter,
    page: &Page,
) -> Result<Vec<SocialWorker>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE (");
    match scope.pattern() {
        None => query.push("TRUE"),
        Some(pattern) => query
            .push(
                "EXISTS (SELECT 1 FROM social_worker_communities c
                         WHERE c.social_worker_id = w.id AND c.division_code LIKE ",
            )
            .push_bind(pattern)
            .push(")"),
    };
    if let Some(resident) = scope.resident {
        query.push(" OR w.resident_id = ").push_bind(resident);
    }
    if let Some(organization) = scope.organization {
        query
            .push(" OR w.employer_organization_id = ")
            .push_bind(organization);
    }
    query.push(")");
    if let Some(community) = filter.community {
        query
            .push(
                " AND EXISTS (SELECT 1 FROM social_worker_communities c
                              WHERE c.social_worker_id = w.id AND c.community_id = ",
            )
            .push_bind(community.as_uuid())
            .push(")");
    }
    if let Some(source) = filter.source {
        query.push(" AND w.source = ").push_bind(source.as_str());
    }
    if let Some(active) = filter.active {
        query.push(" AND w.active = ").push_bind(active);
    }
    super::push_page(&mut query, "w.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(SocialWorker::try_from).collect()
}
