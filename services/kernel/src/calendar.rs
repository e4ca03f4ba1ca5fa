//! The working-day calendar and legal terms.
//!
//! Monday to Friday are working days unless a row of data says otherwise: public holidays and
//! the swapped days (调休) are published every year and loaded, never written into code. A term
//! that reaches into a year whose notice was not loaded is refused rather than guessed. Every
//! legal term says whether it counts working days, calendar days or hours. The day a term starts
//! on does not count, and its last day ends at 24:00 in China.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::clock::china_offset;
use crate::{Fault, Kind, Lang, china_date};

/// Longer than any term in law; keeps a mistyped number from counting for ages.
const MAX_WORKING_DAYS: u32 = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the calendar calls {0} both a working day and a day off")]
    Contradiction(NaiveDate),
    #[error("the term ends beyond the calendar")]
    OutOfRange,
    #[error(
        "the working-day calendar of {0} is not loaded, so this term cannot be counted; \
         the operator imports the yearly notice with `sanshe import calendar`"
    )]
    YearMissing(i32),
    #[error("`{0}` is not a term: write 5wd (working days), 20d (days) or 24h (hours)")]
    Term(String),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::YearMissing(_) => Kind::Refused,
            Self::Contradiction(_) | Self::OutOfRange | Self::Term(_) => Kind::Invalid,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Contradiction(_) => "CALENDAR_CONTRADICTION",
            Self::OutOfRange => "TERM_OUT_OF_RANGE",
            Self::YearMissing(_) => "CALENDAR_YEAR_MISSING",
            Self::Term(_) => "TERM_MALFORMED",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Contradiction(date) => format!("日历中 {date} 既是工作日又是休息日"),
            Self::OutOfRange => "期限超出日历范围".to_owned(),
            Self::YearMissing(year) => format!(
                "{year} 年的工作日历尚未导入,无法计算此期限;请运维人员用 sanshe import calendar 导入该年节假日安排"
            ),
            Self::Term(text) => {
                format!("“{text}”不是有效期限，应写作 5wd（工作日）、20d（自然日）或 24h（小时）")
            }
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// A legal term, naming its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Term {
    /// 工作日
    WorkingDays(u32),
    /// 自然日
    Days(u32),
    /// 小时
    Hours(u32),
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(n) => write!(f, "{n}wd"),
            Self::Days(n) => write!(f, "{n}d"),
            Self::Hours(n) => write!(f, "{n}h"),
        }
    }
}

impl Term {
    /// For a person: "5 个工作日" / "5 working days".
    pub fn describe(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::WorkingDays(n), Lang::Zh) => format!("{n} 个工作日"),
            (Self::WorkingDays(n), Lang::En) => format!("{n} working days"),
            (Self::Days(n), Lang::Zh) => format!("{n} 日"),
            (Self::Days(n), Lang::En) => format!("{n} days"),
            (Self::Hours(n), Lang::Zh) => format!("{n} 小时"),
            (Self::Hours(n), Lang::En) => format!("{n} hours"),
        }
    }
}

impl FromStr for Term {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Term(text.chars().take(40).collect());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number = number.parse().map_err(|_| malformed())?;
        match unit {
            "wd" => Ok(Self::WorkingDays(number)),
            "d" => Ok(Self::Days(number)),
            "h" => Ok(Self::Hours(number)),
            _ => Err(malformed()),
        }
    }
}

impl TryFrom<String> for Term {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        term.to_string()
    }
}

/// Which days are working days (工作日).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkCalendar {
    exceptions: BTreeMap<NaiveDate, bool>,
    /// The years that were loaded; none counts every year by what is known of it.
    years: Option<BTreeSet<i32>>,
}

impl WorkCalendar {
    /// Builds the calendar from rows `(date, is_working)`; a row repeated is harmless, two rows
    /// that contradict each other are refused.
    pub fn from_rows(rows: impl IntoIterator<Item = (NaiveDate, bool)>) -> Result<Self, Error> {
        let mut exceptions = BTreeMap::new();
        for (date, is_working) in rows {
            if exceptions
                .insert(date, is_working)
                .is_some_and(|before| before != is_working)
            {
                return Err(Error::Contradiction(date));
            }
        }
        Ok(Self {
            exceptions,
            years: None,
        })
    }

