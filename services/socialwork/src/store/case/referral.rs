//! 转介 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Page, keys::OrganizationId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::{Reading, one};
use crate::domain::case::{
    CaseId,
    consent::CaseConsentId,
    referral::{CaseReferral, CaseReferralId, ReferralState},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    case_id: Uuid,
    division_code: String,
    round: i32,
    to_organization_id: Uuid,
    purpose: String,
    fields: Vec<String>,
    consent_id: Uuid,
    hand_over: bool,
    state: String,
    reason: Option<String>,
    sent_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
}

macro_rules! columns {
    () => {
        "id, case_id, division_code, round, to_organization_id, purpose, fields, consent_id,
         hand_over, state, reason, sent_at, answered_at"
    };
}

impl TryFrom<Row> for CaseReferral {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "case_referrals",
            id: row.id,
        };
        Ok(Self {
            id: CaseReferralId::from_uuid(row.id),
            case_id: CaseId::from_uuid(row.case_id),
            division_code: read.word("division_code", &row.division_code)?,
            round: row.round,
            to_organization_id: OrganizationId::from_uuid(row.to_organization_id),
            purpose: read.word("purpose", &row.purpose)?,
            fields: read.words("fields", &row.fields)?,
            consent_id: CaseConsentId::from_uuid(row.consent_id),
            hand_over: row.hand_over,
            state: read.word("state", &row.state)?,
            reason: row.reason,
            sent_at: row.sent_at,
            answered_at: row.answered_at,
        })
    }
}

/// Writes a referral with the sealed words for its receiver.
pub async fn insert(
    conn: &mut PgConnection,
    referral: &CaseReferral,
    summary: &[u8],
    by: &str,
) -> Result<()> {
    let fields: Vec<&str> = referral.fields.iter().map(|field| field.as_str()).collect();
    sqlx::query(
        "INSERT INTO case_referrals (id, case_id, division_code, round, to_organization_id,
             purpose, fields, consent_id, hand_over, summary_enc, state, sent_by, sent_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(referral.id.as_uuid())
    .bind(referral.case_id.as_uuid())
    .bind(referral.division_code.as_str())
    .bind(referral.round)
    .bind(referral.to_organization_id.as_uuid())
    .bind(referral.purpose.as_str())
    .bind(&fields)
    .bind(referral.consent_id.as_uuid())
    .bind(referral.hand_over)
    .bind(summary)
    .bind(referral.state.as_str())
    .bind(by)
    .bind(referral.sent_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what the receiver answered.
pub async fn answer(conn: &mut PgConnection, referral: &CaseReferral, by: &str) -> Result<()> {
    let done = sqlx::query(
        "UPDATE case_referrals SET state = $2, reason = $3, answered_by = $4, answered_at = $5
         WHERE id = $1 AND state = 'SENT'",
    )
    .bind(referral.id.as_uuid())
    .bind(referral.state.as_str())
    .bind(&referral.reason)
    .bind(by)
    .bind(referral.answered_at)
    .execute(conn)
    .await?;
    one(&done)
}

/// A referral, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CaseReferralId) -> Result<Option<CaseReferral>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM case_referrals WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(CaseReferral::try_from).transpose()
}

/// The sealed words for the receiver, and whose case it is.
pub async fn find_summary(conn: &mut PgConnection, id: CaseReferralId) -> Result<(Vec<u8>, Uuid)> {
    Ok(sqlx::query_as(
        "SELECT r.summary_enc, c.client_resident_id
         FROM case_referrals r JOIN cases c ON c.id = r.case_id WHERE r.id = $1",
    )
    .bind(id.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// A page of what was referred to an organisation, newest first.
pub async fn list(
    conn: &mut PgConnection,
    organization: Uuid,
    state: Option<ReferralState>,
    page: &Page,
) -> Result<Vec<CaseReferral>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM case_referrals WHERE to_organization_id = "
    ));
    query.push_bind(organization);
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    super::super::push_page(&mut query, "id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(CaseReferral::try_from).collect()
}

/// The referrals of many cases, newest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<CaseReferral>>> {
    let ids: Vec<Uuid> = cases.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM case_referrals WHERE case_id = ANY ($1) ORDER BY id DESC"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<CaseId, Vec<CaseReferral>> = HashMap::new();
    for row in rows {
        let referral = CaseReferral::try_from(row)?;
        found.entry(referral.case_id).or_default().push(referral);
    }
    Ok(found)
}
