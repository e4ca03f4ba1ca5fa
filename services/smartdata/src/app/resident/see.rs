//! Looking at residents: how far, and the record of having looked.
//!
//! This is the only place where personal fields are opened. What it shows in
//! full to another person it has logged in the same transaction; a field that
//! was not asked for is neither opened nor logged.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CitizenId, Page, Paged, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
};
use sqlx::PgConnection;

use super::{
    super::{STAFF, exchange_record::Shared},
    asked, resource, unknown,
};
use crate::{
    domain::{
        access_log::{Access as Read, AccessId},
        data_resource::DataField,
        resident::{Access, Fields, PersonalField, Resident, citizen_index},
    },
    error::Result,
    state::State,
    store::{self, resident::ResidentFilter},
};

/// A resident somebody wants to look at, and which of the personal fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub id: ResidentId,
    pub fields: Fields,
}

/// A resident as one caller sees them: what was not asked for or is not for
/// them is empty.
#[derive(Clone)]
pub struct Seen {
    pub resident: Resident,
    pub access: Access,
    pub age: u32,
    pub name: Option<String>,
    pub citizen_id: Option<String>,
    pub phone: Option<String>,
    pub birth_date: Option<NaiveDate>,
}

/// How far the caller may look.
fn access(state: &State, caller: &Caller, resident: &Resident) -> Access {
    let resource = resource(caller, resident);
    let may = |action: &str| state.core.policies.allows(&caller.actor, action, &resource);
    [
        ("readOwnData", Access::Own),
        ("readPersonalData", Access::Full),
        ("readMaskedData", Access::Masked),
        ("readResident", Access::Reference),
    ]
    .into_iter()
    .find_map(|(action, access)| may(action).then_some(access))
    .unwrap_or(Access::None)
}

/// Opens what may be seen; what has to be logged is added to `reads`.
fn show(
    state: &State,
    caller: &Caller,
    resident: Resident,
    fields: Fields,
    reads: &mut Vec<(Resident, Fields)>,
) -> Result<Seen> {
    let access = access(state, caller, &resident);
    if access == Access::Full && !fields.is_empty() {
        reads.push((resident.clone(), fields));
    }
    let full = access >= Access::Full;
    let open = |field| access >= Access::Masked && fields.has(field);
    let (id, keys, sealed) = (resident.id, &state.core.pii, &resident.sealed);
    Ok(Seen {
        access,
        age: resident.age_on(kernel::china_date(state.core.clock.now())),
        name: if open(PersonalField::Name) {
            Some(sealed.name(id, keys, full)?)
        } else {
            None
        },
        citizen_id: if open(PersonalField::CitizenId) {
            Some(sealed.citizen_id(id, keys, full)?)
        } else {
            None
        },
        phone: if open(PersonalField::Phone) {
            sealed.phone(id, keys, full)?
        } else {
            None
        },
        // A date cannot be covered in part, so it is shown in full or not.
        birth_date: (full && open(PersonalField::BirthDate)).then_some(resident.birth_date),
        resident,
    })
}

/// Writes what was looked at.
async fn record(
    state: &State,
    conn: &mut PgConnection,
    caller: &Caller,
    reads: &[(Resident, Fields)],
) -> Result<()> {
    if reads.is_empty() {
        return Ok(());
    }
    let now = state.core.clock.now();
    let rows: Vec<Read> = reads
        .iter()
        .map(|(resident, fields)| read(state, caller, resident, *fields, now))
        .collect();
    store::access_log::insert_all(conn, &rows).await?;
    let entries: Vec<audit::Entry> = reads
        .iter()
        .map(|(resident, fields)| {
            audit::Entry::read(caller, "readPersonalData", &resource(caller, resident), now)
                .fields(fields.names())
        })
        .collect();
    audit::append_all(conn, &entries).await?;
    Ok(())
}

fn read(
    state: &State,
    caller: &Caller,
    resident: &Resident,
    fields: Fields,
    now: DateTime<Utc>,
) -> Read {
    let actor = &caller.actor;
    Read {
        id: AccessId::new(&state.core.ids),
        resident_id: resident.id,
        at: now,
        actor: actor.subject.clone(),
        actor_name: actor.name.clone(),
        roles: actor.roles.iter().map(ToString::to_string).collect(),
        organization_id: actor.organization_id,
        division_code: actor.division,
        purpose: caller.purpose.clone().unwrap_or_default(),
        fields,
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        request_id: caller.request_id.clone(),
    }
}

