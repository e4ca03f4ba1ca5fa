//! Which personal fields there are, and how far a reader may look.

use kernel::text_enum;

text_enum! {
    /// A field that tells who somebody is.
    pub enum PersonalField {
        /// 姓名
        Name = "NAME",
        /// 公民身份号码
        CitizenId = "CITIZEN_ID",
        /// 电话
        Phone = "PHONE",
        /// 出生日期
        BirthDate = "BIRTH_DATE",
        /// 办件填写内容
        CaseForm = "CASE_FORM",
    }
}

/// A set of personal fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fields(u8);

impl Fields {
    /// No field.
    pub const NONE: Self = Self(0);

    /// The set with one more.
    pub const fn with(self, field: PersonalField) -> Self {
        Self(self.0 | 1 << field as u8)
    }

    /// Whether the set has a field.
    pub const fn has(self, field: PersonalField) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All of both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// In the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = PersonalField> {
        PersonalField::ALL
            .iter()
            .copied()
            .filter(move |field| self.has(*field))
    }

    /// As the database and the audit log write it.
    pub fn names(self) -> Vec<String> {
        self.iter().map(|field| field.as_str().to_owned()).collect()
    }
}

impl FromIterator<PersonalField> for Fields {
    fn from_iter<I: IntoIterator<Item = PersonalField>>(fields: I) -> Self {
        fields.into_iter().fold(Self::NONE, Self::with)
    }
}

/// How far a reader may look at one resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Not at all.
    None,
    /// That they exist, where they belong, whether they are verified.
    Reference,
    /// Personal fields with most of them covered.
    Masked,
    /// Personal fields in full, for a purpose, logged.
    Full,
    /// Their own.
    Own,
}
