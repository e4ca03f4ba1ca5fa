//! 服务事项 (A58, A59, A64): what residents can apply for or order, and the gate
//! before it is open.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::text;

kernel::text_enum! {
    /// In which order services are opened (A64).
    pub enum ServiceClass {
        /// 政务类
        Government = "GOVERNMENT",
        /// 事务类
        Affairs = "AFFAIRS",
        /// 开放服务类
        Open = "OPEN",
    }
}

kernel::text_enum! {
    /// 吃住行游购娱健 (A59).
    pub enum LifeElement {
        /// 吃
        Food = "FOOD",
        /// 住
        Housing = "HOUSING",
        /// 行
        Transport = "TRANSPORT",
        /// 游
        Travel = "TRAVEL",
        /// 购
        Shopping = "SHOPPING",
        /// 娱
        Leisure = "LEISURE",
        /// 健
        Health = "HEALTH",
    }
}

kernel::text_enum! {
    /// Where a service stands.
    pub enum ServiceItemState {
        /// 草稿
        Draft = "DRAFT",
        /// 已开放
        Released = "RELEASED",
        /// 暂停
        Suspended = "SUSPENDED",
        /// 停用
        Retired = "RETIRED",
    }
}

impl ServiceItemState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Draft, Self::Released),
        (Self::Released, Self::Suspended),
        (Self::Suspended, Self::Released),
        (Self::Released, Self::Retired),
        (Self::Suspended, Self::Retired),
    ];
}

kernel::text_enum! {
    /// What the platform knows of a resident and never asks again.
    pub enum FormSource {
        /// 姓名
        Name = "NAME",
        /// 公民身份号码
        CitizenId = "CITIZEN_ID",
        /// 电话
        Phone = "PHONE",
        /// 出生日期
        BirthDate = "BIRTH_DATE",
        /// 所在社区
        Community = "COMMUNITY",
        /// 所在网格
        Grid = "GRID",
    }
}

/// One line of the form of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    pub key: String,
    pub label: String,
    /// Where the platform knows it from; none is asked of the resident.
    pub source: Option<FormSource>,
    pub required: bool,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceItem {
    pub code: String,
    pub name: String,
    pub class: ServiceClass,
    pub division_code: DivisionCode,
    pub provider_organization_id: Option<OrganizationId>,
    pub elements: Vec<LifeElement>,
    pub guide: String,
    pub basis: String,
    pub form: Vec<FormField>,
    /// Working days until it is accepted, or not.
    pub accept_days: i32,
    /// Working days from then until it is decided.
    pub handle_days: i32,
    pub state: ServiceItemState,
    pub drafted_by: String,
    pub reviewed_by: Option<String>,
    pub reviewed_at: Option<DateTime<Utc>>,
    pub review_passed: Option<bool>,
    pub review_note: Option<String>,
    pub suspended_for: Option<String>,
    pub released_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub drafted_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a service is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewItem {
    pub code: String,
    pub name: String,
    pub class: ServiceClass,
    pub division_code: DivisionCode,
    pub provider: Option<OrganizationId>,
    pub elements: Vec<LifeElement>,
    pub guide: String,
    pub basis: String,
    pub form: Vec<FormField>,
    pub accept_days: i32,
    pub handle_days: i32,
}

impl ServiceItem {
    /// A draft of a service.
    pub fn draft(mut new: NewItem, by: &str, now: DateTime<Utc>) -> Result<Self, Refusal> {
        new.elements.sort_unstable();
        new.elements.dedup();
        if new.class == ServiceClass::Open && new.elements.is_empty() {
            return Err(refuse!(
                Invalid,
                "SERVICE_ITEM_LIFE",
                field: "input.elements",
                zh: "便民服务须至少对应“吃住行游购娱健”中的一项",
                en: "an open service serves at least one element of life",
            ));
        }
        if !(0..=60).contains(&new.accept_days) || !(1..=365).contains(&new.handle_days) {
            return Err(refuse!(
                Invalid,
                "SERVICE_ITEM_DAYS",
                field: "input.handleDays",
                zh: "受理时限须为 0 至 60 个工作日,办理时限须为 1 至 365 个工作日",
                en: "0 to 60 working days to accept, 1 to 365 to decide",
            ));
        }
        Ok(Self {
            code: code(&new.code)?,
            name: text::name(&new.name, "input.name")?,
            class: new.class,
            division_code: new.division_code,
            provider_organization_id: new.provider,
            elements: new.elements,
            guide: text::words(&new.guide, "input.guide", 4000)?,
            basis: text::words(&new.basis, "input.basis", 500)?,
            form: form(new.form)?,
            accept_days: new.accept_days,
            handle_days: new.handle_days,
            state: ServiceItemState::Draft,
            drafted_by: by.to_owned(),
            reviewed_by: None,
            reviewed_at: None,
            review_passed: None,
            review_note: None,
            suspended_for: None,
            released_at: None,
            version: 1,
            drafted_at: now,
            updated_at: now,
        })
    }

    /// 安全审查, once, by somebody other than who drafted it.
    pub fn review(
        &mut self,
        (passed, note): (bool, String),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.drafted_by == by {
            return Err(refuse!(
                Refused,
                "SERVICE_ITEM_REVIEWED_BY_ANOTHER",
                zh: "安全审查须由起草人以外的人进行",
                en: "a security review is made by somebody other than who drafted the service",
            ));
        }
        if self.reviewed_at.is_some() || self.state != ServiceItemState::Draft {
            return Err(refuse!(
                Refused,
                "SERVICE_ITEM_REVIEWED",
                zh: "该事项已作安全审查或已开放",
                en: "this service was reviewed or released already",
            ));
        }
        self.reviewed_by = Some(by.to_owned());
        self.reviewed_at = Some(now);
        self.review_passed = Some(passed);
        self.review_note = Some(note);
        self.updated_at = now;
        Ok(())
    }

    /// Opens; an open service only behind its security review.
    pub fn release(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.class == ServiceClass::Open && self.review_passed != Some(true) {
            return Err(refuse!(
                Refused,
                "SERVICE_ITEM_GATE",
                zh: "开放服务类事项须先通过安全审查",
                en: "an open service needs to pass its security review first",
            ));
        }
        self.move_to(ServiceItemState::Released, None, now)?;
        self.released_at = self.released_at.or(Some(now));
        Ok(())
    }

    /// Goes to another state.
    pub fn move_to(
        &mut self,
        next: ServiceItemState,
        why: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if !ServiceItemState::MOVES.contains(&(self.state, next)) {
            let state = self.state;
            return Err(refuse!(
                Refused,
                "SERVICE_ITEM_STATE",
                zh: "事项当前状态为 {state},不能变为 {next}",
                en: "the service is {state} and cannot become {next}",
            ));
        }
        self.state = next;
        self.suspended_for = why;
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
        "SERVICE_ITEM_CODE",
        field: "input.code",
        zh: "代码须为 3 至 40 位大写字母、数字、下划线,以字母开头",
        en: "a code has 3 to 40 capital letters, digits and underscores, a letter first",
    ))
}

