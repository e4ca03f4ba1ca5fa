//! Pages of rows, and what they ask for.

use kernel::{Direction, DivisionCode, Page};
use kit::{
    auth::{Columns, Scope},
    error::Result,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Column, Record, select};

/// What a list asks for. Columns and conditions are text of the program.
#[derive(Default)]
pub struct Wanted(Vec<Condition>);

/// One condition, with what it binds.
type Condition = Box<dyn Fn(&mut QueryBuilder<Postgres>) + Send + Sync>;

impl Wanted {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only where a column has this value, if there is one.
    pub fn is<T: Column>(mut self, column: &'static str, value: Option<T>) -> Self
    where
        T::Stored: Clone + Sync,
    {
        if let Some(value) = value {
            let value = value.stored();
            self.0.push(Box::new(move |query| {
                query
                    .push(" AND ")
                    .push(column)
                    .push(" = ")
                    .push_bind(value.clone());
            }));
        }
        self
    }

    /// Only what lies in a division, if one is named.
    pub fn within(mut self, division: Option<DivisionCode>) -> Self {
        if let Some(division) = division {
            let pattern = format!("{}%", division.prefix());
            self.0.push(Box::new(move |query| {
                query
                    .push(" AND division_code LIKE ")
                    .push_bind(pattern.clone());
            }));
        }
        self
    }

    /// Only where a condition holds of a value: `condition` ends where the
    /// value stands, such as `state = 'OPEN' AND due_on < `.
    pub fn that<T: Column>(mut self, condition: &'static str, value: Option<T>) -> Self
    where
        T::Stored: Clone + Sync,
    {
        if let Some(value) = value {
            let value = value.stored();
            self.0.push(Box::new(move |query| {
                query.push(" AND ").push(condition).push_bind(value.clone());
            }));
        }
        self
    }

    /// Only where a column has one of these values.
    pub fn among(mut self, column: &'static str, values: Vec<String>) -> Self {
        self.0.push(Box::new(move |query| {
            query.push(" AND ").push(column).push(" = ANY (");
            query.push_bind(values.clone()).push(")");
        }));
        self
    }

    /// Only what the caller may see.
    pub fn seen(mut self, scope: Scope, columns: Columns) -> Self {
        self.0.push(Box::new(move |query| {
            scope.push_with(query, &columns);
        }));
        self
    }
}

/// A page, newest first.
pub async fn list<R: Record>(
    conn: &mut PgConnection,
    wanted: Wanted,
    page: &Page,
) -> Result<Vec<R>> {
    let mut query = select::<R>();
    for condition in &wanted.0 {
        condition(&mut query);
    }
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
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}

/// All that belongs to something, oldest first; never more than a thousand.
pub async fn all<R: Record>(conn: &mut PgConnection, wanted: Wanted) -> Result<Vec<R>> {
    let mut query = select::<R>();
    for condition in &wanted.0 {
        condition(&mut query);
    }
    query.push(" ORDER BY id LIMIT 1000");
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(R::read).collect()
}
