//! 数据目录 (A65, B14): who provides which data, and under which class.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Data resource (数据资源).
    DataResourceId, "data_resource");

kernel::text_enum! {
    /// What a resource is made from.
    pub enum Dataset {
        /// 人口库
        Resident = "RESIDENT",
        /// 网格
        Grid = "GRID",
    }
}

kernel::text_enum! {
    /// A field that can be shared.
    pub enum DataField {
        /// 居民编号
        ResidentId = "RESIDENT_ID",
        /// 姓名
        Name = "NAME",
        /// 公民身份号码
        CitizenId = "CITIZEN_ID",
        /// 电话
        Phone = "PHONE",
        /// 出生日期
        BirthDate = "BIRTH_DATE",
        /// 性别
        Sex = "SEX",
        /// 社区代码
        CommunityCode = "COMMUNITY_CODE",
        /// 网格编码
        GridCode = "GRID_CODE",
        /// 状态
        Status = "STATUS",
        /// 是否核验
        Verified = "VERIFIED",
        /// 网格名称
        GridName = "GRID_NAME",
        /// 网格类型
        GridKind = "GRID_KIND",
    }
}

impl Dataset {
    /// The fields it has; the database holds the same.
    pub const fn fields(self) -> &'static [DataField] {
        match self {
            Self::Resident => &[
                DataField::ResidentId,
                DataField::Name,
                DataField::CitizenId,
                DataField::Phone,
                DataField::BirthDate,
                DataField::Sex,
                DataField::CommunityCode,
                DataField::GridCode,
                DataField::Status,
                DataField::Verified,
            ],
            Self::Grid => &[
                DataField::GridCode,
                DataField::GridName,
                DataField::GridKind,
                DataField::CommunityCode,
            ],
        }
    }

    /// Whether it is about persons.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Resident)
    }
}

kernel::text_enum! {
    /// 共享类型 (政务数据共享条例).
    pub enum ShareClass {
        /// 无条件共享
        Unconditional = "UNCONDITIONAL",
        /// 有条件共享
        Conditional = "CONDITIONAL",
        /// 不予共享
        NoShare = "NO_SHARE",
    }
}

kernel::text_enum! {
    /// How often it is renewed.
    pub enum UpdateCycle {
        /// 实时
        RealTime = "REAL_TIME",
        /// 每日
        Daily = "DAILY",
        /// 每月
        Monthly = "MONTHLY",
        /// 每季度
        Quarterly = "QUARTERLY",
        /// 每年
        Yearly = "YEARLY",
    }
}

kernel::text_enum! {
    /// Whether it is in the catalogue.
    pub enum ResourceState {
        /// 已发布
        Published = "PUBLISHED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataResource {
    pub id: DataResourceId,
    pub code: String,
    pub name: String,
    pub provider_organization_id: OrganizationId,
    pub provider_name: String,
    pub division_code: DivisionCode,
    pub dataset: Dataset,
    pub class: ShareClass,
    /// The law that forbids sharing, or that the class rests on.
    pub basis: Option<String>,
    /// Under which condition it is shared.
    pub condition: Option<String>,
    pub fields: Vec<DataField>,
    pub update_cycle: UpdateCycle,
    pub state: ResourceState,
    pub version: i32,
    pub published_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What an entry is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewResource {
    pub code: String,
    pub name: String,
    pub provider_name: String,
    pub division_code: DivisionCode,
    pub dataset: Dataset,
    pub class: ShareClass,
    pub basis: Option<String>,
    pub condition: Option<String>,
    pub fields: Vec<DataField>,
    pub update_cycle: UpdateCycle,
}

impl DataResource {
    /// An entry that a department publishes.
    pub fn publish(
        id: DataResourceId,
        new: NewResource,
        provider: OrganizationId,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let basis = text::some_words(new.basis.as_deref(), "input.basis", 500)?;
        let condition = text::some_words(new.condition.as_deref(), "input.condition", 500)?;
        if new.class == ShareClass::NoShare && basis.is_none() {
            return Err(refuse!(
                Invalid,
                "SHARE_BASIS_REQUIRED",
                field: "input.basis",
                zh: "不予共享的须写明法律、行政法规依据",
                en: "name the law that forbids sharing this data",
            ));
        }
        if (new.class == ShareClass::Conditional) != condition.is_some() {
            return Err(refuse!(
                Invalid,
                "SHARE_CONDITION_REQUIRED",
                field: "input.condition",
                zh: "有条件共享的须写明条件,其他类型不得附加条件",
                en: "conditional data names its condition, other data has none",
            ));
        }
        if new.dataset.is_personal() && new.class == ShareClass::Unconditional {
            return Err(refuse!(
                Invalid,
                "SHARE_PERSONAL",
                field: "input.class",
                zh: "个人信息不得无条件共享",
                en: "personal data is never shared without a condition",
            ));
        }
        Ok(Self {
            id,
            code: code(&new.code)?,
            name: text::name(&new.name, "input.name")?,
            provider_organization_id: provider,
            provider_name: text::name(&new.provider_name, "input.providerName")?,
            division_code: new.division_code,
            dataset: new.dataset,
            class: new.class,
            basis,
            condition,
            fields: within(new.fields, new.dataset.fields(), "input.fields")?,
            update_cycle: new.update_cycle,
            state: ResourceState::Published,
            version: 1,
            published_at: now,
            updated_at: now,
        })
    }

    /// Leaves the catalogue; what was granted from it stops.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == ResourceState::Withdrawn {
            return Err(refuse!(
                Refused,
                "DATA_RESOURCE_FIXED",
                zh: "该目录条目已撤回",
                en: "this entry was withdrawn already",
            ));
        }
        self.state = ResourceState::Withdrawn;
        self.updated_at = now;
        Ok(())
    }
}

