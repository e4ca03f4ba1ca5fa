//! 能力认定 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::keys::OrganizationId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::capability::{Certification, CertificationId, Revocation};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    capability: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    evidence: String,
    certified_by: String,
    certified_at: chrono::DateTime<chrono::Utc>,
    revoked_on: Option<NaiveDate>,
    revoke_reason: Option<String>,
    revoked_by: Option<String>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, organization_id, capability, valid_from, valid_to, evidence, certified_by,
         certified_at, revoked_on, revoke_reason, revoked_by"
    };
}

impl TryFrom<Row> for Certification {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("certifications", column, row.id);
        let revocation = match (row.revoked_on, row.revoke_reason, row.revoked_by) {
            (Some(on), Some(reason), Some(by)) => Some(Revocation { on, reason, by }),
            _ => None,
        };
        Ok(Self {
            id: CertificationId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            capability: row.capability.parse().map_err(|_| bad("capability"))?,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            evidence: row.evidence,
            certified_by: row.certified_by,
            certified_at: row.certified_at,
            revocation,
        })
    }
}

/// Writes a new certification.
pub async fn insert(conn: &mut PgConnection, one: &Certification) -> Result<()> {
    sqlx::query(
        "INSERT INTO certifications (id, organization_id, capability, valid_from, valid_to,
             evidence, certified_by, certified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(one.id.as_uuid())
    .bind(one.organization_id.as_uuid())
    .bind(one.capability.as_str())
    .bind(one.valid_from)
    .bind(one.valid_to)
    .bind(&one.evidence)
    .bind(&one.certified_by)
    .bind(one.certified_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the revocation; one that is there already stays.
pub async fn update_revocation(conn: &mut PgConnection, one: &Certification) -> Result<()> {
    let revocation = one.revocation.as_ref();
    let done = sqlx::query(
        "UPDATE certifications SET revoked_on = $2, revoke_reason = $3, revoked_by = $4
         WHERE id = $1 AND revoked_on IS NULL",
    )
    .bind(one.id.as_uuid())
    .bind(revocation.map(|revocation| revocation.on))
    .bind(revocation.map(|revocation| &revocation.reason))
    .bind(revocation.map(|revocation| &revocation.by))
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The certification of an id.
pub async fn find(conn: &mut PgConnection, id: CertificationId) -> Result<Option<Certification>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM certifications WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Certification::try_from).transpose()
}

/// The certification of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CertificationId) -> Result<Option<Certification>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM certifications WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Certification::try_from).transpose()
}

/// The certifications of many organisations, newest first, in one statement.
pub async fn load_many_of(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<Certification>>> {
    let ids: Vec<Uuid> = organizations.iter().map(OrganizationId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM certifications WHERE organization_id = ANY ($1)
         ORDER BY valid_from DESC, id DESC"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<OrganizationId, Vec<Certification>> = HashMap::new();
    for row in rows {
        let one = Certification::try_from(row)?;
        found.entry(one.organization_id).or_default().push(one);
    }
    Ok(found)
}
