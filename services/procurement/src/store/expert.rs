//! 评审专家 in SQL. Names are stored encrypted; the caller holds the keys.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    PiiKeys,
    keys::{ExpertId, OrganizationId, ResidentId, TenderId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::uuids;
use crate::domain::expert::{Expert, Relation};

/// What the cipher binds a name to.
pub(super) const NAME: &str = "experts.name";

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Option<Uuid>,
    name: Option<Vec<u8>>,
    specialty: String,
    organization_id: Option<Uuid>,
    of_buyer: bool,
    registered_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resident_id, name, specialty, organization_id, of_buyer, registered_at"
    };
}

/// Writes a new expert.
pub async fn insert(conn: &mut PgConnection, keys: &PiiKeys, expert: &Expert) -> Result<()> {
    sqlx::query(
        "INSERT INTO experts
             (id, resident_id, name, specialty, organization_id, of_buyer, registered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(expert.id.as_uuid())
    .bind(expert.resident_id.map(|id| id.as_uuid()))
    .bind(
        expert
            .name
            .as_deref()
            .map(|name| keys.encrypt_text(NAME, name)),
    )
    .bind(&expert.specialty)
    .bind(expert.organization_id.map(|id| id.as_uuid()))
    .bind(expert.of_buyer)
    .bind(expert.registered_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Many experts in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    keys: &PiiKeys,
    ids: &[ExpertId],
) -> Result<HashMap<ExpertId, Expert>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM experts WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let id = ExpertId::from_uuid(row.id);
            let name = row
                .name
                .map(|stored| keys.decrypt_text(NAME, &stored))
                .transpose();
            let expert = Expert {
                id,
                resident_id: row.resident_id.map(ResidentId::from_uuid),
                name: name.map_err(|_| Error::inconsistent("experts", "name", row.id))?,
                specialty: row.specialty,
                organization_id: row.organization_id.map(OrganizationId::from_uuid),
                of_buyer: row.of_buyer,
                registered_at: row.registered_at,
            };
            Ok((id, expert))
        })
        .collect()
}

/// Writes a relation to a supplier.
pub async fn insert_relation(conn: &mut PgConnection, relation: &Relation) -> Result<()> {
    sqlx::query(
        "INSERT INTO expert_relations (id, expert_id, organization_id, kind, ended_on, declared_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(relation.id)
    .bind(relation.expert_id.as_uuid())
    .bind(relation.organization_id.as_uuid())
    .bind(relation.kind.as_str())
    .bind(relation.ended_on)
    .bind(relation.declared_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Who of these has a conflict with a bidder of the tender.
pub async fn conflicted(
    conn: &mut PgConnection,
    tender: TenderId,
    experts: &[ExpertId],
    on: NaiveDate,
) -> Result<Vec<ExpertId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM unnest($2::uuid[]) AS id WHERE prc_conflicted($1, id, $3)",
    )
    .bind(tender.as_uuid())
    .bind(uuids(experts))
    .bind(on)
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(ExpertId::from_uuid).collect())
}

/// Everybody who may be drawn today: those who are not of the buyer.
pub async fn registered(conn: &mut PgConnection) -> Result<Vec<ExpertId>> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM experts WHERE NOT of_buyer ORDER BY id")
            .fetch_all(conn)
            .await?;
    Ok(ids.into_iter().map(ExpertId::from_uuid).collect())
}
