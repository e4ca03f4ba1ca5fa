//! 采购需求 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Fen, Page,
    keys::{CommunityId, FundId, ProcurementNeedId, ProposalId, TraceId},
};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, uuids};
use crate::domain::{
    fund::EntryId,
    line::{NeedLine, Word},
    need::{Consultation, Ended, NeedFilter, ProcurementNeed, Reservation},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    proposal_id: Option<Uuid>,
    community_id: Uuid,
    division_code: String,
    title: String,
    elder_care: bool,
    state: String,
    version: i32,
    raised_by: String,
    raised_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    method: String,
    consulted_proposal: Option<Uuid>,
    participants: Option<i32>,
    summary: Option<String>,
    fund_id: Option<Uuid>,
    reserved_fen: Option<i64>,
    ended_reason: Option<String>,
    ended_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    need_id: Uuid,
    description: String,
    kind: String,
    unit: String,
    quantity: i64,
    unit_ceiling_fen: i64,
}

/// The columns of [`LineRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! line_columns {
    () => {
        "need_id, description, kind, unit, quantity, unit_ceiling_fen"
    };
}

impl TryFrom<LineRow> for NeedLine {
    type Error = Error;

    fn try_from(row: LineRow) -> Result<Self> {
        let bad = |_| Error::inconsistent("procurement_need_lines", "kind", row.need_id);
        Ok(Self {
            kind: row.kind.parse().map_err(bad)?,
            description: row.description,
            unit: row.unit,
            quantity: row.quantity,
            unit_ceiling: Fen::new(row.unit_ceiling_fen),
        })
    }
}

fn whole(row: Row, lines: Vec<NeedLine>) -> Result<ProcurementNeed> {
    let bad = |column| Error::inconsistent("procurement_needs", column, row.id);
    let held = row.fund_id.zip(row.reserved_fen);
    Ok(ProcurementNeed {
        id: ProcurementNeedId::from_uuid(row.id),
        trace_id: TraceId::from_uuid(row.trace_id),
        proposal_id: row.proposal_id.map(ProposalId::from_uuid),
        community_id: CommunityId::from_uuid(row.community_id),
        division_code: row
            .division_code
            .parse()
            .map_err(|_| bad("division_code"))?,
        elder_care: row.elder_care,
        lines,
        consultation: Consultation {
            method: row.method.parse().map_err(|_| bad("method"))?,
            proposal_id: row.consulted_proposal.map(ProposalId::from_uuid),
            participants: row.participants,
            summary: row.summary,
        },
        reservation: held.map(|(fund, amount)| Reservation {
            fund_id: FundId::from_uuid(fund),
            amount: Fen::new(amount),
        }),
        state: row.state.parse().map_err(|_| bad("state"))?,
        title: row.title,
        version: row.version,
        raised_by: row.raised_by,
        raised_at: row.raised_at,
        updated_at: row.updated_at,
        ended: row
            .ended_reason
            .zip(row.ended_at)
            .map(|(reason, at)| Ended { reason, at }),
    })
}

