//! 个案记录: what happened, at a level of confidentiality.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, keys::SocialWorkerId, refuse};
use serde::{Deserialize, Serialize};

use super::{Case, CaseId};

kernel::typed_id!(
    /// Note of a case (个案记录).
    CaseNoteId, "case_note");

kernel::text_enum! {
    /// Who may read a note.
    pub enum NoteLevel {
        /// 服务对象可读
        Client = "CLIENT",
        /// 社工与督导可读
        Team = "TEAM",
        /// 记录人与督导可读
        Restricted = "RESTRICTED",
    }
}

kernel::text_enum! {
    /// How the client was met.
    pub enum NoteKind {
        /// 面谈
        Interview = "INTERVIEW",
        /// 家访
        HomeVisit = "HOME_VISIT",
        /// 电话
        Phone = "PHONE",
        /// 相关人会谈
        Collateral = "COLLATERAL",
        /// 资源链接
        Resource = "RESOURCE",
        /// 督导意见
        Supervision = "SUPERVISION",
    }
}

impl NoteKind {
    /// Whether the client themself was met or spoken to.
    pub fn is_contact(self) -> bool {
        matches!(self, Self::Interview | Self::HomeVisit | Self::Phone)
    }
}

/// A note; its words are sealed. A wrong one is followed by a right one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNote {
    pub id: CaseNoteId,
    pub case_id: CaseId,
    pub round: i32,
    pub author_id: SocialWorkerId,
    pub kind: NoteKind,
    pub level: NoteLevel,
    pub held_on: NaiveDate,
    pub minutes: i32,
    pub corrects: Option<CaseNoteId>,
    pub written_at: DateTime<Utc>,
}

/// Whom a reader is to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Client,
    Worker(SocialWorkerId),
    Supervisor,
    /// Somebody who broke the glass, with a reason that the client sees.
    Glass,
}

impl Reader {
    /// In the log of reads.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Worker(_) => "WORKER",
            Self::Supervisor => "SUPERVISOR",
            Self::Glass => "GLASS",
        }
    }

    /// Whether this reader may read a note.
    pub fn reads(self, note: &CaseNote) -> bool {
        match self {
            Self::Supervisor | Self::Glass => true,
            Self::Client => note.level == NoteLevel::Client,
            Self::Worker(me) => note.level != NoteLevel::Restricted || note.author_id == me,
        }
    }
}

/// A contact lasts up to a day and lies between the opening and today.
pub fn check_contact(
    case: &Case,
    held_on: NaiveDate,
    minutes: i32,
    today: NaiveDate,
) -> Result<(), Refusal> {
    if !(0..=1440).contains(&minutes) {
        return Err(refuse!(
            Invalid,
            "NOTE_MINUTES",
            field: "input.minutes",
            zh: "时长须为 0 至 1440 分钟",
            en: "a contact lasts 0 to 1440 minutes",
        ));
    }
    if held_on > today || held_on < kernel::china_date(case.opened_at) {
        return Err(refuse!(
            Invalid,
            "NOTE_DATE",
            field: "input.on",
            zh: "日期须在接案之后、今日以前",
            en: "the day lies between the opening of the case and today",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_readers() {
        let me = SocialWorkerId::from_uuid(uuid::Uuid::from_u128(1));
        let other = SocialWorkerId::from_uuid(uuid::Uuid::from_u128(2));
        let note = |level| CaseNote {
            id: CaseNoteId::from_uuid(uuid::Uuid::nil()),
            case_id: CaseId::from_uuid(uuid::Uuid::nil()),
            round: 1,
            author_id: me,
            kind: NoteKind::Interview,
            level,
            held_on: "2026-03-02".parse().unwrap(),
            minutes: 40,
            corrects: None,
            written_at: DateTime::UNIX_EPOCH,
        };
        let readers = [
            Reader::Client,
            Reader::Worker(other),
            Reader::Worker(me),
            Reader::Supervisor,
            Reader::Glass,
        ];
        for (level, expected) in [
            (NoteLevel::Client, [true, true, true, true, true]),
            (NoteLevel::Team, [false, true, true, true, true]),
            (NoteLevel::Restricted, [false, false, true, true, true]),
        ] {
            assert_eq!(readers.map(|reader| reader.reads(&note(level))), expected);
        }
    }
}
