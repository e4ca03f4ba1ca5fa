//! 事件通知: what handlers and reporters are told, and that they read it.

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Page, Paged, refuse};
use kit::auth::Caller;
use sqlx::PgConnection;

use crate::{
    domain::event::{Event, Notice, NoticeId, NoticeKind, Reader},
    error::Result,
    state::State,
    store::{self, event::notice::Of},
};

/// Tells somebody, in the transaction of what happened.
pub(super) async fn tell(
    state: &State,
    conn: &mut PgConnection,
    event: &Event,
    kind: NoticeKind,
    reader: &Reader,
    now: DateTime<Utc>,
) -> Result<()> {
    let (subject, resident_id) = match reader {
        Reader::Subject(subject) => (Some(subject.clone()), None),
        Reader::Resident(id) => (None, Some(*id)),
    };
    let notice = Notice {
        id: NoticeId::new(&state.core.ids),
        event_id: event.id,
        kind,
        subject,
        resident_id,
        at: now,
        read_at: None,
    };
    store::event::notice::insert(conn, &notice).await
}

fn of(caller: &Caller) -> Of<'_> {
    Of {
        subject: &caller.actor.subject,
        resident: caller.actor.resident_id,
    }
}

/// A page of what the caller was told.
pub async fn list(
    state: &State,
    caller: &Caller,
    unread: bool,
    page: &Page,
) -> Result<Paged<Notice>> {
    super::super::access_log::myself(caller)?;
    let mut conn = state.core.db.read().await?;
    let rows = store::event::notice::list(&mut conn, of(caller), unread, page).await?;
    Ok(page.finish(rows))
}

/// The caller has read a notice of theirs.
pub async fn read(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: NoticeId,
) -> Result<Notice> {
    caller.signed_in("readEventNotice")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let before: Option<NoticeId> = tx.replay("readEventNotice", &key, &id, now).await?;
    if before.is_none() && !store::event::notice::mark_read(&mut tx, id, of(caller), now).await? {
        return Err(unknown());
    }
    let notice = store::event::notice::find(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    if before.is_none() {
        tx.answer(id).await?;
    }
    Ok(notice)
}

fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "EVENT_NOTICE_NOT_FOUND",
        zh: "没有发给您的这条通知",
        en: "there is no such notice for you",
    )
    .into()
}
