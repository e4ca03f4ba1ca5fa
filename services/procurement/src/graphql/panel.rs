//! 评审小组 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::TenderId};
use kit::{Result, graph::typed};

use super::{
    asked,
    expert::Expert,
    loaders::{Loaders, PanelOf},
    tender::Tender,
};
use crate::{
    app,
    domain::{
        panel as domain,
        replacement::{Replacement, ReplacementReason},
    },
};

/// 评审成员身份。As what somebody sits on a panel.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::PanelRole")]
pub enum PanelRole {
    /// 评审专家。An expert, drawn by lot.
    Expert,
    /// 采购人代表。A person of the buyer.
    Buyer,
}

/// 评审成员。A member of a panel.
#[derive(SimpleObject)]
pub struct PanelMember {
    /// 身份。As what.
    role: PanelRole,
    /// 专家。Who.
    expert: Expert,
}

/// 替换理由。Why a member falls out.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "ReplacementReason")]
pub enum PanelReplacementReason {
    /// 缺席或因故不能参加。Absent or unable.
    Unavailable,
    /// 与投标人有利害关系。Tied to a bidder.
    Conflicted,
}

/// 评审成员替换。A seat that changed hands; the sheet of whoever fell out does not count.
#[derive(SimpleObject)]
pub struct PanelReplacement {
    /// 被替换者。Who fell out.
    gone: Expert,
    /// 替换者(按抽取顺序递补)。Who took the seat: the next lot of the draw.
    come: Expert,
    /// 理由。Why.
    reason: PanelReplacementReason,
    /// 说明。In words.
    statement: String,
    /// 时间。When.
    at: DateTime<Utc>,
}

/// 评审小组。The panel of a tender: its names are secret until the result is published.
pub struct Panel(pub app::panel::Seen);

#[Object]
impl Panel {
    /// 人数。How many members.
    async fn size(&self) -> usize {
        self.0.panel.members.len()
    }

    /// 其中专家人数。How many of them are experts.
    async fn experts(&self) -> usize {
        let expert = |member: &&domain::Member| member.role == domain::PanelRole::Expert;
        self.0.panel.members.iter().filter(expert).count()
    }

    /// 实际参加抽取的专家人数(名单减去回避者)。How many took part in the draw: the pool without those recused.
    async fn pool_size(&self) -> i32 {
        self.0.panel.pool_size
    }

    /// 抽取种子的 SHA-256。SHA-256 of the seed of the draw.
    async fn seed_commitment(&self) -> &str {
        &self.0.panel.seed_commitment
    }

    /// 抽取种子(随结果公布,任何人可复算)。The seed, told with the result so that anybody can repeat the draw.
    async fn seed(&self) -> Option<&str> {
        self.0.seed.as_deref()
    }

    /// 成员(结果公告前只有经办人和审计可见)。The members; before the result is published only for the officer and auditors.
    async fn members(&self) -> Option<Vec<PanelMember>> {
        let members = self.0.members.as_ref()?;
        let member = |(member, expert): &(domain::Member, _)| PanelMember {
            role: member.role.into(),
            expert: Expert(Clone::clone(expert)),
        };
        Some(members.iter().map(member).collect())
    }

    /// 名单中回避而未参加抽取者(与成员同时公开)。Who of the pool sat out the draw, for a conflict or as a person of the buyer; told with the members.
    async fn recused(&self) -> Option<Vec<Expert>> {
        let recused = self.0.recused.as_ref()?;
        Some(recused.iter().cloned().map(Expert).collect())
    }

    /// 替换记录(与成员同时公开)。The seats that changed hands; told with the members.
    async fn replacements(&self) -> Option<Vec<PanelReplacement>> {
        let replacements = self.0.replacements.as_ref()?;
        let told = |(one, gone, come): &(Replacement, _, _)| PanelReplacement {
            gone: Expert(Clone::clone(gone)),
            come: Expert(Clone::clone(come)),
            reason: one.reason.into(),
            statement: one.statement.clone(),
            at: one.at,
        };
        Some(replacements.iter().map(told).collect())
    }

