//! 资质 in SQL, and what the lines of service ask for.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::OrganizationId};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    care_worker::CareWorkerId,
    credential::{Credential, CredentialFilter, CredentialId, Requirement},
    tier::ServiceLine,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    care_worker_id: Option<Uuid>,
    division_code: String,
    kind: String,
    number_tail: String,
    issuer: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    state: String,
    submitted_by: String,
    submitted_at: DateTime<Utc>,
    reviewed_by: Option<String>,
    reviewed_at: Option<DateTime<Utc>>,
    review_reason: Option<String>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, organization_id, care_worker_id, division_code, kind, number_tail, issuer,
         valid_from, valid_to, state, submitted_by, submitted_at, reviewed_by, reviewed_at,
         review_reason, version, updated_at"
    };
}

impl TryFrom<Row> for Credential {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("credentials", column, row.id);
        Ok(Self {
            id: CredentialId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            care_worker_id: row.care_worker_id.map(CareWorkerId::from_uuid),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            number_tail: row.number_tail,
            issuer: row.issuer,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            state: row.state.parse().map_err(|_| bad("state"))?,
            submitted_by: row.submitted_by,
            submitted_at: row.submitted_at,
            reviewed_by: row.reviewed_by,
            reviewed_at: row.reviewed_at,
            review_reason: row.review_reason,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a paper that is submitted, with the digest of its number.
pub async fn insert(
    conn: &mut PgConnection,
    credential: &Credential,
    number: &[u8; 32],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO credentials (id, organization_id, care_worker_id, division_code, kind,
             number_index, number_tail, issuer, valid_from, valid_to, state, submitted_by,
             submitted_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(credential.id.as_uuid())
    .bind(credential.organization_id.as_uuid())
    .bind(credential.care_worker_id.map(|id| id.as_uuid()))
    .bind(credential.division_code.as_str())
    .bind(credential.kind.as_str())
    .bind(number.as_slice())
    .bind(&credential.number_tail)
    .bind(&credential.issuer)
    .bind(credential.valid_from)
    .bind(credential.valid_to)
    .bind(credential.state.as_str())
    .bind(&credential.submitted_by)
    .bind(credential.submitted_at)
    .bind(credential.version)
    .bind(credential.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what a reviewer decided; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, credential: &mut Credential) -> Result<()> {
    let done = sqlx::query(
        "UPDATE credentials SET state = $3, reviewed_by = $4, reviewed_at = $5,
             review_reason = $6, updated_at = $7, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(credential.id.as_uuid())
    .bind(credential.version)
    .bind(credential.state.as_str())
    .bind(&credential.reviewed_by)
    .bind(credential.reviewed_at)
    .bind(&credential.review_reason)
    .bind(credential.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    credential.version += 1;
    Ok(())
}

/// A paper, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CredentialId) -> Result<Option<Credential>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM credentials WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Credential::try_from).transpose()
}

/// The papers of holders, be they providers or care workers.
pub async fn load_many_of(
    conn: &mut PgConnection,
    holders: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Credential>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM credentials WHERE holder_id = ANY ($1) ORDER BY id DESC LIMIT 1000"
    ))
    .bind(holders)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<Uuid, Vec<Credential>> = HashMap::new();
    for row in rows {
        let holder = row.care_worker_id.unwrap_or(row.organization_id);
        found.entry(holder).or_default().push(row.try_into()?);
    }
    Ok(found)
}

/// Whether a later paper of the same kind takes over from this one.
pub async fn is_renewed(conn: &mut PgConnection, credential: &Credential) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM credentials
         WHERE holder_id = $1 AND kind = $2 AND state = 'VERIFIED' AND valid_to > $3)",
    )
    .bind(
        credential
            .care_worker_id
            .map_or(credential.organization_id.as_uuid(), |id| id.as_uuid()),
    )
    .bind(credential.kind.as_str())
    .bind(credential.valid_to)
    .fetch_one(conn)
    .await?)
}

/// A page of papers, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &CredentialFilter,
    page: &Page,
) -> Result<Vec<Credential>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM credentials c WHERE true"
    ));
    let columns = Columns {
        division: "division_code",
        resident: None,
        organization: Some("organization_id"),
    };
    scope.push_with(&mut query, &columns);
    if let Some(organization) = filter.organization {
        query
            .push(" AND organization_id = ")
            .push_bind(organization.as_uuid());
    }
    if let Some(worker) = filter.care_worker {
        query
            .push(" AND care_worker_id = ")
            .push_bind(worker.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(day) = filter.ending_by {
        query
            .push(" AND state = 'VERIFIED' AND valid_to <= ")
            .push_bind(day)
            .push(
                " AND NOT EXISTS (SELECT 1 FROM credentials l WHERE l.holder_id = c.holder_id
                   AND l.kind = c.kind AND l.state = 'VERIFIED' AND l.valid_to > c.valid_to)
                 AND NOT EXISTS (SELECT 1 FROM care_workers w
                   WHERE w.id = c.care_worker_id AND w.ended_on IS NOT NULL)",
            );
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Credential::try_from).collect()
}

/// What a line asks for, also what no longer holds.
pub async fn list_requirements(
    conn: &mut PgConnection,
    line: Option<ServiceLine>,
) -> Result<Vec<Requirement>> {
    type Row = (
        String,
        Option<String>,
        String,
        Vec<String>,
        NaiveDate,
        Option<NaiveDate>,
        String,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT code, line, who, any_of, valid_from, valid_to, source FROM line_requirements
         WHERE $1::text IS NULL OR line IS NULL OR line = $1 ORDER BY code",
    )
    .bind(line.map(ServiceLine::as_str))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(code, line, who, any_of, valid_from, valid_to, source)| {
            let bad = |column| Error::inconsistent("line_requirements", column, &code);
            Ok(Requirement {
                line: line
                    .map(|line| line.parse().map_err(|_| bad("line")))
                    .transpose()?,
                who: who.parse().map_err(|_| bad("who"))?,
                any_of: any_of
                    .iter()
                    .map(|kind| kind.parse().map_err(|_| bad("any_of")))
                    .collect::<Result<_>>()?,
                valid_from,
                valid_to,
                source,
                code: code.clone(),
            })
        })
        .collect()
}
