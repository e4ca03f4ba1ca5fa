//! 志愿服务记录: correct and read. They are made by [`super::visit`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{ResidentId, VolunteerId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource},
    events,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        volunteer::Volunteer,
        volunteer_record::{Correction, Times, VolunteerRecord, VolunteerRecordId, check_reason},
    },
    error::Result,
    state::State,
    store,
};

/// A record to the policies: the volunteer's own, in the volunteer's division.
pub(super) fn resource(record: &VolunteerRecord, volunteer: &Volunteer) -> Resource {
    Resource::new("VolunteerRecord", record.id)
        .in_division(volunteer.division_code)
        .owned_by(volunteer.resident_id.as_uuid())
}

/// What was wrong, and the true times where it did take place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Correct {
    pub record_id: VolunteerRecordId,
    pub reason: String,
    pub in_at: Option<DateTime<Utc>>,
    pub out_at: Option<DateTime<Utc>>,
}

/// The record that was wrong, what took it back, and what is right.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Corrected {
    pub record: VolunteerRecord,
    pub reversal: VolunteerRecord,
    pub replacement: Option<VolunteerRecord>,
}

/// Takes a record back by a reversing one, at the volunteer's request.
pub async fn correct(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    mut input: Correct,
) -> Result<Corrected> {
    let now = state.core.clock.now();
    input.reason = check_reason(&input.reason)?;
    let times = Times::try_new(input.in_at, input.out_at, now)?;
    if caller.actor.is_anonymous() {
        let any = Resource::any("VolunteerRecord");
        state
            .core
            .authorize(caller, "correctVolunteerRecord", &any)?;
    }
    let mut tx = state.core.db.begin(caller).await?;
    let mut record = store::volunteer_record::lock(&mut tx, input.record_id)
        .await?
        .ok_or_else(unknown)?;
    let volunteer = store::volunteer::load_many(&mut tx, &[record.volunteer_id])
        .await?
        .remove(&record.volunteer_id)
        .ok_or_else(super::volunteer::unknown)?;
    let of = resource(&record, &volunteer);
    state
        .core
        .authorize(caller, "correctVolunteerRecord", &of)?;
    if let Some(first) = tx
        .replay("correctVolunteerRecord", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    let correction = Correction {
        reason: input.reason,
        by: caller.actor.subject.clone(),
        at: now,
    };
    let reversal = record.reversal(VolunteerRecordId::new(&state.core.ids), &correction)?;
    store::volunteer_record::insert(&mut tx, &reversal).await?;
    let mut told = vec![recorded(&reversal, &volunteer)];
    let mut replacement = None;
    if let Some(times) = times {
        let right = record.replacement(VolunteerRecordId::new(&state.core.ids), times, &correction);
        store::volunteer_record::insert(&mut tx, &right).await?;
        told.push(recorded(&right, &volunteer));
        replacement = Some(right);
    }
    record.reversed_by = Some(reversal.id);
    events::append_all(&mut tx, &told).await?;
    let entry = audit::Entry::write(caller, "correctVolunteerRecord", &of, now)
        .detail(serde_json::json!({ "reversal_id": reversal.id, "reason": correction.reason }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(Corrected {
        record,
        reversal,
        replacement,
    })
    .await
}

/// What other services are told of a record, reversals included.
pub(super) fn recorded(record: &VolunteerRecord, volunteer: &Volunteer) -> events::NewEvent {
    events::NewEvent {
        subject: "socialwork.volunteer_record.recorded",
        aggregate: "volunteer_record",
        aggregate_id: record.id.as_uuid(),
        trace_id: Some(record.trace_id.as_uuid()),
        at: record.recorded_at,
        data: serde_json::json!({
            "record_id": record.id,
            "volunteer_id": record.volunteer_id,
            "resident_id": volunteer.resident_id,
            "visit_id": record.visit_id,
            "order_id": record.order_id,
            "contract_id": record.contract_id,
            "trace_id": record.trace_id,
            "in_at": record.in_at,
            "out_at": record.out_at,
            "minutes": record.minutes,
            "reverses": record.reverses,
            "replaces": record.replaces,
        }),
    }
}

/// Keeps the records the caller may read: as the volunteer, as the person
/// served, or as staff of the volunteer's division.
pub(super) async fn readable(
    state: &State,
    caller: &Caller,
    records: Vec<VolunteerRecord>,
) -> Result<Vec<VolunteerRecord>> {
    let mut ids: Vec<VolunteerId> = records.iter().map(|record| record.volunteer_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let volunteers = store::volunteer::load_many(&mut *state.core.db.read().await?, &ids).await?;
    Ok(records
        .into_iter()
        .filter(|record| {
            caller.actor.resident_id == Some(record.confirmed_by.as_uuid())
                || volunteers
                    .get(&record.volunteer_id)
                    .is_some_and(|volunteer| {
                        let of = resource(record, volunteer);
                        state
                            .core
                            .policies
                            .allows(&caller.actor, "readVolunteerRecord", &of)
                    })
        })
        .collect())
}

/// The records of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[VolunteerRecordId],
) -> Result<HashMap<VolunteerRecordId, VolunteerRecord>> {
    let found = store::volunteer_record::load_many(&mut *state.core.db.read().await?, ids).await?;
    let readable = readable(state, caller, found.into_values().collect()).await?;
    Ok(readable
        .into_iter()
        .map(|record| (record.id, record))
        .collect())
}

/// A page of the caller's own records; none where they never volunteered.
pub async fn list_mine(
    state: &State,
    caller: &Caller,
    page: &Page,
) -> Result<Paged<VolunteerRecord>> {
    let resident = caller.actor.resident_id.map(ResidentId::from_uuid);
    let resident = resident.ok_or_else(|| {
        refuse!(
            Unauthenticated,
            "UNAUTHENTICATED",
            zh: "请先以居民身份登录",
            en: "please log in as a resident first",
        )
    })?;
    let mut conn = state.core.db.read().await?;
    let rows = match store::volunteer::find_by_resident(&mut conn, resident).await? {
        Some(volunteer) => store::volunteer_record::list(&mut conn, volunteer.id, page).await?,
        None => Vec::new(),
    };
    Ok(page.finish(rows))
}

/// A page of the records of a volunteer the caller has read.
pub async fn list_of(
    state: &State,
    volunteer: VolunteerId,
    page: &Page,
) -> Result<Paged<VolunteerRecord>> {
    let mut conn = state.core.db.read().await?;
    Ok(page.finish(store::volunteer_record::list(&mut conn, volunteer, page).await?))
}

/// The record is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VOLUNTEER_RECORD_NOT_FOUND",
        zh: "没有这条志愿服务记录,或您无权查看",
        en: "there is no such record, or it is not for you to see",
    )
    .into()
}
