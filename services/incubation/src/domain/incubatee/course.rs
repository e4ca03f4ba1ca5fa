//! From the agreement on: stages, extension, graduation, the end.

use chrono::{Months, NaiveDate};
use kernel::{Refusal, refuse};

use super::{Incubatee, IncubateeState, IncubationStage};
use crate::domain::{limits::check_order, moves::Moves as _, organization::OrganizationStatus};

/// How long an agreement may run.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// Months, in force on the first day.
    pub most: i32,
}

/// What an extension is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Extension {
    pub to: NaiveDate,
    /// Months of one extension.
    pub most: i32,
    /// How many there may be.
    pub times: i32,
}

/// What a graduation is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Graduation {
    pub status: OrganizationStatus,
    /// The last final score.
    pub score: Option<i32>,
    pub least: i32,
    pub on: NaiveDate,
}

impl Incubatee {
    /// Signs the agreement.
    pub fn sign(&mut self, term: Term) -> Result<IncubateeState, Refusal> {
        check_order("input.to", term.from, term.to)?;
        let last = months_after(term.from, term.most)?;
        if term.to > last {
            let most = term.most;
            return Err(refuse!(
                Invalid,
                "AGREEMENT_TERM",
                field: "input.to",
                zh: "孵化协议最长 {most} 个月,至迟 {last}",
                en: "an agreement runs at most {most} months, until {last}",
            ));
        }
        let from = self.go(IncubateeState::Agreement)?;
        self.agreement_from = Some(term.from);
        self.agreement_to = Some(term.to);
        Ok(from)
    }

    /// Moves in, on a day of the agreement.
    pub fn start(&mut self, today: NaiveDate) -> Result<IncubateeState, Refusal> {
        let from = self.go(IncubateeState::Incubating)?;
        if self.agreement_from.is_none_or(|first| today < first)
            || self.agreement_to.is_none_or(|last| today > last)
        {
            return Err(refuse!(
                Refused,
                "AGREEMENT_NOT_RUNNING",
                zh: "今天不在孵化协议期内",
                en: "the agreement does not run today",
            ));
        }
        self.started_on = Some(today);
        self.stage = Some(IncubationStage::Seed);
        Ok(from)
    }

    /// The next stage; the last one after the midterm assessment.
    pub fn advance(&mut self, midterm: bool) -> Result<(), Refusal> {
        let next = match self.stage.filter(|_| self.incubating()) {
            Some(IncubationStage::Seed) => IncubationStage::Start,
            Some(IncubationStage::Start) => IncubationStage::Growth,
            _ => {
                return Err(refuse!(
                    Refused,
                    "STAGE_ORDER",
                    zh: "当前没有下一孵化阶段",
                    en: "there is no stage after this one",
                ));
            }
        };
        if next == IncubationStage::Growth && !midterm {
            return Err(refuse!(
                Refused,
                "MIDTERM_MISSING",
                zh: "中期评估后方可进入成长阶段",
                en: "the midterm assessment comes before the growth stage",
            ));
        }
        self.stage = Some(next);
        Ok(())
    }

    /// Gives it more time; answers where it came from, where the state moved.
    pub fn extend(&mut self, by: Extension) -> Result<Option<IncubateeState>, Refusal> {
        let from = self.state;
        if from != IncubateeState::Extended {
            self.state = from.to(IncubateeState::Extended)?;
        }
        let (most, times) = (by.most, by.times);
        if self.extensions >= times {
            return Err(refuse!(
                Refused,
                "EXTENSION_LIMIT",
                zh: "最多延期 {times} 次",
                en: "it can be extended {times} times",
            ));
        }
        let until = self.agreement_to.unwrap_or(by.to);
        let last = months_after(until, most)?;
        if by.to <= until || by.to > last {
            return Err(refuse!(
                Invalid,
                "EXTENSION_LIMIT",
                field: "input.to",
                zh: "延期须在 {until} 之后,至迟 {last}",
                en: "an extension ends after {until}, on {last} at the latest",
            ));
        }
        self.agreement_to = Some(by.to);
        self.extensions += 1;
        Ok((from != self.state).then_some(from))
    }

    /// 出壳: registered or filed, and grown enough.
    pub fn graduate(&mut self, by: Graduation) -> Result<IncubateeState, Refusal> {
        let from = self.go(IncubateeState::Graduated)?;
        if !matches!(
            by.status,
            OrganizationStatus::Registered | OrganizationStatus::Filed
        ) {
            return Err(refuse!(
                Refused,
                "GRADUATE_STANDING",
                zh: "出壳须已登记或备案",
                en: "it has to be registered or filed to graduate",
            ));
        }
        let least = by.least;
        if by.score.is_none_or(|score| score < least) {
            return Err(refuse!(
                Refused,
                "GROWTH_BELOW",
                zh: "期末成长评估须达到 {least} 分",
                en: "the final growth score has to be {least} at least",
            ));
        }
        self.graduated_on = Some(by.on);
        Ok(from)
    }

    /// Ends it; the room is handed over by a day.
    pub fn terminate(&mut self, on: NaiveDate, due: NaiveDate) -> Result<IncubateeState, Refusal> {
        let from = self.go(IncubateeState::Terminated)?;
        self.ended_on = Some(on);
        self.vacate_due = Some(due);
        Ok(from)
    }

    /// The room was handed over.
    pub fn vacate(&mut self, on: NaiveDate) -> Result<IncubateeState, Refusal> {
        let from = self.go(IncubateeState::Vacated)?;
        self.vacated_on = Some(on);
        Ok(from)
    }

    /// Whether something is due that was not done: the room after its day, or
    /// the end of an agreement that has passed.
    pub fn overdue(&self, today: NaiveDate) -> bool {
        match self.state {
            IncubateeState::Terminated => self.vacate_due.is_some_and(|due| due < today),
            IncubateeState::Incubating | IncubateeState::Extended | IncubateeState::Agreement => {
                self.agreement_to.is_some_and(|last| last < today)
            }
            _ => false,
        }
    }
}

fn months_after(day: NaiveDate, months: i32) -> Result<NaiveDate, Refusal> {
    u32::try_from(months)
        .ok()
        .and_then(|months| day.checked_add_months(Months::new(months)))
        .ok_or_else(|| {
            refuse!(
                Invalid,
                "DAY_OUT_OF_RANGE",
                field: "input.to",
                zh: "日期超出可处理的范围",
                en: "the day lies beyond what can be handled",
            )
        })
}
