//! Who takes part: verified adults of the community.

use kernel::{DivisionCode, china_date, keys::ResidentId, refuse};
use kit::{auth::Caller, parameters};

use crate::{clients::residents::ResidentRef, error::Result, state::State};

/// A verified adult of the community, or the reason why not.
pub(in crate::app) async fn elector(
    state: &State,
    caller: &Caller,
    division: &DivisionCode,
    resident: ResidentId,
) -> Result<ResidentRef> {
    let found = state.residents.living(caller, resident).await?;
    let today = china_date(state.core.clock.now());
    let min_age = parameters::number(
        &mut *state.core.db.read().await?,
        "com.voter.min_age",
        Some(division),
        today,
    )
    .await?;
    let refusal = if found.community_code != *division {
        refuse!(
            Refused,
            "RESIDENT_OF_OTHER_COMMUNITY",
            zh: "该居民不属于此社区",
            en: "this resident belongs to another community",
        )
    } else if !found.verified {
        refuse!(
            Refused,
            "RESIDENT_NOT_VERIFIED",
            zh: "该居民身份尚未核验,请先到社区核验",
            en: "this resident's identity is not verified yet",
        )
    } else if i64::from(found.age) < min_age {
        refuse!(
            Refused,
            "RESIDENT_TOO_YOUNG",
            zh: "须年满 {min_age} 周岁",
            en: "one must be {min_age} years old",
        )
    } else {
        return Ok(found);
    };
    Err(refusal.into())
}

/// The resident a request comes from.
pub(in crate::app) fn own_id(caller: &Caller) -> Result<ResidentId> {
    Ok(caller
        .actor
        .resident_id
        .map(ResidentId::from_uuid)
        .ok_or_else(|| {
            refuse!(
                Forbidden,
                "RESIDENT_ONLY",
                zh: "只有居民本人可以办理",
                en: "only residents themselves may do this",
            )
        })?)
}