/// Up to 40 lines, each with a key of its own.
fn form(lines: Vec<FormField>) -> Result<Vec<FormField>, Refusal> {
    let good = |key: &str| {
        (1..=40).contains(&key.len())
            && key.starts_with(|c: char| c.is_ascii_lowercase())
            && key
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let mut keys: Vec<&str> = lines.iter().map(|line| line.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() != lines.len() || lines.len() > 40 || !keys.iter().all(|key| good(key)) {
        return Err(refuse!(
            Invalid,
            "SERVICE_ITEM_FORM",
            field: "input.form",
            zh: "表单最多 40 项,键名须各不相同,为小写字母、数字、下划线",
            en: "a form has at most 40 lines, each with a key of its own in small letters",
        ));
    }
    lines
        .into_iter()
        .map(|line| {
            Ok(FormField {
                label: text::name(&line.label, "input.form")?,
                ..line
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(class: ServiceClass) -> NewItem {
        NewItem {
            code: "OLD_AGE_CARD".into(),
            name: "老年优待证".into(),
            class,
            division_code: DivisionCode::try_new("230103000000").unwrap(),
            provider: None,
            elements: vec![],
            guide: "年满六十周岁".into(),
            basis: "《老年人权益保障法》第五十三条".into(),
            form: vec![],
            accept_days: 1,
            handle_days: 5,
        }
    }

    #[test]
    fn an_open_service_names_an_element_of_life_and_passes_a_review() {
        let now = "2026-03-02T01:00:00Z".parse().unwrap();
        let bare = ServiceItem::draft(new(ServiceClass::Open), "li", now).unwrap_err();
        assert_eq!(bare.reason, "SERVICE_ITEM_LIFE");
        let mut open = new(ServiceClass::Open);
        open.elements = vec![LifeElement::Food];
        let mut item = ServiceItem::draft(open, "li", now).unwrap();
        assert_eq!(
            item.clone().release(now).unwrap_err().reason,
            "SERVICE_ITEM_GATE"
        );
        let own = item.review((true, "可".into()), "li", now).unwrap_err();
        assert_eq!(own.reason, "SERVICE_ITEM_REVIEWED_BY_ANOTHER");
        let mut failed = item.clone();
        failed
            .review((false, "接口未加密".into()), "wang", now)
            .unwrap();
        assert!(failed.release(now).is_err());
        item.review((true, "可".into()), "wang", now).unwrap();
        item.release(now).unwrap();
        let mut plain = ServiceItem::draft(new(ServiceClass::Government), "li", now).unwrap();
        plain.release(now).unwrap();
    }

    #[test]
    fn a_form_has_keys_of_its_own() {
        let line = |key: &str| FormField {
            key: key.into(),
            label: "说明".into(),
            source: None,
            required: true,
        };
        for (keys, good) in [
            (vec!["a", "b_1"], true),
            (vec!["a", "a"], false),
            (vec!["A"], false),
            (vec!["1"], false),
        ] {
            let lines = keys.into_iter().map(line).collect();
            assert_eq!(form(lines).is_ok(), good);
        }
    }
}
