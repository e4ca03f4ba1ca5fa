//! 登记与备案: how an organisation comes into the register.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Level, Refusal, Uscc, china_date,
    keys::{CommunityId, OrganizationId, ResidentId},
    refuse,
    uscc::{Authority, Category},
};
use serde::{Deserialize, Serialize};

use super::{
    FunctionalType, Organization, OrganizationKind, OrganizationStatus, Origin, ServiceField,
    UsccOverride, check_optional, check_text, distinct,
};

/// What a registered organisation is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewOrganization {
    pub name: String,
    pub kind: OrganizationKind,
    /// None only while it prepares.
    pub uscc: Option<String>,
    pub override_reason: Option<String>,
    pub functional_type: FunctionalType,
    pub origin: Origin,
    pub sponsor_body: Option<String>,
    pub registrar_division: DivisionCode,
    pub fields: Vec<ServiceField>,
    pub related_residents: Vec<ResidentId>,
    /// The day on its certificate; today where nothing is said.
    pub registered_on: Option<NaiveDate>,
    pub demo: bool,
}

/// What a filed organisation is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileOrganization {
    pub name: String,
    pub functional_type: FunctionalType,
    pub origin: Origin,
    pub fields: Vec<ServiceField>,
    pub related_residents: Vec<ResidentId>,
    pub demo: bool,
}

/// With whom it is filed.
#[derive(Clone, Copy, Debug)]
pub struct FiledWith {
    pub division: DivisionCode,
    pub community: Option<CommunityId>,
}

impl Organization {
    /// Registered, or preparing where it has no code yet.
    pub fn register(
        id: OrganizationId,
        new: NewOrganization,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if new.kind == OrganizationKind::Filed {
            return Err(refuse!(
                Invalid,
                "KIND_IS_FILED",
                field: "input.kind",
                zh: "备案组织不办理登记,请使用备案(fileOrganization)",
                en: "a filed organisation is not registered; use fileOrganization",
            ));
        }
        check_registrar(new.kind, &new.registrar_division)?;
        let today = china_date(now);
        if new.registered_on.is_some_and(|day| day > today) {
            return Err(refuse!(
                Invalid,
                "DAY_IN_FUTURE",
                field: "input.registeredOn",
                zh: "登记日期不能晚于今天",
                en: "the day of registration cannot lie in the future",
            ));
        }
        let (uscc, uscc_override) = match &new.uscc {
            None => (None, None),
            Some(text) => {
                let (code, kept) =
                    check_uscc(new.kind, text, new.override_reason.as_deref(), by, now)?;
                (Some(code), kept)
            }
        };
        let status = if uscc.is_some() {
            OrganizationStatus::Registered
        } else {
            OrganizationStatus::Preparing
        };
        Ok(Self {
            id,
            name: check_text(&new.name, "input.name", 100)?,
            registered_on: uscc.as_ref().map(|_| new.registered_on.unwrap_or(today)),
            uscc,
            uscc_override,
            kind: new.kind,
            functional_type: new.functional_type,
            origin: new.origin,
            sponsor_body: check_optional(new.sponsor_body, "input.sponsorBody", 100)?,
            registrar_division: new.registrar_division,
            community_id: None,
            fields: distinct(new.fields),
            related_residents: distinct(new.related_residents),
            status,
            status_reason: None,
            demo: new.demo,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// Filed with a subdistrict or community: no code, no legal person.
    pub fn file(
        id: OrganizationId,
        with: FiledWith,
        new: FileOrganization,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        check_registrar(OrganizationKind::Filed, &with.division)?;
        if new.fields.is_empty() {
            return Err(no_field());
        }
        Ok(Self {
            id,
            name: check_text(&new.name, "input.name", 100)?,
            uscc: None,
            uscc_override: None,
            kind: OrganizationKind::Filed,
            functional_type: new.functional_type,
            origin: new.origin,
            sponsor_body: None,
            registrar_division: with.division,
            community_id: with.community,
            fields: distinct(new.fields),
            related_residents: distinct(new.related_residents),
            status: OrganizationStatus::Filed,
            status_reason: None,
            registered_on: Some(china_date(now)),
            demo: new.demo,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }
}

pub(super) fn no_field() -> Refusal {
    refuse!(
        Invalid,
        "FIELD_MISSING",
        field: "input.fields",
        zh: "备案组织至少属于五类领域之一",
        en: "a filed organisation works in at least one of the five fields",
    )
}

/// A code that is sound, or accepted for a reason, and fits the kind.
pub(super) fn check_uscc(
    kind: OrganizationKind,
    text: &str,
    override_reason: Option<&str>,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(String, Option<UsccOverride>), Refusal> {
    let uscc = match override_reason {
        None => Uscc::parse(text),
        Some(reason) => Uscc::with_override(text, reason),
    };
    let uscc = uscc.map_err(|error| Refusal::from(error).with_field("input.uscc"))?;
    if !agrees(kind, &uscc) {
        let code = &uscc.as_str()[..2];
        return Err(refuse!(
            Invalid,
            "USCC_KIND_MISMATCH",
            field: "input.uscc",
            zh: "代码前两位 {code} 与组织类别 {kind} 不符(51 社会团体、52 民办非企业单位、53 基金会、54/55 村(居)民委员会)",
            en: "a code that begins with {code} does not belong to a {kind} (51 social group, 52 private non-enterprise unit, 53 foundation, 54/55 committee)",
        ));
    }
    let kept = uscc.override_reason().map(|reason| UsccOverride {
        reason: reason.to_owned(),
        by: by.to_owned(),
        at: now,
    });
    Ok((uscc.as_str().to_owned(), kept))
}

/// What the first two characters say is what the organisation is. Codes of
/// market regulation (9) are never those of civil affairs' own kinds.
fn agrees(kind: OrganizationKind, uscc: &Uscc) -> bool {
    let told = match uscc.category() {
        Category::SocialGroup => Some(OrganizationKind::SocialGroup),
        Category::PrivateNonEnterprise => Some(OrganizationKind::PrivateNonEnterprise),
        Category::Foundation => Some(OrganizationKind::Foundation),
        Category::VillagersCommittee | Category::ResidentsCommittee => {
            Some(OrganizationKind::Committee)
        }
        Category::Other => None,
    };
    match told {
        Some(told) => told == kind,
        None => {
            !registered_by_civil_affairs(kind)
                || !matches!(
                    uscc.authority(),
                    Authority::CivilAffairs | Authority::Market
                )
        }
    }
}

fn registered_by_civil_affairs(kind: OrganizationKind) -> bool {
    use OrganizationKind::{Foundation, PrivateNonEnterprise, SocialGroup};
    matches!(kind, SocialGroup | PrivateNonEnterprise | Foundation)
}

/// Registration is done at county level and above, filing below it.
fn check_registrar(kind: OrganizationKind, division: &DivisionCode) -> Result<(), Refusal> {
    let level = division.level();
    if kind == OrganizationKind::Filed && level < Level::Township {
        return Err(refuse!(
            Invalid,
            "REGISTRAR_LEVEL",
            field: "input.registrarDivision",
            zh: "备案由街道(乡镇)或社区办理,区划须为乡级或村级",
            en: "organisations are filed with a township, a subdistrict or a community",
        ));
    }
    if registered_by_civil_affairs(kind) && level > Level::County {
        return Err(refuse!(
            Invalid,
            "REGISTRAR_LEVEL",
            field: "input.registrarDivision",
            zh: "登记管理机关为县级以上民政部门,区划须为县级或以上",
            en: "the registrar is civil affairs at county level or above",
        ));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
