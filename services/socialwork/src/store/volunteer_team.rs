//! 志愿者队伍 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Page,
    keys::{CommunityId, SocialWorkerId, VolunteerId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, member::Members, one};
use crate::domain::volunteer_team::{VolunteerTeam, VolunteerTeamId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    community_id: Uuid,
    division_code: String,
    lead_id: Uuid,
    name: String,
    aim: String,
    members: i64,
    founded_at: DateTime<Utc>,
    disbanded_at: Option<DateTime<Utc>>,
}

const SELECT: &str = "SELECT t.id, t.community_id, t.division_code, t.lead_id, t.name, t.aim,
    t.founded_at, t.disbanded_at,
    (SELECT count(*) FROM volunteer_team_members m
     WHERE m.team_id = t.id AND m.left_at IS NULL) AS members
    FROM volunteer_teams t";

impl TryFrom<Row> for VolunteerTeam {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "volunteer_teams",
            id: row.id,
        };
        Ok(Self {
            id: VolunteerTeamId::from_uuid(row.id),
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: read.word("division_code", &row.division_code)?,
            lead_id: SocialWorkerId::from_uuid(row.lead_id),
            name: row.name,
            aim: row.aim,
            members: row.members,
            founded_at: row.founded_at,
            disbanded_at: row.disbanded_at,
        })
    }
}

/// Writes a new team.
pub async fn insert(conn: &mut PgConnection, team: &VolunteerTeam) -> Result<()> {
    sqlx::query(
        "INSERT INTO volunteer_teams (id, community_id, division_code, lead_id, name, aim, founded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(team.id.as_uuid())
    .bind(team.community_id.as_uuid())
    .bind(team.division_code.as_str())
    .bind(team.lead_id.as_uuid())
    .bind(&team.name)
    .bind(&team.aim)
    .bind(team.founded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes that a team was disbanded.
pub async fn disband(conn: &mut PgConnection, team: &VolunteerTeam) -> Result<()> {
    let done = sqlx::query(
        "UPDATE volunteer_teams SET disbanded_at = $2 WHERE id = $1 AND disbanded_at IS NULL",
    )
    .bind(team.id.as_uuid())
    .bind(team.disbanded_at)
    .execute(conn)
    .await?;
    one(&done)
}

/// A team, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: VolunteerTeamId) -> Result<Option<VolunteerTeam>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE t.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF t");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(VolunteerTeam::try_from).transpose()
}

/// Many teams.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VolunteerTeamId],
) -> Result<HashMap<VolunteerTeamId, VolunteerTeam>> {
    let ids: Vec<Uuid> = ids.iter().map(VolunteerTeamId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE t.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| VolunteerTeam::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of teams that stand, newest first.
pub async fn list(
    conn: &mut PgConnection,
    (division, community): (Option<&DivisionCode>, Option<CommunityId>),
    page: &Page,
) -> Result<Vec<VolunteerTeam>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE t.disbanded_at IS NULL");
    super::push_within(&mut query, "t.division_code", division);
    if let Some(community) = community {
        query
            .push(" AND t.community_id = ")
            .push_bind(community.as_uuid());
    }
    super::push_page(&mut query, "t.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(VolunteerTeam::try_from).collect()
}

const MEMBERS: Members = Members {
    table: "volunteer_team_members",
    of: "team_id",
    who: "volunteer_id",
};

/// A volunteer joins, or comes back.
pub async fn join(
    conn: &mut PgConnection,
    team: VolunteerTeamId,
    volunteer: VolunteerId,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = (team.as_uuid(), volunteer.as_uuid());
    MEMBERS.join(conn, row, at).await
}

/// A volunteer leaves.
pub async fn leave(
    conn: &mut PgConnection,
    team: VolunteerTeamId,
    volunteer: VolunteerId,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = (team.as_uuid(), volunteer.as_uuid());
    MEMBERS.leave(conn, row, at).await
}
