//! Whether somebody may serve on a day, and why not: one answer for social
//! workers and volunteers.

kernel::text_enum! {
    /// Why somebody may not serve.
    pub enum Unfit {
        /// 已停用
        Inactive = "WORKER_INACTIVE",
        /// 登记不在有效期内
        RegistrationExpired = "REGISTRATION_EXPIRED",
        /// 未成年且无监护人同意
        MinorWithoutConsent = "MINOR_WITHOUT_CONSENT",
        /// 志愿者未经培训
        VolunteerNotTrained = "VOLUNTEER_NOT_TRAINED",
        /// 志愿者无有效保险
        VolunteerNotInsured = "VOLUNTEER_NOT_INSURED",
    }
}
