//! What an elder and their registered relatives may list beside the staff of
//! the division.

use kit::auth::Scope;
use sqlx::{Postgres, QueryBuilder};

/// Appends ` AND (…)`: within the reach, the caller's own, or of an elder whose
/// registered relative they are. The columns are text of the program.
pub(super) fn push(
    query: &mut QueryBuilder<Postgres>,
    scope: &Scope,
    division: &'static str,
    elder: &'static str,
) {
    query.push(" AND (");
    match scope.pattern() {
        None => query.push("TRUE"),
        Some(pattern) => query.push(division).push(" LIKE ").push_bind(pattern),
    };
    if let Some(me) = scope.resident {
        query.push(" OR ").push(elder).push(" = ").push_bind(me);
        query
            .push(" OR ")
            .push(elder)
            .push(
                " IN (SELECT relative_id FROM relations
                  WHERE ended_at IS NULL AND resident_id = ",
            )
            .push_bind(me)
            .push(
                " UNION SELECT resident_id FROM relations
                  WHERE ended_at IS NULL AND relative_id = ",
            )
            .push_bind(me)
            .push(")");
    }
    query.push(")");
}
