//! A visit that elder care settled becomes a record of service, once.

use chrono::{DateTime, Utc};
use kernel::{
    Minutes,
    keys::{ContractId, ResidentId, SocialWorkerId, TraceId, VisitId, VolunteerId},
};
use kit::{
    audit,
    auth::{Actor, Caller, Resource, Role},
    events,
};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        service_record::{ServiceRecord, ServiceRecordId},
        volunteer_record::{VolunteerActivity, VolunteerRecord, VolunteerRecordId},
    },
    error::Result,
    state::State,
    store,
};

/// Who writes what no person asked for.
const SUBJECT: &str = "service:socialwork";

kernel::text_enum! {
    /// Which register the worker of a visit is in.
    pub enum WorkerKind {
        /// 社会工作者
        SocialWorker = "SOCIAL_WORKER",
        /// 志愿者
        Volunteer = "VOLUNTEER",
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

/// Records the service; in the transaction of the event's delivery. A visit
/// that is told twice is recorded once.
pub async fn settled(
    state: &State,
    conn: &mut PgConnection,
    visit: Settled,
    at: DateTime<Utc>,
) -> Result<()> {
    match visit.worker_kind {
        WorkerKind::Volunteer => volunteered(state, conn, visit, at).await,
        WorkerKind::SocialWorker => served(state, conn, visit, at).await,
    }
}

async fn volunteered(
    state: &State,
    conn: &mut PgConnection,
    visit: Settled,
    at: DateTime<Utc>,
) -> Result<()> {
    let id = VolunteerId::from_uuid(visit.worker_id);
    // The lock lets two deliveries of one visit take turns.
    let volunteer = store::volunteer::lock(conn, id)
        .await?
        .ok_or_else(super::volunteer::unknown)?;
    if store::volunteer_record::is_recorded(conn, visit.visit_id).await? {
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
    let of = Resource::new("VolunteerRecord", record.id)
        .in_division(volunteer.division_code)
        .owned_by(volunteer.resident_id.as_uuid());
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
    let id = SocialWorkerId::from_uuid(visit.worker_id);
    let worker = store::social_worker::lock(conn, id)
        .await?
        .ok_or_else(super::social_worker::unknown)?;
    if store::service_record::is_recorded(conn, visit.visit_id).await? {
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
    };
    store::service_record::insert(conn, &record).await?;
    let of = super::social_worker::resource(&worker);
    let entry = audit::Entry::write(&house(), "recordService", &of, at)
        .detail(serde_json::json!({ "service_record_id": record.id }));
    audit::append(conn, &entry).await?;
    Ok(())
}

/// The service itself, where an event of another service is the cause.
fn house() -> Caller {
    Caller::of(Actor::new(SUBJECT, [Role::Service]))
}
