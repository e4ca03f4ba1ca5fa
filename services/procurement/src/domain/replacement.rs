//! 评审成员替换: the next lot of the same draw takes the seat of whoever falls out.

use chrono::{DateTime, Utc};
use kernel::{
    Refusal,
    keys::{ExpertId, TenderId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    panel::{Member, Panel, PanelRole, draw},
    tender::TenderState,
};

kernel::text_enum! {
    /// Why a member falls out.
    pub enum ReplacementReason {
        /// 缺席或因故不能参加
        Unavailable = "UNAVAILABLE",
        /// 与投标人有利害关系,应当回避
        Conflicted = "CONFLICTED",
    }
}

/// A seat that changed hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    pub tender_id: TenderId,
    pub gone: ExpertId,
    pub come: ExpertId,
    pub reason: ReplacementReason,
    pub statement: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Whether a seat may change hands now: before the ranking.
pub fn check_time(state: TenderState) -> Result<(), Refusal> {
    match state {
        TenderState::Published
        | TenderState::Opening
        | TenderState::Opened
        | TenderState::Evaluating => Ok(()),
        state => Err(refuse!(
            Refused,
            "TENDER_STATE",
            zh: "招标项目当前状态为 {state},排名前才能替换评审成员",
            en: "the tender is {state}; a member is replaced before the ranking",
        )),
    }
}

/// The seat of a member who judges now.
pub fn seat(panel: &Panel, member: ExpertId) -> Result<Member, Refusal> {
    let mut seats = panel.members.iter();
    seats
        .find(|seat| seat.expert_id == member)
        .copied()
        .ok_or_else(|| {
            refuse!(
                Refused,
                "NOT_PANEL_MEMBER",
                field: "input.expertId",
                zh: "此人不是现任评审成员",
                en: "this person is no member of the panel now",
            )
        })
}

/// Who takes the seat of an expert: of the list's people who never sat, and are not
/// tied to a bidder, the one with the lowest lot.
pub fn next_lot(
    panel: &Panel,
    bids: &[[u8; 32]],
    listed: &[ExpertId],
    tied: &[ExpertId],
) -> Result<ExpertId, Refusal> {
    let sat = |one: &ExpertId| {
        panel.members.iter().any(|m| m.expert_id == *one)
            || panel.replacements.iter().any(|r| r.gone == *one)
    };
    let free: Vec<ExpertId> = listed
        .iter()
        .filter(|one| !sat(one) && !panel.recused.contains(one) && !tied.contains(one))
        .copied()
        .collect();
    if free.is_empty() {
        return Err(nobody_left());
    }
    let drawn = draw(&panel.seed, panel.tender_id, bids, &free, 1)?;
    drawn.into_iter().next().ok_or_else(nobody_left)
}

fn nobody_left() -> Refusal {
    refuse!(
        Refused,
        "PANEL_POOL_TOO_SMALL",
        zh: "抽取名单中已无可递补的专家,请废标后重新采购",
        en: "nobody of the pool is left; abandon the tender and begin again",
    )
}

/// An expert's seat is drawn for, a seat of the buyer is filled by the buyer.
pub fn check_named(role: PanelRole, named: Option<ExpertId>) -> Result<(), Refusal> {
    match (role, named) {
        (PanelRole::Expert, None) | (PanelRole::Buyer, Some(_)) => Ok(()),
        (PanelRole::Expert, Some(_)) => Err(refuse!(
            Invalid,
            "REPLACEMENT_IS_DRAWN",
            field: "input.substituteId",
            zh: "专家席位按抽取顺序递补,不得指定",
            en: "the seat of an expert goes to the next lot and to nobody of one's choice",
        )),
        (PanelRole::Buyer, None) => Err(refuse!(
            Invalid,
            "SUBSTITUTE_MISSING",
            field: "input.substituteId",
            zh: "替换采购人代表须指明替换者",
            en: "name who takes the seat of the buyer's person",
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn the_next_lot_is_who_would_have_been_drawn_next(
            seed in "[a-z]{8,20}", size in 6u128..20, tied in 0u128..4,
        ) {
            let tender_id = TenderId::from_uuid(Uuid::from_u128(7));
            let listed: Vec<ExpertId> =
                (1..=size).map(|n| ExpertId::from_uuid(Uuid::from_u128(n))).collect();
            let order = draw(&seed, tender_id, &[], &listed, listed.len()).unwrap();
            let panel = Panel {
                tender_id,
                seed_commitment: String::new(),
                seed: seed.clone(),
                pool_size: 0,
                recused: Vec::new(),
                members: order[..3]
                    .iter()
                    .map(|one| Member { expert_id: *one, role: PanelRole::Expert })
                    .collect(),
                replacements: Vec::new(),
                formed_by: String::new(),
                formed_at: DateTime::UNIX_EPOCH,
            };
            let tied = &order[3..][..usize::try_from(tied).unwrap().min(order.len() - 4)];
            let next = next_lot(&panel, &[], &listed, tied).unwrap();
            prop_assert_eq!(next, order[3 + tied.len()]);
        }
    }
}
