//! 学习考察 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::{
    auth::Scope,
    error::{Error, Result},
    record::{Wanted, ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    pilot::PilotId,
    study_visit::{
        Replication, StudyPeople, StudyPeopleId, StudyReport, StudyReportId, StudyRole,
        StudySubject, StudyVisit, StudyVisitId, StudyVisitKind, StudyVisitState, StudyVisitor,
    },
};

ids!(StudyVisitId, StudyPeopleId, StudyReportId);
texts!(StudyVisitKind, StudySubject, StudyRole, StudyVisitState);
record!(
    StudyVisit,
    StudyVisitId,
    "study_visits",
    [
        id,
        division_code,
        pilot_id,
        kind,
        host_pilot_id,
        host_division_code,
        host_place,
        host_body,
        subject,
        purpose,
        planned_by,
        created_at
    ],
    [
        starts_on,
        ends_on,
        state,
        arrangement,
        confirmed_by,
        made_on,
        report_by,
        note,
        updated_at
    ]
);
record!(
    StudyPeople,
    StudyPeopleId,
    "study_people",
    [id, visit_id, role, people, came]
);
part!(StudyPeople, visit_id: StudyVisitId);
record!(
    StudyReport,
    StudyReportId,
    "study_reports",
    [
        id,
        visit_id,
        findings,
        document,
        reported_from,
        reported_by,
        reported_at
    ]
);
part!(StudyReport, visit_id: StudyVisitId);

/// What should have been there on a day: a report, or the visit itself.
pub const OVERDUE: &str = "(state = 'MADE' AND report_by < {day})
     OR (state IN ('PLANNED', 'CONFIRMED') AND ends_on < {day})";

/// Only visits that were made, and those that the reach of a caller has to do
/// with, as visitor or as host.
pub fn seen(wanted: Wanted, scope: &Scope) -> Wanted {
    let Some(pattern) = scope.pattern() else {
        return wanted;
    };
    wanted.with(move |query| {
        query
            .push(" AND (made_on IS NOT NULL OR division_code LIKE ")
            .push_bind(pattern.clone())
            .push(" OR host_division_code LIKE ")
            .push_bind(pattern.clone())
            .push(")");
    })
}

/// Who came to each pilot, how often and when last; most often first, two
/// hundred of each.
pub async fn visitors(
    conn: &mut PgConnection,
    hosts: &[PilotId],
) -> Result<HashMap<PilotId, Vec<StudyVisitor>>> {
    let rows: Vec<(Uuid, String, i64, NaiveDate)> = sqlx::query_as(
        "SELECT host.id, came.division_code, came.visits, came.last_on
         FROM (SELECT DISTINCT unnest($1::uuid[]) AS id) AS host
         CROSS JOIN LATERAL (
             SELECT v.division_code, count(*) AS visits, max(v.made_on) AS last_on
             FROM study_visits v WHERE v.host_pilot_id = host.id AND v.made_on IS NOT NULL
             GROUP BY v.division_code
             ORDER BY count(*) DESC, max(v.made_on) DESC, v.division_code LIMIT 200) AS came
         ORDER BY came.visits DESC, came.last_on DESC, came.division_code",
    )
    .bind(raw(hosts))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<PilotId, Vec<StudyVisitor>> = HashMap::new();
    for (host, code, visits, last_on) in rows {
        let division_code = code
            .parse()
            .map_err(|_| Error::inconsistent("study_visits", "division_code", host))?;
        let one = StudyVisitor {
            division_code,
            visits,
            last_on,
        };
        found.entry(PilotId::from_uuid(host)).or_default().push(one);
    }
    Ok(found)
}

/// How many visits each pilot received, from how many, and how much of it was
/// adopted elsewhere.
pub async fn replications(
    conn: &mut PgConnection,
    hosts: &[PilotId],
) -> Result<HashMap<PilotId, Replication>> {
    let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "SELECT v.host_pilot_id, count(DISTINCT v.id), count(DISTINCT v.division_code),
                count(m.id) FILTER (WHERE m.state = 'ADOPTED')
         FROM study_visits v LEFT JOIN study_measures m ON m.visit_id = v.id
         WHERE v.host_pilot_id = ANY ($1) AND v.made_on IS NOT NULL
         GROUP BY v.host_pilot_id",
    )
    .bind(raw(hosts))
    .fetch_all(conn)
    .await?;
    let told = |(host, visits, visitors, adopted)| {
        let one = Replication {
            visits,
            visitors,
            adopted,
        };
        (PilotId::from_uuid(host), one)
    };
    Ok(rows.into_iter().map(told).collect())
}

fn raw(pilots: &[PilotId]) -> Vec<Uuid> {
    pilots.iter().map(PilotId::as_uuid).collect()
}
