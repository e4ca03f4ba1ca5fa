//! 指南 (A68): what a division buys or funds in a year, and how one takes part.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Fen, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::text;

kernel::typed_id!(
    /// Guide (指南).
    GuideId, "guide");

kernel::text_enum! {
    /// What a guide is about.
    pub enum GuideKind {
        /// 项目范围
        Scope = "SCOPE",
        /// 招投标指南
        Bidding = "BIDDING",
        /// 公益创投指南
        Venture = "VENTURE",
    }
}

/// One version of a guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    pub id: GuideId,
    pub division_code: DivisionCode,
    pub kind: GuideKind,
    pub year: i32,
    pub title: String,
    pub body: String,
    /// The budget of the year, where it says one.
    pub budget: Option<Fen>,
    /// From 1; the highest is in force.
    pub version: i32,
    pub published_by: String,
    pub published_at: DateTime<Utc>,
}

/// What is published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewGuide {
    pub division_code: DivisionCode,
    pub kind: GuideKind,
    pub year: i32,
    pub title: String,
    pub body: String,
    pub budget: Option<Fen>,
}

impl NewGuide {
    /// Checks its text, year and budget.
    pub fn check(self) -> Result<Self, Refusal> {
        let title = text("input.title", &self.title, 200)?;
        let body = text("input.body", &self.body, 20_000)?;
        if !(2000..=2200).contains(&self.year) {
            return Err(refuse!(
                Invalid,
                "YEAR_OUT_OF_RANGE",
                field: "input.year",
                zh: "年份须在 2000 至 2200 之间",
                en: "a year lies between 2000 and 2200",
            ));
        }
        if self.budget.is_some_and(|budget| budget <= Fen::ZERO) {
            return Err(refuse!(
                Invalid,
                "AMOUNT_NOT_POSITIVE",
                field: "input.budget",
                zh: "金额须大于零",
                en: "the amount must be above zero",
            ));
        }
        Ok(Self {
            title,
            body,
            ..self
        })
    }
}

/// Which guides a list asks for.
#[derive(Clone, Debug, Default)]
pub struct GuideFilter {
    pub below: Option<DivisionCode>,
    pub kind: Option<GuideKind>,
    pub year: Option<i32>,
    /// Also those that were replaced.
    pub all_versions: bool,
}
