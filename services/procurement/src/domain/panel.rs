//! 评审小组 (财政部令第87号 第四十七条): size, share of experts, and a draw that
//! anybody can repeat from the published seed.

use chrono::{DateTime, Utc};
use kernel::{
    Fen, Refusal,
    keys::{ExpertId, TenderId},
    refuse,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::replacement::Replacement;

kernel::text_enum! {
    /// As what somebody sits on a panel.
    pub enum PanelRole {
        /// 评审专家
        Expert = "EXPERT",
        /// 采购人代表
        Buyer = "BUYER",
    }
}

/// A member of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub expert_id: ExpertId,
    pub role: PanelRole,
}

/// The panel of a tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    pub tender_id: TenderId,
    pub seed_commitment: String,
    /// Told with the result.
    pub seed: String,
    pub pool_size: i32,
    /// Who of the tender's list sat out the draw.
    pub recused: Vec<ExpertId>,
    /// Who judges now: drawn experts first, in the order of the draw, substitutes last.
    pub members: Vec<Member>,
    /// The seats that changed hands.
    #[serde(default)]
    pub replacements: Vec<Replacement>,
    pub formed_by: String,
    pub formed_at: DateTime<Utc>,
}

/// The numbers in force on the day a panel is formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelRules {
    pub least: i64,
    pub large_least: i64,
    pub large_budget: Fen,
    /// How many thirds of the members are experts at least.
    pub expert_thirds: i64,
}

impl PanelRules {
    fn least(&self, budget: Fen) -> i64 {
        if budget >= self.large_budget {
            self.least.max(self.large_least)
        } else {
            self.least
        }
    }

    /// How many experts the smallest lawful panel draws.
    pub fn fewest_experts(&self, budget: Fen) -> i64 {
        // Odd: the next number where the least is even.
        let size = self.least(budget) | 1;
        let thirds = size.saturating_mul(self.expert_thirds);
        thirds.saturating_add(2) / 3
    }

    /// Whether a panel of so many experts and buyers is lawful.
    pub fn check(&self, budget: Fen, experts: usize, buyers: usize) -> Result<(), Refusal> {
        let least = self.least(budget);
        let size = experts + buyers;
        let counted = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        if counted(size) < least || size.is_multiple_of(2) {
            return Err(refuse!(
                Refused,
                "PANEL_SIZE",
                field: "input.expertCount",
                zh: "评审小组须为 {least} 人以上单数,现为 {size} 人",
                en: "a panel is odd and has at least {least} members, not {size}",
            ));
        }
        let thirds = self.expert_thirds;
        if counted(experts).saturating_mul(3) < counted(size).saturating_mul(thirds) {
            return Err(refuse!(
                Refused,
                "PANEL_EXPERT_SHARE",
                field: "input.expertCount",
                zh: "评审专家不得少于三分之{thirds}:现为 {size} 人中 {experts} 人",
                en: "at least {thirds} thirds of a panel are experts: {experts} of {size} are",
            ));
        }
        Ok(())
    }
}

/// SHA-256 of the seed as text: what is published before the draw.
pub fn commitment(seed: &str) -> String {
    hex::encode(Sha256::digest(seed.as_bytes()))
}

/// The commitment of a notice. Without one the seed could be chosen after the
/// bids are known, until it draws whom one likes.
pub fn check_commitment(text: Option<&str>) -> Result<String, Refusal> {
    let text = text.ok_or_else(|| {
        refuse!(
            Invalid,
            "SEED_COMMITMENT_MISSING",
            field: "input.seedCommitment",
            zh: "发布公告时须公布抽取种子的承诺值(种子的 SHA-256),以便事后核验抽取结果",
            en: "publish the SHA-256 of the seed with the notice, so that the draw can be verified",
        )
    })?;
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(refuse!(
        Invalid,
        "SEED_COMMITMENT_MALFORMED",
        field: "input.seedCommitment",
        zh: "种子承诺值应为 SHA-256 的 64 位十六进制",
        en: "a seed commitment is a SHA-256 in 64 hexadecimal digits",
    ))
}

/// Draws from the pool: each expert's lot is a hash of the seed, the tender, the
/// commitments of all bids and the expert's id, and the lowest lots win. Bidders
/// cannot know the seed and the officer cannot know the bids when each is fixed.
pub fn draw(
    seed: &str,
    tender: TenderId,
    bids: &[[u8; 32]],
    pool: &[ExpertId],
    count: usize,
) -> Result<Vec<ExpertId>, Refusal> {
    if pool.len() < count {
        let have = pool.len();
        return Err(refuse!(
            Refused,
            "PANEL_POOL_TOO_SMALL",
            field: "input.expertCount",
            zh: "公告时固定的名单中,可抽取的无利害关系专家只有 {have} 名,不足 {count} 名",
            en: "{have} experts of the pool fixed at publication can be drawn without a conflict, {count} are needed",
        ));
    }
    let mut bids = bids.to_vec();
    bids.sort_unstable();
    let mut common = Sha256::new().chain_update(b"sanshe.panel.draw.v1");
    common.update(Sha256::digest(seed.as_bytes()));
    common.update(tender.as_uuid().as_bytes());
    for bid in &bids {
        common.update(bid);
    }
    let mut lots: Vec<([u8; 32], ExpertId)> = pool
        .iter()
        .map(|expert| {
            let lot = common
                .clone()
                .chain_update(expert.as_uuid().as_bytes())
                .finalize();
            (lot.into(), *expert)
        })
        .collect();
    lots.sort_unstable();
    Ok(lots
        .into_iter()
        .take(count)
        .map(|(_, expert)| expert)
        .collect())
}

