//! 孵化服务 in the graph.

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::graph::{Date, Minutes, global};

use super::{
    adviser::IncubationAdviser,
    shape::{Shown, enums, linked},
};
use crate::domain::session as domain;

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
pub struct IncubationSession {
    of: domain::IncubationSession,
    said: Option<domain::Confirmation>,
}

impl From<(domain::IncubationSession, Option<domain::Confirmation>)> for IncubationSession {
    fn from((of, said): (domain::IncubationSession, Option<domain::Confirmation>)) -> Self {
        Self { of, said }
    }
}

/// 孵化服务记录。One time of a service.
#[Object]
impl IncubationSession {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.of.id)
    }

    /// 服务类别。Which of the seven.
    async fn kind(&self) -> IncubationServiceKind {
        self.of.kind.shown()
    }

    /// 是否基本服务。Whether it is one of the three basic ones.
    async fn basic(&self) -> bool {
        self.of.kind.basic()
    }

    /// 服务日期。The day.
    async fn held_on(&self) -> Date {
        Date(self.of.held_on)
    }

    /// 时长(分钟)。Minutes.
    async fn minutes(&self) -> i32 {
        self.of.minutes
    }

    /// 参加人数。How many took part.
    async fn attendees(&self) -> i32 {
        self.of.attendees
    }

    /// 主题。The topic.
    async fn topic(&self) -> &str {
        &self.of.topic
    }

    /// 佐证。The evidence.
    async fn evidence(&self) -> &str {
        &self.of.evidence
    }

    /// 顾问。The adviser, where there was one.
    async fn adviser(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> kit::Result<Option<IncubationAdviser>> {
        let found = linked(ctx, self.of.adviser_id).await?;
        Ok(found.map(IncubationAdviser))
    }

    /// 受益组织的确认;未确认时为空。What those who had it say; null until they do.
    async fn confirmation(&self) -> Option<SessionConfirmation> {
        self.said.as_ref().map(|said| SessionConfirmation {
            rating: said.rating,
            remark: said.remark.clone(),
            at: said.at,
        })
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
    /// All seven kinds, also those that were not given.
    pub fn of(sessions: &[(domain::IncubationSession, Option<domain::Confirmation>)]) -> Vec<Self> {
        let sum = |kind: domain::IncubationServiceKind| {
            let confirmed = sessions
                .iter()
                .filter(|(one, said)| one.kind == kind && said.is_some());
            let (times, minutes) = confirmed.fold((0, 0), |(times, minutes), (one, _)| {
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
