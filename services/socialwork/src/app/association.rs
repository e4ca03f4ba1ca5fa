//! 社会工作者协会: registered by civil affairs, joined and left by one's own will.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Page, Paged, keys::OrganizationId, refuse};
use kit::auth::{Caller, Resource};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{
    act::{Act, Begun, Held},
    case::{check_serving, myself},
};
use crate::{
    domain::{
        association::{Association, AssociationId, Membership, MembershipId, check_level},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for Association {
    type Id = AssociationId;
    const READ: &'static str = "readAssociation";

    async fn lock(conn: &mut PgConnection, id: AssociationId) -> Result<Option<Self>> {
        store::association::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Association", self.id)
            .in_division(self.division_code)
            .of_organization(self.organization_id.as_uuid())
    }

    fn unknown() -> kit::Error {
        refuse!(
            NotFound,
            "ASSOCIATION_NOT_FOUND",
            zh: "没有这个协会",
            en: "there is no such association",
        )
        .into()
    }
}

/// What is registered.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub name: String,
    pub purpose: String,
}

/// Civil affairs register the association of a division.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Register,
) -> Result<Association> {
    let act = Act::new(state, caller, "registerAssociation", &key);
    check_level(&input.division_code)?;
    let name = words("input.name", &input.name, 100)?;
    let purpose = words("input.purpose", &input.purpose, 1000)?;
    let about = Resource::any("Association")
        .in_division(input.division_code)
        .of_organization(input.organization_id.as_uuid());
    state.core.authorize(caller, act.action, &about)?;
    if let Some(first) = state
        .core
        .answered(caller, act.action, &key, &input)
        .await?
    {
        return Ok(first);
    }
    state
        .organizations
        .check_registered(caller, input.organization_id)
        .await
        .map_err(|error| error.at("input.organizationId"))?;
    let (mut tx, ()) = match act.start(&about, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, nothing) => (tx, nothing),
    };
    if store::association::stands(&mut tx, &input.division_code).await? {
        return Err(refuse!(
            AlreadyExists,
            "ASSOCIATION_EXISTS",
            field: "input.divisionCode",
            zh: "该区划已有社会工作者协会",
            en: "this division has an association already",
        )
        .into());
    }
    let association = Association {
        id: AssociationId::new(&state.core.ids),
        organization_id: input.organization_id,
        division_code: input.division_code,
        name,
        purpose,
        members: 0,
        dissolved_at: None,
        reason: None,
        version: 1,
        founded_at: act.now,
    };
    store::association::insert(&mut tx, &association).await?;
    act.finish(tx, &association.resource(), json!({}), association)
        .await
}

/// A social worker joins, by their own will and nobody else's.
pub async fn join(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: AssociationId,
) -> Result<Membership> {
    let act = Act::new(state, caller, "joinAssociation", &key);
    let begun = act.begin::<Association, Membership>(id, &id);
    let (mut tx, association) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, association) => (tx, association),
    };
    association.check_standing()?;
    let me = myself(caller)?;
    check_serving(&mut tx, &act, me, "input.associationId").await?;
    let before = store::association::lock_membership(&mut tx, association.id, me).await?;
    if before.is_some() {
        return Err(refuse!(
            AlreadyExists,
            "MEMBERSHIP_EXISTS",
            zh: "您已是该协会会员",
            en: "you are a member already",
        )
        .into());
    }
    let membership = Membership {
        id: MembershipId::new(&state.core.ids),
        association_id: association.id,
        social_worker_id: me,
        joined_at: act.now,
        left_at: None,
    };
    store::association::join(&mut tx, &membership).await?;
    let detail = json!({ "membership_id": membership.id });
    act.finish(tx, &association.resource(), detail, membership)
        .await
}

/// A social worker leaves; no reason is asked for.
pub async fn leave(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: AssociationId,
) -> Result<Membership> {
    let act = Act::new(state, caller, "leaveAssociation", &key);
    let begun = act.begin::<Association, Membership>(id, &id);
    let (mut tx, association) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, association) => (tx, association),
    };
    let me = myself(caller)?;
    let mut membership = store::association::lock_membership(&mut tx, association.id, me)
        .await?
        .ok_or_else(|| {
            refuse!(
                Refused,
                "MEMBERSHIP_NOT_FOUND",
                zh: "您不是该协会会员",
                en: "you are not a member",
            )
        })?;
    membership.left_at = Some(act.now);
    store::association::leave(&mut tx, &membership).await?;
    let detail = json!({ "membership_id": membership.id });
    act.finish(tx, &association.resource(), detail, membership)
        .await
}

/// Why an association is dissolved.
#[derive(Clone, Debug, Serialize)]
pub struct Dissolve {
    pub association_id: AssociationId,
    pub reason: String,
}

/// Civil affairs record that an association was dissolved.
pub async fn dissolve(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Dissolve,
) -> Result<Association> {
    let act = Act::new(state, caller, "dissolveAssociation", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    let begun = act.begin::<Association, Association>(input.association_id, &input);
    let (mut tx, mut association) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, association) => (tx, association),
    };
    association.dissolve(reason, act.now)?;
    store::association::update(&mut tx, &mut association).await?;
    let detail = json!({ "reason": association.reason });
    act.finish(tx, &association.resource(), detail, association)
        .await
}

/// Many associations; everybody may know them.
pub async fn load_many(
    state: &State,
    ids: &[AssociationId],
) -> Result<HashMap<AssociationId, Association>> {
    store::association::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of associations.
pub async fn list(
    state: &State,
    division: Option<&DivisionCode>,
    page: &Page,
) -> Result<Paged<Association>> {
    let rows = store::association::list(&mut *state.core.db.read().await?, division, page).await?;
    Ok(page.finish(rows))
}

/// A page of members: for members, civil affairs and the association itself.
pub async fn members(
    state: &State,
    caller: &Caller,
    association: &Association,
    page: &Page,
) -> Result<Option<Paged<Membership>>> {
    let policies = &state.core.policies;
    let about = association.resource();
    let may = policies.allows(&caller.actor, "readMembers", &about);
    let member = match myself(caller) {
        Ok(me) if !may => {
            let mut tx = state.core.db.begin(caller).await?;
            let own = store::association::lock_membership(&mut tx, association.id, me).await?;
            own.is_some()
        }
        _ => false,
    };
    if !may && !member {
        return Ok(None);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::association::list_members(&mut conn, association.id, page).await?;
    Ok(Some(page.finish(rows)))
}
