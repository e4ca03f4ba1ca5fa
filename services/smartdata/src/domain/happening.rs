//! 事件库 (A61), thin: what happened where, as other services tell it.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, GridCode,
    keys::{ResidentId, TraceId},
};
use uuid::Uuid;

kernel::typed_id!(
    /// Happening (事件).
    HappeningId, "happening");

kernel::text_enum! {
    /// What happened.
    pub enum HappeningKind {
        /// 需求上报
        NeedReported = "NEED_REPORTED",
        /// 议题表决
        ProposalDecided = "PROPOSAL_DECIDED",
        /// 结果评价
        ResultRated = "RESULT_RATED",
        /// 清单生效
        WorkListInForce = "WORK_LIST_IN_FORCE",
        /// 评议公布
        EvaluationPublished = "EVALUATION_PUBLISHED",
        /// 试点批准
        PilotApproved = "PILOT_APPROVED",
        /// 试点中止或退出
        PilotEnded = "PILOT_ENDED",
        /// 合同签订
        ContractSigned = "CONTRACT_SIGNED",
        /// 违约查实
        ViolationConfirmed = "VIOLATION_CONFIRMED",
        /// 组织出壳
        IncubateeGraduated = "INCUBATEE_GRADUATED",
        /// 孵化中心开放
        CentreOpened = "CENTRE_OPENED",
        /// 孵化中心关闭
        CentreClosed = "CENTRE_CLOSED",
        /// 社工登记
        SocialWorkerRegistered = "SOCIAL_WORKER_REGISTERED",
        /// 社工退出
        SocialWorkerEnded = "SOCIAL_WORKER_ENDED",
        /// 社工室启用
        StudioOpened = "STUDIO_OPENED",
        /// 社工室关闭
        StudioClosed = "STUDIO_CLOSED",
        /// 社工到岗
        PostTaken = "POST_TAKEN",
        /// 督导确认
        SupervisionCounted = "SUPERVISION_COUNTED",
        /// 社工上门
        SocialWorkerVisit = "SOCIAL_WORKER_VISIT",
        /// 志愿者上门
        VolunteerVisit = "VOLUNTEER_VISIT",
        /// 上门撤销
        VisitVoided = "VISIT_VOIDED",
    }
}

/// Something that happened in a division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub id: HappeningId,
    pub kind: HappeningKind,
    pub trace_id: Option<TraceId>,
    pub division_code: DivisionCode,
    pub grid_code: Option<GridCode>,
    pub resident_id: Option<ResidentId>,
    /// What it happened to; unknown of what was told before this was kept.
    pub subject_id: Option<Uuid>,
    pub at: DateTime<Utc>,
}
