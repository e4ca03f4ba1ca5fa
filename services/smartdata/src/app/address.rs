//! 地址: registered in a grid, assigned to another from a day, read.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{DivisionCode, GridCode, IdempotencyKey, Page, Paged, china_date, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        address::{Address, AddressGrid, AddressId},
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::address::AddressFilter;

/// Who may read the addresses of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(address: &Address) -> Resource {
    Resource::new("Address", address.id).in_division(address.division_code)
}

/// Which address, in which grid, since when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Register {
    pub grid_code: GridCode,
    pub text: String,
    pub from: NaiveDate,
}

async fn known_grid(tx: &mut Tx, code: &GridCode) -> Result<()> {
    match store::grid::find_by_code(tx, code).await? {
        Some(_) => Ok(()),
        None => Err(super::grid::unknown("input.gridCode")),
    }
}

/// Registers an address in a grid.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Register,
) -> Result<AddressId> {
    const ACTION: &str = "registerAddress";
    let division: DivisionCode = input.grid_code.community();
    let asked = Resource::any("Address").in_division(division);
    state.core.authorize(caller, ACTION, &asked)?;
    let words = text::words(&input.text, "input.text", 200)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    known_grid(&mut tx, &input.grid_code).await?;
    let address = Address {
        id: AddressId::new(&state.core.ids),
        division_code: division,
        text: words,
        created_at: now,
    };
    store::address::insert(&mut tx, &address)
        .await
        .map_err(exists)?;
    let first = AddressGrid {
        address_id: address.id,
        grid_code: input.grid_code,
        from: input.from,
        until: None,
    };
    store::address::insert_grid(&mut tx, &first).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&address), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(address.id).await
}

fn exists(error: kit::Error) -> kit::Error {
    if error.reason() != "ADDRESS_EXISTS" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "ADDRESS_EXISTS",
        field: "input.text",
        zh: "该社区已登记此地址",
        en: "the community has this address already",
    )
    .into()
}

/// Into which grid an address goes, from which day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assign {
    pub address_id: AddressId,
    pub grid_code: GridCode,
    pub from: NaiveDate,
}

/// An address goes to another grid from a day; until then it stays where it was.
pub async fn assign(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Assign,
) -> Result<AddressId> {
    const ACTION: &str = "assignAddressGrid";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let address = store::address::lock(&mut tx, input.address_id)
        .await?
        .ok_or_else(unknown)?;
    state.core.authorize_seen(
        caller,
        (ACTION, "readAddress"),
        &resource(&address),
        unknown,
    )?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    known_grid(&mut tx, &input.grid_code).await?;
    crate::domain::resident::check_grid(Some(&input.grid_code), &address.division_code)?;
    let present = store::address::load_grids(&mut tx, &[address.id])
        .await?
        .remove(&address.id)
        .and_then(|all| all.into_iter().find(|it| it.until.is_none()))
        .ok_or_else(unknown)?;
    present.check_next(&input.grid_code, input.from)?;
    let next = AddressGrid {
        address_id: address.id,
        grid_code: input.grid_code,
        from: input.from,
        until: None,
    };
    store::address::change_grid(&mut tx, &next).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&address), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(address.id).await
}

/// The addresses of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[AddressId],
) -> Result<HashMap<AddressId, Address>> {
    let mut found = store::address::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, it| {
        state
            .core
            .policies
            .allows(&caller.actor, "readAddress", &resource(it))
    });
    Ok(found)
}

/// Where addresses lay, in the order of time; asked only of what may be read.
pub async fn load_grids(
    state: &State,
    ids: &[AddressId],
) -> Result<HashMap<AddressId, Vec<AddressGrid>>> {
    store::address::load_grids(&mut *state.core.db.read().await?, ids).await
}

/// A page of the addresses that the caller may see: those of a grid are those
/// that lie in it on a day, today where none is named.
pub async fn list(
    state: &State,
    caller: &Caller,
    mut filter: AddressFilter,
    page: &Page,
) -> Result<Paged<Address>> {
    let today = china_date(state.core.clock.now());
    filter.on = filter.on.or(Some(today));
    let scope = caller.actor.scope(READERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::address::list(&mut conn, &scope, &filter, page).await?;
    Ok(page.finish(rows))
}

/// The address is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ADDRESS_NOT_FOUND",
        zh: "没有这个地址,或您无权查看",
        en: "there is no such address, or it is not for you to see",
    )
    .into()
}
