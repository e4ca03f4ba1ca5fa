//! A visit that elder care settled becomes a record of service, once; found void,
//! it stops counting.

use chrono::{DateTime, Utc};
use kernel::{
    Minutes,
    keys::{ContractId, ResidentId, SocialWorkerId, TraceId, VisitId, VolunteerId},
};
use kit::{audit, auth::Caller, events};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        service_record::{ServiceRecord, ServiceRecordId},
        social_worker::SocialWorker,
        volunteer::Volunteer,
        volunteer_record::{Correction, VolunteerActivity, VolunteerRecord, VolunteerRecordId},
    },
    error::Result,
    state::State,
    store,
};

/// Who writes what no person asked for.
const SUBJECT: &str = "service:socialwork";

/// Why a record of a void visit is reversed.
const VOID: &str = "上门服务经核查不成立,记录冲销";

kernel::text_enum! {
    /// Which register the worker of a visit is in.
    pub enum WorkerKind {
        /// 社会工作者
        SocialWorker = "SOCIAL_WORKER",
        /// 志愿者
        Volunteer = "VOLUNTEER",
        /// 护理员: in no register of this service
        CareWorker = "CARE_WORKER",
    }
}

/// What `eldercare.visit.settled` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Settled {
    pub visit_id: VisitId,
    pub order_id: Uuid,
    pub trace_id: TraceId,
    pub contract_id: ContractId,
    pub worker_kind: WorkerKind,
    pub worker_id: Uuid,
    pub elder_resident_id: ResidentId,
    pub in_at: DateTime<Utc>,
    pub out_at: DateTime<Utc>,
}

/// What `eldercare.visit.voided` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Voided {
    pub visit_id: VisitId,
    pub worker_kind: WorkerKind,
    pub worker_id: Uuid,
}

/// Records the service; in the transaction of the event's delivery. A visit
/// that is told twice is recorded once, one that is void not at all.
pub async fn settled(
    state: &State,
    conn: &mut PgConnection,
    visit: Settled,
    at: DateTime<Utc>,
) -> Result<()> {
    match visit.worker_kind {
        WorkerKind::Volunteer => volunteered(state, conn, visit, at).await,
        WorkerKind::SocialWorker => served(state, conn, visit, at).await,
        WorkerKind::CareWorker => Ok(()),
    }
}

/// The volunteer of a visit, held: deliveries about one take turns.
async fn volunteer(conn: &mut PgConnection, id: Uuid) -> Result<Volunteer> {
    let found = store::volunteer::lock(conn, VolunteerId::from_uuid(id)).await?;
    found.ok_or_else(super::volunteer::unknown)
}

/// The same for a social worker.
async fn social_worker(conn: &mut PgConnection, id: Uuid) -> Result<SocialWorker> {
    let found = store::social_worker::lock(conn, SocialWorkerId::from_uuid(id)).await?;
    found.ok_or_else(super::social_worker::unknown)
}

/// Whether there is nothing to record: it is recorded already, or it is void.
/// Whoever asks has the worker locked, as whoever voids a visit.
async fn is_dealt_with(conn: &mut PgConnection, visit: &Settled) -> Result<bool> {
    let recorded = match visit.worker_kind {
        WorkerKind::Volunteer => store::volunteer_record::is_recorded(conn, visit.visit_id).await?,
        WorkerKind::SocialWorker => {
            store::service_record::is_recorded(conn, visit.visit_id).await?
        }
        WorkerKind::CareWorker => true,
    };
    Ok(recorded || store::voided_visit::is_noted(conn, visit.visit_id).await?)
}

async fn volunteered(
    state: &State,
    conn: &mut PgConnection,
    visit: Settled,
    at: DateTime<Utc>,
) -> Result<()> {
    let volunteer = volunteer(conn, visit.worker_id).await?;
    if is_dealt_with(conn, &visit).await? {
        return Ok(());
    }
    let record = VolunteerRecord {
        id: VolunteerRecordId::new(&state.core.ids),
        volunteer_id: volunteer.id,
        activity: VolunteerActivity::HomeVisit,
        visit_id: visit.visit_id,
        order_id: visit.order_id,
        contract_id: visit.contract_id,
        trace_id: visit.trace_id,
        in_at: visit.in_at,
        out_at: visit.out_at,
        minutes: Minutes::whole_of(visit.out_at - visit.in_at),
        confirmed_by: visit.elder_resident_id,
        reverses: None,
        replaces: None,
        reason: None,
        reversed_by: None,
        certificate_no: None,
        recorded_by: SUBJECT.to_owned(),
        recorded_at: at,
    };
    store::volunteer_record::insert(conn, &record).await?;
    events::append(
        conn,
        &super::volunteer_record::recorded(&record, &volunteer),
    )
    .await?;
    let of = super::volunteer_record::resource(&record, &volunteer);
    audit::append(
        conn,
        &audit::Entry::write(&house(), "recordVolunteerService", &of, at),
    )
    .await?;
    Ok(())
}

