//! 访问记录 in SQL: append and read, nothing else.

use chrono::{DateTime, Utc};
use kernel::{Direction, DivisionCode, Page, keys::ResidentId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    access_log::{Access, AccessId},
    resident::PersonalField,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    actor_name: Option<String>,
    roles: Vec<String>,
    organization_id: Option<Uuid>,
    division_code: Option<String>,
    purpose: String,
    fields: Vec<String>,
    channel: String,
    assisted_by: Option<String>,
    request_id: String,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resident_id, at, actor, actor_name, roles, organization_id, division_code, purpose,
         fields, channel, assisted_by, request_id"
    };
}

impl TryFrom<Row> for Access {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("access_log", column, row.id);
        Ok(Self {
            id: AccessId::from_uuid(row.id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            at: row.at,
            actor: row.actor,
            actor_name: row.actor_name,
            roles: row.roles,
            organization_id: row.organization_id,
            division_code: row
                .division_code
                .map(|code| code.parse())
                .transpose()
                .map_err(|_| bad("division_code"))?,
            purpose: row.purpose,
            fields: row
                .fields
                .iter()
                .map(|field| field.parse::<PersonalField>())
                .collect::<Result<_, _>>()
                .map_err(|_| bad("fields"))?,
            channel: row.channel,
            assisted_by: row.assisted_by,
            request_id: row.request_id,
        })
    }
}

/// Writes reads, in the transaction of the reads.
pub async fn insert_all(conn: &mut PgConnection, reads: &[Access]) -> Result<()> {
    if reads.is_empty() {
        return Ok(());
    }
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "INSERT INTO access_log (id, resident_id, at, actor, actor_name, roles, organization_id,
             division_code, purpose, fields, channel, assisted_by, request_id) ",
    );
    query.push_values(reads, |mut row, read| {
        row.push_bind(read.id.as_uuid())
            .push_bind(read.resident_id.as_uuid())
            .push_bind(read.at)
            .push_bind(&read.actor)
            .push_bind(&read.actor_name)
            .push_bind(&read.roles)
            .push_bind(read.organization_id)
            .push_bind(read.division_code.as_ref().map(DivisionCode::as_str))
            .push_bind(&read.purpose)
            .push_bind(read.fields.names())
            .push_bind(&read.channel)
            .push_bind(&read.assisted_by)
            .push_bind(&read.request_id);
    });
    query.build().execute(conn).await?;
    Ok(())
}

/// A page of who read the data of one resident, newest first.
pub async fn list(
    conn: &mut PgConnection,
    resident: ResidentId,
    page: &Page,
) -> Result<Vec<Access>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM access_log WHERE resident_id = "
    ));
    query.push_bind(resident.as_uuid());
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY id DESC"),
        Direction::Backward => (" > ", " ORDER BY id"),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND id").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Access::try_from).collect()
}
