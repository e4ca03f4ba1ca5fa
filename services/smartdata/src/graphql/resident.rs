//! 居民 in the graph: the type and its queries; mutations are in [`mutation`].

mod mutation;

use async_graphql::{Context, Enum, ID, Lookahead, Object, connection::Connection};
use kernel::{keys::ResidentId, refuse};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    foreign::Community,
    grid::{self, Grid},
    household::{self, Household},
    loaders::{HomeOf, Loaders},
    scalar::CitizenId,
};
use crate::{
    app::{
        self,
        resident::{ResidentFilter, Seen, Wanted},
    },
    domain::resident as domain,
    state::State,
};

pub use mutation::ResidentMutation;

/// 居民状态。Where a resident stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ResidentStatus")]
pub enum ResidentStatus {
    /// 在册。Lives here.
    Alive,
    /// 已迁出。Moved away.
    Moved,
    /// 已死亡。Has died.
    Deceased,
    /// 已并入另一记录。Merged into another record.
    Merged,
}

/// 性别。Sex, as the identity number tells it.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Sex")]
pub enum Sex {
    /// 女。Female.
    Female,
    /// 男。Male.
    Male,
}

/// 居民。A resident. Personal fields are whole for the resident; covered for staff of the
/// division; whole for staff who send a purpose (`x-sanshe-purpose`), and then the resident
/// finds the look in `accessLog`; refused to everybody else.
pub struct Resident(pub Seen);

impl Resident {
    /// Refuses those who may look less far than `least`.
    fn needs(&self, least: domain::Access) -> Result<()> {
        if self.0.access >= least {
            return Ok(());
        }
        Err(refuse!(
            Forbidden,
            "FORBIDDEN",
            zh: "您无权查看该居民的此项信息",
            en: "this about the resident is not for you to see",
        )
        .into())
    }
}

