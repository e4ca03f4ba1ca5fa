//! 时间积分 in the graph. Minutes, never money.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{GlobalId, IdempotencyKey};
use kit::{
    Result,
    graph::{Minutes, Opaque, connection, global, page, typed},
};

use super::{
    foreign::Resident,
    given,
    loaders::{AccountOf, Loaders},
    relation::Kinship,
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

    /// 公益池。The pool: minutes given, paid, or earned beyond the cap.
    async fn credit_pool(&self, ctx: &Context<'_>) -> Result<CreditAccount> {
        let (state, _) = given(ctx);
        Ok(CreditAccount(app::credit::pool(state).await?))
    }
}

/// 捐赠的输入。How much to give.
#[derive(InputObject)]
pub struct DonateCreditsInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 分钟数。How many minutes.
    minutes: Minutes,
}

/// 捐赠的结果。The account after the gift.
#[derive(SimpleObject)]
pub struct DonateCreditsPayload {
    /// 本人账户。The caller's account.
    account: CreditAccount,
}

/// 转让的输入。How much, to which relative.
#[derive(InputObject)]
pub struct TransferCreditsInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 亲属(已建档的老年人)。The relative, a registered elder.
    to_resident_id: ID,
    /// 亲属是本人的什么人。What the relative is to the caller.
    relation: Kinship,
    /// 分钟数。How many minutes.
    minutes: Minutes,
}

/// 转让的结果。The account after the transfer.
#[derive(SimpleObject)]
pub struct TransferCreditsPayload {
    /// 本人账户。The caller's account.
    account: CreditAccount,
}

/// 发放的输入。How much, to which elder.
#[derive(InputObject)]
pub struct GrantCreditsInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人(居民编号)。The elder, by the resident's id.
    resident_id: ID,
    /// 分钟数。How many minutes.
    minutes: Minutes,
}

/// 发放的结果。The elder's account after the grant.
#[derive(SimpleObject)]
pub struct GrantCreditsPayload {
    /// 老人账户。The elder's account.
    account: CreditAccount,
}

/// Credit mutations.
#[derive(Default)]
pub struct CreditMutation;

#[Object]
impl CreditMutation {
    /// 把本人的时间积分捐入公益池。Gives the caller's minutes to the pool.
    async fn donate_credits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DonateCreditsInput,
    ) -> Result<DonateCreditsPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let donate = app::credit::DonateCredits {
            minutes: input.minutes.0,
        };
        let (state, caller) = given(ctx);
        let account = app::credit::donate(state, caller, key, donate).await?;
        Ok(DonateCreditsPayload {
            account: CreditAccount(account),
        })
    }

    /// 把本人的时间积分转给已登记的老年亲属。Hands minutes to a registered relative who is an elder.
    async fn transfer_credits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: TransferCreditsInput,
    ) -> Result<TransferCreditsPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let transfer = app::credit::TransferCredits {
            to: typed(&input.to_resident_id, "input.toResidentId")?,
            kinship: input.relation.into(),
            minutes: input.minutes.0,
        };
        let (state, caller) = given(ctx);
        let account = app::credit::transfer(state, caller, key, transfer).await?;
        Ok(TransferCreditsPayload {
            account: CreditAccount(account),
        })
    }

    /// 从公益池向重点保障老人发放时长(民政部门)。Grants minutes of the pool to an elder of a key category (civil affairs).
    async fn grant_credits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: GrantCreditsInput,
    ) -> Result<GrantCreditsPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let grant = app::credit::GrantCredits {
            to: typed(&input.resident_id, "input.residentId")?,
            minutes: input.minutes.0,
        };
        let (state, caller) = given(ctx);
        let account = app::credit::grant(state, caller, key, grant).await?;
        Ok(GrantCreditsPayload {
            account: CreditAccount(account),
        })
    }
}
