//! 户 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{GridCode, keys::ResidentId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::household::{Household, HouseholdId, Member};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    community_code: String,
    grid_code: Option<String>,
    demo: bool,
    created_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, community_code, grid_code, demo, created_at"
    };
}

impl TryFrom<Row> for Household {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("households", column, row.id);
        Ok(Self {
            id: HouseholdId::from_uuid(row.id),
            community_code: row
                .community_code
                .parse()
                .map_err(|_| bad("community_code"))?,
            grid_code: row
                .grid_code
                .map(|code| code.parse())
                .transpose()
                .map_err(|_| bad("grid_code"))?,
            demo: row.demo,
            created_at: row.created_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    household_id: Uuid,
    resident_id: Uuid,
    relation: String,
    since: DateTime<Utc>,
}

impl TryFrom<MemberRow> for Member {
    type Error = Error;

    fn try_from(row: MemberRow) -> Result<Self> {
        let bad = |_| Error::inconsistent("household_members", "relation", row.household_id);
        Ok(Self {
            household_id: HouseholdId::from_uuid(row.household_id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            relation: row.relation.parse().map_err(bad)?,
            since: row.since,
        })
    }
}

/// Writes a new household.
pub async fn insert(conn: &mut PgConnection, household: &Household) -> Result<()> {
    sqlx::query(
        "INSERT INTO households (id, community_code, grid_code, demo, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(household.id.as_uuid())
    .bind(household.community_code.as_str())
    .bind(household.grid_code.as_ref().map(GridCode::as_str))
    .bind(household.demo)
    .bind(household.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a new member.
pub async fn insert_member(conn: &mut PgConnection, member: &Member) -> Result<()> {
    sqlx::query(
        "INSERT INTO household_members (household_id, resident_id, relation, period)
         VALUES ($1, $2, $3, tstzrange($4, NULL))",
    )
    .bind(member.household_id.as_uuid())
    .bind(member.resident_id.as_uuid())
    .bind(member.relation.as_str())
    .bind(member.since)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the membership of somebody who moved or died. One that began at this
/// very instant keeps a moment's length.
pub async fn end_membership(
    conn: &mut PgConnection,
    resident: ResidentId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "UPDATE household_members
         SET period = tstzrange(lower(period), greatest($2, lower(period) + interval '1 microsecond'))
         WHERE resident_id = $1 AND upper_inf(period)",
    )
    .bind(resident.as_uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The household of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: HouseholdId) -> Result<Option<Household>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM households WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Household::try_from).transpose()
}

/// Many households in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[HouseholdId],
) -> Result<HashMap<HouseholdId, Household>> {
    let ids: Vec<Uuid> = ids.iter().map(HouseholdId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM households WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Household::try_from(row).map(|household| (household.id, household)))
        .collect()
}

/// The present members of households, the head first.
pub async fn load_members(
    conn: &mut PgConnection,
    ids: &[HouseholdId],
) -> Result<HashMap<HouseholdId, Vec<Member>>> {
    let ids: Vec<Uuid> = ids.iter().map(HouseholdId::as_uuid).collect();
    let rows: Vec<MemberRow> = sqlx::query_as(
        "SELECT household_id, resident_id, relation, lower(period) AS since
         FROM household_members WHERE household_id = ANY ($1) AND upper_inf(period)
         ORDER BY household_id, relation <> 'HEAD', lower(period), resident_id",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut members: HashMap<HouseholdId, Vec<Member>> = HashMap::new();
    for row in rows {
        let member = Member::try_from(row)?;
        members.entry(member.household_id).or_default().push(member);
    }
    Ok(members)
}

/// The household each resident lives in.
pub async fn load_of_residents(
    conn: &mut PgConnection,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, HouseholdId>> {
    let ids: Vec<Uuid> = residents.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT resident_id, household_id FROM household_members
         WHERE resident_id = ANY ($1) AND upper_inf(period)",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(resident, household)| {
            (
                ResidentId::from_uuid(resident),
                HouseholdId::from_uuid(household),
            )
        })
        .collect())
}
