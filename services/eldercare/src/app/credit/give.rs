//! Giving minutes away: to the pool, to a relative, from the pool. Refusals are
//! kept as answers.

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Minutes, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    idempotency::{self, Outcome},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{of_person, open, resource, unknown};
use crate::{
    app::{call, elder, resident},
    domain::{
        credit::{self, CreditAccount, CreditEntryId, EntryKind, NewEntry, POOL, check_amount},
        elder::ElderCategory,
        relation::Kinship,
    },
    error::{Error, Result},
    state::State,
    store,
};

fn own_resource(resident: ResidentId) -> Resource {
    Resource::new("CreditAccount", resident).owned_by(resident.as_uuid())
}

fn person_of(caller: &Caller) -> Result<ResidentId> {
    caller
        .actor
        .resident_id
        .map(ResidentId::from_uuid)
        .ok_or_else(|| {
            Error::new(
                kernel::Kind::Forbidden,
                "NOT_A_RESIDENT",
                "只有居民本人可以动用自己的时间积分",
                "only residents dispose of their own credits",
            )
        })
}

fn authorize_own(state: &State, caller: &Caller, action: &str) -> Result<ResidentId> {
    // Nobody in particular is told to log in before anything else.
    if caller.actor.is_anonymous() {
        state
            .core
            .authorize(caller, action, &Resource::any("CreditAccount"))?;
    }
    let person = person_of(caller)?;
    state
        .core
        .authorize(caller, action, &own_resource(person))?;
    Ok(person)
}

/// Minutes to the pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DonateCredits {
    pub minutes: Minutes,
}

/// Gives the caller's minutes to the pool.
pub async fn donate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: DonateCredits,
) -> Result<CreditAccount> {
    let person = authorize_own(state, caller, "donateCredits")?;
    let minutes = check_amount(input.minutes)?;
    let wanted = Wanted {
        kind: EntryKind::Donate,
        from: Some(person),
        to: None,
        minutes,
    };
    settle(state, caller, "donateCredits", key, &input, wanted).await
}

/// Minutes to a relative.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TransferCredits {
    pub to: ResidentId,
    pub kinship: Kinship,
    pub minutes: Minutes,
}

/// Hands the caller's minutes to a registered relative who is an elder.
pub async fn transfer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: TransferCredits,
) -> Result<CreditAccount> {
    let person = authorize_own(state, caller, "transferCredits")?;
    if let Some(before) = given(state, caller, "transferCredits", &key, &input).await? {
        return before.into_result();
    }
    let minutes = check_amount(input.minutes)?;
    let mut conn = state.core.db.read().await?;
    if !store::relation::exists(&mut conn, person, input.to, input.kinship).await? {
        return Err(refuse!(
            Refused,
            "RELATION_NOT_REGISTERED",
            field: "input.toResidentId",
            zh: "该亲属关系未经登记核验,时间积分只能转给已登记的亲属",
            en: "minutes go only to a relative whom staff have registered",
        )
        .into());
    }
    if store::elder::find(&mut conn, input.to).await?.is_none() {
        return Err(refuse!(
            Refused,
            "RECIPIENT_NOT_ELDER",
            field: "input.toResidentId",
            zh: "时间积分只能转给已建档的老年人",
            en: "minutes go only to a registered elder",
        )
        .into());
    }
    if store::resident::is_deceased(&mut conn, input.to).await? {
        return Err(resident::deceased());
    }
    drop(conn);
    let wanted = Wanted {
        kind: EntryKind::Transfer,
        from: Some(person),
        to: Some(input.to),
        minutes,
    };
    settle(state, caller, "transferCredits", key, &input, wanted).await
}

/// Minutes of the pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GrantCredits {
    pub to: ResidentId,
    pub minutes: Minutes,
}

