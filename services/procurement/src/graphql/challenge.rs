//! 质疑 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    complaint::Complaint,
    foreign::Organization,
    loaders::{ComplaintsOf, Loaders},
    tender::Tender,
};
use crate::{app, domain::challenge as domain};

/// 质疑对象。What is challenged.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ChallengeSubject")]
pub enum ChallengeSubject {
    /// 采购文件。The documents.
    Documents,
    /// 采购过程。The process.
    Process,
    /// 中标结果。The result.
    Result,
}

/// 质疑状态。Where a challenge stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ChallengeState")]
pub enum ChallengeState {
    /// 已提出,待答复。Raised; the buyer answers.
    Raised,
    /// 成立。Upheld.
    Upheld,
    /// 不成立。Dismissed.
    Dismissed,
    /// 已撤回。Taken back.
    Withdrawn,
}

/// 质疑。A challenge: that there is one is public at once, who raised it and why with the answer.
pub struct Challenge(pub app::challenge::Seen);

#[Object]
impl Challenge {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.challenge.id)
    }

    /// 招标项目。The tender.
    async fn tender(&self, ctx: &Context<'_>) -> Result<Option<Tender>> {
        let id = self.0.challenge.tender_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Tender))
    }

    /// 质疑供应商(答复后公开)。Who challenges; public with the answer.
    async fn organization(&self) -> Option<Organization> {
        self.0.open.then(|| self.0.challenge.organization_id.into())
    }

    /// 质疑对象。What is challenged.
    async fn subject(&self) -> ChallengeSubject {
        self.0.challenge.subject.into()
    }

    /// 事实和理由(答复后公开)。The facts; public with the answer.
    async fn facts(&self) -> Option<&str> {
        self.0.open.then_some(self.0.challenge.facts.as_str())
    }

    /// 请求(答复后公开)。What is asked for; public with the answer.
    async fn request(&self) -> Option<&str> {
        self.0.open.then_some(self.0.challenge.request.as_str())
    }

    /// 提出时间。When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.challenge.raised_at
    }

    /// 答复期限。Until when the buyer answers.
    async fn answer_by(&self) -> DateTime<Utc> {
        self.0.challenge.answer_by
    }

    /// 是否逾期未答复。Whether the answer is overdue.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = asked(ctx);
        let one = &self.0.challenge;
        one.ended_at.is_none() && state.core.clock.now() > one.answer_by
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ChallengeState {
        self.0.challenge.state.into()
    }

    /// 答复。The answer.
    async fn answer(&self) -> Option<&str> {
        Some(self.0.challenge.answer.as_ref()?.text.as_str())
    }

    /// 是否影响中标结果。Whether it affects the result.
    async fn affects_result(&self) -> Option<bool> {
        Some(self.0.challenge.answer.as_ref()?.affects_result)
    }

    /// 是否按期答复。Whether the buyer answered in time.
    async fn answered_in_time(&self) -> Option<bool> {
        Some(self.0.challenge.answer.as_ref()?.in_time)
    }

    /// 答复或撤回时间。When it was answered or taken back.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.challenge.ended_at
    }

    /// 投诉。The complaints that follow it.
    async fn complaints(&self, ctx: &Context<'_>) -> Result<Vec<Complaint>> {
        let key = ComplaintsOf(self.0.challenge.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let open = self.0.open;
        let seen = |complaint| Complaint { complaint, open };
        Ok(found.unwrap_or_default().into_iter().map(seen).collect())
    }
}

/// Challenge queries.
#[derive(Default)]
pub struct ChallengeQuery;

