//! 入孵组织 in SQL.

use chrono::NaiveDate;
use kit::error::Result;
use sqlx::PgConnection;

use super::record::{ids, record, texts};
use crate::domain::{
    incubatee::{Incubatee, IncubateeId, IncubateeState, IncubationStage},
    incubation_centre::IncubationCentreId,
};

ids!(IncubateeId);
texts!(IncubateeState, IncubationStage);
record!(
    Incubatee,
    IncubateeId,
    "incubatees",
    [
        id,
        organization_id,
        centre_id,
        division_code,
        goal,
        priority_points,
        applied_on,
        created_at
    ],
    [
        state,
        stage,
        review_total,
        agreement_from,
        agreement_to,
        extensions,
        started_on,
        graduated_on,
        ended_on,
        vacate_due,
        vacated_on,
        updated_at
    ]
);

/// What was due and not done; `Incubatee::overdue` says the same.
pub const OVERDUE: &str = "(state = 'TERMINATED' AND vacate_due < {day})
    OR (state IN ('AGREEMENT', 'INCUBATING', 'EXTENDED') AND agreement_to < {day})";

/// How many organisations that a centre raised, or that came from outside and
/// work in it, can take elder care on their own on a day.
pub async fn count_elder_care(
    conn: &mut PgConnection,
    centre: IncubationCentreId,
    day: NaiveDate,
) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM organizations o
         WHERE o.status = 'REGISTERED'
           AND EXISTS (SELECT 1 FROM certifications c
               WHERE c.organization_id = o.id AND c.capability = 'ELDER_CARE'
                 AND $2 BETWEEN c.valid_from AND c.valid_to
                 AND (c.revoked_on IS NULL OR $2 < c.revoked_on))
           AND (EXISTS (SELECT 1 FROM incubatees i
                    WHERE i.organization_id = o.id AND i.centre_id = $1
                      AND i.state IN ('INCUBATING', 'EXTENDED', 'GRADUATED', 'TRACKED'))
             OR (o.origin = 'OUTSIDE' AND EXISTS (SELECT 1 FROM space_licences l
                    WHERE l.organization_id = o.id AND l.centre_id = $1
                      AND $2 BETWEEN l.valid_from AND coalesce(l.ended_on, l.valid_to))))",
    )
    .bind(centre.as_uuid())
    .bind(day)
    .fetch_one(conn)
    .await?)
}