/// Shows the residents of a request, each once per set of fields; unknown ids
/// are left out, and those the caller may not see come with no access.
pub async fn see(
    state: &State,
    caller: &Caller,
    wanted: &[Wanted],
) -> Result<HashMap<Wanted, Seen>> {
    let ids: Vec<ResidentId> = wanted.iter().map(|it| it.id).collect();
    let mut tx = state.core.db.begin(caller).await?;
    let residents = store::resident::load_many(&mut tx, &ids).await?;
    let mut reads = Vec::new();
    let mut seen = HashMap::with_capacity(wanted.len());
    for one in wanted {
        if let Some(resident) = residents.get(&one.id) {
            let shown = show(state, caller, resident.clone(), one.fields, &mut reads)?;
            seen.insert(*one, shown);
        }
    }
    record(state, &mut tx, caller, &reads).await?;
    tx.commit().await?;
    Ok(seen)
}

/// A page of the residents that the caller works with.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ResidentFilter,
    fields: Fields,
    page: &Page,
) -> Result<Paged<Seen>> {
    const READERS: &[Role] = &[
        Role::GridWorker,
        Role::CommunityStaff,
        Role::CivilAffairs,
        Role::Auditor,
        Role::PlatformAdmin,
    ];
    if caller.actor.is_anonymous() {
        super::super::access_log::myself(caller)?;
    }
    let scope = caller.actor.scope(READERS);
    let mut tx = state.core.db.begin(caller).await?;
    let rows = store::resident::list(&mut tx, &scope, filter, page).await?;
    let paged = page.finish(rows);
    let mut reads = Vec::new();
    let items: Result<Vec<Seen>> = paged
        .items
        .into_iter()
        .map(|resident| show(state, caller, resident, fields, &mut reads))
        .collect();
    let paged = Paged {
        items: items?,
        has_next: paged.has_next,
        has_previous: paged.has_previous,
    };
    record(state, &mut tx, caller, &reads).await?;
    tx.commit().await?;
    Ok(paged)
}

/// The resident of an identity number, for staff with a purpose; that
/// somebody looked is logged even where nothing but the id was asked for.
pub async fn find_by_citizen_id(
    state: &State,
    caller: &Caller,
    citizen_id: &str,
    fields: Fields,
) -> Result<Option<Seen>> {
    // Whether they may look at all comes before what they look for, so that
    // an answer tells nothing to those who may not.
    let reach = caller.actor.division;
    let anyone = match reach {
        Some(division) => asked(caller, String::new(), division, false),
        None => Resource::any("Resident")
            .with("purpose", caller.purpose.is_some())
            .with("demo", false),
    };
    if let Err(denied) = state.core.authorize(caller, "findResident", &anyone) {
        refused(state, caller, &anyone).await?;
        return Err(denied);
    }
    if caller.purpose.is_none() {
        return Err(refuse!(
            Invalid,
            "PURPOSE_REQUIRED",
            field: "x-sanshe-purpose",
            zh: "按身份号码查询须说明查询目的",
            en: "say why you look somebody up by their identity number",
        )
        .into());
    }
    let now = state.core.clock.now();
    let number = CitizenId::parse(citizen_id.trim(), kernel::china_date(now))
        .map_err(|error| kit::Error::from(error).at("citizenId"))?;
    let scope = caller.actor.scope(STAFF);
    let mut tx = state.core.db.begin(caller).await?;
    let index = citizen_index(&state.core.pii, &number);
    let found = store::resident::find_by_index(&mut tx, &index).await?;
    let Some(resident) = found else {
        // Nobody is named, and that somebody tried a number is kept all the same.
        let now = state.core.clock.now();
        let entry = audit::Entry::read(caller, "findResident", &anyone, now)
            .fields([PersonalField::CitizenId.as_str()])
            .detail(serde_json::json!({ "found": false }));
        audit::append(&mut tx, &entry).await?;
        tx.commit().await?;
        return Ok(None);
    };
    // Out of reach is told like not there, but an auditor sees the attempt.
    if !scope.admits(Some(&resident.community_code)) {
        let about = resource(caller, &resident);
        drop(tx);
        refused(state, caller, &about).await?;
        return Ok(None);
    }
    let fields = fields.with(PersonalField::CitizenId);
    let mut reads = Vec::new();
    let seen = show(state, caller, resident, fields, &mut reads)?;
    record(state, &mut tx, caller, &reads).await?;
    tx.commit().await?;
    Ok(Some(seen))
}

