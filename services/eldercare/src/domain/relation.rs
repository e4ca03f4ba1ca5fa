//! 亲属关系: to whom minutes may be handed, verified by staff.

use chrono::{DateTime, Utc};
use kernel::{Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

kernel::typed_id!(
    /// Verified relation (亲属关系).
    RelationId,
    "relation"
);

kernel::text_enum! {
    /// What the relative is to the resident.
    pub enum Kinship {
        /// 配偶
        Spouse = "SPOUSE",
        /// 父母
        Parent = "PARENT",
        /// 子女
        Child = "CHILD",
        /// 祖父母、外祖父母
        Grandparent = "GRANDPARENT",
        /// 配偶的父母
        ParentInLaw = "PARENT_IN_LAW",
        /// 兄弟姐妹
        Sibling = "SIBLING",
    }
}

/// A verified relation: `relative` is the resident's `kinship`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub id: RelationId,
    pub resident_id: ResidentId,
    pub relative_id: ResidentId,
    pub kinship: Kinship,
    pub evidence: String,
    pub verified_by: String,
    pub verified_at: DateTime<Utc>,
}

/// What staff register.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterRelation {
    pub resident_id: ResidentId,
    pub relative_id: ResidentId,
    pub kinship: Kinship,
    pub evidence: String,
}

/// A relation that is over, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndRelation {
    pub relation_id: RelationId,
    pub reason: String,
}

impl EndRelation {
    /// Checks the words.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.reason = self.reason.trim().to_owned();
        if self.reason.is_empty() || self.reason.chars().count() > 200 {
            return Err(refuse!(
                Invalid,
                "REASON_LENGTH",
                field: "input.reason",
                zh: "理由须为 1 至 200 个字",
                en: "a reason has 1 to 200 characters",
            ));
        }
        Ok(self)
    }
}

impl RegisterRelation {
    /// Checks the words, and that two people are named.
    pub fn check(mut self) -> Result<Self, Refusal> {
        if self.resident_id == self.relative_id {
            return Err(refuse!(
                Invalid,
                "RELATION_TO_SELF",
                field: "input.relativeResidentId",
                zh: "不能登记与本人的亲属关系",
                en: "nobody is their own relative",
            ));
        }
        self.evidence = self.evidence.trim().to_owned();
        if self.evidence.is_empty() || self.evidence.chars().count() > 200 {
            return Err(refuse!(
                Invalid,
                "EVIDENCE_LENGTH",
                field: "input.evidence",
                zh: "证明材料须为 1 至 200 个字,如“户口簿”“结婚证”",
                en: "evidence has 1 to 200 characters, such as the household register",
            ));
        }
        Ok(self)
    }
}
