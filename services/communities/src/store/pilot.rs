//! 试点 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::DivisionCode;
use kit::{
    error::{Error, Result},
    record::{self, ids, part, record, texts},
};
use sqlx::PgConnection;

use crate::domain::pilot::{
    Attestor, EvidenceStatus, GateItem, Guarantee, Light, Pilot, PilotAssessment,
    PilotAssessmentId, PilotEvidence, PilotEvidenceId, PilotGuarantee, PilotGuaranteeId, PilotId,
    PilotState,
};

ids!(
    PilotId,
    PilotEvidenceId,
    PilotAssessmentId,
    PilotGuaranteeId
);
texts!(PilotState, EvidenceStatus, Attestor, Guarantee, Light);
record!(
    Pilot,
    PilotId,
    "pilots",
    [
        id,
        community_id,
        division_code,
        reason,
        drafted_by,
        created_at
    ],
    [
        state,
        county_document,
        recommended_by,
        batch,
        approval_document,
        approved_by,
        approved_at,
        note,
        updated_at
    ]
);
record!(
    PilotEvidence,
    PilotEvidenceId,
    "pilot_evidence",
    [
        id,
        pilot_id,
        criterion,
        status,
        evidence,
        document,
        attestor,
        attested_by,
        attested_at
    ]
);
part!(PilotEvidence, pilot_id: PilotId);
record!(
    PilotAssessment,
    PilotAssessmentId,
    "pilot_assessments",
    [
        id,
        pilot_id,
        mechanism,
        orderly,
        satisfied,
        replicable,
        evidence,
        assessed_by,
        assessed_at
    ]
);
part!(PilotAssessment, pilot_id: PilotId);
record!(
    PilotGuarantee,
    PilotGuaranteeId,
    "pilot_guarantees",
    [
        id, pilot_id, guarantee, status, grounds, document, stated_by, stated_at
    ]
);
part!(PilotGuarantee, pilot_id: PilotId);

/// The criteria in force on a day, with what each last showed for them.
pub async fn gates(
    conn: &mut PgConnection,
    pilots: &[PilotId],
    on: NaiveDate,
) -> Result<HashMap<PilotId, Vec<GateItem>>> {
    let rows: Vec<(String, String, String, bool, String, String)> = sqlx::query_as(
        "SELECT code, title, title_en, facility, attestor, source FROM pilot_criteria
         WHERE effective @> $1 ORDER BY facility, code",
    )
    .bind(on)
    .fetch_all(&mut *conn)
    .await?;
    let criteria: Vec<GateItem> = rows
        .into_iter()
        .map(|(code, title, title_en, facility, attestor, source)| {
            let attestor = attestor
                .parse()
                .map_err(|_| Error::inconsistent("pilot_criteria", "attestor", &code))?;
            Ok(GateItem {
                code,
                title,
                title_en,
                facility,
                attestor,
                source,
                shown: None,
            })
        })
        .collect::<Result<_>>()?;
    // Oldest first: the newest stays.
    let mut newest: HashMap<(PilotId, String), PilotEvidence> = record::parts(conn, pilots)
        .await?
        .into_values()
        .flatten()
        .map(|one: PilotEvidence| ((one.pilot_id, one.criterion.clone()), one))
        .collect();
    let gate = |&pilot: &PilotId| {
        let mut items = criteria.clone();
        for item in &mut items {
            item.shown = newest.remove(&(pilot, item.code.clone()));
        }
        (pilot, items)
    };
    Ok(pilots.iter().map(gate).collect())
}

/// How many pilots were approved in a year, by district or county; those
/// without any are there too.
pub async fn approved_in(
    conn: &mut PgConnection,
    within: &DivisionCode,
    year: i32,
) -> Result<Vec<(DivisionCode, i64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT left(c.division_code, 6) || '000000', count(p.id)
         FROM communities c
         LEFT JOIN pilots p ON p.community_id = c.id
           AND extract(year FROM china_day(p.approved_at)) = $2
         WHERE c.division_code LIKE $1
         GROUP BY 1 ORDER BY 1",
    )
    .bind(format!("{}%", within.prefix()))
    .bind(year)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(code, count)| {
            let division = code
                .parse()
                .map_err(|_| Error::inconsistent("communities", "division_code", &code))?;
            Ok((division, count))
        })
        .collect()
}
