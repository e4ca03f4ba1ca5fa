//! 入孵组织 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::{
    error::Result,
    record::{ids, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

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

/// How many organisations that each centre raised, or that came from outside
/// and work in it, can take elder care on their own on a day.
pub async fn count_elder_care(
    conn: &mut PgConnection,
    centres: &[IncubationCentreId],
    day: NaiveDate,
) -> Result<HashMap<IncubationCentreId, i64>> {
    let ids: Vec<Uuid> = centres.iter().map(IncubationCentreId::as_uuid).collect();
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT centre.id, count(*)
         FROM (SELECT DISTINCT unnest($1::uuid[]) AS id) AS centre JOIN organizations o
           ON (EXISTS (SELECT 1 FROM incubatees i
                   WHERE i.organization_id = o.id AND i.centre_id = centre.id
                     AND i.state IN ('INCUBATING', 'EXTENDED', 'GRADUATED', 'TRACKED'))
            OR (o.origin = 'OUTSIDE' AND EXISTS (SELECT 1 FROM space_licences l
                   WHERE l.organization_id = o.id AND l.centre_id = centre.id
                     AND $2 BETWEEN l.valid_from AND coalesce(l.ended_on, l.valid_to))))
         WHERE o.status = 'REGISTERED'
           AND EXISTS (SELECT 1 FROM certifications c
               WHERE c.organization_id = o.id AND c.capability = 'ELDER_CARE'
                 AND $2 BETWEEN c.valid_from AND c.valid_to
                 AND (c.revoked_on IS NULL OR $2 < c.revoked_on))
         GROUP BY centre.id",
    )
    .bind(&ids)
    .bind(day)
    .fetch_all(conn)
    .await?;
    let typed = |(id, count)| (IncubationCentreId::from_uuid(id), count);
    Ok(rows.into_iter().map(typed).collect())
}
