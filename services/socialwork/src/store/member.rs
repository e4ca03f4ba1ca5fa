//! Who is in something and who was, in SQL: a row for each, who comes back is in
//! it again.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::one;

/// Where the members of something are kept.
pub(super) struct Members {
    pub table: &'static str,
    /// The column that says in what they are.
    pub of: &'static str,
    /// The column that says who.
    pub who: &'static str,
}

impl Members {
    /// Somebody comes, or comes back; who is in already is a conflict.
    pub(super) async fn join(
        &self,
        conn: &mut PgConnection,
        (of, who): (Uuid, Uuid),
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO ");
        query.push(self.table).push(" AS m (").push(self.of);
        query
            .push(", ")
            .push(self.who)
            .push(", joined_at) VALUES (");
        query
            .separated(", ")
            .push_bind(of)
            .push_bind(who)
            .push_bind(at);
        query.push(") ON CONFLICT (").push(self.of).push(", ");
        query.push(self.who).push(
            ") DO UPDATE SET joined_at = excluded.joined_at, left_at = NULL
             WHERE m.left_at IS NOT NULL",
        );
        one(&query.build().execute(conn).await?)
    }

    /// Somebody leaves; who is not in is a conflict.
    pub(super) async fn leave(
        &self,
        conn: &mut PgConnection,
        (of, who): (Uuid, Uuid),
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("UPDATE ");
        query.push(self.table).push(" SET left_at = ").push_bind(at);
        query
            .push(" WHERE ")
            .push(self.of)
            .push(" = ")
            .push_bind(of);
        query
            .push(" AND ")
            .push(self.who)
            .push(" = ")
            .push_bind(who);
        query.push(" AND left_at IS NULL");
        one(&query.build().execute(conn).await?)
    }
}
