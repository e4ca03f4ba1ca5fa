//! 负担 in SQL.

use chrono::NaiveDate;
use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, record, texts},
};
use sqlx::PgConnection;

use crate::domain::burden::{BurdenKind, BurdenRecord, BurdenRecordId, Load};

ids!(BurdenRecordId);
texts!(BurdenKind);
record!(
    BurdenRecord,
    BurdenRecordId,
    "burden_records",
    [
        id,
        community_id,
        division_code,
        kind,
        title,
        department,
        starts_on,
        recorded_by,
        recorded_at
    ],
    [until_on]
);

/// What weighed on a community in each month: what was there on any of its days.
pub async fn by_month(
    conn: &mut PgConnection,
    community: CommunityId,
    months: &[NaiveDate],
) -> Result<Vec<(NaiveDate, Load)>> {
    let rows: Vec<(NaiveDate, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT m.first,
                (SELECT count(*) FROM task_assignments t
                 WHERE t.community_id = $1 AND china_day(t.assigned_at) < m.next
                   AND (t.ended_at IS NULL OR china_day(t.ended_at) >= m.first)),
                (SELECT count(*) FROM burden_records b WHERE b.kind = 'LEDGER'
                   AND b.community_id = $1 AND b.starts_on < m.next
                   AND (b.until_on IS NULL OR b.until_on > m.first)),
                (SELECT count(*) FROM burden_records b WHERE b.kind = 'PLAQUE'
                   AND b.community_id = $1 AND b.starts_on < m.next
                   AND (b.until_on IS NULL OR b.until_on > m.first)),
                (SELECT count(*) FROM burden_records b WHERE b.kind = 'INSPECTION'
                   AND b.community_id = $1 AND b.starts_on < m.next
                   AND (b.until_on IS NULL OR b.until_on > m.first))
         FROM (SELECT first, (first + interval '1 month')::date AS next
               FROM unnest($2::date[]) AS first) AS m
         ORDER BY m.first",
    )
    .bind(community.as_uuid())
    .bind(months)
    .fetch_all(conn)
    .await?;
    let load = |(month, tasks, ledgers, plaques, inspections)| {
        (
            month,
            Load {
                tasks,
                ledgers,
                plaques,
                inspections,
            },
        )
    };
    Ok(rows.into_iter().map(load).collect())
}