/// The seed of a draw: long enough not to be guessed from its commitment.
pub fn check_seed(seed: &str, published: Option<&str>) -> Result<(), Refusal> {
    if !(8..=200).contains(&seed.chars().count()) {
        return Err(refuse!(
            Invalid,
            "PANEL_SEED_LENGTH",
            field: "input.seed",
            zh: "抽取种子须为 8 至 200 个字符",
            en: "a seed has 8 to 200 characters",
        ));
    }
    if published != Some(commitment(seed).as_str()) {
        return Err(refuse!(
            Refused,
            "PANEL_SEED_DIFFERS",
            field: "input.seed",
            zh: "种子与公告时的承诺值不符",
            en: "this is not the seed that was committed to at publication",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const RULES: PanelRules = PanelRules {
        least: 5,
        large_least: 7,
        large_budget: Fen::new(1_000_000_000),
        expert_thirds: 2,
    };

    fn pool(n: u128) -> Vec<ExpertId> {
        (1..=n)
            .map(|n| ExpertId::from_uuid(Uuid::from_u128(n)))
            .collect()
    }

    fn tender() -> TenderId {
        TenderId::from_uuid(Uuid::from_u128(7))
    }

    #[test]
    fn a_panel_is_odd_large_enough_and_mostly_experts() {
        let small = Fen::new(1);
        RULES.check(small, 4, 1).unwrap();
        RULES.check(small, 5, 0).unwrap();
        assert_eq!(RULES.check(small, 3, 0).unwrap_err().reason, "PANEL_SIZE");
        assert_eq!(RULES.check(small, 5, 1).unwrap_err().reason, "PANEL_SIZE");
        assert_eq!(
            RULES.check(small, 3, 2).unwrap_err().reason,
            "PANEL_EXPERT_SHARE"
        );
        assert_eq!(
            RULES.check(RULES.large_budget, 4, 1).unwrap_err().reason,
            "PANEL_SIZE"
        );
        RULES.check(RULES.large_budget, 5, 2).unwrap();
    }

    #[test]
    fn the_fewest_experts_are_those_of_the_smallest_lawful_panel() {
        for least in 1..12 {
            let rules = PanelRules { least, ..RULES };
            let size = usize::try_from(least | 1).unwrap();
            let fewest = usize::try_from(rules.fewest_experts(Fen::new(1))).unwrap();
            rules.check(Fen::new(1), fewest, size - fewest).unwrap();
            let fewer = rules.check(Fen::new(1), fewest - 1, size - fewest + 1);
            assert_eq!(fewer.unwrap_err().reason, "PANEL_EXPERT_SHARE");
        }
        assert_eq!(RULES.fewest_experts(RULES.large_budget), 5);
    }

    #[test]
    fn a_seed_must_be_the_one_committed_to() {
        let published = commitment("a long seed");
        check_seed("a long seed", Some(&published)).unwrap();
        let refused = check_seed("another seed", Some(&published)).unwrap_err();
        assert_eq!(refused.reason, "PANEL_SEED_DIFFERS");
        let refused = check_seed("a long seed", None).unwrap_err();
        assert_eq!(refused.reason, "PANEL_SEED_DIFFERS");
        assert_eq!(
            check_seed("short", None).unwrap_err().reason,
            "PANEL_SEED_LENGTH"
        );
    }

    #[test]
    fn a_small_pool_is_refused() {
        let refused = draw("seed", tender(), &[], &pool(3), 4).unwrap_err();
        assert_eq!(refused.reason, "PANEL_POOL_TOO_SMALL");
    }

    proptest! {
        #[test]
        fn a_draw_is_repeatable_distinct_and_blind_to_order(
            seed in "[a-z]{8,20}", size in 1u128..30, bids in prop::collection::vec(any::<[u8; 32]>(), 0..5)
        ) {
            let pool = pool(size);
            let count = pool.len().div_ceil(2);
            let drawn = draw(&seed, tender(), &bids, &pool, count).unwrap();
            let reversed: Vec<_> = pool.iter().rev().copied().collect();
            let mut turned = bids.clone();
            turned.reverse();
            prop_assert_eq!(&drawn, &draw(&seed, tender(), &turned, &reversed, count).unwrap());
            let distinct: BTreeSet<_> = drawn.iter().collect();
            prop_assert_eq!(distinct.len(), count);
        }
    }
}