    /// The same calendar, in which only these years can be counted.
    pub fn of_years(mut self, years: impl IntoIterator<Item = i32>) -> Self {
        self.years = Some(years.into_iter().collect());
        self
    }

    /// Whether a day is worked as far as is known: in a year that was not loaded, by the ordinary
    /// week. For reminders that are reckoned again when they fall due; a term is refused there.
    pub fn is_working(&self, date: NaiveDate) -> bool {
        let weekday = || !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        self.exceptions.get(&date).copied().unwrap_or_else(weekday)
    }

    /// Whether a day is worked; refused in a year that was not loaded.
    fn counted(&self, date: NaiveDate) -> Result<bool, Error> {
        match &self.years {
            Some(years) if !years.contains(&date.year()) => Err(Error::YearMissing(date.year())),
            _ => Ok(self.is_working(date)),
        }
    }

    /// The n-th working day after a date. None after is the date itself, working or not.
    pub fn add_working_days(&self, date: NaiveDate, n: u32) -> Result<NaiveDate, Error> {
        if n > MAX_WORKING_DAYS {
            return Err(Error::OutOfRange);
        }
        let (mut day, mut left) = (date, n);
        while left > 0 {
            day = day.succ_opt().ok_or(Error::OutOfRange)?;
            left -= u32::from(self.counted(day)?);
        }
        Ok(day)
    }

    /// How many working days lie after `from` up to and including `to`; negative where `to` is
    /// the earlier. Undoes [`WorkCalendar::add_working_days`].
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> Result<i64, Error> {
        if to < from {
            return Ok(-self.working_days_between(to, from)?);
        }
        let mut days = from.iter_days().skip(1).take_while(|day| *day <= to);
        days.try_fold(0, |sum, day| Ok(sum + i64::from(self.counted(day)?)))
    }

    /// The date itself if it is a working day, else the next one.
    pub fn roll_forward(&self, date: NaiveDate) -> Result<NaiveDate, Error> {
        if self.counted(date)? {
            Ok(date)
        } else {
            self.add_working_days(date, 1)
        }
    }

    /// The instant a term ends that starts at an instant: what happens before it is in time.
    pub fn add(&self, start: DateTime<Utc>, term: Term) -> Result<DateTime<Utc>, Error> {
        match term {
            Term::Hours(n) => start
                .checked_add_signed(TimeDelta::hours(i64::from(n)))
                .ok_or(Error::OutOfRange),
            Term::WorkingDays(_) | Term::Days(_) => {
                end_of_day(self.add_to_date(china_date(start), term)?)
            }
        }
    }

    /// The last day of a term that starts on a day. Hours begun count as a whole day.
    pub fn add_to_date(&self, start: NaiveDate, term: Term) -> Result<NaiveDate, Error> {
        match term {
            Term::WorkingDays(n) => self.add_working_days(start, n),
            Term::Days(n) => start
                .checked_add_days(Days::new(n.into()))
                .ok_or(Error::OutOfRange),
            Term::Hours(n) => start
                .checked_add_days(Days::new(n.div_ceil(24).into()))
                .ok_or(Error::OutOfRange),
        }
    }
}

/// 0:00 of a day in China.
pub fn start_of_day(date: NaiveDate) -> Result<DateTime<Utc>, Error> {
    date.and_time(NaiveTime::MIN)
        .and_local_timezone(china_offset())
        .single()
        .map(|t| t.to_utc())
        .ok_or(Error::OutOfRange)
}

