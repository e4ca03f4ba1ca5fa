//! Inputs and payloads of organisations.

use async_graphql::{ID, InputObject, SimpleObject};
use kernel::keys::{CommunityId, ResidentId};
use kit::{
    Result,
    graph::{Date, DivisionCode, UnifiedSocialCreditCode, typed},
};

use super::{
    FunctionalType, Organization, OrganizationKind, OrganizationStatus, Origin, ServiceField,
};
use crate::{
    app::organization::{FileRequest, SetStatus},
    domain::organization as domain,
};

/// 登记组织的输入。What a registered organisation is made from.
#[derive(InputObject)]
pub struct RegisterOrganizationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 名称。Its name.
    name: String,
    /// 组织类别,须与代码前两位一致。What it is in law; agrees with the code's first two characters.
    kind: OrganizationKind,
    /// 统一社会信用代码;尚未取得时留空,组织为筹备中。The code; without it the organisation prepares.
    uscc: Option<UnifiedSocialCreditCode>,
    /// 早期代码校验不符时的收录理由。Why an early code whose check fails is accepted.
    override_reason: Option<String>,
    /// 功能类型。What it is for.
    functional_type: FunctionalType,
    /// 来源。Grown here, or brought in.
    origin: Origin,
    /// 登记管理机关所在区划。The division of the registrar.
    registrar_division: DivisionCode,
    /// 业务主管单位。The body that sponsors it.
    sponsor_body: Option<String>,
    /// 活动领域。The fields it works in.
    #[graphql(default)]
    fields: Vec<ServiceField>,
    /// 关联居民,不公开。Related residents, never public.
    #[graphql(default)]
    related_residents: Vec<ID>,
    /// 登记证书上的日期,默认今天。The day on its certificate; today unless said.
    registered_on: Option<Date>,
    /// 示范数据。Demonstration data.
    #[graphql(default = false)]
    demo: bool,
}

impl RegisterOrganizationInput {
    pub fn read(self) -> Result<domain::NewOrganization> {
        Ok(domain::NewOrganization {
            name: self.name,
            kind: self.kind.into(),
            uscc: self.uscc.map(|uscc| uscc.0),
            override_reason: self.override_reason,
            functional_type: self.functional_type.into(),
            origin: self.origin.into(),
            sponsor_body: self.sponsor_body,
            registrar_division: self.registrar_division.0,
            fields: self.fields.into_iter().map(Into::into).collect(),
            related_residents: people(&self.related_residents)?,
            registered_on: self.registered_on.map(|day| day.0),
            demo: self.demo,
        })
    }
}

fn people(ids: &[ID]) -> Result<Vec<ResidentId>> {
    ids.iter()
        .map(|id| typed(id, "input.relatedResidents"))
        .collect()
}

/// 备案组织的输入。What a filed organisation is made from.
#[derive(InputObject)]
pub struct FileOrganizationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 名称。Its name.
    name: String,
    /// 备案所在社区;与区划至少填一项。The community it is filed with; this or the division.
    community_id: Option<ID>,
    /// 备案的街道(乡镇)或社区区划。The division of the subdistrict or community.
    registrar_division: Option<DivisionCode>,
    /// 活动领域,至少一项。The fields it works in, at least one.
    fields: Vec<ServiceField>,
    /// 功能类型。What it is for.
    #[graphql(default_with = "FunctionalType::Other")]
    functional_type: FunctionalType,
    /// 来源。Grown here, or brought in.
    #[graphql(default_with = "Origin::Local")]
    origin: Origin,
    /// 关联居民,不公开。Related residents, never public.
    #[graphql(default)]
    related_residents: Vec<ID>,
    /// 示范数据。Demonstration data.
    #[graphql(default = false)]
    demo: bool,
}

impl FileOrganizationInput {
    pub fn read(self) -> Result<FileRequest> {
        let community: Option<CommunityId> = self
            .community_id
            .map(|id| typed(&id, "input.communityId"))
            .transpose()?;
        Ok(FileRequest {
            filing: domain::FileOrganization {
                name: self.name,
                functional_type: self.functional_type.into(),
                origin: self.origin.into(),
                fields: self.fields.into_iter().map(Into::into).collect(),
                related_residents: people(&self.related_residents)?,
                demo: self.demo,
            },
            registrar: self.registrar_division.map(|code| code.0),
            community,
        })
    }
}

/// 变更登记的输入;未填的不变。What changes; what is not said stays.
#[derive(InputObject)]
pub struct RecordChangeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 组织。The organisation.
    organization_id: ID,
    /// 变更所依据的版本。The version the change was written against.
    version: i32,
    /// 名称。Its name.
    name: Option<String>,
    /// 功能类型。What it is for.
    functional_type: Option<FunctionalType>,
    /// 业务主管单位;空字符串表示取消。The sponsor; an empty text takes it away.
    sponsor_body: Option<String>,
    /// 活动领域。The fields it works in.
    fields: Option<Vec<ServiceField>>,
    /// 关联居民,不公开。Related residents, never public.
    related_residents: Option<Vec<ID>>,
    /// 筹备期间取得的代码。The code it was given while preparing.
    uscc: Option<UnifiedSocialCreditCode>,
    /// 早期代码校验不符时的收录理由。Why an early code whose check fails is accepted.
    override_reason: Option<String>,
}

impl RecordChangeInput {
    pub fn read(self) -> Result<domain::Change> {
        Ok(domain::Change {
            organization_id: typed(&self.organization_id, "input.organizationId")?,
            version: self.version,
            name: self.name,
            functional_type: self.functional_type.map(Into::into),
            sponsor_body: self.sponsor_body,
            fields: self
                .fields
                .map(|fields| fields.into_iter().map(Into::into).collect()),
            related_residents: self.related_residents.map(|ids| people(&ids)).transpose()?,
            uscc: self.uscc.map(|uscc| uscc.0),
            override_reason: self.override_reason,
        })
    }
}

/// 变动组织状态的输入。A decision of the registrar.
#[derive(InputObject)]
pub struct SetOrganizationStatusInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 组织。The organisation.
    organization_id: ID,
    /// 新状态。The new status.
    status: OrganizationStatus,
    /// 理由(1 至 500 字)。Why, 1 to 500 characters.
    reason: String,
}

impl SetOrganizationStatusInput {
    pub fn read(self) -> Result<SetStatus> {
        Ok(SetStatus {
            organization_id: typed(&self.organization_id, "input.organizationId")?,
            status: self.status.into(),
            reason: self.reason,
        })
    }
}

/// 登记组织的结果。The organisation registered.
#[derive(SimpleObject)]
pub struct RegisterOrganizationPayload {
    /// 组织。The organisation.
    pub organization: Organization,
}

/// 备案组织的结果。The organisation filed.
#[derive(SimpleObject)]
pub struct FileOrganizationPayload {
    /// 组织。The organisation.
    pub organization: Organization,
}

/// 变更登记的结果。The organisation after the change.
#[derive(SimpleObject)]
pub struct RecordChangePayload {
    /// 组织。The organisation.
    pub organization: Organization,
}

/// 变动组织状态的结果。The organisation after the decision.
#[derive(SimpleObject)]
pub struct SetOrganizationStatusPayload {
    /// 组织。The organisation.
    pub organization: Organization,
}