/// Leaves a trace of somebody who looked for a person they may not look for.
async fn refused(state: &State, caller: &Caller, about: &Resource) -> Result<()> {
    if caller.actor.is_anonymous() {
        return Ok(());
    }
    let now = state.core.clock.now();
    let entry = audit::Entry::read(caller, "findResident", about, now)
        .fields([PersonalField::CitizenId.as_str()])
        .denied();
    let mut tx = state.core.db.begin(caller).await?;
    audit::append(&mut tx, &entry).await?;
    tx.commit().await
}

/// Opens fields for a department that reads through a grant, and logs the look
/// like any other; what was granted is for the exchange to ask.
pub async fn share(
    state: &State,
    conn: &mut PgConnection,
    reader: &Caller,
    resident: &Resident,
    fields: &[DataField],
) -> Result<Vec<Shared>> {
    let (id, keys, sealed) = (resident.id, &state.core.pii, &resident.sealed);
    let mut personal = Fields::NONE;
    let mut shared = Vec::with_capacity(fields.len());
    for &field in fields {
        let mut open = |one| personal = personal.with(one);
        let value = match field {
            DataField::Name => {
                open(PersonalField::Name);
                Some(sealed.name(id, keys, true)?)
            }
            DataField::CitizenId => {
                open(PersonalField::CitizenId);
                Some(sealed.citizen_id(id, keys, true)?)
            }
            DataField::Phone => {
                open(PersonalField::Phone);
                sealed.phone(id, keys, true)?
            }
            DataField::BirthDate => {
                open(PersonalField::BirthDate);
                Some(resident.birth_date.to_string())
            }
            DataField::ResidentId => Some(resident.id.to_string()),
            DataField::Sex => Some(resident.sex.to_string()),
            DataField::CommunityCode => Some(resident.community_code.to_string()),
            DataField::GridCode => resident.grid_code.map(|code| code.to_string()),
            DataField::Status => Some(resident.status.to_string()),
            DataField::Verified => Some(resident.verification.is_some().to_string()),
            DataField::GridName | DataField::GridKind => None,
        };
        shared.push(Shared { field, value });
    }
    if !personal.is_empty() {
        let reads = [(resident.clone(), personal)];
        record(state, conn, reader, &reads).await?;
    }
    Ok(shared)
}

/// Opens what a resident wrote in a case: for themself, and for staff who say
/// why, which is logged; nothing for others.
pub async fn case_form(
    state: &State,
    caller: &Caller,
    id: ResidentId,
    (bound, sealed): (String, &[u8]),
) -> Result<Option<String>> {
    let mut tx = state.core.db.begin(caller).await?;
    let Some(resident) = store::resident::find(&mut tx, id).await? else {
        return Ok(None);
    };
    let access = access(state, caller, &resident);
    if access < Access::Full {
        return Ok(None);
    }
    if access == Access::Full {
        let fields = Fields::NONE.with(PersonalField::CaseForm);
        record(state, &mut tx, caller, &[(resident, fields)]).await?;
    }
    tx.commit().await?;
    Ok(Some(state.core.pii.decrypt_text(&bound, sealed)?))
}

/// References without personal data, for other services in the caller's name;
/// those out of the caller's reach are left out.
pub async fn refer(
    state: &State,
    caller: &Caller,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, Seen>> {
    super::super::access_log::myself(caller)?;
    let wanted: Vec<Wanted> = ids
        .iter()
        .map(|id| Wanted {
            id: *id,
            fields: Fields::NONE,
        })
        .collect();
    let seen = see(state, caller, &wanted).await?;
    Ok(seen
        .into_iter()
        .filter(|(_, seen)| seen.access > Access::None)
        .map(|(wanted, seen)| (wanted.id, seen))
        .collect())
}

/// One reference.
pub async fn refer_one(state: &State, caller: &Caller, id: ResidentId) -> Result<Seen> {
    refer(state, caller, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)
}
