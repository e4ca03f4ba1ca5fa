//! What a list asks for where those who run a centre see what is in it.

use chrono::NaiveDate;
use kit::{
    auth::{Columns, Reach, Scope},
    record::Wanted,
};

/// Only what the caller may see: within the reach, of their organisation, or in
/// a centre that their organisation runs on the day.
pub fn seen_by_operators(scope: Scope, columns: Columns, day: NaiveDate) -> Wanted {
    if scope.reach == Reach::Everything {
        return Wanted::all().seen(scope, columns);
    }
    Wanted::all().with(move |query| {
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