/// 24:00 of a day in China.
pub fn end_of_day(date: NaiveDate) -> Result<DateTime<Utc>, Error> {
    start_of_day(date.succ_opt().ok_or(Error::OutOfRange)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// A week off with the Sunday before and the Saturday after worked instead.
    fn golden_week() -> WorkCalendar {
        let off = (1..=7).map(|d| (NaiveDate::from_ymd_opt(2025, 10, d).unwrap(), false));
        let worked = [(day("2025-09-28"), true), (day("2025-10-11"), true)];
        WorkCalendar::from_rows(off.chain(worked)).unwrap()
    }

    #[test]
    fn swapped_days_are_data_over_the_ordinary_week() {
        let calendar = golden_week();
        assert!(
            calendar.is_working(day("2025-09-28")),
            "a Sunday worked instead"
        );
        assert!(!calendar.is_working(day("2025-10-01")), "a Wednesday off");
        assert!(calendar.is_working(day("2025-10-11")));
        assert!(!calendar.is_working(day("2025-10-12")));
        assert!(WorkCalendar::default().is_working(day("2025-10-01")));
    }

    #[test]
    fn rows_that_contradict_each_other_are_refused() {
        let date = day("2025-10-01");
        assert!(WorkCalendar::from_rows([(date, false), (date, false)]).is_ok());
        let error = WorkCalendar::from_rows([(date, false), (date, true)]).unwrap_err();
        assert_eq!(error, Error::Contradiction(date));
    }

    #[test]
    fn the_start_day_does_not_count() {
        let calendar = golden_week();
        let add = |date, n| calendar.add_working_days(day(date), n).unwrap();
        assert_eq!(add("2025-09-30", 0), day("2025-09-30"));
        assert_eq!(add("2025-09-30", 1), day("2025-10-08"));
        assert_eq!(add("2025-09-30", 4), day("2025-10-11"));
        assert_eq!(add("2025-09-30", 5), day("2025-10-13"));
        assert_eq!(add("2025-09-27", 1), day("2025-09-28"), "from a day off");
        assert_eq!(
            calendar.working_days_between(day("2025-09-30"), day("2025-10-13")),
            Ok(5)
        );
        assert_eq!(
            calendar.working_days_between(day("2025-10-13"), day("2025-09-30")),
            Ok(-5)
        );
        assert_eq!(
            calendar.roll_forward(day("2025-10-01")),
            Ok(day("2025-10-08"))
        );
        assert_eq!(
            calendar.roll_forward(day("2025-10-08")),
            Ok(day("2025-10-08"))
        );
    }

    #[test]
    fn a_term_of_days_ends_with_the_china_day() {
        let calendar = golden_week();
        // 23:30 of 30 September in Beijing.
        let start = at("2025-09-30T15:30:00Z");
        let end = |term| calendar.add(start, term).unwrap();
        assert_eq!(end(Term::WorkingDays(1)), at("2025-10-08T16:00:00Z"));
        assert_eq!(end(Term::Days(20)), at("2025-10-20T16:00:00Z"));
        assert_eq!(end(Term::Hours(24)), at("2025-10-01T15:30:00Z"));
        // Half an hour later the next China day has begun.
        let start = at("2025-09-30T16:00:00Z");
        assert_eq!(
            calendar.add(start, Term::Days(20)).unwrap(),
            at("2025-10-21T16:00:00Z")
        );
        assert_eq!(
            calendar.add_to_date(day("2025-09-30"), Term::Hours(25)),
            Ok(day("2025-10-02"))
        );
    }

    #[test]
    fn terms_beyond_the_calendar_are_refused() {
        let calendar = WorkCalendar::default();
        let start = at("2025-09-30T15:30:00Z");
        for term in [Term::WorkingDays(u32::MAX), Term::Days(u32::MAX)] {
            assert_eq!(calendar.add(start, term), Err(Error::OutOfRange));
        }
        assert_eq!(
            calendar.add_working_days(NaiveDate::MAX, 1),
            Err(Error::OutOfRange)
        );
        assert_eq!(end_of_day(NaiveDate::MAX), Err(Error::OutOfRange));
    }

    #[test]
    fn a_year_that_was_not_loaded_is_refused_by_name_and_never_guessed() {
        let calendar = golden_week().of_years([2025]);
        let add = |date, n| calendar.add_working_days(day(date), n);
        assert_eq!(add("2025-12-24", 5), Ok(day("2025-12-31")));
        assert_eq!(add("2025-12-24", 6), Err(Error::YearMissing(2026)));
        // The day a term starts on does not count, whatever its year.
        assert_eq!(add("2024-12-31", 1), Ok(day("2025-01-01")));
        assert_eq!(add("2024-12-30", 1), Err(Error::YearMissing(2024)));
        let between = calendar.working_days_between(day("2025-12-31"), day("2026-01-05"));
        assert_eq!(between, Err(Error::YearMissing(2026)));
        let back = calendar.working_days_between(day("2026-01-05"), day("2025-12-31"));
        assert_eq!(back, Err(Error::YearMissing(2026)));
        assert_eq!(
            calendar.roll_forward(day("2026-01-01")),
            Err(Error::YearMissing(2026))
        );
        // Days and hours need no calendar; a reminder may be reckoned roughly.
        let start = at("2025-12-30T02:00:00Z");
        assert!(calendar.add(start, Term::Days(20)).is_ok());
        assert!(calendar.is_working(day("2026-01-05")));
        let error = Error::YearMissing(2026);
        assert_eq!(error.kind(), Kind::Refused);
        for lang in [Lang::Zh, Lang::En] {
            assert!(error.message(lang).contains("2026"));
        }
    }

    #[test]
    fn terms_are_written_with_their_unit() {
        for term in [Term::WorkingDays(5), Term::Days(20), Term::Hours(24)] {
            assert_eq!(term.to_string().parse(), Ok(term));
            let json = serde_json::to_string(&term).unwrap();
            assert_eq!(serde_json::from_str::<Term>(&json).unwrap(), term);
        }
        assert_eq!("5wd".parse(), Ok(Term::WorkingDays(5)));
        for text in ["5", "wd", "-5d", "5 d", "5w", "99999999999d", "五d", ""] {
            assert_eq!(
                text.parse::<Term>().unwrap_err().reason(),
                "TERM_MALFORMED",
                "{text}"
            );
        }
        assert_eq!(Term::WorkingDays(5).describe(Lang::Zh), "5 个工作日");
    }

    fn calendars() -> impl Strategy<Value = WorkCalendar> {
        prop::collection::btree_map(0u64..400, any::<bool>(), 0..60).prop_map(|rows| {
            let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let row = |(n, working)| (start + Days::new(n), working);
            WorkCalendar::from_rows(rows.into_iter().map(row)).unwrap()
        })
    }

    proptest! {
        #[test]
        fn counting_undoes_adding(calendar in calendars(), from in 0u64..400, n in 0u32..200) {
            let date = day("2026-01-01") + Days::new(from);
            let end = calendar.add_working_days(date, n).unwrap();
            prop_assert_eq!(calendar.working_days_between(date, end), Ok(i64::from(n)));
            prop_assert!(n == 0 || calendar.is_working(end));
        }

        #[test]
        fn adding_in_two_steps_is_adding_at_once(
            calendar in calendars(), from in 0u64..400, a in 0u32..60, b in 0u32..60,
        ) {
            let date = day("2026-01-01") + Days::new(from);
            let add = |date, n| calendar.add_working_days(date, n).unwrap();
            prop_assert_eq!(add(add(date, a), b), add(date, a + b));
        }

        #[test]
        fn a_longer_or_later_term_never_ends_sooner(
            calendar in calendars(), minutes in 0i64..500_000, later in 0i64..5000, n in 0u32..90,
        ) {
            let start = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minutes);
            let end = |start, term| calendar.add(start, term).unwrap();
            for term in [Term::WorkingDays, Term::Days, Term::Hours] {
                prop_assert!(end(start, term(n)) <= end(start, term(n + 1)));
                let moved = start + TimeDelta::minutes(later);
                prop_assert!(end(start, term(n)) <= end(moved, term(n)));
                prop_assert!(end(start, term(n)) >= start);
            }
            prop_assert!(end(start, Term::WorkingDays(n)) >= end(start, Term::Days(0)));
        }
    }
}