#[Object]
impl ChallengeQuery {
    /// 按编号查质疑(公开)。A challenge by id; public.
    async fn challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Challenge>> {
        let id: domain::ChallengeId = typed(&id, "id")?;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Challenge))
    }

    /// 质疑,新的在前(公开)。Challenges, newest first; public.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn challenges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ChallengeState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此招标项目。Only of this tender.")] tender_id: Option<ID>,
        #[graphql(default = false, desc = "只看逾期未答复的。Only those overdue.")] overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Challenge>>> {
        let page = page(first, after, last, before)?;
        let tender_id = tender_id.map(|id| typed(&id, "tenderId")).transpose()?;
        let (known, caller) = asked(ctx);
        let filter = domain::ChallengeFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
            tender_id,
            overdue_at: overdue.then(|| known.core.clock.now()),
        };
        let found = app::challenge::list(known, caller, &filter, &page).await?;
        listed(found, |one| (one.challenge.id.as_uuid(),), Challenge)
    }
}

/// 提出质疑的输入。What is challenged, and why.
#[derive(InputObject)]
pub struct RaiseChallengeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 招标项目。The tender.
    tender_id: ID,
    /// 质疑供应商(本组织)。The challenger: the caller's organisation.
    organization_id: ID,
    /// 质疑对象;同一环节一次性提出。What is challenged; each step once.
    subject: ChallengeSubject,
    /// 事实和理由。The facts.
    facts: String,
    /// 请求。What is asked for.
    request: String,
}

/// 提出质疑的结果。The challenge.
#[derive(SimpleObject)]
pub struct RaiseChallengePayload {
    /// 质疑。The challenge.
    challenge: Challenge,
}

/// 答复质疑的输入。The answer.
#[derive(InputObject)]
pub struct AnswerChallengeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 质疑。The challenge.
    challenge_id: ID,
    /// 是否成立。Whether it is upheld.
    upheld: bool,
    /// 是否影响中标结果。Whether it affects the result.
    #[graphql(default = false)]
    affects_result: bool,
    /// 答复内容。The answer; public.
    answer: String,
}

/// 答复质疑的结果。The challenge after it.
#[derive(SimpleObject)]
pub struct AnswerChallengePayload {
    /// 质疑。The challenge.
    challenge: Challenge,
}

/// 撤回质疑的输入。The challenge to take back.
#[derive(InputObject)]
pub struct WithdrawChallengeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 质疑。The challenge.
    challenge_id: ID,
}

/// 撤回质疑的结果。The challenge after it.
#[derive(SimpleObject)]
pub struct WithdrawChallengePayload {
    /// 质疑。The challenge.
    challenge: Challenge,
}

/// Challenge mutations.
#[derive(Default)]
pub struct ChallengeMutation;

#[Object]
impl ChallengeMutation {
    /// 供应商提出质疑(七个工作日内);答复前暂停签订合同。A supplier raises a challenge within the working days of the law; nothing is signed until it is answered.
    async fn raise_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RaiseChallengeInput,
    ) -> Result<RaiseChallengePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let raise = app::challenge::Raise {
            tender_id: typed(&input.tender_id, "input.tenderId")?,
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            subject: input.subject.into(),
            facts: input.facts,
            request: input.request,
        };
        let (state, caller) = asked(ctx);
        let one = app::challenge::raise(state, caller, key, raise).await?;
        Ok(RaiseChallengePayload {
            challenge: Challenge(app::challenge::shown(one)),
        })
    }

    /// 答复质疑,答复公开(采购经办人)。Answers a challenge; the answer is public (procurement officer).
    async fn answer_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerChallengeInput,
    ) -> Result<AnswerChallengePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let reply = app::challenge::Reply {
            challenge_id: typed(&input.challenge_id, "input.challengeId")?,
            upheld: input.upheld,
            affects_result: input.affects_result,
            answer: input.answer,
        };
        let (state, caller) = asked(ctx);
        let one = app::challenge::answer(state, caller, key, reply).await?;
        Ok(AnswerChallengePayload {
            challenge: Challenge(app::challenge::shown(one)),
        })
    }

    /// 撤回质疑。Takes a challenge back.
    async fn withdraw_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawChallengeInput,
    ) -> Result<WithdrawChallengePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.challenge_id, "input.challengeId")?;
        let (state, caller) = asked(ctx);
        let one = app::challenge::withdraw(state, caller, key, id).await?;
        Ok(WithdrawChallengePayload {
            challenge: Challenge(app::challenge::shown(one)),
        })
    }
}
