//! 访问记录: 「谁看过我」.

use kernel::{Page, Paged, keys::ResidentId, refuse};
use kit::auth::Caller;

use crate::{domain::access_log::Access, error::Result, state::State, store};

/// Who read the caller's own data; nobody reads another's log.
pub async fn of_myself(state: &State, caller: &Caller, page: &Page) -> Result<Paged<Access>> {
    let me = myself(caller)?.ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_A_RESIDENT",
            zh: "您的账号没有关联居民记录",
            en: "your account belongs to no resident",
        )
    })?;
    let rows = store::access_log::list(&mut *state.core.db.read().await?, me, page).await?;
    Ok(page.finish(rows))
}

/// The caller's own resident record, if they have one; nobody is refused.
pub fn myself(caller: &Caller) -> Result<Option<ResidentId>> {
    if caller.actor.is_anonymous() {
        return Err(refuse!(
            Unauthenticated,
            "UNAUTHENTICATED",
            zh: "请先登录",
            en: "please sign in first",
        )
        .into());
    }
    Ok(caller.actor.resident_id.map(ResidentId::from_uuid))
}
