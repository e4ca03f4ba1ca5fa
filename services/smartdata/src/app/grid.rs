//! 网格: register, appoint the lead, read.

use std::collections::HashMap;

use kernel::{DivisionCode, GridCode, IdempotencyKey, Page, Paged, keys::GridId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::grid::{Grid, Lead, NewGrid, check_lead},
    error::Result,
    state::State,
    store,
};

/// Registers a grid of a community.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewGrid,
) -> Result<Grid> {
    let community = new.code.community();
    let resource = Resource::new("Grid", new.code).in_division(community);
    state.core.authorize(caller, "registerGrid", &resource)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerGrid", &key, &new, now).await? {
        return Ok(first);
    }
    let division = store::division::find(&mut tx, &community).await?;
    let grid = Grid::try_new(GridId::new(&state.core.ids), new, division.as_ref(), now)?;
    if store::grid::find_by_code(&mut tx, &grid.code)
        .await?
        .is_some()
    {
        return Err(refuse!(
            AlreadyExists,
            "GRID_EXISTS",
            field: "input.code",
            zh: "该网格编码已登记",
            en: "a grid of this code is registered already",
        )
        .into());
    }
    store::grid::insert(&mut tx, &grid).await?;
    let entry = audit::Entry::write(caller, "registerGrid", &resource, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(grid).await
}

/// Who is to lead a grid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssignLead {
    pub grid_id: GridId,
    pub subject: String,
    pub name: String,
}

/// Appoints the lead of a grid; the one before ends at the same instant.
pub async fn assign_lead(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AssignLead,
) -> Result<Grid> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut grid = store::grid::lock(&mut tx, input.grid_id)
        .await?
        .ok_or_else(|| unknown("input.gridId"))?;
    let resource = Resource::new("Grid", grid.code).in_division(grid.community());
    state.core.authorize(caller, "assignGridLead", &resource)?;
    if let Some(first) = tx.replay("assignGridLead", &key, &input, now).await? {
        return Ok(first);
    }
    let (subject, name) = check_lead(&input.subject, &input.name)?;
    if grid
        .lead
        .as_ref()
        .is_some_and(|lead| lead.subject == subject || lead.since >= now)
    {
        return Err(refuse!(
            Refused,
            "GRID_LEAD_UNCHANGED",
            zh: "该人员已是网格长,或网格长刚刚变更",
            en: "this worker leads the grid already, or the lead has only just changed",
        )
        .into());
    }
    let lead = Lead {
        subject,
        name,
        since: now,
    };
    store::grid::change_lead(&mut tx, grid.id, &lead).await?;
    grid.lead = Some(lead);
    let entry = audit::Entry::write(caller, "assignGridLead", &resource, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(grid).await
}

/// Grids are public, like the notice boards they are on.
pub async fn load_many(state: &State, ids: &[GridId]) -> Result<HashMap<GridId, Grid>> {
    store::grid::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The same, by code.
pub async fn load_many_by_code(
    state: &State,
    codes: &[GridCode],
) -> Result<HashMap<GridCode, Grid>> {
    store::grid::load_many_by_code(&mut *state.core.db.read().await?, codes).await
}

/// A page of grids below a division.
pub async fn list(state: &State, below: Option<&DivisionCode>, page: &Page) -> Result<Paged<Grid>> {
    let rows = store::grid::list(&mut *state.core.db.read().await?, below, page).await?;
    Ok(page.finish(rows))
}

/// The grid is not there.
pub fn unknown(field: &str) -> kit::Error {
    refuse!(
        NotFound,
        "GRID_NOT_FOUND",
        field: field,
        zh: "没有这个网格",
        en: "there is no such grid",
    )
    .into()
}
