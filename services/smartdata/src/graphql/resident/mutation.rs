//! Changing the register of residents.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, keys::ResidentId};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, DivisionCode, typed},
};

use super::{
    super::{grid, scalar::CitizenId},
    Resident, fields, load,
};
use crate::{
    app::{
        self,
        resident::{Death, Move, Register, Verify},
    },
    domain::resident as domain,
    state::State,
};

/// 核验方式。How an identity was verified.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VerificationMethod")]
pub enum VerificationMethod {
    /// 当面核验身份证件。The identity card, in person.
    IdCard,
    /// 核对户口簿。The household register.
    HouseholdRegister,
    /// 入户核实。A visit at home.
    HomeVisit,
    /// 部门数据共享比对。Data shared by another department.
    SharedData,
}

/// 登记居民的输入。What a resident is registered with.
#[derive(InputObject)]
pub struct RegisterResidentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 姓名。The name.
    name: String,
    /// 公民身份号码。The identity number.
    citizen_id: CitizenId,
    /// 电话。The phone number.
    phone: Option<String>,
    /// 社区的 12 位区划代码。The community, 12 digits.
    community_code: DivisionCode,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: Option<String>,
    /// 示范数据。Demonstration data.
    #[graphql(default = false)]
    demo: bool,
}

/// 登记居民的结果。The resident registered.
#[derive(SimpleObject)]
pub struct RegisterResidentPayload {
    /// 居民。The resident.
    resident: Resident,
}

/// 核验居民身份的输入。How an identity was verified.
#[derive(InputObject)]
pub struct VerifyResidentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 方式。How.
    method: VerificationMethod,
}

/// 核验居民身份的结果。The resident after verification.
#[derive(SimpleObject)]
pub struct VerifyResidentPayload {
    /// 居民。The resident.
    resident: Resident,
}

/// 居民迁移的输入。Where a resident goes.
#[derive(InputObject)]
pub struct MoveResidentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 迁入社区;为空表示迁出本平台。The new community; empty means away.
    community_code: Option<DivisionCode>,
    /// 迁入网格。The new grid.
    grid_code: Option<String>,
}

/// 居民迁移的结果。The resident after the move.
#[derive(SimpleObject)]
pub struct MoveResidentPayload {
    /// 居民。The resident.
    resident: Resident,
}

/// 死亡登记的输入。Who has died, and when.
#[derive(InputObject)]
pub struct RecordDeathInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 死亡日期。The day of death.
    died_on: Date,
}

/// 死亡登记的结果。The resident after the record.
#[derive(SimpleObject)]
pub struct RecordDeathPayload {
    /// 居民。The resident.
    resident: Resident,
}

/// Resident mutations.
#[derive(Default)]
pub struct ResidentMutation;

#[Object]
impl ResidentMutation {
    /// 登记居民(网格员、社区、民政)。Registers a resident: grid worker, community staff, civil
    /// affairs.
    async fn register_resident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterResidentInput,
    ) -> Result<RegisterResidentPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let register = Register {
            name: input.name,
            citizen_id: input.citizen_id.0,
            phone: input.phone,
            home: domain::Home {
                community_code: input.community_code.0,
                grid_code: grid_code(input.grid_code)?,
                demo: input.demo,
            },
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let id = app::resident::register(state, caller, key, register).await?;
        Ok(RegisterResidentPayload {
            resident: changed(ctx, id).await?,
        })
    }

    /// 核验居民身份。Records that an identity was verified.
    async fn verify_resident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: VerifyResidentInput,
    ) -> Result<VerifyResidentPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let verify = Verify {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            method: input.method.into(),
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let id = app::resident::verify(state, caller, key, verify).await?;
        Ok(VerifyResidentPayload {
            resident: changed(ctx, id).await?,
        })
    }

    /// 居民迁移:换社区或网格、迁出、迁回。A resident moves: to another community or grid, away,
    /// or back.
    async fn move_resident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: MoveResidentInput,
    ) -> Result<MoveResidentPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let asked = Move {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            community_code: input.community_code.map(|code| code.0),
            grid_code: grid_code(input.grid_code)?,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let id = app::resident::settle(state, caller, key, asked).await?;
        Ok(MoveResidentPayload {
            resident: changed(ctx, id).await?,
        })
    }

    /// 死亡登记(社区、民政)。Records a death: community staff, civil affairs.
    async fn record_death(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordDeathInput,
    ) -> Result<RecordDeathPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let death = Death {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            died_on: input.died_on.0,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let id = app::resident::record_death(state, caller, key, death).await?;
        Ok(RecordDeathPayload {
            resident: changed(ctx, id).await?,
        })
    }
}

fn grid_code(text: Option<String>) -> Result<Option<kernel::GridCode>> {
    text.map(|text| grid::code(&text, "input.gridCode"))
        .transpose()
}

/// The resident of a payload, as the caller may see them after the change.
async fn changed(ctx: &Context<'_>, id: ResidentId) -> Result<Resident> {
    let fields = fields(&ctx.look_ahead().field("resident"));
    load(ctx, id, fields)
        .await?
        .ok_or_else(app::resident::unknown)
}
