//! 评审小组: formed by lot, secret until the result is published.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use kernel::{
    Fen, IdempotencyKey, china_date,
    keys::{ExpertId, TenderId},
    refuse,
};
use kit::{auth::Caller, db::Tx, error::Error};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{expert, number, record, tender};
use crate::{
    domain::{
        expert::Expert,
        panel::{Member, Panel, PanelRole, PanelRules, check_seed, commitment, draw},
        replacement::Replacement,
        tender::{Tender, TenderState},
    },
    error::Result,
    state::State,
    store,
};

/// How a panel is formed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Form {
    pub tender_id: TenderId,
    pub buyer_representative_ids: Vec<ExpertId>,
    pub expert_count: usize,
    pub seed: String,
}

/// Draws the experts and seats the buyer's people.
pub async fn form(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Form,
) -> Result<TenderId> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let tender = tender::lock(&mut tx, input.tender_id).await?;
    let resource = tender::resource(&tender);
    state.core.authorize(caller, "formPanel", &resource)?;
    if let Some(first) = tx.replay("formPanel", &key, &input, now).await? {
        return Ok(first);
    }
    // Only once the bidders are known can a conflict be seen.
    let closed = tender.state == TenderState::Published && tender.is_closed(now);
    if !closed && !matches!(tender.state, TenderState::Opening | TenderState::Opened) {
        return Err(refuse!(
            Refused,
            "PANEL_NOT_DUE",
            zh: "投标截止后、评审开始前组成评审小组",
            en: "a panel is formed after the close and before the evaluation",
        )
        .into());
    }
    if store::panel::find(&mut tx, tender.id).await?.is_some() {
        return Err(refuse!(
            AlreadyExists,
            "PANEL_ALREADY_FORMED",
            zh: "该项目已组成评审小组",
            en: "this tender has a panel already",
        )
        .into());
    }
    check_seed(&input.seed, tender.seed_commitment.as_deref())?;
    let buyers = &input.buyer_representative_ids;
    let rules = rules(&mut tx, &tender, now).await?;
    rules.check(tender.budget, input.expert_count, buyers.len())?;
    check_buyers(&mut tx, state, tender.id, buyers).await?;
    let pool = store::expert_pool::load_many(&mut tx, &[tender.id])
        .await?
        .remove(&tender.id)
        .ok_or_else(|| Error::inconsistent("expert_pools", "tender_id", tender.id))?;
    let tied = store::expert::conflicted(&mut tx, tender.id, &pool.experts, china_date(now));
    let recused = pool.of(tied.await?.into_iter().chain(buyers.iter().copied()));
    let drawable = pool.without(&recused);
    let bids: Vec<[u8; 32]> = store::bid::lock_all(&mut tx, tender.id)
        .await?
        .iter()
        .map(|bid| bid.envelope.commitment)
        .collect();
    let drawn = draw(&input.seed, tender.id, &bids, &drawable, input.expert_count)?;
    let as_role = |role| move |expert_id| Member { expert_id, role };
    let panel = Panel {
        tender_id: tender.id,
        seed_commitment: commitment(&input.seed),
        seed: input.seed,
        pool_size: i32::try_from(drawable.len()).unwrap_or(i32::MAX),
        recused: recused.into_iter().collect(),
        members: drawn
            .into_iter()
            .map(as_role(PanelRole::Expert))
            .chain(buyers.iter().copied().map(as_role(PanelRole::Buyer)))
            .collect(),
        replacements: Vec::new(),
        formed_by: caller.actor.subject.clone(),
        formed_at: now,
    };
    store::panel::insert(&mut tx, &panel).await?;
    let detail = json!({
        "seed_commitment": panel.seed_commitment, "pool_digest": pool.digest,
        "pool": panel.pool_size, "recused": panel.recused,
    });
    record(&mut tx, caller, "formPanel", &resource, now, detail).await?;
    tx.answer(panel.tender_id).await
}

/// The numbers in force for a panel of this tender.
pub(super) async fn rules(tx: &mut Tx, tender: &Tender, now: DateTime<Utc>) -> Result<PanelRules> {
    let method = tender.method.parameter("panel_min");
    let mut of = async |key: &str| number(tx, key, &tender.division_code, now).await;
    Ok(PanelRules {
        least: of(&method).await?,
        large_least: of("prc.panel.large_min").await?,
        large_budget: Fen::new(of("prc.panel.large_budget_fen").await?),
        expert_thirds: of("prc.panel.expert_thirds").await?,
    })
}

