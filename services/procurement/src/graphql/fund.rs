//! 资金 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::FundId};
use kit::{
    Result,
    graph::{DivisionCode, Fen, Opaque, connection, global, page, typed},
};

use super::{asked, loaders::Loaders};
use crate::{app, domain::fund as domain};

/// 资金分录类型。What moves money of a fund.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EntryKind")]
pub enum FundEntryKind {
    /// 拨入。Money comes in.
    Appropriate,
    /// 预留。A budget is held for a need.
    Reserve,
    /// 释放。What a contract does not take, or a need no longer wants, goes back.
    Release,
    /// 承付。A contract commits it.
    Commit,
    /// 解除承付。A contract ended early: what is left of it goes back.
    Uncommit,
    /// 支付。It leaves for an accepted milestone.
    Pay,
    /// 追回。What was paid without right came back.
    Recover,
}

/// 资金分录。A movement of money.
pub struct FundEntry(domain::Entry);

#[Object]
impl FundEntry {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 类型。What moved it.
    async fn kind(&self) -> FundEntryKind {
        self.0.kind.into()
    }

    /// 金额。The amount.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 依据文件。The document it rests on.
    async fn document(&self) -> Option<&str> {
        self.0.document.as_deref()
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// 资金。A fund: a double-entry ledger; balances are public.
pub struct Fund(pub domain::Fund);

#[Object]
impl Fund {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 使用区划。The division it is for.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 累计拨入。All that ever came in.
    async fn appropriated(&self) -> Fen {
        Fen(kernel::Fen::new(-self.0.balances.source.get()))
    }

    /// 可用。Not yet held for anything.
    async fn available(&self) -> Fen {
        Fen(self.0.balances.available)
    }

    /// 已预留。Held for needs.
    async fn reserved(&self) -> Fen {
        Fen(self.0.balances.reserved)
    }

    /// 已承付。Committed by contracts.
    async fn committed(&self) -> Fen {
        Fen(self.0.balances.committed)
    }

    /// 已支付。Paid.
    async fn paid(&self) -> Fen {
        Fen(self.0.balances.paid)
    }

    /// 分录,新的在前(限资金管理和监督人员)。Entries, newest first; for those who answer for the fund.
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, FundEntry>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = asked(ctx);
        let found = app::fund::list_entries(state, caller, &self.0, &page).await?;
        Ok(Some(connection(
            found,
            |entry| (entry.id.as_uuid(),),
            FundEntry,
        )))
    }
}

/// Fund queries.
#[derive(Default)]
pub struct FundQuery;

#[Object]
impl FundQuery {
    #[graphql(entity)]
    async fn find_fund_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Fund>> {
        find(ctx, &id).await
    }

    /// 按编号查资金。A fund by id.
    async fn fund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Fund>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Fund>> {
    let id: FundId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Fund))
}

/// 建立资金的输入。A new fund.
#[derive(InputObject)]
pub struct CreateFundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 名称。Its name.
    name: String,
    /// 使用区划。The division it is for.
    division_code: DivisionCode,
}

/// 建立资金的结果。The fund.
#[derive(SimpleObject)]
pub struct CreateFundPayload {
    /// 资金。The fund.
    fund: Fund,
}

/// 拨入资金的输入。Money that comes in.
#[derive(InputObject)]
pub struct AppropriateFundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 资金。The fund.
    fund_id: ID,
    /// 金额(分)。The amount.
    amount: Fen,
    /// 依据文件。The document it rests on.
    document: String,
}

/// 拨入资金的结果。The fund after it.
#[derive(SimpleObject)]
pub struct AppropriateFundPayload {
    /// 资金。The fund.
    fund: Fund,
}

/// Fund mutations.
#[derive(Default)]
pub struct FundMutation;

#[Object]
impl FundMutation {
    /// 建立资金(资金管理人)。Creates a fund (fund manager).
    async fn create_fund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CreateFundInput,
    ) -> Result<CreateFundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = app::fund::Create {
            name: input.name,
            division_code: input.division_code.0,
        };
        let (state, caller) = asked(ctx);
        Ok(CreateFundPayload {
            fund: Fund(app::fund::create(state, caller, key, new).await?),
        })
    }

    /// 拨入资金(资金管理人)。Puts money into a fund (fund manager).
    async fn appropriate_fund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AppropriateFundInput,
    ) -> Result<AppropriateFundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let money = app::fund::Appropriate {
            fund_id: typed(&input.fund_id, "input.fundId")?,
            amount: input.amount.0,
            document: input.document,
        };
        let (state, caller) = asked(ctx);
        let fund = app::fund::appropriate(state, caller, key, money).await?;
        Ok(AppropriateFundPayload { fund: Fund(fund) })
    }
}
