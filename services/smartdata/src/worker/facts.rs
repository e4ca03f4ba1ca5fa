//! What the outcome goals are counted from: other services tell that something
//! happened, and where. Each becomes a happening, without a chain of its own.

use chrono::{NaiveDate, NaiveTime};
use kernel::{DivisionCode, clock::china_offset};
use kit::events::{Consumer, Event, HandlerError};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    app,
    domain::happening::{Happening, HappeningId, HappeningKind as Kind},
    state::State,
};

/// An event that tells a fact.
struct Fact {
    subject: &'static str,
    /// Only where a field has this value.
    when: Option<(&'static str, &'static str)>,
    kind: Kind,
    /// The field that names what it happened to, where the aggregate does not.
    of: Option<&'static str>,
    /// The field with the day it counts from, where that is not the day it was told.
    since: Option<&'static str>,
}

const fn fact(subject: &'static str, kind: Kind) -> Fact {
    Fact {
        subject,
        when: None,
        kind,
        of: None,
        since: None,
    }
}

impl Fact {
    const fn when(mut self, field: &'static str, value: &'static str) -> Self {
        self.when = Some((field, value));
        self
    }

    const fn of(mut self, field: &'static str) -> Self {
        self.of = Some(field);
        self
    }

    const fn since(mut self, field: &'static str) -> Self {
        self.since = Some(field);
        self
    }

    fn tells(&self, event: &Event) -> bool {
        self.subject == event.subject
            && self
                .when
                .is_none_or(|(field, value)| event.data[field] == value)
    }
}

const FACTS: &[Fact] = &[
    fact("communities.proposal.decided", Kind::ProposalDecided),
    fact("communities.result.rated", Kind::ResultRated),
    fact("communities.work_list.in_force", Kind::WorkListInForce),
    fact(
        "communities.evaluation.published",
        Kind::EvaluationPublished,
    ),
    fact("communities.pilot.approved", Kind::PilotApproved),
    fact("communities.pilot.ended", Kind::PilotEnded),
    fact("procurement.contract.signed", Kind::ContractSigned),
    fact(
        "procurement.contract.signed_with_worker",
        Kind::ContractSigned,
    ),
    fact("procurement.violation.confirmed", Kind::ViolationConfirmed).of("violation_id"),
    fact("incubation.incubatee.changed", Kind::IncubateeGraduated).when("state", "GRADUATED"),
    fact("incubation.centre.changed", Kind::CentreOpened).when("state", "OPEN"),
    fact("incubation.centre.changed", Kind::CentreClosed).when("state", "CLOSED"),
    fact(
        "socialwork.social_worker.moved",
        Kind::SocialWorkerRegistered,
    )
    .when("state", "ACTIVE"),
    fact("socialwork.social_worker.moved", Kind::SocialWorkerEnded).when("state", "ENDED"),
    fact("socialwork.studio.moved", Kind::StudioOpened).when("state", "OPEN"),
    fact("socialwork.studio.moved", Kind::StudioClosed).when("state", "CLOSED"),
    fact("socialwork.post.held", Kind::PostTaken).since("from"),
    fact("socialwork.supervision.counted", Kind::SupervisionCounted).of("session_id"),
    fact("eldercare.visit.settled", Kind::SocialWorkerVisit).when("worker_kind", "SOCIAL_WORKER"),
    fact("eldercare.visit.settled", Kind::VolunteerVisit).when("worker_kind", "VOLUNTEER"),
    fact("eldercare.visit.voided", Kind::VisitVoided),
];

/// Adds the handlers.
pub fn on(mut consumer: Consumer, state: &State) -> Consumer {
    let mut subjects: Vec<_> = FACTS.iter().map(|fact| fact.subject).collect();
    subjects.dedup();
    for subject in subjects {
        let state = state.clone();
        consumer = consumer.on(subject, move |conn, event| {
            let state = state.clone();
            Box::pin(async move {
                let Some(happening) = happening(&state, event)? else {
                    return Ok(());
                };
                Ok(app::happening::note(conn, event.id, &happening).await?)
            })
        });
    }
    consumer
}

/// What an event tells; nothing where it is no such fact, or where a release
/// that told no place wrote it.
fn happening(state: &State, event: &Event) -> Result<Option<Happening>, HandlerError> {
    let Some(fact) = FACTS.iter().find(|fact| fact.tells(event)) else {
        return Ok(None);
    };
    let place = ["division_code", "community_code"]
        .iter()
        .find_map(|field| event.data[*field].as_str());
    let Some(place) = place else {
        return Ok(None);
    };
    let odd = |field: &str| HandlerError::park(format!("{}: {field}", event.subject));
    let division_code: DivisionCode = place.parse().map_err(|_| odd("division_code"))?;
    let subject_id: Uuid = match fact.of {
        None => event.aggregate_id,
        Some(field) => read(&event.data[field]).ok_or_else(|| odd(field))?,
    };
    let at = match fact.since {
        None => event.at,
        Some(field) => read(&event.data[field])
            .map(|day: NaiveDate| day.and_time(NaiveTime::MIN))
            .and_then(|start| start.and_local_timezone(china_offset()).single())
            .ok_or_else(|| odd(field))?
            .to_utc(),
    };
    Ok(Some(Happening {
        id: HappeningId::new(&state.core.ids),
        kind: fact.kind,
        trace_id: None,
        division_code,
        grid_code: None,
        resident_id: None,
        subject_id: Some(subject_id),
        at,
    }))
}

fn read<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}