async fn served(
    state: &State,
    conn: &mut PgConnection,
    visit: Settled,
    at: DateTime<Utc>,
) -> Result<()> {
    let worker = social_worker(conn, visit.worker_id).await?;
    if is_dealt_with(conn, &visit).await? {
        return Ok(());
    }
    let record = ServiceRecord {
        id: ServiceRecordId::new(&state.core.ids),
        social_worker_id: worker.id,
        visit_id: visit.visit_id,
        order_id: visit.order_id,
        contract_id: visit.contract_id,
        trace_id: visit.trace_id,
        elder_resident_id: visit.elder_resident_id,
        in_at: visit.in_at,
        out_at: visit.out_at,
        minutes: Minutes::whole_of(visit.out_at - visit.in_at),
        recorded_at: at,
        voided_at: None,
    };
    store::service_record::insert(conn, &record).await?;
    let of = super::social_worker::resource(&worker);
    let entry = audit::Entry::write(&house(), "recordService", &of, at)
        .detail(serde_json::json!({ "service_record_id": record.id }));
    audit::append(conn, &entry).await?;
    Ok(())
}

/// Takes back what was recorded of a visit; in the transaction of the event's
/// delivery. Told before the settlement, it keeps that from being recorded.
pub async fn voided(
    state: &State,
    conn: &mut PgConnection,
    visit: Voided,
    at: DateTime<Utc>,
) -> Result<()> {
    match visit.worker_kind {
        WorkerKind::Volunteer => reverse(state, conn, visit, at).await,
        WorkerKind::SocialWorker => mark(conn, visit, at).await,
        WorkerKind::CareWorker => Ok(()),
    }
}

async fn reverse(
    state: &State,
    conn: &mut PgConnection,
    visit: Voided,
    at: DateTime<Utc>,
) -> Result<()> {
    let volunteer = volunteer(conn, visit.worker_id).await?;
    if !store::voided_visit::insert(conn, visit.visit_id, at).await? {
        return Ok(());
    }
    // Nothing stands where people corrected it away before.
    let Some(record) = store::volunteer_record::lock_of_visit(conn, visit.visit_id).await? else {
        return Ok(());
    };
    let why = Correction {
        reason: VOID.to_owned(),
        by: SUBJECT.to_owned(),
        at,
    };
    let reversal = record.reversal(VolunteerRecordId::new(&state.core.ids), &why)?;
    store::volunteer_record::insert(conn, &reversal).await?;
    let told = super::volunteer_record::recorded(&reversal, &volunteer);
    events::append(conn, &told).await?;
    let of = super::volunteer_record::resource(&record, &volunteer);
    let entry = audit::Entry::write(&house(), "voidVolunteerService", &of, at)
        .detail(serde_json::json!({ "reversal_id": reversal.id }));
    audit::append(conn, &entry).await?;
    Ok(())
}

async fn mark(conn: &mut PgConnection, visit: Voided, at: DateTime<Utc>) -> Result<()> {
    let worker = social_worker(conn, visit.worker_id).await?;
    if !store::voided_visit::insert(conn, visit.visit_id, at).await? {
        return Ok(());
    }
    let Some(record) = store::service_record::void(conn, visit.visit_id, at).await? else {
        return Ok(());
    };
    let of = super::social_worker::resource(&worker);
    let entry = audit::Entry::write(&house(), "voidService", &of, at)
        .detail(serde_json::json!({ "service_record_id": record }));
    audit::append(conn, &entry).await?;
    Ok(())
}

/// The service itself, where an event of another service is the cause.
fn house() -> Caller {
    Caller::service(SUBJECT)
}
