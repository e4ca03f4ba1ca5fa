//! The thing a permission is about.

use std::{collections::BTreeMap, fmt};

use kernel::DivisionCode;
use uuid::Uuid;

/// An attribute that only some kinds have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Long(i64),
    /// A text, such as a state.
    Text(String),
}

/// One thing, as the policies see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its kind, as in the schema: `Tender`.
    pub kind: &'static str,
    /// Its id; empty for a thing that does not exist yet.
    pub id: String,
    /// Where it lies.
    pub division: Option<DivisionCode>,
    /// The resident it belongs to.
    pub owner_resident: Option<Uuid>,
    /// The organisation it belongs to.
    pub organization: Option<Uuid>,
    /// The attributes its kind has in the schema.
    pub extra: BTreeMap<&'static str, Attribute>,
}

impl Resource {
    /// A thing that exists.
    pub fn new(kind: &'static str, id: impl fmt::Display) -> Self {
        Self {
            kind,
            id: id.to_string(),
            division: None,
            owner_resident: None,
            organization: None,
            extra: BTreeMap::new(),
        }
    }

    /// A thing about to be made, or all of a kind.
    pub fn any(kind: &'static str) -> Self {
        Self::new(kind, "")
    }

    /// Where it lies.
    pub fn in_division(mut self, division: impl Into<Option<DivisionCode>>) -> Self {
        self.division = division.into();
        self
    }

    /// The resident it belongs to.
    pub fn owned_by(mut self, resident: impl Into<Option<Uuid>>) -> Self {
        self.owner_resident = resident.into();
        self
    }

    /// The organisation it belongs to.
    pub fn of_organization(mut self, organization: impl Into<Option<Uuid>>) -> Self {
        self.organization = organization.into();
        self
    }

    /// An attribute of its kind.
    pub fn with(mut self, name: &'static str, value: impl Into<Attribute>) -> Self {
        self.extra.insert(name, value.into());
        self
    }
}

impl From<bool> for Attribute {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Attribute {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<&str> for Attribute {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
