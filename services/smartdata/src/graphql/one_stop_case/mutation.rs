//! Changing cases: applied for, accepted, decided, delivered, rated.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, refuse};
use kit::{Result, graph::typed};

use super::{super::asked, CaseAnswer, OneStopCase, load};
use crate::{app, domain::one_stop_case::Answers};

/// Answers by their keys, each once.
fn answers(given: Vec<CaseAnswer>) -> Result<Answers> {
    let mut answers = Answers::new();
    for answer in given {
        let key = answer.key.clone();
        if answers.insert(answer.key, answer.value).is_some() {
            return Err(refuse!(
                Invalid,
                "ANSWER_TWICE",
                field: "input.answers",
                zh: "“{key}”填写了两次",
                en: "{key} is answered twice",
            )
            .into());
        }
    }
    Ok(answers)
}

/// 提交办件的输入。What is applied for.
#[derive(InputObject)]
pub struct SubmitOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事项代码。The code of the service.
    item_code: String,
    /// 代办的居民;本人不填。The resident it is for; empty for oneself.
    on_behalf_of: Option<ID>,
    /// 填写内容;平台已有的不得填写。What is asked, and nothing the platform knows.
    answers: Vec<CaseAnswer>,
}

/// 提交办件的结果。The case.
#[derive(SimpleObject)]
pub struct SubmitOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 告知补正的输入。What is missing.
#[derive(InputObject)]
pub struct RequestCaseSupplementInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
    /// 需补正的全部内容。All that is missing.
    note: String,
}

/// 告知补正的结果。The case.
#[derive(SimpleObject)]
pub struct RequestCaseSupplementPayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 补正的输入。What was missing.
#[derive(InputObject)]
pub struct SupplementOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
    /// 补正内容。What was missing.
    answers: Vec<CaseAnswer>,
}

/// 补正的结果。The case.
#[derive(SimpleObject)]
pub struct SupplementOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 受理的输入。Which case.
#[derive(InputObject)]
pub struct AcceptOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
}

/// 受理的结果。The case.
#[derive(SimpleObject)]
pub struct AcceptOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 不予受理的输入。Why it is not accepted.
#[derive(InputObject)]
pub struct RefuseOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 不予受理的结果。The case.
#[derive(SimpleObject)]
pub struct RefuseOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 开始办理的输入。Which case.
#[derive(InputObject)]
pub struct ProcessOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
}

/// 开始办理的结果。The case.
#[derive(SimpleObject)]
pub struct ProcessOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 办结的输入。What is decided.
#[derive(InputObject)]
pub struct DecideOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
    /// 是否准予。Whether it is granted.
    granted: bool,
    /// 决定内容。What is decided.
    decision: String,
}

/// 办结的结果。The case.
#[derive(SimpleObject)]
pub struct DecideOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 送达的输入。Which case.
#[derive(InputObject)]
pub struct DeliverOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
}

/// 送达的结果。The case.
#[derive(SimpleObject)]
pub struct DeliverOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 好差评的输入。How well it was done.
#[derive(InputObject)]
pub struct RateOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
    /// 1 至 5 星。1 to 5 stars.
    stars: i32,
    /// 意见。Words.
    note: Option<String>,
}

/// 好差评的结果。The case.
#[derive(SimpleObject)]
pub struct RateOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// 归档的输入。Which case.
#[derive(InputObject)]
pub struct ArchiveOneStopCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 办件。The case.
    case_id: ID,
}

/// 归档的结果。The case.
#[derive(SimpleObject)]
pub struct ArchiveOneStopCasePayload {
    /// 办件。The case.
    one_stop_case: Option<OneStopCase>,
}

/// Case mutations.
#[derive(Default)]
pub struct OneStopCaseMutation;

#[Object]
impl OneStopCaseMutation {
    /// 提交办件:居民本人,或工作人员代办。Applies: a resident, or staff for a resident.
    async fn submit_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SubmitOneStopCaseInput,
    ) -> Result<SubmitOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::one_stop_case::Submit {
            item_code: input.item_code,
            on_behalf_of: input
                .on_behalf_of
                .map(|id| typed(&id, "input.onBehalfOf"))
                .transpose()?,
            answers: answers(input.answers)?,
        };
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::submit(state, caller, key, given).await?;
        Ok(SubmitOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 一次性告知补正(社区、民政),只能一次。Says once what is missing.
    async fn request_case_supplement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RequestCaseSupplementInput,
    ) -> Result<RequestCaseSupplementPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::one_stop_case::Words {
            case_id: typed(&input.case_id, "input.caseId")?,
            words: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::ask_supplement(state, caller, key, given).await?;
        Ok(RequestCaseSupplementPayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 补正:只交所缺的,其余保留。Hands in what was missing; the rest stays.
    async fn supplement_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SupplementOneStopCaseInput,
    ) -> Result<SupplementOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::one_stop_case::Supplement {
            case_id: typed(&input.case_id, "input.caseId")?,
            answers: answers(input.answers)?,
        };
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::supplement(state, caller, key, given).await?;
        Ok(SupplementOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 受理(社区、民政);办结时限自此计算。Accepts a case; its limit runs from now.
    async fn accept_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AcceptOneStopCaseInput,
    ) -> Result<AcceptOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.case_id, "input.caseId")?;
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::accept(state, caller, key, given).await?;
        Ok(AcceptOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 不予受理,须说明理由(社区、民政)。Does not accept a case, and says why.
    async fn refuse_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RefuseOneStopCaseInput,
    ) -> Result<RefuseOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::one_stop_case::Words {
            case_id: typed(&input.case_id, "input.caseId")?,
            words: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::refuse_case(state, caller, key, given).await?;
        Ok(RefuseOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 开始办理(社区、民政)。Begins to handle a case.
    async fn process_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ProcessOneStopCaseInput,
    ) -> Result<ProcessOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.case_id, "input.caseId")?;
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::process(state, caller, key, given).await?;
        Ok(ProcessOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 办结(社区、民政)。Decides a case.
    async fn decide_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideOneStopCaseInput,
    ) -> Result<DecideOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::one_stop_case::Decide {
            case_id: typed(&input.case_id, "input.caseId")?,
            granted: input.granted,
            decision: input.decision,
        };
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::decide(state, caller, key, given).await?;
        Ok(DecideOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 送达(社区、民政、网格员)。Delivers what was decided.
    async fn deliver_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DeliverOneStopCaseInput,
    ) -> Result<DeliverOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.case_id, "input.caseId")?;
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::deliver(state, caller, key, given).await?;
        Ok(DeliverOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 好差评(申请人)。The resident rates it.
    async fn rate_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RateOneStopCaseInput,
    ) -> Result<RateOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::one_stop_case::Rate {
            case_id: typed(&input.case_id, "input.caseId")?,
            stars: input.stars,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::rate(state, caller, key, given).await?;
        Ok(RateOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }

    /// 归档:已评价,或评价期限已满(社区、民政)。Archives a case that was rated, or can no longer be.
    async fn archive_one_stop_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ArchiveOneStopCaseInput,
    ) -> Result<ArchiveOneStopCasePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.case_id, "input.caseId")?;
        let (state, caller) = asked(ctx);
        let id = app::one_stop_case::archive(state, caller, key, given).await?;
        Ok(ArchiveOneStopCasePayload {
            one_stop_case: load(ctx, id).await?,
        })
    }
}
