//! 课程 (A51): announced, joined, settled into the ledger of hours.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{DivisionCode, Minutes, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use super::words::no_move;

kernel::typed_id!(
    /// Course (课程).
    CourseId, "course");

kernel::text_enum! {
    /// For whom.
    pub enum CourseKind {
        /// 社会工作者继续教育
        Continuing = "CONTINUING",
        /// 普及培训
        Popular = "POPULAR",
    }
}

kernel::text_enum! {
    /// What it teaches.
    pub enum CourseContent {
        /// 理论
        Theory = "THEORY",
        /// 实务
        Practice = "PRACTICE",
    }
}

kernel::text_enum! {
    /// Where a course stands.
    pub enum CourseState {
        /// 已公布
        Announced = "ANNOUNCED",
        /// 已结算学时
        Settled = "SETTLED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

kernel::text_enum! {
    /// Where an enrolment stands.
    pub enum EnrolmentState {
        /// 已报名
        Enrolled = "ENROLLED",
        /// 已退出
        Withdrawn = "WITHDRAWN",
        /// 已出席
        Attended = "ATTENDED",
        /// 缺席
        Absent = "ABSENT",
    }
}

/// A course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    pub id: CourseId,
    pub kind: CourseKind,
    pub content: CourseContent,
    pub title: String,
    pub place: String,
    pub division_code: DivisionCode,
    pub starts_at: DateTime<Utc>,
    pub minutes: Minutes,
    pub capacity: i32,
    pub enrolled: i64,
    pub state: CourseState,
    pub reason: Option<String>,
    pub version: i32,
    pub announced_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Course {
    /// When it is over.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.starts_at + TimeDelta::minutes(self.minutes.get())
    }

    /// Refuses to enrol in what has begun, is full, or is no more.
    pub fn check_enrolling(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != CourseState::Announced || now >= self.starts_at {
            return Err(refuse!(
                Refused,
                "COURSE_CLOSED",
                zh: "课程已开始、结算或取消,不能报名",
                en: "the course has begun, is settled or was cancelled",
            ));
        }
        if self.enrolled >= i64::from(self.capacity) {
            return Err(refuse!(
                Refused,
                "COURSE_FULL",
                zh: "课程名额已满",
                en: "the course is full",
            ));
        }
        Ok(())
    }

    /// It is over, and it is known who came.
    pub fn settle(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != CourseState::Announced {
            return Err(no_move("COURSE_STATE", self.state.as_str(), "SETTLED"));
        }
        if now < self.ends_at() {
            return Err(refuse!(
                Refused,
                "COURSE_NOT_OVER",
                zh: "课程尚未结束,不能结算学时",
                en: "the course is not over: there are no hours yet",
            ));
        }
        self.state = CourseState::Settled;
        self.updated_at = now;
        Ok(())
    }

    /// It does not take place.
    pub fn cancel(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != CourseState::Announced {
            return Err(no_move("COURSE_STATE", self.state.as_str(), "CANCELLED"));
        }
        self.state = CourseState::Cancelled;
        self.reason = Some(reason);
        self.updated_at = now;
        Ok(())
    }
}

/// A course lies ahead, lasts half an hour or more, and has places.
pub fn check_course(
    starts_at: DateTime<Utc>,
    minutes: Minutes,
    capacity: i32,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let refusal = if starts_at <= now {
        refuse!(
            Invalid,
            "COURSE_PAST",
            field: "input.startsAt",
            zh: "开课时间须在将来",
            en: "a course is announced before it begins",
        )
    } else if !(30..=30_000).contains(&minutes.get()) {
        refuse!(
            Invalid,
            "COURSE_MINUTES",
            field: "input.minutes",
            zh: "学时须为 30 分钟至 500 小时",
            en: "a course lasts between half an hour and 500 hours",
        )
    } else if !(1..=1000).contains(&capacity) {
        refuse!(
            Invalid,
            "COURSE_CAPACITY",
            field: "input.capacity",
            zh: "名额须为 1 至 1000",
            en: "a course has 1 to 1000 places",
        )
    } else {
        return Ok(());
    };
    Err(refusal)
}

/// Somebody is enrolled in a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    pub course_id: CourseId,
    pub resident_id: ResidentId,
    pub division_code: DivisionCode,
    pub state: EnrolmentState,
    pub enrolled_at: DateTime<Utc>,
}

/// Which courses a list shows.
#[derive(Clone, Debug, Default)]
pub struct CourseFilter {
    pub division: Option<DivisionCode>,
    pub kind: Option<CourseKind>,
    pub state: Option<CourseState>,
    /// Those that begin after this.
    pub after: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_settled_once_it_is_over() {
        let begin = DateTime::from_timestamp(1_772_413_200, 0).unwrap();
        let mut one = Course {
            id: CourseId::from_uuid(uuid::Uuid::nil()),
            kind: CourseKind::Continuing,
            content: CourseContent::Practice,
            title: "危机干预".into(),
            place: "区社工站".into(),
            division_code: "230103000000".parse().unwrap(),
            starts_at: begin,
            minutes: Minutes::new(120),
            capacity: 1,
            enrolled: 0,
            state: CourseState::Announced,
            reason: None,
            version: 1,
            announced_at: begin,
            updated_at: begin,
        };
        let before = begin - TimeDelta::hours(1);
        let reason = |answer: Result<(), Refusal>| answer.unwrap_err().reason;
        assert_eq!(one.check_enrolling(before), Ok(()));
        assert_eq!(reason(one.check_enrolling(begin)), "COURSE_CLOSED");
        one.enrolled = 1;
        assert_eq!(reason(one.check_enrolling(before)), "COURSE_FULL");
        assert_eq!(reason(one.settle(begin)), "COURSE_NOT_OVER");
        one.settle(one.ends_at()).unwrap();
        assert_eq!(reason(one.cancel("晚".into(), begin)), "COURSE_STATE");
        assert_eq!(reason(one.settle(one.ends_at())), "COURSE_STATE");
        let check =
            |minutes, capacity| check_course(begin, Minutes::new(minutes), capacity, before);
        assert_eq!(check(30, 1), Ok(()));
        assert_eq!(reason(check(29, 1)), "COURSE_MINUTES");
        assert_eq!(reason(check(30, 0)), "COURSE_CAPACITY");
        assert_eq!(
            reason(check_course(begin, Minutes::new(60), 1, begin)),
            "COURSE_PAST"
        );
    }
}
