//! 社工服务记录 in the graph.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use kit::graph::{Minutes, global};

use super::foreign::Resident;
use crate::domain::service_record as domain;

/// Record of the domain, as the graph shows it.
pub struct ServiceRecord(pub domain::ServiceRecord);

/// 社工服务记录。What a social worker did at somebody's home.
#[Object]
impl ServiceRecord {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 上门服务编号。The visit.
    async fn visit_id(&self) -> ID {
        global(self.0.visit_id)
    }

    /// 服务对象。Who was served.
    async fn elder(&self) -> Option<Resident> {
        Some(self.0.elder_resident_id.into())
    }

    /// 到达时间。Arrival.
    async fn in_at(&self) -> DateTime<Utc> {
        self.0.in_at
    }

    /// 离开时间。Departure.
    async fn out_at(&self) -> DateTime<Utc> {
        self.0.out_at
    }

    /// 服务分钟数。Minutes served.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 作废时间:上门服务经核查不成立,不再计入。When its visit was found void: it counts no more.
    async fn voided_at(&self) -> Option<DateTime<Utc>> {
        self.0.voided_at
    }
}
