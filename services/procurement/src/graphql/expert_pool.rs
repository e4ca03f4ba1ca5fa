//! 抽取名单 in the graph.

use async_graphql::Object;
use chrono::{DateTime, Utc};

use super::expert::Expert;
use crate::app;

/// The pool of the domain, as far as the caller may see it.
pub struct ExpertPool(pub app::expert_pool::Seen);

/// 抽取名单:公告时固定,此后不得增减。Whom a tender's draw may take: fixed at publication, nobody joins it later.
#[Object]
impl ExpertPool {
    /// 名单人数。How many are on it.
    async fn size(&self) -> usize {
        self.0.pool.experts.len()
    }

    /// 名单摘要:SHA-256("sanshe.panel.pool.v1" ‖ 项目编号 ‖ 按序排列的专家编号,各 16 字节)。
    /// SHA-256("sanshe.panel.pool.v1" ‖ tender id ‖ the experts' ids in order, each as 16 bytes).
    async fn digest(&self) -> &str {
        &self.0.pool.digest
    }

    /// 固定时间。When it was fixed.
    async fn frozen_at(&self) -> DateTime<Utc> {
        self.0.pool.frozen_at
    }

    /// 名单(结果公告前只有经办人和审计可见)。Who is on it; before the result is published only for the officer and auditors.
    async fn experts(&self) -> Option<Vec<Expert>> {
        let experts = self.0.experts.as_ref()?;
        Some(experts.iter().cloned().map(Expert).collect())
    }
}
