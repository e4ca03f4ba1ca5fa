//! The roles a token may carry (角色). What each may do is written in the
//! policies of the services, not here.

kernel::text_enum! {
    /// 角色, as in the `roles` claim and in `principal.roles` of the policies.
    pub enum Role {
        /// 居民
        Resident = "resident",
        /// 网格员
        GridWorker = "grid_worker",
        /// 社区工作者
        CommunityStaff = "community_staff",
        /// 民政部门工作人员
        CivilAffairs = "civil_affairs",
        /// 采购经办人
        ProcurementOfficer = "procurement_officer",
        /// 评审专家
        Expert = "expert",
        /// 社会组织负责人
        OrgManager = "org_manager",
        /// 社会工作者
        SocialWorker = "social_worker",
        /// 志愿者
        Volunteer = "volunteer",
        /// 资金管理人
        FundManager = "fund_manager",
        /// 审计人员
        Auditor = "auditor",
        /// 平台管理员
        PlatformAdmin = "platform_admin",
        /// 平台内部服务
        Service = "service",
    }
}
