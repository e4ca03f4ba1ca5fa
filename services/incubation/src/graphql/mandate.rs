//! 委托运营 in the graph.

use async_graphql::ID;
use kit::graph::Date;

use super::{
    incubation_centre::IncubationCentre,
    organization::Organization,
    service_centre::ServiceCentre,
    shape::{input, mutations, output},
};
use crate::{app::mandate as app, domain::mandate as domain};

output! {
    /// 委托运营。Who runs a centre, from which day to which.
    OperationMandate of domain::OperationMandate {
        /// 全局编号。Global id.
        id: ID,
        /// 起始日。The first day.
        valid_from: Date,
        /// 截止日(当日仍有效)。The last day.
        valid_to: Date,
        /// 委托文件。The document.
        document: String,
        /// 提前终止的理由。Why it ended sooner than said.
        end_reason: Option<String>,
    }
    links {
        /// 运营单位。Who runs it.
        operator: Organization = operator_id,
        /// 以市级社会服务中心身份运营。The service centre of the city, where it runs it as that.
        service_centre: ServiceCentre = service_centre_id,
    }
    plus {}
}

input! {
    /// 委托运营的输入。Who runs a centre, and how long.
    GrantOperationMandateInput => app::Grant {
        /// 孵化中心。The centre.
        centre_id: ID,
        /// 运营单位;试点期间须为省级社会组织或市级社会服务中心。Who runs it; during a pilot an organisation of the province or the city's service centre.
        operator_id: ID,
        /// 运营单位所属的市级社会服务中心。The service centre of the city, where it is one.
        service_centre_id: Option<ID>,
        /// 起始日,须与上一委托衔接。The first day, the one after the mandate before.
        valid_from: Date,
        /// 截止日。The last day.
        valid_to: Date,
        /// 委托文件(1 至 200 字)。The document, 1 to 200 characters.
        document: String,
    }
}

input! {
    /// 提前终止委托的输入。Which mandate ends, and when.
    EndOperationMandateInput => app::End {
        /// 委托运营。The mandate.
        mandate_id: ID,
        /// 最后一日。The last day.
        on: Date,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

mutations! {
    /// Mutations of mandates.
    MandateMutation {
        /// 委托运营孵化中心(民政部门),前后衔接、不重叠。Lets an organisation run a centre: no gap, no overlap.
        grant_operation_mandate(GrantOperationMandateInput)
          -> GrantOperationMandatePayload { centre: IncubationCentre } by app::grant;
        /// 提前终止委托运营(民政部门)。Ends a mandate sooner than said.
        end_operation_mandate(EndOperationMandateInput)
          -> EndOperationMandatePayload { centre: IncubationCentre } by app::end;
    }
}