    /// 我是否成员。Whether the caller is a member.
    async fn i_am_member(&self) -> bool {
        self.0.i_am_member
    }

    /// 组成时间。When it was formed.
    async fn formed_at(&self) -> DateTime<Utc> {
        self.0.panel.formed_at
    }
}

/// 组成评审小组的输入。How a panel is formed.
#[derive(InputObject)]
pub struct FormPanelInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 采购人代表(专家编号)。The buyer's people, by their expert ids.
    buyer_representative_ids: Vec<ID>,
    /// 抽取专家人数。How many experts to draw.
    expert_count: u32,
    /// 抽取种子(8 至 200 个字符);须与公告时的承诺一致。The seed of the draw, 8 to 200 characters: the one committed to at publication.
    seed: String,
}

/// 组成评审小组的结果。The panel.
#[derive(SimpleObject)]
pub struct FormPanelPayload {
    /// 评审小组。The panel.
    panel: Option<Panel>,
    /// 招标项目。The tender.
    tender: Option<Tender>,
}

/// 替换评审成员的输入。Who falls out, and why.
#[derive(InputObject)]
pub struct ReplacePanelMemberInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 被替换的成员(专家编号)。The member who falls out.
    expert_id: ID,
    /// 理由。Why.
    reason: PanelReplacementReason,
    /// 说明。In words.
    statement: String,
    /// 替换采购人代表时的替换者;专家席位按抽取顺序递补,不得指定。Who takes a seat of the buyer; the seat of an expert goes by lot.
    substitute_id: Option<ID>,
}

/// 替换评审成员的结果。The panel after it.
#[derive(SimpleObject)]
pub struct ReplacePanelMemberPayload {
    /// 评审小组。The panel.
    panel: Option<Panel>,
    /// 招标项目。The tender.
    tender: Option<Tender>,
}

/// Panel mutations.
#[derive(Default)]
pub struct PanelMutation;

#[Object]
impl PanelMutation {
    /// 抽取专家并组成评审小组(采购经办人)。Draws experts and forms the panel (procurement officer).
    async fn form_panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FormPanelInput,
    ) -> Result<FormPanelPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let tender_id: TenderId = typed(&input.tender_id, "input.tenderId")?;
        let buyers = input
            .buyer_representative_ids
            .iter()
            .map(|id| typed(id, "input.buyerRepresentativeIds"))
            .collect::<Result<_>>()?;
        let form = app::panel::Form {
            tender_id,
            buyer_representative_ids: buyers,
            expert_count: usize::try_from(input.expert_count).unwrap_or(usize::MAX),
            seed: input.seed,
        };
        let (state, caller) = asked(ctx);
        app::panel::form(state, caller, key, form).await?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(FormPanelPayload {
            panel: loaders.load_one(PanelOf(tender_id)).await?.map(Panel),
            tender: loaders.load_one(tender_id).await?.map(Tender),
        })
    }

    /// 排名前替换不能参加或应当回避的成员;专家按抽取顺序递补(采购经办人)。Replaces a member before the ranking; an expert by the next lot (procurement officer).
    async fn replace_panel_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReplacePanelMemberInput,
    ) -> Result<ReplacePanelMemberPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let tender_id: TenderId = typed(&input.tender_id, "input.tenderId")?;
        let substitute_id = input
            .substitute_id
            .map(|id| typed(&id, "input.substituteId"))
            .transpose()?;
        let replace = app::replacement::Replace {
            tender_id,
            expert_id: typed(&input.expert_id, "input.expertId")?,
            reason: input.reason.into(),
            statement: input.statement,
            substitute_id,
        };
        let (state, caller) = asked(ctx);
        app::replacement::replace(state, caller, key, replace).await?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(ReplacePanelMemberPayload {
            panel: loaders.load_one(PanelOf(tender_id)).await?.map(Panel),
            tender: loaders.load_one(tender_id).await?.map(Tender),
        })
    }
}
