//! 孵化服务 in the graph.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, Minutes, global},
};

use super::{
    adviser::IncubationAdviser,
    loaders::{ConfirmationOf, Loaders, Scoped},
    shape::{Shown, enums, linked, parts},
};
use crate::domain::{incubatee::IncubateeId, session as domain};

enums! {
    /// 孵化服务类别:前三类为基本服务,后四类为拓展服务。The seven services: three basic, four extended.
    IncubationServiceKind = domain::IncubationServiceKind {
        /// 能力培训(基本)。Training, basic.
        Training,
        /// 信息共享(基本)。Information, basic.
        Information,
        /// 项目扶持(基本)。Support of projects, basic.
        ProjectSupport,
        /// 协助注册(拓展)。Help with registration, extended.
        Registration,
        /// 管理咨询(拓展)。Advice on management, extended.
        Consulting,
        /// 资源整合(拓展)。Bringing resources together, extended.
        Resources,
        /// 成长评估(拓展)。Assessment of growth, extended.
        GrowthAssessment,
    }
}

/// 受益组织的确认。What those who had a service say.
#[derive(SimpleObject)]
pub struct SessionConfirmation {
    /// 评价(1 至 5)。The rating, 1 to 5.
    rating: i32,
    /// 意见。What else was said.
    remark: Option<String>,
    /// 确认时间。When.
    at: DateTime<Utc>,
}

/// 孵化服务记录。One time of a service.
pub struct IncubationSession(pub domain::IncubationSession);

/// 孵化服务记录。One time of a service.
#[Object]
impl IncubationSession {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 服务类别。Which of the seven.
    async fn kind(&self) -> IncubationServiceKind {
        self.0.kind.shown()
    }

    /// 是否基本服务。Whether it is one of the three basic ones.
    async fn basic(&self) -> bool {
        self.0.kind.basic()
    }

    /// 服务日期。The day.
    async fn held_on(&self) -> Date {
        Date(self.0.held_on)
    }

    /// 时长(分钟)。Minutes.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// 参加人数。How many took part.
    async fn attendees(&self) -> i32 {
        self.0.attendees
    }

    /// 主题。The topic.
    async fn topic(&self) -> &str {
        &self.0.topic
    }

    /// 佐证。The evidence.
    async fn evidence(&self) -> &str {
        &self.0.evidence
    }

    /// 顾问。The adviser, where there was one.
    async fn adviser(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> kit::Result<Option<IncubationAdviser>> {
        let found = linked(ctx, self.0.adviser_id).await?;
        Ok(found.map(IncubationAdviser))
    }

    /// 受益组织的确认;未确认时为空。What those who had it say; null until they do.
    async fn confirmation(&self, ctx: &Context<'_>) -> Result<Option<SessionConfirmation>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let said = loaders.load_one(ConfirmationOf(self.0.id)).await?;
        Ok(said.map(|said| SessionConfirmation {
            rating: said.rating,
            remark: said.remark,
            at: said.at,
        }))
    }
}

/// 一类服务的汇总。Confirmed services of one kind, summed.
#[derive(SimpleObject)]
pub struct IncubationServiceSum {
    /// 服务类别。Which of the seven.
    kind: IncubationServiceKind,
    /// 是否基本服务。Whether it is one of the three basic ones.
    basic: bool,
    /// 次数。How many times.
    times: i32,
    /// 总时长。How long altogether.
    minutes: Minutes,
}

impl IncubationServiceSum {
    /// What was confirmed of an incubation.
    pub async fn confirmed(ctx: &Context<'_>, id: IncubateeId) -> Result<Vec<Self>> {
        let mut sessions = parts::<Scoped, domain::IncubationSession>(ctx, id).await?;
        let keys = sessions.iter().map(|one| ConfirmationOf(one.id));
        let said = ctx.data_unchecked::<Loaders>().load_many(keys).await?;
        sessions.retain(|one| said.contains_key(&ConfirmationOf(one.id)));
        Ok(Self::of(&sessions))
    }

    /// All seven kinds, also those that were not given.
    fn of(confirmed: &[domain::IncubationSession]) -> Vec<Self> {
        let sum = |kind: domain::IncubationServiceKind| {
            let of_kind = confirmed.iter().filter(|one| one.kind == kind);
            let (times, minutes) = of_kind.fold((0, 0), |(times, minutes), one| {
                (times + 1, minutes + i64::from(one.minutes))
            });
            Self {
                kind: kind.shown(),
                basic: kind.basic(),
                times,
                minutes: Minutes(kernel::Minutes::new(minutes)),
            }
        };
        domain::IncubationServiceKind::ALL
            .iter()
            .copied()
            .map(sum)
            .collect()
    }
}
