//! 社会服务中心 in the graph.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use kit::graph::{Date, DivisionCode};

use super::{
    foreign::{Community, Division},
    organization::Organization,
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{
    app::service_centre as app,
    domain::service_centre::{self as domain, ServiceCentreId},
};

enums! {
    /// 中心层级。How far a service centre reaches.
    ServiceCentreLevel = domain::CentreLevel {
        /// 市级社会服务中心。Of the city.
        City,
        /// 区级社会服务中心。Of a district.
        District,
        /// 社区社会组织服务中心。Of a community.
        Community,
    }
}

output! {
    /// 社会服务中心。A service centre: a social organisation with a place and a level.
    ServiceCentre of domain::ServiceCentre {
        /// 全局编号。Global id.
        id: ID,
        /// 名称。Its name.
        name: String,
        /// 层级。How far it reaches.
        level: ServiceCentreLevel,
        /// 设立日期。The day it was set up.
        founded_on: Date,
        /// 撤销日期。The day it was closed.
        closed_on: Option<Date>,
        /// 撤销理由。Why it was closed.
        close_reason: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
        /// 录入时间。When it was entered.
        created_at: DateTime<Utc>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
        /// 所在社区(社区中心)。Its community, of a community's centre.
        community: Community = community_id,
    }
    links {
        /// 主体组织。The organisation that is its body.
        organization: Organization = organization_id,
        /// 指导单位。The centre above it, which guides it.
        guided_by: ServiceCentre = guided_by,
    }
    plus {}
}

input! {
    /// 设立社会服务中心的输入。A centre to be set up.
    EstablishServiceCentreInput => app::Establish {
        /// 层级。How far it reaches.
        level: ServiceCentreLevel,
        /// 市或区的区划(市级、区级中心)。The division of a city's or district's centre.
        division_code: Option<DivisionCode>,
        /// 社区(社区中心)。The community of a community's centre.
        community_id: Option<ID>,
        /// 名称(1 至 100 字)。Its name, 1 to 100 characters.
        name: String,
        /// 主体组织,须为已登记的社会组织。Its body, a registered social organisation.
        organization_id: ID,
        /// 指导单位。The centre that guides it.
        guided_by: Option<ID>,
        /// 设立日期,不晚于今天。The day it was set up, not after today.
        founded_on: Date,
    }
}

input! {
    /// 撤销社会服务中心的输入。Which centre is closed, and why.
    CloseServiceCentreInput => app::Close {
        /// 中心。The centre.
        centre_id: ID,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

part! {
    /// 筛选社会服务中心。Which centres.
    ServiceCentreFilter => app::Filter {
        /// 只看此层级。Only of this level.
        level: Option<ServiceCentreLevel>,
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 主体组织。Only of this body.
        organization_id: Option<ID>,
        /// 是否存续。Whether it is in being.
        active: Option<bool>,
    }
}

queries! {
    /// Queries for service centres.
    ServiceCentreQuery of ServiceCentre, ServiceCentreId {
        entity find_service_centre_by_id;
        /// 按编号查社会服务中心。A service centre by id.
        one service_centre;
        /// 社会服务中心,新的在前。Service centres, newest first.
        many service_centres(ServiceCentreFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Mutations of service centres.
    ServiceCentreMutation {
        /// 设立社会服务中心(民政部门);区级中心办结筹建任务。Sets up a centre; a district's ends its task.
        establish_service_centre(EstablishServiceCentreInput)
          -> EstablishServiceCentrePayload { centre: ServiceCentre } by app::establish;
        /// 撤销社会服务中心(民政部门)。Closes a centre from today.
        close_service_centre(CloseServiceCentreInput)
          -> CloseServiceCentrePayload { centre: ServiceCentre } by app::close;
    }
}
