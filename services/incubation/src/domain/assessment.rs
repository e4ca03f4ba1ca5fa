//! 评估 (B9): a score of 1000 points, a grade by the registrar's own table.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, WorkCalendar, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::organization::{Organization, OrganizationStatus};

kernel::typed_id!(
    /// Assessment (社会组织评估).
    AssessmentId, "organization_assessment");

kernel::text_enum! {
    /// The grade, best last.
    pub enum Grade {
        /// 1A
        A1 = "A1",
        /// 2A
        A2 = "A2",
        /// 3A
        A3 = "A3",
        /// 4A
        A4 = "A4",
        /// 5A
        A5 = "A5",
    }
}

/// Every score lies between 0 and this.
pub const FULL_SCORE: i32 = 1000;

/// An assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub id: AssessmentId,
    pub organization_id: OrganizationId,
    pub registrar_division: DivisionCode,
    pub score: i32,
    pub grade: Grade,
    /// The document the cut-off rests on.
    pub table_source: String,
    pub assessed_on: NaiveDate,
    /// The last day it holds; earlier than first said where a later
    /// assessment took its place.
    pub valid_to: NaiveDate,
    pub assessed_by: String,
    pub created_at: DateTime<Utc>,
}

impl Assessment {
    /// Whether it holds on a day.
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.assessed_on <= day && day <= self.valid_to
    }
}

/// One line of a registrar's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cutoff {
    pub grade: Grade,
    pub floor: i32,
    pub source: String,
}

/// A registrar's table in force on a day: cut-offs differ by registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeTable(Vec<Cutoff>);

impl GradeTable {
    /// A table whose floors rise with the grade and begin at 0, so that every
    /// score has exactly one grade.
    pub fn try_new(mut rows: Vec<Cutoff>) -> Result<Self, Refusal> {
        rows.sort_by_key(|row| row.grade);
        let rises = rows
            .windows(2)
            .all(|pair| pair[0].grade < pair[1].grade && pair[0].floor < pair[1].floor);
        if !rises || rows.first().is_none_or(|row| row.floor != 0) {
            return Err(refuse!(
                Refused,
                "ASSESSMENT_TABLE",
                zh: "登记管理机关的评估等级表缺失或不连续,请先核定",
                en: "the registrar's table of grades is missing or has gaps; it has to be set first",
            ));
        }
        Ok(Self(rows))
    }

    /// The line a score falls on.
    pub fn grade(&self, score: i32) -> Result<&Cutoff, Refusal> {
        let line = self.0.iter().rev().find(|row| score >= row.floor);
        line.filter(|_| score <= FULL_SCORE).ok_or_else(|| {
            refuse!(
                Invalid,
                "SCORE_RANGE",
                field: "input.score",
                zh: "评估得分须为 0 至 {FULL_SCORE} 的整数",
                en: "a score is a whole number from 0 to {FULL_SCORE}",
            )
        })
    }
}

/// The numbers of the law, in force on the day.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Years between registration and the first assessment.
    pub after_registration: u32,
    /// Years a grade holds.
    pub valid: u32,
    /// Years before a grade may be raised.
    pub upgrade: u32,
}

/// Who says what.
#[derive(Clone, Debug)]
pub struct NewAssessment<'a> {
    pub score: i32,
    pub on: NaiveDate,
    pub by: &'a str,
    pub now: DateTime<Utc>,
}

/// Assesses an organisation. `standing` is the grade that still holds; where
/// the new one may take its place, its last day becomes the day before.
pub fn assess(
    id: AssessmentId,
    organization: &Organization,
    table: &GradeTable,
    terms: Terms,
    standing: Option<&mut Assessment>,
    new: &NewAssessment<'_>,
) -> Result<Assessment, Refusal> {
    let line = table.grade(new.score)?;
    eligible(organization, terms, new)?;
    if let Some(standing) = standing {
        replace(standing, line.grade, terms, new.on)?;
    }
    let valid_to = years_after(new.on, terms.valid)?
        .checked_sub_days(Days::new(1))
        .ok_or_else(out_of_range)?;
    Ok(Assessment {
        id,
        organization_id: organization.id,
        registrar_division: organization.registrar_division,
        score: new.score,
        grade: line.grade,
        table_source: line.source.clone(),
        assessed_on: new.on,
        valid_to,
        assessed_by: new.by.to_owned(),
        created_at: new.now,
    })
}

fn eligible(
    organization: &Organization,
    terms: Terms,
    new: &NewAssessment<'_>,
) -> Result<(), Refusal> {
    if new.on > kernel::china_date(new.now) {
        return Err(refuse!(
            Invalid,
            "DAY_IN_FUTURE",
            field: "input.on",
            zh: "评估日期不能晚于今天",
            en: "the day of the assessment cannot lie in the future",
        ));
    }
    let (OrganizationStatus::Registered, Some(registered_on)) =
        (organization.status, organization.registered_on)
    else {
        return Err(refuse!(
            Refused,
            "ORGANIZATION_NOT_ASSESSABLE",
            zh: "只有已登记且未列入异常名录的组织可以参加评估",
            en: "only a registered organisation that is not on the abnormal list is assessed",
        ));
    };
    let years = terms.after_registration;
    let first = years_after(registered_on, years)?;
    if new.on < first {
        return Err(refuse!(
            Refused,
            "ASSESSMENT_TOO_EARLY",
            field: "input.on",
            zh: "登记满 {years} 年方可申请评估,最早为 {first}",
            en: "an organisation is assessed {years} years after its registration, not before {first}",
        ));
    }
    Ok(())
}

fn replace(
    standing: &mut Assessment,
    grade: Grade,
    terms: Terms,
    on: NaiveDate,
) -> Result<(), Refusal> {
    let first = years_after(standing.assessed_on, terms.upgrade)?;
    if on < first || grade <= standing.grade {
        let (held, until) = (standing.grade, standing.valid_to);
        return Err(refuse!(
            Refused,
            "ASSESSMENT_IN_FORCE",
            field: "input.on",
            zh: "现有等级 {held} 有效至 {until};自 {first} 起且等级提高方可替代",
            en: "the grade {held} holds until {until}; only a higher one, from {first} on, takes its place",
        ));
    }
    standing.valid_to = on.pred_opt().ok_or_else(out_of_range)?;
    Ok(())
}

/// The first day that lies at most `days` working days before a grade ends.
pub fn notice_day(calendar: &WorkCalendar, valid_to: NaiveDate, days: u32) -> Option<NaiveDate> {
    let (mut day, mut left) = (valid_to, days);
    while left > 0 {
        left -= u32::from(calendar.is_working(day));
        day = day.pred_opt()?;
    }
    Some(day)
}

fn years_after(day: NaiveDate, years: u32) -> Result<NaiveDate, Refusal> {
    let months = years.checked_mul(12).ok_or_else(out_of_range)?;
    day.checked_add_months(Months::new(months))
        .ok_or_else(out_of_range)
}

fn out_of_range() -> Refusal {
    refuse!(
        Invalid,
        "DAY_OUT_OF_RANGE",
        field: "input.on",
        zh: "日期超出可处理的范围",
        en: "the day lies beyond what can be handled",
    )
}

#[cfg(test)]
mod tests;
