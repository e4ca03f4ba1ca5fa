//! 事权划分 in SQL.

use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::duty::{DutyItem, DutyItemId, LeadBody};

ids!(DutyItemId);
texts!(LeadBody);
record!(
    DutyItem,
    DutyItemId,
    "duty_items",
    [
        id,
        community_id,
        division_code,
        code,
        title,
        lead_body,
        basis_document,
        starts_on,
        created_at
    ],
    [until_on]
);

/// The row of an item that has no end yet, locked.
pub async fn lock_current(
    conn: &mut PgConnection,
    community: CommunityId,
    code: &str,
) -> Result<Option<DutyItem>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM duty_items WHERE community_id = $1 AND code = $2 AND until_on IS NULL",
    )
    .bind(community.as_uuid())
    .bind(code)
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => kit::record::lock(conn, DutyItemId::from_uuid(id)).await,
        None => Ok(None),
    }
}
