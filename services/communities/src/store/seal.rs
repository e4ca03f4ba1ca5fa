//! 盖章申请 in SQL, and the register of seals.

use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, record, texts},
};
use sqlx::PgConnection;

use crate::domain::seal::{SealRequest, SealRequestId, SealState};

ids!(SealRequestId);
texts!(SealState);
record!(
    SealRequest,
    SealRequestId,
    "seal_requests",
    [
        id,
        community_id,
        division_code,
        item_id,
        resident_id,
        purpose,
        channel,
        assisted_by,
        requested_at
    ],
    [state, seal_no, refusal_reason, decided_by, updated_at]
);

/// The next number of a community's register of the year; others wait.
pub async fn next_number(
    conn: &mut PgConnection,
    community: CommunityId,
    year: i32,
) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "INSERT INTO seal_numbers AS n (community_id, year, last) VALUES ($1, $2, 1)
         ON CONFLICT (community_id, year) DO UPDATE SET last = n.last + 1
         RETURNING last",
    )
    .bind(community.as_uuid())
    .bind(year)
    .fetch_one(conn)
    .await?)
}
