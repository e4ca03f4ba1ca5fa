//! What a list asks for, and its pages.

use chrono::NaiveDate;
use kernel::{Direction, DivisionCode, Page};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Column, Record, select};
use crate::{
    auth::{Columns, Scope},
    error::Result,
};

/// One condition, with what it binds.
type Condition = Box<dyn Fn(&mut QueryBuilder<Postgres>) + Send + Sync>;

/// Conditions that all hold. Columns and conditions are text of the program;
/// values are bound.
#[derive(Default)]
pub struct Wanted(Vec<Condition>);

impl Wanted {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only where a condition of a service's own holds; it begins with ` AND `.
    pub fn with(
        mut self,
        condition: impl Fn(&mut QueryBuilder<Postgres>) + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Box::new(condition));
        self
    }

    /// Only where a column has this value, if there is one.
    pub fn is<T: Column>(self, column: &'static str, value: Option<T>) -> Self
    where
        T::Stored: Clone + Sync,
    {
        let Some(value) = value.map(|value| value.stored()) else {
            return self;
        };
        self.with(move |query| {
            query
                .push(" AND ")
                .push(column)
                .push(" = ")
                .push_bind(value.clone());
        })
    }

    /// Only what lies in a division, if one is named.
    pub fn within(self, division: Option<DivisionCode>) -> Self {
        let Some(division) = division else {
            return self;
        };
        let pattern = format!("{}%", division.prefix());
        self.with(move |query| {
            query
                .push(" AND division_code LIKE ")
                .push_bind(pattern.clone());
        })
    }

    /// Only where a condition holds of a value, if there is one: `condition`
    /// ends where the value stands, such as `state = 'OPEN' AND due_on < `.
    pub fn that<T: Column>(self, condition: &'static str, value: Option<T>) -> Self
    where
        T::Stored: Clone + Sync,
    {
        let Some(value) = value.map(|value| value.stored()) else {
            return self;
        };
        self.with(move |query| {
            query.push(" AND ").push(condition).push_bind(value.clone());
        })
    }

    /// Only where a condition is as asked, if it is asked: `condition` says it
    /// in SQL, with `{day}` where the day stands.
    pub fn so(self, asked: Option<bool>, condition: &'static str, day: NaiveDate) -> Self {
        let Some(asked) = asked else { return self };
        self.with(move |query| {
            query.push(if asked { " AND (" } else { " AND NOT (" });
            for (at, part) in condition.split("{day}").enumerate() {
                if at > 0 {
                    query.push_bind(day);
                }
                query.push(part);
            }
            query.push(")");
        })
    }

    /// Only where a column has one of these values.
    pub fn among(self, column: &'static str, values: Vec<String>) -> Self {
        self.with(move |query| {
            query.push(" AND ").push(column).push(" = ANY (");
            query.push_bind(values.clone()).push(")");
        })
    }

    /// Only what the caller may see.
    pub fn seen(self, scope: Scope, columns: Columns) -> Self {
        self.with(move |query| {
            scope.push_with(query, &columns);
        })
    }

    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        for condition in &self.0 {
            condition(query);
        }
    }
}

/// Ends a statement that has a `WHERE` with its page: newest first, by a column
/// of ids that are made in the order of time.
pub fn newest_first(
    query: &mut QueryBuilder<Postgres>,
    page: &Page,
    id: &'static str,
) -> Result<()> {
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " DESC"),
        Direction::Backward => (" > ", ""),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND ").push(id).push(compare).push_bind(after);
    }
    query
        .push(" ORDER BY ")
        .push(id)
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    Ok(())
}

/// A page, newest first.
pub async fn list<R: Record>(
    conn: &mut PgConnection,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<R>> {
    let mut query = select::<R>();
    wanted.push(&mut query);
    newest_first(&mut query, page, "id")?;
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}

/// All that is wanted, locked until the end of the transaction, in the same
/// order by all who do.
pub async fn lock_all<R: Record>(conn: &mut PgConnection, wanted: &Wanted) -> Result<Vec<R>> {
    let mut query = select::<R>();
    wanted.push(&mut query);
    query.push(" ORDER BY id FOR UPDATE");
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}

/// All that is wanted, oldest first; never more than a thousand.
pub async fn all<R: Record>(conn: &mut PgConnection, wanted: &Wanted) -> Result<Vec<R>> {
    let mut query = select::<R>();
    wanted.push(&mut query);
    query.push(" ORDER BY id LIMIT 1000");
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}
