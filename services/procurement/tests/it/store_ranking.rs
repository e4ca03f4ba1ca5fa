//! The database's view and the program rank alike, whatever the numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use kernel::{Fen, keys::TenderId};
use procurement::{
    domain::{
        bid::BidId,
        ranking,
        score_sheet::{Given, Score},
    },
    store,
};

use crate::support::{House, uuid_of};

/// Numbers that look random and are the same in every run.
struct Numbers(AtomicU64);

impl Numbers {
    fn below(&self, limit: u64) -> u64 {
        let next = |x: u64| {
            let x = x ^ (x << 13);
            let x = x ^ (x >> 7);
            x ^ (x << 17)
        };
        let before = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |x| Some(next(x)));
        (before.unwrap_or_default() >> 11) % limit
    }
}

#[tokio::test]
async fn view_and_program_rank_alike() {
    let house = House::open().await;
    let (tender, _, bids, _) = house.scored().await;
    let tender = TenderId::from_uuid(uuid_of(&tender));
    // Prices and scores as they never come, behind the back of the guards.
    for table in ["bids", "scores", "score_sheets"] {
        house
            .sql(&format!("ALTER TABLE {table} DISABLE TRIGGER USER"))
            .await;
    }
    house
        .sql("UPDATE score_sheets SET locked_at = submitted_at")
        .await;
    let numbers = Numbers(AtomicU64::new(0x5a53));
    let limits = [10, 1_000, 1_000_000_000_000];
    for round in 0..60 {
        let limit = limits[round % limits.len()];
        for bid in &bids {
            let price = 1 + numbers.below(limit);
            let id = uuid_of(&bid.id);
            house
                .sql(&format!(
                    "UPDATE bids SET price_fen = {price} WHERE id = '{id}'"
                ))
                .await;
        }
        // Few different scores, so that ties come up.
        let step = [1, 500, 10_000][round % 3];
        let times = numbers.below(10_000 / step + 1);
        house
            .sql(&format!(
                "UPDATE scores s SET score_h = least(c.max_score * 100,
                     ((hashtext(s.bid_id::text || s.expert_id::text || '{round}')::bigint & 1023) * {times}
                      % {step} + {step} * ({times} % 2))::int)
                 FROM tender_criteria c WHERE c.id = s.criterion_id"
            ))
            .await;
        let mut conn = house.state.core.db.read().await.unwrap();
        let view = store::ranking::load_many(&mut conn, &[tender])
            .await
            .unwrap()[&tender]
            .clone();
        let criteria = store::criterion::load_many(&mut conn, &[tender])
            .await
            .unwrap();
        let sheets = store::score_sheet::load_many(&mut conn, &[tender])
            .await
            .unwrap();
        let offered = store::bid::load_many(&mut conn, &[tender]).await.unwrap();
        let prices: Vec<(BidId, Fen)> = offered[&tender]
            .iter()
            .map(|bid| (bid.id, bid.price.unwrap()))
            .collect();
        let given: Vec<Given> = sheets[&tender]
            .iter()
            .flat_map(|sheet| sheet.scores.clone())
            .collect();
        assert!(given.iter().all(|one| one.score >= Score(0)));
        assert_eq!(
            view,
            ranking::rank(&prices, &given, &criteria[&tender]),
            "round {round}"
        );
    }
}
