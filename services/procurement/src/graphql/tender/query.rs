//! Tender queries.

use async_graphql::{Context, ID, Object, connection::Connection};
use kernel::keys::TenderId;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, listed, page, typed},
};

use super::{Tender, TenderState};
use crate::{
    app,
    domain::tender::TenderFilter,
    graphql::{asked, loaders::Loaders},
};

/// Tender queries.
#[derive(Default)]
pub struct TenderQuery;

#[Object]
impl TenderQuery {
    #[graphql(entity)]
    async fn find_tender_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Tender>> {
        find(ctx, &id).await
    }

    /// 按编号查招标项目(公告后任何人可查)。A tender by id; public once published.
    async fn tender(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Tender>> {
        find(ctx, &id).await
    }

    /// 招标项目,新的在前。Tenders, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn tenders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<TenderState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Tender>>> {
        let page = page(first, after, last, before)?;
        let filter = TenderFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
        };
        let (state, caller) = asked(ctx);
        let found = app::tender::list(state, caller, &filter, &page).await?;
        listed(found, |tender| (tender.id.as_uuid(),), Tender)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Tender>> {
    let id: TenderId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Tender))
}
