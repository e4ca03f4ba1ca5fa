//! 资助协议 in SQL, with its instalments and evaluations.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{ExpertId, FundId, OrganizationId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{
    fund::EntryId,
    venture_agreement::{
        Tranche, TrancheId, VentureAgreement, VentureAgreementId, VentureEvaluation,
        VentureEvaluationId,
    },
    venture_application::VentureApplicationId,
    venture_round::VentureRoundId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    application_id: Uuid,
    round_id: Uuid,
    organization_id: Uuid,
    legal_person: bool,
    fiscal_host_id: Option<Uuid>,
    fund_id: Uuid,
    division_code: String,
    amount_fen: i64,
    state: String,
    version: i32,
    signed_by: String,
    signed_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_reason: Option<String>,
    to_recover_fen: i64,
    recovered_fen: i64,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, application_id, round_id, organization_id, legal_person, fiscal_host_id, fund_id,
         division_code, amount_fen, state, version, signed_by, signed_at, ended_at, ended_reason,
         to_recover_fen, recovered_fen, updated_at"
    };
}

#[derive(sqlx::FromRow)]
struct TrancheRow {
    id: Uuid,
    agreement_id: Uuid,
    seq: i32,
    amount_fen: i64,
    entry_id: Option<Uuid>,
    paid_by: Option<String>,
    paid_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct EvaluationRow {
    id: Uuid,
    agreement_id: Uuid,
    stage: String,
    passed: bool,
    report: String,
    evaluator_id: Uuid,
    evaluated_at: DateTime<Utc>,
}

impl TryFrom<EvaluationRow> for VentureEvaluation {
    type Error = Error;

