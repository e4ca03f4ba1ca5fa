//! 社区品牌 in SQL.

use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, record},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::brand::{BrandId, CommunityBrand};

ids!(BrandId);
record!(
    CommunityBrand,
    BrandId,
    "community_brands",
    [
        id,
        community_id,
        division_code,
        theme,
        evidence,
        declared_by,
        declared_at
    ],
    [retired_at]
);

/// The active brand of a community, locked.
pub async fn lock_active(
    conn: &mut PgConnection,
    community: CommunityId,
) -> Result<Option<CommunityBrand>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM community_brands WHERE community_id = $1 AND retired_at IS NULL",
    )
    .bind(community.as_uuid())
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => kit::record::lock(conn, BrandId::from_uuid(id)).await,
        None => Ok(None),
    }
}
