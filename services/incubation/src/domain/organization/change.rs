//! 变更: what may change without becoming another organisation.

use chrono::{DateTime, Utc};
use kernel::{
    Refusal,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    FunctionalType, Organization, OrganizationKind, OrganizationStatus, ServiceField,
    check_optional, check_text, distinct, register,
};

/// What changes; what is not said stays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    pub organization_id: OrganizationId,
    /// The version the change was written against.
    pub version: i32,
    pub name: Option<String>,
    pub functional_type: Option<FunctionalType>,
    /// An empty text takes the sponsor away.
    pub sponsor_body: Option<String>,
    pub fields: Option<Vec<ServiceField>>,
    pub related_residents: Option<Vec<ResidentId>>,
    /// Only while preparing: the code it was given.
    pub uscc: Option<String>,
    pub override_reason: Option<String>,
}

impl Organization {
    /// Applies a change; answers the names of the fields it touches.
    pub fn change(
        &mut self,
        change: Change,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<&'static str>, Refusal> {
        if matches!(
            self.status,
            OrganizationStatus::Revoked | OrganizationStatus::Dissolved
        ) {
            return Err(refuse!(
                Refused,
                "ORGANIZATION_ENDED",
                zh: "组织已撤销或注销,不能变更",
                en: "the organisation has been revoked or dissolved and does not change any more",
            ));
        }
        let mut touched = Vec::new();
        if let Some(uscc) = change.uscc {
            if self.status != OrganizationStatus::Preparing {
                return Err(refuse!(
                    Refused,
                    "USCC_FIXED",
                    field: "input.uscc",
                    zh: "统一社会信用代码终身不变,只能在筹备期间录入",
                    en: "a unified social credit code never changes; it is entered while the organisation prepares",
                ));
            }
            let reason = change.override_reason.as_deref();
            let (code, kept) = register::check_uscc(self.kind, &uscc, reason, by, now)?;
            self.uscc = Some(code);
            self.uscc_override = kept;
            touched.push("uscc");
        }
        if let Some(name) = change.name {
            self.name = check_text(&name, "input.name", 100)?;
            touched.push("name");
        }
        if let Some(functional_type) = change.functional_type {
            self.functional_type = functional_type;
            touched.push("functionalType");
        }
        if change.sponsor_body.is_some() {
            self.sponsor_body = check_optional(change.sponsor_body, "input.sponsorBody", 100)?;
            touched.push("sponsorBody");
        }
        if let Some(fields) = change.fields {
            if self.kind == OrganizationKind::Filed && fields.is_empty() {
                return Err(register::no_field());
            }
            self.fields = distinct(fields);
            touched.push("fields");
        }
        if let Some(related) = change.related_residents {
            self.related_residents = distinct(related);
            touched.push("relatedResidents");
        }
        if touched.is_empty() {
            return Err(refuse!(
                Invalid,
                "NOTHING_CHANGES",
                field: "input",
                zh: "没有任何变更事项",
                en: "nothing is said to change",
            ));
        }
        self.updated_at = now;
        Ok(touched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organization::register::tests::{CODE, filed, now, preparing, registered};

    fn nothing(organization: &Organization) -> Change {
        Change {
            organization_id: organization.id,
            version: organization.version,
            name: None,
            functional_type: None,
            sponsor_body: None,
            fields: None,
            related_residents: None,
            uscc: None,
            override_reason: None,
        }
    }

    #[test]
    fn a_preparing_organisation_is_given_its_code_and_then_registered() {
        let mut organization = preparing();
        let refused = organization.set_status(OrganizationStatus::Registered, "准予", "a", now());
        assert_eq!(refused.unwrap_err().reason, "USCC_MISSING");
        let change = Change {
            uscc: Some(CODE.into()),
            ..nothing(&organization)
        };
        assert_eq!(organization.change(change, "a", now()).unwrap(), ["uscc"]);
        organization
            .set_status(OrganizationStatus::Registered, "准予", "a", now())
            .unwrap();
        assert!(organization.legal_person());
        assert!(organization.registered_on.is_some());
    }

    #[test]
    fn refuses_another_code_once_registered() {
        let mut organization = registered();
        let change = Change {
            uscc: Some(CODE.into()),
            ..nothing(&organization)
        };
        assert_eq!(
            organization.change(change, "a", now()).unwrap_err().reason,
            "USCC_FIXED"
        );
    }

    #[test]
    fn refuses_a_change_that_changes_nothing_or_comes_too_late() {
        let mut organization = filed();
        let change = nothing(&organization);
        assert_eq!(
            organization.change(change, "a", now()).unwrap_err().reason,
            "NOTHING_CHANGES"
        );
        let change = Change {
            fields: Some(vec![]),
            ..nothing(&organization)
        };
        assert_eq!(
            organization.change(change, "a", now()).unwrap_err().reason,
            "FIELD_MISSING"
        );
        organization
            .set_status(OrganizationStatus::Dissolved, "解散", "a", now())
            .unwrap();
        let change = Change {
            name: Some("新名".into()),
            ..nothing(&organization)
        };
        assert_eq!(
            organization.change(change, "a", now()).unwrap_err().reason,
            "ORGANIZATION_ENDED"
        );
    }

    #[test]
    fn an_empty_text_takes_the_sponsor_away() {
        let mut organization = registered();
        let change = Change {
            sponsor_body: Some("民政局".into()),
            ..nothing(&organization)
        };
        organization.change(change, "a", now()).unwrap();
        assert_eq!(organization.sponsor_body.as_deref(), Some("民政局"));
        let change = Change {
            sponsor_body: Some(String::new()),
            ..nothing(&organization)
        };
        organization.change(change, "a", now()).unwrap();
        assert_eq!(organization.sponsor_body, None);
    }
}
