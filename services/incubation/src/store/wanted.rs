//! What a list asks for.

use chrono::NaiveDate;
use kernel::DivisionCode;
use kit::auth::{Columns, Reach, Scope};
use sqlx::{Postgres, QueryBuilder};

use super::record::Column;

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

    fn with(
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

    /// Only what the caller may see: within the reach, of their organisation,
    /// or in a centre that their organisation runs on the day.
    pub fn seen(self, scope: Scope, columns: Columns, run_on: Option<NaiveDate>) -> Self {
        self.with(move |query| {
            let Some(day) = run_on.filter(|_| scope.reach != Reach::Everything) else {
                scope.push_with(query, &columns);
                return;
            };
            query.push(" AND (false");
            if let Reach::Prefix(prefix) = &scope.reach {
                query
                    .push(" OR ")
                    .push(columns.division)
                    .push(" LIKE ")
                    .push_bind(format!("{prefix}%"));
            }
            if let Some(own) = scope.organization {
                if let Some(column) = columns.organization {
                    query.push(" OR ").push(column).push(" = ").push_bind(own);
                }
                query
                    .push(" OR centre_id IN (SELECT m.centre_id FROM operation_mandates m WHERE m.operator_id = ")
                    .push_bind(own)
                    .push(" AND ")
                    .push_bind(day)
                    .push(" BETWEEN m.valid_from AND m.valid_to)");
            }
            query.push(")");
        })
    }

    /// Appends ` AND …` for each.
    pub(super) fn push(&self, query: &mut QueryBuilder<Postgres>) {
        for condition in &self.0 {
            condition(query);
        }
    }
}
