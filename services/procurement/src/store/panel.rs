//! 评审小组 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{ExpertId, TenderId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{replacement, uuids};
use crate::domain::panel::{Member, Panel};

#[derive(sqlx::FromRow)]
struct Row {
    tender_id: Uuid,
    seed_commitment: String,
    seed: String,
    pool_size: i32,
    formed_by: String,
    formed_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "tender_id, seed_commitment, seed, pool_size, formed_by, formed_at"
    };
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    tender_id: Uuid,
    expert_id: Uuid,
    role: String,
}

/// The columns of [`MemberRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! member_columns {
    () => {
        "tender_id, expert_id, role"
    };
}

/// Writes a new panel with its members.
pub async fn insert(conn: &mut PgConnection, panel: &Panel) -> Result<()> {
    sqlx::query(
        "INSERT INTO panels (tender_id, seed_commitment, seed, pool_size, formed_by, formed_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(panel.tender_id.as_uuid())
    .bind(&panel.seed_commitment)
    .bind(&panel.seed)
    .bind(panel.pool_size)
    .bind(&panel.formed_by)
    .bind(panel.formed_at)
    .execute(&mut *conn)
    .await?;
    for (order, member) in (0_i32..).zip(&panel.members) {
        sqlx::query(
            "INSERT INTO panel_members (tender_id, expert_id, role, draw_order)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(panel.tender_id.as_uuid())
        .bind(member.expert_id.as_uuid())
        .bind(member.role.as_str())
        .bind(order)
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query("INSERT INTO panel_recusals (tender_id, expert_id) SELECT $1, unnest($2::uuid[])")
        .bind(panel.tender_id.as_uuid())
        .bind(uuids(&panel.recused))
        .execute(conn)
        .await?;
    Ok(())
}

/// The panel of a tender.
pub async fn find(conn: &mut PgConnection, tender: TenderId) -> Result<Option<Panel>> {
    Ok(load_many(conn, &[tender]).await?.remove(&tender))
}

/// The panels of many tenders.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Panel>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM panels WHERE tender_id = ANY ($1)"
    ))
    .bind(uuids(tenders))
    .fetch_all(&mut *conn)
    .await?;
    let members: Vec<MemberRow> = sqlx::query_as(concat!(
        "SELECT ",
        member_columns!(),
        " FROM panel_members WHERE tender_id = ANY ($1) AND NOT prc_replaced(tender_id, expert_id)
         ORDER BY tender_id, draw_order"
    ))
    .bind(uuids(tenders))
    .fetch_all(&mut *conn)
    .await?;
    let recused: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT tender_id, expert_id FROM panel_recusals WHERE tender_id = ANY ($1)
         ORDER BY tender_id, expert_id",
    )
    .bind(uuids(tenders))
    .fetch_all(&mut *conn)
    .await?;
    let mut replacements = replacement::load_many(conn, tenders).await?;
    let mut panels: HashMap<TenderId, Panel> = rows
        .into_iter()
        .map(|row| {
            let tender_id = TenderId::from_uuid(row.tender_id);
            let panel = Panel {
                tender_id,
                seed_commitment: row.seed_commitment,
                seed: row.seed,
                pool_size: row.pool_size,
                recused: Vec::new(),
                members: Vec::new(),
                replacements: replacements.remove(&tender_id).unwrap_or_default(),
                formed_by: row.formed_by,
                formed_at: row.formed_at,
            };
            (tender_id, panel)
        })
        .collect();
    for row in members {
        let bad = |_| Error::inconsistent("panel_members", "role", row.expert_id);
        let role = row.role.parse().map_err(bad)?;
        if let Some(panel) = panels.get_mut(&TenderId::from_uuid(row.tender_id)) {
            panel.members.push(Member {
                expert_id: ExpertId::from_uuid(row.expert_id),
                role,
            });
        }
    }
    for (tender, expert) in recused {
        if let Some(panel) = panels.get_mut(&TenderId::from_uuid(tender)) {
            panel.recused.push(ExpertId::from_uuid(expert));
        }
    }
    Ok(panels)
}
