//! The enums of an organisation in the graph.

use async_graphql::Enum;

use crate::domain::organization as domain;

/// 组织类别。What an organisation is in law.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::OrganizationKind")]
pub enum OrganizationKind {
    /// 社会团体。Social group.
    SocialGroup,
    /// 民办非企业单位(社会服务机构)。Private non-enterprise unit.
    PrivateNonEnterprise,
    /// 基金会。Foundation.
    Foundation,
    /// 备案的社区社会组织。Filed with a community, no legal person.
    Filed,
    /// 企业。Enterprise.
    Enterprise,
    /// 事业单位。Public institution.
    Institution,
    /// 居(村)民委员会。Residents' or villagers' committee.
    Committee,
}

/// 功能类型。What an organisation is for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::FunctionalType")]
pub enum FunctionalType {
    /// 枢纽类。Hub for others.
    Hub,
    /// 社会服务类。Social service.
    SocialService,
    /// 公益慈善类。Charity.
    Charity,
    /// 其他。Other.
    Other,
}

/// 来源。Where an organisation comes from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Origin", name = "OrganizationOrigin")]
pub enum Origin {
    /// 本地。Grown here.
    Local,
    /// 引进。Brought in from outside.
    Outside,
}

/// 活动领域。The five fields of community organisations.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ServiceField", name = "OrganizationField")]
pub enum ServiceField {
    /// 生活服务。Everyday services.
    Service,
    /// 公益慈善。Charity.
    Charity,
    /// 邻里互助。Mutual aid.
    MutualAid,
    /// 文体娱乐。Culture and sport.
    CultureSport,
    /// 农村生产技术服务。Rural techniques.
    RuralTech,
}

/// 代码校验情况。How a unified social credit code stands with its checks.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::UsccStanding")]
pub enum UsccCheck {
    /// 校验通过。The checks hold.
    Ok,
    /// 早期代码,凭理由收录。An early code, accepted for a reason.
    LegacyOverride,
}

/// 组织状态。Where an organisation stands with its registrar.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::OrganizationStatus")]
pub enum OrganizationStatus {
    /// 筹备中。Preparing.
    Preparing,
    /// 已备案。Filed.
    Filed,
    /// 已登记。Registered.
    Registered,
    /// 列入活动异常名录。On the list of abnormal operations.
    Abnormal,
    /// 已撤销。Revoked.
    Revoked,
    /// 已注销。Dissolved.
    Dissolved,
}