/// Writes a new need with its lines and consultation.
pub async fn insert(conn: &mut PgConnection, need: &ProcurementNeed) -> Result<()> {
    sqlx::query(
        "INSERT INTO procurement_needs (id, trace_id, proposal_id, community_id, division_code,
             title, elder_care, state, version, raised_by, raised_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(need.id.as_uuid())
    .bind(need.trace_id.as_uuid())
    .bind(need.proposal_id.map(|id| id.as_uuid()))
    .bind(need.community_id.as_uuid())
    .bind(need.division_code.as_str())
    .bind(&need.title)
    .bind(need.elder_care)
    .bind(need.state.as_str())
    .bind(need.version)
    .bind(&need.raised_by)
    .bind(need.raised_at)
    .bind(need.updated_at)
    .execute(&mut *conn)
    .await?;
    for (seq, line) in (0_i32..).zip(&need.lines) {
        sqlx::query(
            "INSERT INTO procurement_need_lines
                 (need_id, seq, description, kind, unit, quantity, unit_ceiling_fen)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(need.id.as_uuid())
        .bind(seq)
        .bind(&line.description)
        .bind(line.kind.as_str())
        .bind(&line.unit)
        .bind(line.quantity)
        .bind(line.unit_ceiling.get())
        .execute(&mut *conn)
        .await?;
    }
    let asked = &need.consultation;
    sqlx::query(
        "INSERT INTO need_consultations
             (need_id, method, proposal_id, participants, summary, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(need.id.as_uuid())
    .bind(asked.method.as_str())
    .bind(asked.proposal_id.map(|id| id.as_uuid()))
    .bind(asked.participants)
    .bind(&asked.summary)
    .bind(need.raised_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, need: &mut ProcurementNeed) -> Result<()> {
    let done = sqlx::query(
        "UPDATE procurement_needs SET state = $3, version = version + 1, updated_at = $4,
             ended_reason = $5, ended_at = $6
         WHERE id = $1 AND version = $2",
    )
    .bind(need.id.as_uuid())
    .bind(need.version)
    .bind(need.state.as_str())
    .bind(need.updated_at)
    .bind(need.ended.as_ref().map(|ended| ended.reason.as_str()))
    .bind(need.ended.as_ref().map(|ended| ended.at))
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    need.version += 1;
    Ok(())
}

/// Writes the budget held for a need.
pub async fn insert_reservation(
    conn: &mut PgConnection,
    need: &ProcurementNeed,
    held: Reservation,
    entry: EntryId,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO reservations (need_id, fund_id, amount_fen, entry_id, reserved_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(need.id.as_uuid())
    .bind(held.fund_id.as_uuid())
    .bind(held.amount.get())
    .bind(entry.as_uuid())
    .bind(need.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The need of an id, locked until the end of the transaction.
pub async fn lock(
    conn: &mut PgConnection,
    id: ProcurementNeedId,
) -> Result<Option<ProcurementNeed>> {
    sqlx::query("SELECT id FROM procurement_needs WHERE id = $1 FOR UPDATE")
        .bind(id.as_uuid())
        .execute(&mut *conn)
        .await?;
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// Many needs; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ProcurementNeedId],
) -> Result<HashMap<ProcurementNeedId, ProcurementNeed>> {
    let found = load_by(conn, "n.id", uuids(ids)).await?;
    Ok(found.into_iter().map(|need| (need.id, need)).collect())
}

/// Many needs by the chains they belong to.
pub async fn load_many_by_trace(
    conn: &mut PgConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, ProcurementNeed>> {
    let found = load_by(conn, "n.trace_id", uuids(traces)).await?;
    Ok(found
        .into_iter()
        .map(|need| (need.trace_id, need))
        .collect())
}

/// A page of needs, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &NeedFilter,
    page: &Page,
) -> Result<Vec<ProcurementNeed>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new("SELECT id FROM procurement_needs WHERE TRUE");
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let ids: Vec<Uuid> = query.build_query_scalar().fetch_all(&mut *conn).await?;
    let mut found: HashMap<Uuid, ProcurementNeed> = load_by(conn, "n.id", ids.clone())
        .await?
        .into_iter()
        .map(|need| (need.id.as_uuid(), need))
        .collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

async fn load_by(
    conn: &mut PgConnection,
    column: &'static str,
    keys: Vec<Uuid>,
) -> Result<Vec<ProcurementNeed>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT n.id, n.trace_id, n.proposal_id, n.community_id, n.division_code, n.title,
                n.elder_care, n.state, n.version, n.raised_by, n.raised_at, n.updated_at,
                c.method, c.proposal_id AS consulted_proposal, c.participants, c.summary,
                r.fund_id, r.amount_fen AS reserved_fen, n.ended_reason, n.ended_at
         FROM procurement_needs n
         JOIN need_consultations c ON c.need_id = n.id
         LEFT JOIN reservations r ON r.need_id = n.id WHERE ",
    );
    // The latest last: of a chain it is the one that counts.
    query
        .push(column)
        .push(" = ANY (")
        .push_bind(keys)
        .push(") ORDER BY n.id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<LineRow> = sqlx::query_as(concat!(
        "SELECT ",
        line_columns!(),
        " FROM procurement_need_lines WHERE need_id = ANY ($1) ORDER BY need_id, seq"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut of_need = super::grouped(lines, |line| line.need_id);
    rows.into_iter()
        .map(|row| {
            let lines = of_need.remove(&row.id).unwrap_or_default();
            let lines: Result<Vec<NeedLine>> = lines.into_iter().map(NeedLine::try_from).collect();
            whole(row, lines?)
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct WordRow {
    word: String,
    place: String,
    reason: String,
}

/// The words by which a line gives itself away, in force on a day.
pub async fn words(conn: &mut PgConnection, on: NaiveDate) -> Result<Vec<Word>> {
    // The longest first, so that the refusal names the plainest wording.
    let rows: Vec<WordRow> = sqlx::query_as(
        "SELECT word, place, reason FROM need_line_words WHERE effective @> $1
         ORDER BY length(word) DESC, word, place",
    )
    .bind(on)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let bad = |column| Error::inconsistent("need_line_words", column, &row.word);
            Ok(Word {
                place: row.place.parse().map_err(|_| bad("place"))?,
                reason: row.reason.parse().map_err(|_| bad("reason"))?,
                word: row.word.clone(),
            })
        })
        .collect()
}
