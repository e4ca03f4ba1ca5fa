//! 入孵评审 (A40, T5): one sheet per adviser, by people who are not of the house.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, keys::OrganizationId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    adviser::{Adviser, AdviserId},
    incubatee::{Incubatee, IncubateeId, IncubateeState},
    organization::Organization,
};

typed_id!(
    /// Sheet of an adviser on an application (评审表).
    IncubateeReviewId, "incubatee_review");

/// A sheet; never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncubateeReview {
    pub id: IncubateeReviewId,
    pub incubatee_id: IncubateeId,
    pub adviser_id: AdviserId,
    pub score: i32,
    pub opinion: String,
    pub reviewed_on: NaiveDate,
    pub reviewed_by: String,
    pub created_at: DateTime<Utc>,
}

/// Who may not review: the applicant's own people, the operator's, and those of
/// the centre that keeps the money of its community.
pub fn check_reviewer(
    one: &Incubatee,
    applicant: &Organization,
    adviser: &Adviser,
    house: &[OrganizationId],
    on: NaiveDate,
) -> Result<(), Refusal> {
    if one.state != IncubateeState::Screened {
        return Err(refuse!(
            Refused,
            "REVIEW_CLOSED",
            zh: "只有初审通过、尚未评定的申请可以评审",
            en: "an application is reviewed between screening and decision",
        ));
    }
    if !adviser.serves(&one.division_code, on) {
        return Err(refuse!(
            Refused,
            "ADVISER_NOT_IN_POOL",
            field: "input.adviserId",
            zh: "该顾问当日不在本区划的顾问库中",
            en: "the adviser was not in the pool of this place on that day",
        ));
    }
    let of_the_house = adviser
        .employer_id
        .is_some_and(|employer| employer == applicant.id || house.contains(&employer));
    if of_the_house || applicant.related_residents.contains(&adviser.resident_id) {
        return Err(refuse!(
            Refused,
            "REVIEWER_CONFLICT",
            field: "input.adviserId",
            zh: "评审人与申请组织、运营单位或社区服务中心有利害关系,须回避",
            en: "the reviewer belongs to the applicant, the operator or the community's service centre",
        ));
    }
    Ok(())
}
