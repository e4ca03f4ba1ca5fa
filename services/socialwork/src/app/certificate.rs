//! 志愿服务记录证明: issue, and verify by code.

use chrono::NaiveDate;
use kernel::{IdempotencyKey, Minutes, china_date, keys::VolunteerId};
use kit::{audit, auth::Caller};
use serde::{Deserialize, Serialize};

use crate::{
    domain::certificate::{
        Certificate, CertificateId, check_period, code, nothing_served, number, read_code,
    },
    error::Result,
    state::State,
    store,
};

/// Whose service, and of which days.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issue {
    pub volunteer_id: VolunteerId,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Issues a certificate over what stands in the period.
pub async fn issue(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Issue,
) -> Result<Certificate> {
    let now = state.core.clock.now();
    check_period(input.from, input.to, china_date(now))?;
    let mut tx = state.core.db.begin(caller).await?;
    let action = "issueVolunteerCertificate";
    let volunteer =
        super::volunteer::lock(state, caller, &mut tx, action, input.volunteer_id).await?;
    if let Some(first) = tx.replay(action, &key, &input, now).await? {
        return Ok(first);
    }
    let records =
        store::volunteer_record::lock_standing(&mut tx, volunteer.id, input.from, input.to).await?;
    if records.is_empty() {
        return Err(nothing_served().into());
    }
    let serial = store::certificate::next_serial(&mut tx).await?;
    let id = CertificateId::new(&state.core.ids);
    // A keyed hash of the id: as hard to guess as the key, and made again
    // from what is stored.
    let hash = state
        .core
        .pii
        .blind_index("volunteer_certificate", &id.to_string());
    let certificate = Certificate {
        id,
        volunteer_id: volunteer.id,
        number: number(serial, now),
        code: code(&hash),
        from: input.from,
        to: input.to,
        records: i64::try_from(records.len()).unwrap_or(i64::MAX),
        minutes: Minutes::sum(records.iter().map(|record| record.minutes))?,
        issued_by: caller.actor.subject.clone(),
        issued_at: now,
        standing: true,
    };
    store::certificate::insert(&mut tx, &certificate, &records).await?;
    let of = super::volunteer::resource(&volunteer);
    let entry = audit::Entry::write(caller, action, &of, now)
        .detail(serde_json::json!({ "certificate_id": certificate.id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(certificate).await
}

/// The certificate of a code; anybody who holds the code may ask.
pub async fn verify(state: &State, text: &str) -> Result<Option<Certificate>> {
    match read_code(text) {
        Some(code) => {
            store::certificate::find_by_code(&mut *state.core.db.read().await?, &code).await
        }
        None => Ok(None),
    }
}
