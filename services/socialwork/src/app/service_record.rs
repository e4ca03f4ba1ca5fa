//! 社工服务记录: read. They are made by [`super::visit`].

use kernel::{Page, Paged};
use kit::auth::Caller;

use crate::{
    domain::{service_record::ServiceRecord, social_worker::SocialWorker},
    error::Result,
    state::State,
    store,
};

/// A page of what a social worker did, and for whom: more than their entry in
/// the register, and for fewer eyes.
pub async fn list_of(
    state: &State,
    caller: &Caller,
    worker: &SocialWorker,
    page: &Page,
) -> Result<Paged<ServiceRecord>> {
    super::social_worker::check_service(state, caller, worker)?;
    let mut conn = state.core.db.read().await?;
    Ok(page.finish(store::service_record::list(&mut conn, worker.id, page).await?))
}
