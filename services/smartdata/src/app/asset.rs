//! 物资: registered, counted, retired by a count, read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Level, Page, Paged, china_date, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        asset::{Asset, AssetCount, AssetId, AssetState, NewAsset},
        grid::missing_community,
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::asset::AssetFilter;

/// Who may read the assets of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(asset: &Asset) -> Resource {
    Resource::new("Asset", asset.id).in_division(asset.division_code)
}

/// Registers an asset with its first count.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: NewAsset,
) -> Result<AssetId> {
    const ACTION: &str = "registerAsset";
    let asked = Resource::any("Asset").in_division(input.division_code);
    state.core.authorize(caller, ACTION, &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let asset = Asset::try_new(AssetId::new(&state.core.ids), input, now)?;
    let division = store::division::find(&mut tx, &asset.division_code).await?;
    let today = china_date(now);
    if !division.is_some_and(|it| it.in_force(today) && it.code.level() == Level::Community) {
        return Err(missing_community("input.divisionCode").into());
    }
    if let Some(code) = &asset.grid_code
        && store::grid::find_by_code(&mut tx, code).await?.is_none()
    {
        return Err(super::grid::unknown("input.gridCode"));
    }
    store::asset::insert(&mut tx, &asset)
        .await
        .map_err(exists)?;
    finish(tx, caller, ACTION, &asset, None).await
}

fn exists(error: kit::Error) -> kit::Error {
    if error.reason() != "ASSET_EXISTS" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "ASSET_EXISTS",
        field: "input.code",
        zh: "该社区已有此编码的物资",
        en: "the community has an asset of this code already",
    )
    .into()
}

/// What a count found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Count {
    pub asset_id: AssetId,
    pub quantity: i32,
    pub state: AssetState,
    pub note: Option<String>,
}

/// 盘点.
pub async fn count(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Count,
) -> Result<AssetId> {
    const ACTION: &str = "countAsset";
    caller.signed_in(ACTION)?;
    let note = text::some_words(input.note.as_deref(), "input.note", 1000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut asset = store::asset::lock(&mut tx, input.asset_id)
        .await?
        .ok_or_else(unknown)?;
    state
        .core
        .authorize_seen(caller, (ACTION, "readAsset"), &resource(&asset), unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    asset.count(input.quantity, input.state, now)?;
    store::asset::update(&mut tx, &mut asset).await?;
    finish(tx, caller, ACTION, &asset, note).await
}

/// Leaves the count, writes the audit, keeps the answer, commits.
async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &'static str,
    asset: &Asset,
    note: Option<String>,
) -> Result<AssetId> {
    let count = AssetCount {
        asset_id: asset.id,
        version: asset.version,
        quantity: asset.quantity,
        state: asset.state,
        note,
        actor: caller.actor.subject.clone(),
        actor_name: caller.actor.name.clone(),
        at: asset.counted_at,
    };
    store::asset::insert_count(&mut tx, &count).await?;
    let entry = audit::Entry::write(caller, action, &resource(asset), asset.counted_at);
    audit::append(&mut tx, &entry).await?;
    tx.answer(asset.id).await
}

/// The assets of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[AssetId],
) -> Result<HashMap<AssetId, Asset>> {
    let mut found = store::asset::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, it| {
        state
            .core
            .policies
            .allows(&caller.actor, "readAsset", &resource(it))
    });
    Ok(found)
}

/// The counts of assets, newest first; asked only of what may be read.
pub async fn load_counts(
    state: &State,
    ids: &[AssetId],
) -> Result<HashMap<AssetId, Vec<AssetCount>>> {
    store::asset::load_counts(&mut *state.core.db.read().await?, ids).await
}

/// A page of the assets that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &AssetFilter,
    page: &Page,
) -> Result<Paged<Asset>> {
    let scope = caller.actor.scope(READERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::asset::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The asset is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ASSET_NOT_FOUND",
        zh: "没有这项物资,或您无权查看",
        en: "there is no such asset, or it is not for you to see",
    )
    .into()
}
