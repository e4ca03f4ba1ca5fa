//! The keys by which services name each other's records: one type per noun
//! that crosses a border, so that no id is taken for another's. Nouns that
//! stay inside one service keep their ids in that service's domain.

use crate::typed_id;

typed_id!(
    /// Linkage chain (联动链), from a need to its rating.
    TraceId, "trace");
typed_id!(
    /// Resident (居民).
    ResidentId, "resident");
typed_id!(
    /// Grid (网格).
    GridId, "grid");
typed_id!(
    /// Community (社区).
    CommunityId, "community");
typed_id!(
    /// Need of residents (需求).
    NeedId, "need");
typed_id!(
    /// Proposal (自治议题).
    ProposalId, "proposal");
typed_id!(
    /// Organisation (社会组织等).
    OrganizationId, "organization");
typed_id!(
    /// Social worker (社会工作者).
    SocialWorkerId, "social_worker");
typed_id!(
    /// Volunteer (志愿者).
    VolunteerId, "volunteer");
typed_id!(
    /// Home visit (上门服务).
    VisitId, "visit");
typed_id!(
    /// Procurement need (采购需求).
    ProcurementNeedId, "procurement_need");
typed_id!(
    /// Tender (招标项目).
    TenderId, "tender");
typed_id!(
    /// Contract (合同).
    ContractId, "contract");
typed_id!(
    /// Milestone of a contract (合同节点).
    MilestoneId, "milestone");
typed_id!(
    /// Expert (评审专家).
    ExpertId, "expert");
typed_id!(
    /// Fund (资金).
    FundId, "fund");
