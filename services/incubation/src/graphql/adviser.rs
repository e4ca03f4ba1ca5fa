//! 专家顾问 in the graph.

use async_graphql::ID;
use kit::graph::{Date, DivisionCode};

use super::{
    foreign::{Division, Resident},
    organization::Organization,
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{
    app::adviser as app,
    domain::adviser::{self as domain, AdviserId},
};

enums! {
    /// 专长。What an adviser is good at.
    AdviserExpertise = domain::Expertise {
        /// 法律。Law.
        Law,
        /// 财务。Finance.
        Finance,
        /// 组织管理。Management.
        Management,
        /// 社会工作。Social work.
        SocialWork,
        /// 养老服务。Elder care.
        ElderCare,
        /// 项目设计。Projects.
        Project,
        /// 其他。Other.
        Other,
    }
}

output! {
    /// 专家顾问。An adviser of the pool; who it is, smartdata tells those who may know.
    IncubationAdviser of domain::Adviser {
        /// 全局编号。Global id.
        id: ID,
        /// 专长。What they are good at.
        expertise: AdviserExpertise,
        /// 资质。What they have shown.
        qualification: String,
        /// 入库日期。The day they came into the pool.
        enrolled_on: Date,
        /// 出库日期(当日起不再担任)。The first day they are not of it any more.
        released_on: Option<Date>,
    }
    refers {
        /// 本人。The person.
        resident: Resident = resident_id,
        /// 服务区划。Where they serve.
        division: Division = division_code,
    }
    links {
        /// 工作单位。Where they work.
        employer: Organization = employer_id,
    }
    plus {}
}

input! {
    /// 顾问入库的输入。Who comes into the pool.
    EnrolAdviserInput => app::Enrol {
        /// 本人。The person.
        resident_id: ID,
        /// 服务区划。Where they serve.
        division_code: DivisionCode,
        /// 专长。What they are good at.
        expertise: AdviserExpertise,
        /// 资质(1 至 500 字)。What they have shown, 1 to 500 characters.
        qualification: String,
        /// 工作单位(用于回避)。Where they work, to keep them away from their own.
        employer_id: Option<ID>,
    }
}

input! {
    /// 顾问出库的输入。Who leaves the pool.
    ReleaseAdviserInput => app::Which {
        /// 顾问。The adviser.
        adviser_id: ID,
    }
}

part! {
    /// 筛选顾问。Which advisers.
    IncubationAdviserFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此专长。Only with this expertise.
        expertise: Option<AdviserExpertise>,
        /// 今天是否在库。Whether they are of the pool today.
        serving: Option<bool>,
    }
}

queries! {
    /// Queries for advisers.
    AdviserQuery of IncubationAdviser, AdviserId {
        entity find_incubation_adviser_by_id;
        /// 按编号查专家顾问。An adviser by id.
        one incubation_adviser;
        /// 专家顾问库,新的在前。The pool of advisers, newest first.
        many incubation_advisers(IncubationAdviserFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Mutations of advisers.
    AdviserMutation {
        /// 顾问入库(民政部门)。Takes somebody into the pool (the bureau).
        enrol_adviser(EnrolAdviserInput)
          -> EnrolAdviserPayload { adviser: IncubationAdviser } by app::enrol;
        /// 顾问出库(民政部门)。Takes an adviser out of the pool, from today.
        release_adviser(ReleaseAdviserInput)
          -> ReleaseAdviserPayload { adviser: IncubationAdviser } by app::release;
    }
}