async fn check_buyers(
    tx: &mut Tx,
    state: &State,
    tender: TenderId,
    buyers: &[ExpertId],
) -> Result<()> {
    const FIELD: &str = "input.buyerRepresentativeIds";
    let distinct: BTreeSet<&ExpertId> = buyers.iter().collect();
    let known = store::expert::load_many(tx, &state.core.pii, buyers).await?;
    if distinct.len() != buyers.len() {
        return Err(refuse!(
            Invalid,
            "PANEL_MEMBER_TWICE",
            field: FIELD,
            zh: "采购人代表不得重复",
            en: "a representative is named twice",
        )
        .into());
    }
    if known.len() != buyers.len() {
        return Err(expert::unknown().at(FIELD));
    }
    let today = china_date(state.core.clock.now());
    if !store::expert::conflicted(tx, tender, buyers, today)
        .await?
        .is_empty()
    {
        return Err(conflicted().at(FIELD));
    }
    Ok(())
}

/// A member is tied to a bidder.
pub(super) fn conflicted() -> kit::Error {
    refuse!(
        Refused,
        "PANEL_MEMBER_CONFLICTED",
        zh: "评审成员与投标人存在利害关系,应当回避",
        en: "a panel member has a conflict of interest with a bidder",
    )
    .into()
}

/// What a caller may see of a panel.
#[derive(Clone, Debug)]
pub struct Seen {
    pub panel: Panel,
    /// The members, once the result is published, or for those who summon them.
    pub members: Option<Vec<(Member, Expert)>>,
    /// Who of the list sat out the draw, told with the members.
    pub recused: Option<Vec<Expert>>,
    /// The seats that changed hands, told with the members: who fell out, who came.
    pub replacements: Option<Vec<(Replacement, Expert, Expert)>>,
    /// The seed, once the result is published.
    pub seed: Option<String>,
    pub i_am_member: bool,
}

/// The panels of tenders, as far as the caller may see them.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Seen>> {
    let (tenders, panels) = {
        let mut conn = state.core.db.read().await?;
        let tenders = store::tender::load_many(&mut conn, ids).await?;
        (tenders, store::panel::load_many(&mut conn, ids).await?)
    };
    let everybody: Vec<ExpertId> = panels
        .values()
        .flat_map(|panel| {
            let gone = panel.replacements.iter().map(|one| one.gone);
            panel.members.iter().map(|m| m.expert_id).chain(gone)
        })
        .collect();
    let experts = expert::names(state, &everybody).await?;
    let sat_out: Vec<ExpertId> = panels
        .values()
        .flat_map(|panel| panel.recused.iter().copied())
        .collect();
    let sat_out = expert::load_many(state, caller, &sat_out).await?;
    let mut seen = HashMap::new();
    for (id, panel) in panels {
        let Some(tender) = tenders.get(&id) else {
            continue;
        };
        let published = tender.state.is_result_published();
        let open = tender::shows_people(state, caller, tender);
        let members = open.then(|| {
            let named = |m: &Member| experts.get(&m.expert_id).map(|expert| (*m, expert.clone()));
            panel.members.iter().filter_map(named).collect()
        });
        let recused = |one: &ExpertId| sat_out.get(one).cloned();
        let recused = open.then(|| panel.recused.iter().filter_map(recused).collect());
        let swapped = |one: &Replacement| {
            let known = |id| experts.get(&id).cloned();
            Some((one.clone(), known(one.gone)?, known(one.come)?))
        };
        let replacements = open.then(|| panel.replacements.iter().filter_map(swapped).collect());
        let own = caller.actor.expert_id;
        seen.insert(
            id,
            Seen {
                members,
                recused,
                replacements,
                seed: published.then(|| panel.seed.clone()),
                i_am_member: panel
                    .members
                    .iter()
                    .any(|m| Some(m.expert_id.as_uuid()) == own),
                panel,
            },
        );
    }
    Ok(seen)
}