    fn try_from(row: EvaluationRow) -> Result<Self> {
        let bad = |_| Error::inconsistent("venture_evaluations", "stage", row.id);
        Ok(Self {
            id: VentureEvaluationId::from_uuid(row.id),
            stage: row.stage.parse().map_err(bad)?,
            passed: row.passed,
            report: row.report,
            evaluator_id: ExpertId::from_uuid(row.evaluator_id),
            evaluated_at: row.evaluated_at,
        })
    }
}

fn whole(
    row: Row,
    tranches: Vec<TrancheRow>,
    evaluations: Vec<EvaluationRow>,
) -> Result<VentureAgreement> {
    let bad = |column| Error::inconsistent("venture_agreements", column, row.id);
    let tranche = |one: TrancheRow| Tranche {
        id: TrancheId::from_uuid(one.id),
        seq: one.seq,
        amount: Fen::new(one.amount_fen),
        entry_id: one.entry_id.map(EntryId::from_uuid),
        paid_by: one.paid_by,
        paid_at: one.paid_at,
    };
    let evaluations: Result<Vec<VentureEvaluation>> = evaluations
        .into_iter()
        .map(VentureEvaluation::try_from)
        .collect();
    Ok(VentureAgreement {
        id: VentureAgreementId::from_uuid(row.id),
        application_id: VentureApplicationId::from_uuid(row.application_id),
        round_id: VentureRoundId::from_uuid(row.round_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        legal_person: row.legal_person,
        fiscal_host_id: row.fiscal_host_id.map(OrganizationId::from_uuid),
        fund_id: FundId::from_uuid(row.fund_id),
        division_code: row
            .division_code
            .parse()
            .map_err(|_| bad("division_code"))?,
        amount: Fen::new(row.amount_fen),
        state: row.state.parse().map_err(|_| bad("state"))?,
        version: row.version,
        signed_by: row.signed_by,
        signed_at: row.signed_at,
        ended_at: row.ended_at,
        ended_reason: row.ended_reason,
        to_recover: Fen::new(row.to_recover_fen),
        recovered: Fen::new(row.recovered_fen),
        updated_at: row.updated_at,
        tranches: tranches.into_iter().map(tranche).collect(),
        evaluations: evaluations?,
    })
}

/// Writes a new agreement with its instalments.
pub async fn insert(conn: &mut PgConnection, one: &VentureAgreement) -> Result<()> {
    sqlx::query(
        "INSERT INTO venture_agreements (id, application_id, round_id, organization_id,
             legal_person, fiscal_host_id, fund_id, division_code, amount_fen, state, version,
             signed_by, signed_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(one.id.as_uuid())
    .bind(one.application_id.as_uuid())
    .bind(one.round_id.as_uuid())
    .bind(one.organization_id.as_uuid())
    .bind(one.legal_person)
    .bind(one.fiscal_host_id.map(|id| id.as_uuid()))
    .bind(one.fund_id.as_uuid())
    .bind(one.division_code.as_str())
    .bind(one.amount.get())
    .bind(one.state.as_str())
    .bind(one.version)
    .bind(&one.signed_by)
    .bind(one.signed_at)
    .bind(one.updated_at)
    .execute(&mut *conn)
    .await?;
    for tranche in &one.tranches {
        sqlx::query(
            "INSERT INTO venture_tranches (id, agreement_id, seq, amount_fen)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(tranche.id.as_uuid())
        .bind(one.id.as_uuid())
        .bind(tranche.seq)
        .bind(tranche.amount.get())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut VentureAgreement) -> Result<()> {
    let done = sqlx::query(
        "UPDATE venture_agreements SET state = $3, ended_at = $4, ended_reason = $5,
             to_recover_fen = $6, recovered_fen = $7, updated_at = $8, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(one.ended_at)
    .bind(&one.ended_reason)
    .bind(one.to_recover.get())
    .bind(one.recovered.get())
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// Writes that an instalment was paid.
pub async fn set_paid(conn: &mut PgConnection, tranche: &Tranche) -> Result<()> {
    let done = sqlx::query(
        "UPDATE venture_tranches SET entry_id = $2, paid_by = $3, paid_at = $4
         WHERE id = $1 AND paid_at IS NULL",
    )
    .bind(tranche.id.as_uuid())
    .bind(tranche.entry_id.map(|id| id.as_uuid()))
    .bind(&tranche.paid_by)
    .bind(tranche.paid_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// Writes an evaluation.
pub async fn insert_evaluation(
    conn: &mut PgConnection,
    agreement: VentureAgreementId,
    one: &VentureEvaluation,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO venture_evaluations
             (id, agreement_id, stage, passed, report, evaluator_id, evaluated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(one.id.as_uuid())
    .bind(agreement.as_uuid())
    .bind(one.stage.as_str())
    .bind(one.passed)
    .bind(&one.report)
    .bind(one.evaluator_id.as_uuid())
    .bind(one.evaluated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Many agreements; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VentureAgreementId],
) -> Result<HashMap<VentureAgreementId, VentureAgreement>> {
    let found = load_by(conn, "id", uuids(ids)).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// The agreements of many rounds, oldest first.
pub async fn load_many_by_round(
    conn: &mut PgConnection,
    rounds: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureAgreement>>> {
    let found = load_by(conn, "round_id", uuids(rounds)).await?;
    Ok(grouped(found, |one| one.round_id))
}

async fn load_by(
    conn: &mut PgConnection,
    column: &'static str,
    keys: Vec<Uuid>,
) -> Result<Vec<VentureAgreement>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_agreements WHERE "
    ));
    query
        .push(column)
        .push(" = ANY (")
        .push_bind(keys)
        .push(") ORDER BY id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let tranches: Vec<TrancheRow> = sqlx::query_as(
        "SELECT id, agreement_id, seq, amount_fen, entry_id, paid_by, paid_at
         FROM venture_tranches WHERE agreement_id = ANY ($1) ORDER BY agreement_id, seq",
    )
    .bind(&ids)
    .fetch_all(&mut *conn)
    .await?;
    let evaluations: Vec<EvaluationRow> = sqlx::query_as(
        "SELECT id, agreement_id, stage, passed, report, evaluator_id, evaluated_at
         FROM venture_evaluations WHERE agreement_id = ANY ($1) ORDER BY id",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut paid = grouped(tranches, |one| one.agreement_id);
    let mut judged = grouped(evaluations, |one| one.agreement_id);
    rows.into_iter()
        .map(|row| {
            let tranches = paid.remove(&row.id).unwrap_or_default();
            let evaluations = judged.remove(&row.id).unwrap_or_default();
            whole(row, tranches, evaluations)
        })
        .collect()
}
