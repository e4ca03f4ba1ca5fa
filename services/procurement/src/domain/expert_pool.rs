//! 抽取名单: the experts whom a tender's draw may take, fixed when it goes public
//! so that nobody who joins later can shift the draw.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::{
    Refusal,
    keys::{ExpertId, TenderId},
    refuse,
};
use sha2::{Digest, Sha256};

/// The list of a tender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpertPool {
    pub tender_id: TenderId,
    /// Public with the notice; see [`digest`].
    pub digest: String,
    /// In the order of their ids, each once.
    pub experts: Vec<ExpertId>,
    pub frozen_at: DateTime<Utc>,
}

impl ExpertPool {
    /// Fixes the list. One that is too small for any lawful panel is refused
    /// now: nobody can join it later.
    pub fn freeze(
        tender_id: TenderId,
        experts: &[ExpertId],
        fewest: i64,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let experts = in_order(experts);
        let have = experts.len();
        if i64::try_from(have).unwrap_or(i64::MAX) < fewest {
            return Err(refuse!(
                Refused,
                "EXPERT_POOL_TOO_SMALL",
                zh: "在册专家只有 {have} 名,评审小组至少需抽取 {fewest} 名;抽取名单自公告起固定,请先登记专家",
                en: "{have} experts are registered and a panel draws at least {fewest}; the pool is fixed at publication, so register experts first",
            ));
        }
        Ok(Self {
            tender_id,
            digest: digest(tender_id, &experts),
            experts,
            frozen_at: now,
        })
    }

    /// Who of the list is left to be drawn.
    pub fn without(&self, recused: &BTreeSet<ExpertId>) -> Vec<ExpertId> {
        let left = |expert: &&ExpertId| !recused.contains(*expert);
        self.experts.iter().filter(left).copied().collect()
    }

    /// Who of these is on the list.
    pub fn of(&self, people: impl IntoIterator<Item = ExpertId>) -> BTreeSet<ExpertId> {
        people
            .into_iter()
            .filter(|one| self.experts.binary_search(one).is_ok())
            .collect()
    }
}

fn in_order(experts: &[ExpertId]) -> Vec<ExpertId> {
    let distinct: BTreeSet<ExpertId> = experts.iter().copied().collect();
    distinct.into_iter().collect()
}

/// SHA-256("sanshe.panel.pool.v1" ‖ tender id ‖ the experts' ids in order), each
/// id as its 16 bytes.
pub fn digest(tender: TenderId, experts: &[ExpertId]) -> String {
    let mut hash = Sha256::new().chain_update(b"sanshe.panel.pool.v1");
    hash.update(tender.as_uuid().as_bytes());
    for expert in in_order(experts) {
        hash.update(expert.as_uuid().as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::panel::draw;

    fn experts(ids: &BTreeSet<u128>) -> Vec<ExpertId> {
        let expert = |id: &u128| ExpertId::from_uuid(Uuid::from_u128(*id));
        ids.iter().map(expert).collect()
    }

    fn tender() -> TenderId {
        TenderId::from_uuid(Uuid::from_u128(7))
    }

    fn freeze(ids: &BTreeSet<u128>) -> ExpertPool {
        ExpertPool::freeze(tender(), &experts(ids), 1, DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_pool_too_small_for_any_panel_is_refused_at_publication() {
        let three = experts(&BTreeSet::from([1, 2, 3]));
        let refused = ExpertPool::freeze(tender(), &three, 4, DateTime::UNIX_EPOCH).unwrap_err();
        assert_eq!(refused.reason, "EXPERT_POOL_TOO_SMALL");
        ExpertPool::freeze(tender(), &three, 3, DateTime::UNIX_EPOCH).unwrap();
    }

    proptest! {
        #[test]
        fn whoever_joins_after_the_publication_shifts_no_draw(
            seed in "[a-z]{8,20}",
            listed in prop::collection::btree_set(0..1000u128, 3..30),
            late in prop::collection::btree_set(1000..2000u128, 1..30),
            bids in prop::collection::vec(any::<[u8; 32]>(), 0..5),
        ) {
            let pool = freeze(&listed);
            let everybody: BTreeSet<u128> = listed.union(&late).copied().collect();
            // Whatever is said of them afterwards, those who came late are not of it.
            let recused = pool.of(experts(&late));
            prop_assert!(recused.is_empty());
            let count = listed.len().div_ceil(2);
            let drawn = draw(&seed, tender(), &bids, &pool.without(&recused), count).unwrap();
            prop_assert!(drawn.iter().all(|one| pool.experts.contains(one)));
            prop_assert_ne!(&pool.digest, &digest(tender(), &experts(&everybody)));
        }

        #[test]
        fn a_recusal_only_moves_up_those_behind(
            seed in "[a-z]{8,20}",
            listed in prop::collection::btree_set(any::<u128>(), 4..30),
            out in any::<prop::sample::Index>(),
        ) {
            let pool = freeze(&listed);
            let gone = *out.get(&pool.experts);
            let all = draw(&seed, tender(), &[], &pool.experts, pool.experts.len()).unwrap();
            let left = pool.without(&BTreeSet::from([gone]));
            let after = draw(&seed, tender(), &[], &left, left.len()).unwrap();
            let expected: Vec<_> = all.into_iter().filter(|one| *one != gone).collect();
            prop_assert_eq!(after, expected);
        }

        #[test]
        fn a_digest_is_blind_to_order_and_tells_every_pool_from_another(
            listed in prop::collection::btree_set(any::<u128>(), 1..30),
            other in prop::collection::btree_set(any::<u128>(), 1..30),
        ) {
            let mut turned = experts(&listed);
            turned.reverse();
            turned.push(turned[0]);
            prop_assert_eq!(digest(tender(), &turned), freeze(&listed).digest);
            prop_assert_eq!(
                digest(tender(), &experts(&other)) == freeze(&listed).digest,
                other == listed
            );
            let elsewhere = TenderId::from_uuid(Uuid::from_u128(8));
            prop_assert_ne!(digest(elsewhere, &turned), freeze(&listed).digest);
        }
    }
}
