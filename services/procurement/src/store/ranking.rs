//! 排名 in SQL: read from the view, which computes it from the locked sheets.

use std::collections::HashMap;

use kernel::{Fen, keys::TenderId};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::uuids;
use crate::domain::{bid::BidId, ranking::Ranked};

#[derive(sqlx::FromRow)]
struct Row {
    tender_id: Uuid,
    bid_id: Uuid,
    price_fen: i64,
    quality_micro: i64,
    price_micro: i64,
    total_micro: i64,
    rank: i64,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "tender_id, bid_id, price_fen, quality_micro, price_micro, total_micro, rank"
    };
}

/// The rankings of many tenders, best first.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Ranked>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tender_ranking WHERE tender_id = ANY ($1) ORDER BY tender_id, rank"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<TenderId, Vec<Ranked>> = HashMap::new();
    for row in rows {
        found
            .entry(TenderId::from_uuid(row.tender_id))
            .or_default()
            .push(Ranked {
                bid_id: BidId::from_uuid(row.bid_id),
                rank: row.rank,
                price: Fen::new(row.price_fen),
                quality_micro: row.quality_micro,
                price_micro: row.price_micro,
                total_micro: row.total_micro,
            });
    }
    Ok(found)
}