#[Object]
impl Resident {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.resident.id)
    }

    /// 姓名,按权限脱敏。The name, covered unless the reader may see it.
    async fn name(&self) -> Result<Option<&str>> {
        self.needs(domain::Access::Masked)?;
        Ok(self.0.name.as_deref())
    }

    /// 公民身份号码,按权限脱敏。The identity number, covered unless the reader may see it.
    async fn citizen_id(&self) -> Result<Option<CitizenId>> {
        self.needs(domain::Access::Masked)?;
        Ok(self.0.citizen_id.clone().map(CitizenId))
    }

    /// 电话,按权限脱敏。The phone number, covered unless the reader may see it.
    async fn phone(&self) -> Result<Option<&str>> {
        self.needs(domain::Access::Masked)?;
        Ok(self.0.phone.as_deref())
    }

    /// 出生日期;脱敏时为空。The date of birth; empty where values are covered.
    async fn birth_date(&self) -> Result<Option<Date>> {
        self.needs(domain::Access::Masked)?;
        Ok(self.0.birth_date.map(Date))
    }

    /// 周岁。Full years of age.
    async fn age(&self) -> Result<Option<u32>> {
        self.needs(domain::Access::Reference)?;
        Ok(Some(self.0.age))
    }

    /// 性别。Sex.
    async fn sex(&self) -> Result<Option<Sex>> {
        self.needs(domain::Access::Masked)?;
        Ok(Some(self.0.resident.sex.into()))
    }

    /// 所在社区。The community.
    async fn community(&self) -> Result<Option<Community>> {
        self.needs(domain::Access::Reference)?;
        Ok(Some(self.0.resident.community_code.into()))
    }

    /// 所在网格。The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        self.needs(domain::Access::Reference)?;
        match self.0.resident.grid_code {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 所在户。The household.
    async fn household(&self, ctx: &Context<'_>) -> Result<Option<Household>> {
        self.needs(domain::Access::Masked)?;
        let loaders = ctx.data_unchecked::<Loaders>();
        match loaders.load_one(HomeOf(self.0.resident.id)).await? {
            Some(id) => household::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 状态。Where the resident stands.
    async fn status(&self) -> Result<Option<ResidentStatus>> {
        self.needs(domain::Access::Reference)?;
        Ok(Some(self.0.resident.status.into()))
    }

    /// 身份是否已核验。Whether the identity was verified.
    async fn verified(&self) -> Result<Option<bool>> {
        self.needs(domain::Access::Reference)?;
        Ok(Some(self.0.resident.verification.is_some()))
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> Result<Option<bool>> {
        self.needs(domain::Access::Reference)?;
        Ok(Some(self.0.resident.demo))
    }
}

/// The personal fields that are asked for below a place in the query: only
/// these are opened, and only these are logged.
pub fn fields(ahead: &Lookahead<'_>) -> domain::Fields {
    [
        ("name", domain::PersonalField::Name),
        ("citizenId", domain::PersonalField::CitizenId),
        ("phone", domain::PersonalField::Phone),
        ("birthDate", domain::PersonalField::BirthDate),
    ]
    .into_iter()
    .filter(|(name, _)| ahead.field(name).exists())
    .map(|(_, field)| field)
    .collect()
}

/// A resident as the caller may see them.
pub async fn load(
    ctx: &Context<'_>,
    id: ResidentId,
    fields: domain::Fields,
) -> Result<Option<Resident>> {
    let wanted = Wanted { id, fields };
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(wanted)
        .await?
        .map(Resident))
}

/// Resident queries.
#[derive(Default)]
pub struct ResidentQuery;

#[Object]
impl ResidentQuery {
    // Somebody who may see nothing gets the id back and a refusal per field:
    // an error here would take the other entities of the batch along.
    #[graphql(entity)]
    async fn find_resident_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Resident>> {
        let fields = fields(&ctx.look_ahead());
        load(ctx, typed(&id, "id")?, fields).await
    }

    /// 我的居民记录。The caller's own record; empty where the account has none.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = fields(&ctx.look_ahead());
        match app::access_log::myself(ctx.data_unchecked::<Caller>())? {
            Some(id) => load(ctx, id, fields).await,
            None => Ok(None),
        }
    }

    /// 按编号查居民。A resident by id.
    async fn resident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Resident>> {
        app::access_log::myself(ctx.data_unchecked::<Caller>())?;
        let fields = fields(&ctx.look_ahead());
        let found = load(ctx, typed(&id, "id")?, fields).await?;
        if let Some(resident) = &found {
            resident.needs(domain::Access::Reference)?;
        }
        Ok(found)
    }

    /// 按身份号码查居民(本辖区工作人员,须说明目的,留痕)。A resident by identity number: staff
    /// of the division, with a purpose, logged.
    async fn resident_by_citizen_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "公民身份号码。The identity number.")] citizen_id: CitizenId,
    ) -> Result<Option<Resident>> {
        let fields = fields(&ctx.look_ahead());
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let seen =
            app::resident::see::find_by_citizen_id(state, caller, &citizen_id.0, fields).await?;
        Ok(seen.map(Resident))
    }

    /// 我辖区内的居民,新的在前。The residents of the caller's division, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn residents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此网格。Only of this grid.")] grid_code: Option<String>,
        #[graphql(desc = "只看此状态。Only in this state.")] status: Option<ResidentStatus>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Resident>>> {
        let fields = {
            let ahead = ctx.look_ahead();
            fields(&ahead.field("nodes")).and(fields(&ahead.field("edges").field("node")))
        };
        let page = page(first, after, last, before)?;
        let filter = ResidentFilter {
            below: division_code.map(|code| code.0),
            grid: grid_code
                .map(|code| grid::code(&code, "gridCode"))
                .transpose()?,
            status: status.map(Into::into),
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let found = app::resident::see::list(state, caller, &filter, fields, &page).await?;
        listed(found, |seen| (seen.resident.id.as_uuid(),), Resident)
    }
}
