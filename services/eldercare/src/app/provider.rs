//! 服务机构: registered by civil affairs, known to all.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};

use crate::{
    domain::{
        provider::{Provider, RegisterProvider},
        tier::ServiceLine,
    },
    error::Result,
    state::State,
    store,
};

/// What a provider is to the policies.
pub(super) fn resource(provider: &Provider) -> Resource {
    Resource::new("Provider", provider.organization_id)
        .in_division(provider.division_code)
        .of_organization(provider.organization_id.as_uuid())
}

/// Registers an organisation as a provider, or changes its lines. Where it is
/// supervised never changes: whoever asks about another place is refused.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RegisterProvider,
) -> Result<Provider> {
    const ACTION: &str = "registerProvider";
    caller.signed_in(ACTION)?;
    let input = input.check()?;
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    let known = store::provider::find(&mut conn, input.organization_id).await?;
    drop(conn);
    let provider = known.unwrap_or_else(|| Provider {
        organization_id: input.organization_id,
        division_code: input.division_code,
        lines: Vec::new(),
        registered_by: caller.actor.subject.clone(),
        registered_at: now,
    });
    let asked = resource(&provider);
    state.core.authorize(caller, ACTION, &asked)?;
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    if provider.division_code != input.division_code {
        return Err(refuse!(
            Refused,
            "PROVIDER_DIVISION",
            field: "input.divisionCode",
            zh: "该机构已在其他区划登记,登记区划不可更改",
            en: "this provider is registered in another division, which never changes",
        )
        .into());
    }
    let wanted = Provider {
        lines: input.lines,
        ..provider
    };
    let written = store::provider::register(&mut tx, &wanted).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(serde_json::json!({ "lines": written.lines }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(written).await
}

/// A provider to whose matters the caller may do this.
pub(super) async fn known(
    state: &State,
    caller: &Caller,
    action: &str,
    id: OrganizationId,
) -> Result<Provider> {
    caller.signed_in(action)?;
    let provider = store::provider::find(&mut *state.core.db.read().await?, id)
        .await?
        .ok_or_else(unknown)?;
    state.core.authorize(caller, action, &resource(&provider))?;
    Ok(provider)
}

/// Providers are public.
pub async fn load_many(
    state: &State,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Provider>> {
    store::provider::load_many(&mut *state.core.db.read().await?, ids).await
}

/// For which of its lines a provider holds today what they ask for.
pub async fn licensed_lines(state: &State, id: OrganizationId) -> Result<Vec<ServiceLine>> {
    let today = china_date(state.core.clock.now());
    store::provider::licensed_lines(&mut *state.core.db.read().await?, id, today).await
}

/// A page of providers.
pub async fn list(
    state: &State,
    line: Option<ServiceLine>,
    below: Option<DivisionCode>,
    page: &Page,
) -> Result<Paged<Provider>> {
    let rows = store::provider::list(&mut *state.core.db.read().await?, line, below, page).await?;
    Ok(page.finish(rows))
}

/// The organisation is not registered as a provider.
fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "PROVIDER_NOT_FOUND",
        field: "input.organizationId",
        zh: "该组织尚未登记为居家养老服务机构",
        en: "this organisation is not registered as a provider",
    )
    .into()
}
