//! 知情同意 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::OrganizationId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{Reading, one};
use crate::domain::case::{
    CaseId,
    consent::{CaseConsent, CaseConsentId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    case_id: Uuid,
    purpose: String,
    receiver_id: Uuid,
    fields: Vec<String>,
    signing: String,
    expires_on: NaiveDate,
    given_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
}

macro_rules! columns {
    () => {
        "id, case_id, purpose, receiver_id, fields, signing, expires_on, given_at, withdrawn_at"
    };
}

impl TryFrom<Row> for CaseConsent {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "case_consents",
            id: row.id,
        };
        Ok(Self {
            id: CaseConsentId::from_uuid(row.id),
            case_id: CaseId::from_uuid(row.case_id),
            purpose: read.word("purpose", &row.purpose)?,
            receiver_id: OrganizationId::from_uuid(row.receiver_id),
            fields: read.words("fields", &row.fields)?,
            signing: read.word("signing", &row.signing)?,
            expires_on: row.expires_on,
            given_at: row.given_at,
            withdrawn_at: row.withdrawn_at,
        })
    }
}

/// Writes a consent.
pub async fn insert(
    conn: &mut PgConnection,
    consent: &CaseConsent,
    paper: Option<&str>,
    by: &str,
) -> Result<()> {
    let fields: Vec<&str> = consent.fields.iter().map(|field| field.as_str()).collect();
    sqlx::query(
        "INSERT INTO case_consents (id, case_id, purpose, receiver_id, fields, signing, paper,
             expires_on, given_by, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(consent.id.as_uuid())
    .bind(consent.case_id.as_uuid())
    .bind(consent.purpose.as_str())
    .bind(consent.receiver_id.as_uuid())
    .bind(&fields)
    .bind(consent.signing.as_str())
    .bind(paper)
    .bind(consent.expires_on)
    .bind(by)
    .bind(consent.given_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes that a consent was withdrawn.
pub async fn withdraw(conn: &mut PgConnection, consent: &CaseConsent) -> Result<()> {
    let done = sqlx::query(
        "UPDATE case_consents SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL",
    )
    .bind(consent.id.as_uuid())
    .bind(consent.withdrawn_at)
    .execute(conn)
    .await?;
    one(&done)
}

/// A consent, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CaseConsentId) -> Result<Option<CaseConsent>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM case_consents WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(CaseConsent::try_from).transpose()
}

/// The consents of many cases, newest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<CaseConsent>>> {
    let ids: Vec<Uuid> = cases.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM case_consents WHERE case_id = ANY ($1) ORDER BY id DESC"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<CaseId, Vec<CaseConsent>> = HashMap::new();
    for row in rows {
        let consent = CaseConsent::try_from(row)?;
        found.entry(consent.case_id).or_default().push(consent);
    }
    Ok(found)
}