/// Grants minutes of the pool to an elder of a key category.
pub async fn grant(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: GrantCredits,
) -> Result<CreditAccount> {
    let to = elder::known(state, caller, "grantCredits", input.to).await?;
    if let Some(before) = given(state, caller, "grantCredits", &key, &input).await? {
        return before.into_result();
    }
    let minutes = check_amount(input.minutes)?;
    if to.category == ElderCategory::Ordinary {
        return Err(refuse!(
            Refused,
            "GRANT_NOT_KEY_ELDER",
            field: "input.residentId",
            zh: "公益池时长只发放给重点保障老人",
            en: "minutes of the pool are granted to elders of a key category only",
        )
        .into());
    }
    let wanted = Wanted {
        kind: EntryKind::Grant,
        from: None,
        to: Some(input.to),
        minutes,
    };
    settle(state, caller, "grantCredits", key, &input, wanted).await
}

/// What the same call was answered before; refusals are answers too.
async fn given(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    key: &IdempotencyKey,
    input: &impl Serialize,
) -> Result<Option<Outcome<CreditAccount>>> {
    let now = state.core.clock.now();
    let once = call(caller, operation, key.clone(), input, now)?;
    state.core.db.outcome(caller, &once).await
}

/// From a person or the pool to a person or the pool.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    kind: EntryKind,
    from: Option<ResidentId>,
    to: Option<ResidentId>,
    minutes: Minutes,
}

async fn settle(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    key: IdempotencyKey,
    input: &impl Serialize,
    wanted: Wanted,
) -> Result<CreditAccount> {
    let now = state.core.clock.now();
    let entry_key = format!("{operation}:{}:{}", caller.actor.subject, key.as_str());
    let once = call(caller, operation, key, input, now)?;
    let mut tx = state.core.db.begin(caller).await?;
    let outcome = idempotency::run(&mut tx, &once, async |conn: &mut PgConnection| {
        let (before, entry) = write(state, conn, &wanted, &entry_key, now).await?;
        let record = audit::Entry::write(caller, operation, &resource(&before), now)
            .detail(serde_json::json!({ "entry_id": entry, "minutes": wanted.minutes }));
        audit::append(conn, &record).await?;
        store::credit::find(conn, before.id)
            .await?
            .ok_or_else(unknown)
    })
    .await?;
    tx.commit().await?;
    outcome.into_result()
}

/// Answers the account of the person concerned as it was, and the entry.
async fn write(
    state: &State,
    conn: &mut PgConnection,
    wanted: &Wanted,
    key: &str,
    now: DateTime<Utc>,
) -> Result<(CreditAccount, CreditEntryId)> {
    let persons: Vec<ResidentId> = [wanted.from, wanted.to].into_iter().flatten().collect();
    for &person in &persons {
        open(state, conn, person, None, now).await?;
    }
    let shared = if persons.len() == 2 { &[][..] } else { &[POOL] };
    let accounts = store::credit::lock(conn, &persons, shared).await?;
    let side = |person: Option<ResidentId>| match person {
        Some(person) => of_person(&accounts, person),
        None => accounts
            .iter()
            .find(|account| account.id == POOL)
            .ok_or_else(unknown),
    };
    let (from, to) = (side(wanted.from)?, side(wanted.to)?);
    from.check_available(wanted.minutes)?;
    to.check_room(wanted.minutes)?;
    let entry = NewEntry {
        id: CreditEntryId::new(&state.core.ids),
        kind: wanted.kind,
        key: key.to_owned(),
        visit_id: None,
        order_id: None,
        trace_id: None,
        at: now,
        moves: credit::transfer(from.id, to.id, wanted.minutes),
    };
    store::credit::post(conn, &entry).await.map_err(|error| {
        let fixed = error.reason() == "CREDITS_NOT_TRANSFERABLE";
        if fixed {
            error.at("input.minutes")
        } else {
            error
        }
    })?;
    super::expire::watch(conn, &entry).await?;
    let concerned = if wanted.from.is_some() { from } else { to };
    Ok((concerned.clone(), entry.id))
}
