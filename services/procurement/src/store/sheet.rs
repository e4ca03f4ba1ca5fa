//! 整份打分 in SQL: sheets and their scores, of a tender as of a venture round.

use chrono::{DateTime, Utc};
use kernel::{TypedId, keys::ExpertId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{grouped, uuids};

/// Where sheets are kept.
pub(super) struct Tables {
    pub sheets: &'static str,
    pub scores: &'static str,
    /// The column that says in which session a sheet was filled.
    pub session: &'static str,
    /// The column that says what a score is of.
    pub of: &'static str,
    /// In which order the scores `s` of a sheet are read; `c` is what follows.
    pub order: &'static str,
    /// What is joined for that order.
    pub joined: &'static str,
}

/// A sheet as it is kept.
pub(super) struct Kept {
    pub session: Uuid,
    pub expert: ExpertId,
    pub scores: Vec<Score>,
    pub submitted_at: DateTime<Utc>,
    pub locked_at: Option<DateTime<Utc>>,
}

/// A score as it is kept, in hundredths of a point.
pub(super) struct Score {
    pub of: Uuid,
    pub criterion: Uuid,
    pub hundredths: i32,
}

#[derive(sqlx::FromRow)]
struct Row {
    session: Uuid,
    expert_id: Uuid,
    submitted_at: DateTime<Utc>,
    locked_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct ScoreRow {
    session: Uuid,
    expert_id: Uuid,
    of: Uuid,
    criterion_id: Uuid,
    score_h: i32,
}

impl Tables {
    /// Writes a sheet in place of the one before it; a locked one is refused.
    pub(super) async fn replace(&self, conn: &mut PgConnection, sheet: &Kept) -> Result<()> {
        let (session, expert) = (sheet.session, sheet.expert.as_uuid());
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO ");
        query.push(self.sheets).push(" (").push(self.session);
        query.push(", expert_id, submitted_at) VALUES (");
        query
            .separated(", ")
            .push_bind(session)
            .push_bind(expert)
            .push_bind(sheet.submitted_at);
        query.push(") ON CONFLICT (").push(self.session);
        query.push(", expert_id) DO UPDATE SET submitted_at = excluded.submitted_at");
        query.build().execute(&mut *conn).await?;
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("DELETE FROM ");
        query.push(self.scores);
        self.push_own(&mut query, session, expert);
        query.build().execute(&mut *conn).await?;
        let of: Vec<Uuid> = sheet.scores.iter().map(|one| one.of).collect();
        let criteria: Vec<Uuid> = sheet.scores.iter().map(|one| one.criterion).collect();
        let scores: Vec<i32> = sheet.scores.iter().map(|one| one.hundredths).collect();
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("INSERT INTO ");
        query.push(self.scores).push(" (").push(self.session);
        query.push(", expert_id, ").push(self.of);
        query.push(", criterion_id, score_h) SELECT ");
        query
            .separated(", ")
            .push_bind(session)
            .push_bind(expert)
            .push("judged, criterion, score");
        query.push(" FROM unnest(").push_bind(of).push("::uuid[], ");
        query.push_bind(criteria).push("::uuid[], ");
        query.push_bind(scores).push("::int[])");
        query.push(" AS given (judged, criterion, score)");
        query.build().execute(conn).await?;
        Ok(())
    }

    /// Locks a sheet for good.
    pub(super) async fn lock(
        &self,
        conn: &mut PgConnection,
        (session, expert): (Uuid, ExpertId),
        at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("UPDATE ");
        query.push(self.sheets).push(" SET locked_at = ");
        query.push_bind(at);
        self.push_own(&mut query, session, expert.as_uuid());
        let done = query.build().execute(conn).await?;
        if done.rows_affected() != 1 {
            return Err(Error::stale());
        }
        Ok(())
    }

    /// Appends ` WHERE …`: of one session and one expert.
    fn push_own(&self, query: &mut QueryBuilder<Postgres>, session: Uuid, expert: Uuid) {
        query.push(" WHERE ").push(self.session).push(" = ");
        query.push_bind(session);
        query.push(" AND expert_id = ").push_bind(expert);
    }

    /// All sheets of many sessions.
    pub(super) async fn load_many<S: TypedId>(
        &self,
        conn: &mut PgConnection,
        sessions: &[S],
    ) -> Result<Vec<Kept>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT ");
        query.push(self.session);
        query.push(" AS session, expert_id, submitted_at, locked_at FROM ");
        query.push(self.sheets).push(" WHERE ").push(self.session);
        query.push(" = ANY (").push_bind(uuids(sessions));
        query.push(") ORDER BY session, expert_id");
        let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT s.");
        query
            .push(self.session)
            .push(" AS session, s.expert_id, s.");
        query
            .push(self.of)
            .push(" AS of, s.criterion_id, s.score_h FROM ");
        query.push(self.scores).push(" s").push(self.joined);
        query.push(" WHERE s.").push(self.session).push(" = ANY (");
        query.push_bind(uuids(sessions)).push(") ORDER BY ");
        query.push(self.order);
        let scores: Vec<ScoreRow> = query.build_query_as().fetch_all(conn).await?;
        let mut given = grouped(scores, |one| (one.session, one.expert_id));
        let kept = rows.into_iter().map(|row| {
            let own = given.remove(&(row.session, row.expert_id));
            let score = |one: ScoreRow| Score {
                of: one.of,
                criterion: one.criterion_id,
                hundredths: one.score_h,
            };
            Kept {
                session: row.session,
                expert: ExpertId::from_uuid(row.expert_id),
                scores: own.unwrap_or_default().into_iter().map(score).collect(),
                submitted_at: row.submitted_at,
                locked_at: row.locked_at,
            }
        });
        Ok(kept.collect())
    }
}
