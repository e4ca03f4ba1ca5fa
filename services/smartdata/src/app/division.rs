//! 行政区划: reading the register, and communities of the demonstration.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Level, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::division::Division,
    error::Result,
    state::State,
    store::{self, division::DivisionFilter},
};

/// A community for demonstrations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateDemo {
    pub code: DivisionCode,
    pub name: String,
}

/// Makes a community below a township that is in force.
pub async fn create_demo(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: CreateDemo,
) -> Result<Division> {
    let resource = Resource::new("Division", input.code).in_division(input.code);
    state
        .core
        .authorize(caller, "createDemoDivision", &resource)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("createDemoDivision", &key, &input, now).await? {
        return Ok(first);
    }
    let above: Vec<DivisionCode> = input.code.parent().into_iter().collect();
    let township = store::division::load_many(&mut tx, &above)
        .await?
        .into_values()
        .next();
    let today = kernel::china_date(now);
    let division = Division::demo(input.code, &input.name, township.as_ref(), today)?;
    if store::division::find(&mut tx, &division.code)
        .await?
        .is_some()
    {
        return Err(refuse!(
            AlreadyExists,
            "DIVISION_EXISTS",
            field: "input.code",
            zh: "该区划代码已存在",
            en: "there is a division of this code already",
        )
        .into());
    }
    store::division::insert(&mut tx, &division).await?;
    let entry = audit::Entry::write(caller, "createDemoDivision", &resource, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(division).await
}

/// Divisions are public.
pub async fn load_many(
    state: &State,
    codes: &[DivisionCode],
) -> Result<HashMap<DivisionCode, Division>> {
    store::division::load_many(&mut *state.core.db.read().await?, codes).await
}

/// A division with all above it, the province first; ones that the register
/// lacks are left out.
pub async fn path(state: &State, code: &DivisionCode) -> Result<Vec<Division>> {
    let codes: Vec<DivisionCode> = code.ancestors().collect();
    let mut found = load_many(state, &codes).await?;
    Ok(codes
        .iter()
        .rev()
        .filter_map(|code| found.remove(code))
        .collect())
}

/// What became of a division that ended.
pub async fn successors(state: &State, code: &DivisionCode) -> Result<Vec<Division>> {
    let mut conn = state.core.db.read().await?;
    let codes = store::division::load_successors(&mut conn, std::slice::from_ref(code))
        .await?
        .remove(code)
        .unwrap_or_default();
    let mut found = store::division::load_many(&mut conn, &codes).await?;
    Ok(codes.iter().filter_map(|code| found.remove(code)).collect())
}

/// Which divisions somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub level: Option<Level>,
    pub parent: Option<DivisionCode>,
    pub name_contains: Option<String>,
}

/// A page of the divisions in force today.
pub async fn list(state: &State, wanted: Wanted, page: &Page) -> Result<Paged<Division>> {
    let filter = DivisionFilter {
        on: kernel::china_date(state.core.clock.now()),
        level: wanted.level,
        parent: wanted.parent,
        name_contains: wanted.name_contains,
    };
    let rows = store::division::list(&mut *state.core.db.read().await?, &filter, page).await?;
    Ok(page.finish(rows))
}

/// The division that is in force today, for other services.
pub async fn in_force(state: &State, code: &DivisionCode) -> Result<Division> {
    let today = kernel::china_date(state.core.clock.now());
    load_many(state, std::slice::from_ref(code))
        .await?
        .remove(code)
        .filter(|division| division.in_force(today))
        .ok_or_else(|| {
            refuse!(
                NotFound,
                "DIVISION_NOT_FOUND",
                field: "code",
                zh: "没有这个区划,或已撤销",
                en: "there is no such division in force",
            )
            .into()
        })
}
