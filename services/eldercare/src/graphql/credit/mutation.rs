//! What people do about their minutes.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Minutes, typed},
};

use super::CreditAccount;
use crate::{
    app,
    graphql::{given, relation::Kinship},
};

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

/// 团体捐赠的输入。How much a group gives.
#[derive(InputObject)]
pub struct DonateOrganizationCreditsInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 组织。The organisation.
    organization_id: ID,
    /// 分钟数。How many minutes.
    minutes: Minutes,
}

/// 团体捐赠的结果。The account after the gift.
#[derive(SimpleObject)]
pub struct DonateOrganizationCreditsPayload {
    /// 团体账户。The group's account.
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

    /// 把本团体的时间积分捐入公益池(团体负责人);团体积分只能捐赠。Gives a group's minutes to the pool (its manager); a group only gives.
    async fn donate_organization_credits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DonateOrganizationCreditsInput,
    ) -> Result<DonateOrganizationCreditsPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let donate = app::credit::DonateGroupCredits {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            minutes: input.minutes.0,
        };
        let (state, caller) = given(ctx);
        let account = app::credit::donate_group(state, caller, key, donate).await?;
        Ok(DonateOrganizationCreditsPayload {
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
