//! __Noun__ in SQL.

use std::collections::HashMap;

use kernel::{Direction, DivisionCode, Page};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::__noun__::{__Noun__, __Noun__Id};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    division_code: String,
    name: String,
    demo: bool,
    created_at: chrono::DateTime<chrono::Utc>,
}

impl TryFrom<Row> for __Noun__ {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("__nouns__", column, row.id);
        Ok(Self {
            id: __Noun__Id::from_uuid(row.id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            name: row.name.clone(),
            demo: row.demo,
            created_at: row.created_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, __noun__: &__Noun__) -> Result<()> {
    sqlx::query(
        "INSERT INTO __nouns__ (id, division_code, name, demo, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(__noun__.id.as_uuid())
    .bind(__noun__.division_code.as_str())
    .bind(&__noun__.name)
    .bind(__noun__.demo)
    .bind(__noun__.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[__Noun__Id],
) -> Result<HashMap<__Noun__Id, __Noun__>> {
    let ids: Vec<Uuid> = ids.iter().map(__Noun__Id::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as("SELECT * FROM __nouns__ WHERE id = ANY ($1)")
        .bind(&ids)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|row| __Noun__::try_from(row).map(|found| (found.id, found)))
        .collect()
}

/// A page below a division, in the order in which they were made.
pub async fn list(
    conn: &mut PgConnection,
    below: Option<&DivisionCode>,
    page: &Page,
) -> Result<Vec<__Noun__>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT * FROM __nouns__ WHERE true");
    if let Some(below) = below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    // Ids grow with time.
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY id"),
        Direction::Backward => (" < ", " ORDER BY id DESC"),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND id").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(__Noun__::try_from).collect()
}
