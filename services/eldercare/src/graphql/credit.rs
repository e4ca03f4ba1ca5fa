//! 时间积分 in the graph. Minutes, never money.

mod lot;
mod mutation;

use async_graphql::{Context, Enum, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::GlobalId;
use kit::{
    Result,
    graph::{Date, Minutes, Opaque, connection, global, page, typed},
};

pub use lot::{CreditHold, CreditLot, CreditLotPart, CreditStatement};
pub use mutation::CreditMutation;

use super::{
    foreign::{Organization, Resident},
    given,
    loaders::{AccountOf, Loaders, LotsOf},
    visit::Visit,
};
use crate::{app, domain::credit as domain};

/// 账户类别。Whose account it is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::OwnerKind")]
pub enum CreditOwnerKind {
    /// 个人。A person.
    Person,
    /// 团体。A group, which may only give.
    Org,
    /// 公益池。The pool.
    Pool,
    /// 系统。Where earned minutes come from.
    System,
}

/// 变动类别。Why minutes moved.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EntryKind")]
pub enum CreditEntryKind {
    /// 服务所得。Earned by serving.
    Earn,
    /// 兑换服务。Spent on service.
    Redeem,
    /// 捐入公益池。Given to the pool.
    Donate,
    /// 转给亲属。Handed to a relative.
    Transfer,
    /// 公益池发放。Granted from the pool.
    Grant,
    /// 提供付费服务所得。Earned by providing paid service.
    Provide,
    /// 自费购买服务所得。Earned by purchasing service.
    Purchase,
    /// 到期转入公益池。No longer counted, and the pool's.
    Expire,
    /// 冲正。An entry that was undone.
    Reverse,
}

/// An account.
pub struct CreditAccount(pub domain::CreditAccount);

/// 时间积分账户。Minutes earned by serving, to be spent on service.
#[Object]
impl CreditAccount {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 账户类别。Whose account it is.
    async fn owner_kind(&self) -> CreditOwnerKind {
        self.0.owner_kind.into()
    }

    /// 本人(个人账户)。The person, of a personal account.
    async fn resident(&self) -> Option<Resident> {
        self.0.resident_id.map(Resident)
    }

    /// 团体(团体账户)。The group, of a group's account.
    async fn organization(&self) -> Option<Organization> {
        self.0.organization_id.map(Organization)
    }

    /// 批次:来源、到期日和剩余,按使用先后。What is left by what it comes from and until when it counts, in the order in which it is spent.
    async fn lots(&self, ctx: &Context<'_>) -> Result<Vec<CreditLot>> {
        let key = LotsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(CreditLot)
            .collect())
    }

    /// 可转给亲属的时长:购买所得不得转让。What can be handed to a relative: nothing that came from purchases.
    async fn transferable(&self, ctx: &Context<'_>) -> Result<Minutes> {
        let key = LotsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let lots = found.unwrap_or_default();
        let left = lots
            .iter()
            .filter(|lot| lot.transferable)
            .map(|lot| lot.left);
        let left = kernel::Minutes::sum(left)?;
        Ok(Minutes(left.min(self.0.available())))
    }

    /// 冻结明细,早的在前。What is on hold for which orders, oldest first.
    async fn holds(&self, ctx: &Context<'_>) -> Result<Vec<CreditHold>> {
        let (state, _) = given(ctx);
        let found = app::credit::holds(state, self.0.id).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// 对账单:两日之间(含首尾)的期初、收入、支出和期末。A statement from one day to another, both included.
    async fn statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "开始日。The first day.")] from: Date,
        #[graphql(desc = "结束日(含)。The last day.")] to: Date,
    ) -> Result<CreditStatement> {
        let (state, _) = given(ctx);
        let found = app::credit::statement(state, self.0.id, (from.0, to.0)).await?;
        Ok(found.into())
    }

    /// 余额。The balance.
    async fn balance(&self) -> Minutes {
        Minutes(self.0.balance)
    }

    /// 冻结。What is on hold for orders.
    async fn held(&self) -> Minutes {
        Minutes(self.0.held)
    }

    /// 可用。What can be spent.
    async fn available(&self) -> Minutes {
        Minutes(self.0.available())
    }

    /// 上限。The most it may hold.
    async fn cap(&self) -> Option<Minutes> {
        self.0.cap.map(Minutes)
    }

    /// 明细,新的在前。What moved it, newest first.
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
    ) -> Result<Connection<Opaque, CreditEntry>> {
        let page = page(first, after, last, before)?;
        let (state, _) = given(ctx);
        let found = app::credit::postings(state, self.0.id, &page).await?;
        Ok(connection(found, |posting| (posting.id,), CreditEntry))
    }
}

/// One side of an entry.
pub struct CreditEntry(pub domain::Posting);

/// 积分明细。What one entry moved in one account.
#[Object]
impl CreditEntry {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        ID(GlobalId::new("credit_posting", self.0.id.to_string()).encode())
    }

    /// 分录编号:同一分录各方合计为零。The entry; its sides sum to zero.
    async fn entry_id(&self) -> ID {
        global(self.0.entry_id)
    }

    /// 类别。Why minutes moved.
    async fn kind(&self) -> CreditEntryKind {
        self.0.kind.into()
    }

    /// 账户类别。Whose account it is.
    async fn owner_kind(&self) -> CreditOwnerKind {
        self.0.owner_kind.into()
    }

    /// 本人(个人账户)。The person, of a personal account.
    async fn resident(&self) -> Option<Resident> {
        self.0.resident_id.map(Resident)
    }

    /// 变动:正为存入,负为支出。Above zero is gained, below is spent.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 变动后余额。The balance it left.
    async fn balance_after(&self) -> Minutes {
        Minutes(self.0.balance_after)
    }

    /// 出自或存入的批次。Which lots bore it.
    async fn lots(&self) -> Vec<CreditLotPart> {
        self.0.lots.iter().map(Into::into).collect()
    }

    /// 相关的上门服务(可见时)。The visit it comes from, where the caller may read it.
    async fn visit(&self, ctx: &Context<'_>) -> Result<Option<Visit>> {
        match self.0.visit_id {
            Some(id) => Ok(ctx
                .data_unchecked::<Loaders>()
                .load_one(id)
                .await?
                .map(Visit)),
            None => Ok(None),
        }
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// Credit queries.
#[derive(Default)]
pub struct CreditQuery;

#[Object]
impl CreditQuery {
    /// 居民的时间积分账户(可见时)。A resident's credits, where the caller may read them.
    async fn credit_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "居民编号。The resident's global id.")] resident_id: ID,
    ) -> Result<Option<CreditAccount>> {
        let key = AccountOf(typed(&resident_id, "residentId")?);
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(key)
            .await?
            .map(CreditAccount))
    }

    /// 团体的时间积分账户(本团体负责人或监督部门可见)。An organisation's credits, where the caller may read them.
    async fn organization_credit_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "组织编号。The organisation's global id.")] organization_id: ID,
    ) -> Result<Option<CreditAccount>> {
        let id = typed(&organization_id, "organizationId")?;
        let (state, caller) = given(ctx);
        let found = app::credit::find_group(state, caller, id).await?;
        Ok(found.map(CreditAccount))
    }

    /// 公益池。The pool: minutes given, paid, or earned beyond the cap.
    async fn credit_pool(&self, ctx: &Context<'_>) -> Result<Option<CreditAccount>> {
        let (state, _) = given(ctx);
        Ok(Some(CreditAccount(app::credit::pool(state).await?)))
    }
}