fn code(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if (3..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(good)
    {
        return Ok(text.to_owned());
    }
    Err(refuse!(
        Invalid,
        "DATA_RESOURCE_CODE",
        field: "input.code",
        zh: "代码须为 3 至 40 位大写字母、数字、下划线,以字母开头",
        en: "a code has 3 to 40 capital letters, digits and underscores, a letter first",
    ))
}

/// Some fields, each once, all among those there are.
pub fn within(
    mut fields: Vec<DataField>,
    among: &[DataField],
    at: &str,
) -> Result<Vec<DataField>, Refusal> {
    fields.sort_unstable();
    fields.dedup();
    if fields.is_empty() || fields.iter().any(|field| !among.contains(field)) {
        return Err(refuse!(
            Invalid,
            "SHARE_FIELDS",
            field: at,
            zh: "数据项不能为空,且须在可共享的数据项之内",
            en: "name some fields, all among those that can be shared",
        ));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewResource {
        NewResource {
            code: "POPULATION".into(),
            name: "常住人口".into(),
            provider_name: "民政局".into(),
            division_code: DivisionCode::try_new("230103000000").unwrap(),
            dataset: Dataset::Resident,
            class: ShareClass::Conditional,
            basis: None,
            condition: Some("须说明用途".into()),
            fields: vec![DataField::Name, DataField::Status, DataField::Name],
            update_cycle: UpdateCycle::RealTime,
        }
    }

    fn publish(new: NewResource) -> Result<DataResource, Refusal> {
        let id = uuid::Uuid::from_u128(1);
        let (id, provider) = (DataResourceId::from_uuid(id), OrganizationId::from_uuid(id));
        DataResource::publish(id, new, provider, "2026-03-02T01:00:00Z".parse().unwrap())
    }

    #[test]
    fn what_is_not_shared_names_its_law_and_conditions_are_said() {
        let reason = |change: &dyn Fn(&mut NewResource)| {
            let mut changed = new();
            change(&mut changed);
            publish(changed).unwrap_err().reason
        };
        assert_eq!(
            reason(&|it| (it.class, it.condition) = (ShareClass::NoShare, None)),
            "SHARE_BASIS_REQUIRED"
        );
        assert_eq!(
            reason(&|it| it.condition = None),
            "SHARE_CONDITION_REQUIRED"
        );
        assert_eq!(
            reason(&|it| (it.class, it.condition) = (ShareClass::Unconditional, None)),
            "SHARE_PERSONAL"
        );
        assert_eq!(reason(&|it| it.fields = vec![]), "SHARE_FIELDS");
        assert_eq!(
            reason(&|it| it.fields = vec![DataField::GridName]),
            "SHARE_FIELDS"
        );
        assert_eq!(reason(&|it| it.code = "a-b".into()), "DATA_RESOURCE_CODE");
        let made = publish(new()).unwrap();
        assert_eq!(made.fields, [DataField::Name, DataField::Status]);
    }
}
