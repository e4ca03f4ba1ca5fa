//! Mutations of organisations.

use async_graphql::{Context, Object};
use kernel::IdempotencyKey;
use kit::{Result, auth::Caller};

use super::{
    Organization,
    input::{
        FileOrganizationInput, FileOrganizationPayload, RecordChangeInput, RecordChangePayload,
        RegisterOrganizationInput, RegisterOrganizationPayload, SetOrganizationStatusInput,
        SetOrganizationStatusPayload,
    },
};
use crate::{app::organization as app, state::State};

/// Organisation mutations.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// 登记组织(登记管理机关)。Registers an organisation (its registrar).
    async fn register_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterOrganizationInput,
    ) -> Result<RegisterOrganizationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::register(state, caller, key, input.read()?).await?;
        Ok(RegisterOrganizationPayload {
            organization: Organization(one),
        })
    }

    /// 备案社区社会组织(街道、乡镇或社区)。Files a community organisation.
    async fn file_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FileOrganizationInput,
    ) -> Result<FileOrganizationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::file(state, caller, key, input.read()?).await?;
        Ok(FileOrganizationPayload {
            organization: Organization(one),
        })
    }

    /// 变更登记事项(登记管理机关)。Records a change (the registrar).
    async fn record_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordChangeInput,
    ) -> Result<RecordChangePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::record_change(state, caller, key, input.read()?).await?;
        Ok(RecordChangePayload {
            organization: Organization(one),
        })
    }

    /// 变动组织状态(登记管理机关)。Decides about the status (the registrar).
    async fn set_organization_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SetOrganizationStatusInput,
    ) -> Result<SetOrganizationStatusPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::set_status(state, caller, key, input.read()?).await?;
        Ok(SetOrganizationStatusPayload {
            organization: Organization(one),
        })
    }
}
