//! The legal clocks of a tender (政府采购法 第三十五条, 实施条例 第三十一条): pure
//! arithmetic; the numbers come from rows.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, WorkCalendar, china_date, refuse};
use serde::{Deserialize, Serialize};

/// The numbers in force for one method on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockRules {
    /// Days between publication and close.
    pub bid_days: i64,
    /// Working days during which the documents are offered.
    pub documents_working_days: i64,
    /// Days before the close until which a clarification may change bids.
    pub clarification_days: i64,
    /// Percent that the price must weigh at least.
    pub price_weight_min: i64,
    /// Percent that the price may weigh at most.
    pub price_weight_max: i64,
}

/// The instants of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    pub documents_until: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub opens_at: DateTime<Utc>,
}

fn days(from: NaiveDate, to: NaiveDate) -> i64 {
    (to - from).num_days()
}

impl Clocks {
    /// Whether a tender may be published now with these clocks.
    pub fn check(
        &self,
        rules: &ClockRules,
        calendar: &WorkCalendar,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let today = china_date(now);
        let least = rules.bid_days;
        if days(today, china_date(self.closes_at)) < least {
            return Err(refuse!(
                Refused,
                "BID_PERIOD_TOO_SHORT",
                field: "input.closesAt",
                zh: "自公告之日至投标截止不得少于 {least} 日",
                en: "at least {least} days lie between publication and the close",
            ));
        }
        let least = rules.documents_working_days;
        if calendar.working_days_between(today, china_date(self.documents_until))? < least {
            return Err(refuse!(
                Refused,
                "DOCUMENT_PERIOD_TOO_SHORT",
                field: "input.documentsUntil",
                zh: "招标文件提供期限不得少于 {least} 个工作日",
                en: "the documents are offered for at least {least} working days",
            ));
        }
        self.check_order()
    }

    fn check_order(&self) -> Result<(), Refusal> {
        if self.documents_until > self.closes_at {
            return Err(refuse!(
                Invalid,
                "DOCUMENTS_AFTER_CLOSE",
                field: "input.documentsUntil",
                zh: "招标文件提供期限不得晚于投标截止时间",
                en: "the documents cannot be offered after the close",
            ));
        }
        if self.opens_at < self.closes_at {
            return Err(refuse!(
                Invalid,
                "OPENING_BEFORE_CLOSE",
                field: "input.opensAt",
                zh: "开标时间不得早于投标截止时间",
                en: "the opening cannot come before the close",
            ));
        }
        Ok(())
    }

    /// A later close and opening, decided before the close has come.
    pub fn extend(
        &mut self,
        closes_at: DateTime<Utc>,
        opens_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if now >= self.closes_at {
            return Err(closed());
        }
        if closes_at <= self.closes_at {
            return Err(refuse!(
                Invalid,
                "CLOSE_NOT_LATER",
                field: "input.closesAt",
                zh: "新的截止时间须晚于原截止时间",
                en: "the new close must be later than the present one",
            ));
        }
        let next = Self {
            closes_at,
            opens_at,
            ..*self
        };
        next.check_order()?;
        *self = next;
        Ok(())
    }

    /// Whether a clarification comes early enough; one that may change bids
    /// and comes late goes with a later close.
    pub fn check_clarification(
        &self,
        affects_bids: bool,
        rules: &ClockRules,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if now >= self.closes_at {
            return Err(closed());
        }
        let least = rules.clarification_days;
        if affects_bids && days(china_date(now), china_date(self.closes_at)) < least {
            return Err(refuse!(
                Refused,
                "CLARIFICATION_TOO_LATE",
                field: "input.closesAt",
                zh: "可能影响投标文件编制的澄清须在截止 {least} 日前发出,不足的应顺延截止时间",
                en: "a clarification that affects bids comes {least} days before the close, or the close is extended",
            ));
        }
        Ok(())
    }
}

/// The close has come, or bidding has not begun.
pub fn closed() -> Refusal {
    refuse!(
        Refused,
        "TENDER_CLOSED",
        zh: "投标已截止或尚未开始",
        en: "this tender does not take bids now",
    )
}

/// Whether the price weighs what the rules allow.
pub fn check_price_weight(weight: i32, rules: &ClockRules) -> Result<(), Refusal> {
    let (least, most) = (rules.price_weight_min, rules.price_weight_max);
    if (least..=most).contains(&i64::from(weight)) {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "PRICE_WEIGHT_OUT_OF_RANGE",
        field: "input.priceWeight",
        zh: "价格分权重须为 {least}% 至 {most}%",
        en: "the price weighs {least} % to {most} %",
    ))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const RULES: ClockRules = ClockRules {
        bid_days: 20,
        documents_working_days: 5,
        clarification_days: 15,
        price_weight_min: 10,
        price_weight_max: 100,
    };

    /// Monday 2 March 2026, 09:00 in China.
    fn now() -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse().unwrap()
    }

    fn clocks(document_days: i64, close_days: i64) -> Clocks {
        let closes_at = now() + TimeDelta::days(close_days);
        let documents_until = now() + TimeDelta::days(document_days);
        Clocks {
            documents_until,
            closes_at,
            opens_at: closes_at,
        }
    }

    #[test]
    fn twenty_days_are_twenty_and_five_working_days_span_a_weekend() {
        let calendar = WorkCalendar::default();
        clocks(7, 20).check(&RULES, &calendar, now()).unwrap();
        let refused = clocks(7, 19).check(&RULES, &calendar, now()).unwrap_err();
        assert_eq!(refused.reason, "BID_PERIOD_TOO_SHORT");
        let refused = clocks(6, 20).check(&RULES, &calendar, now()).unwrap_err();
        assert_eq!(refused.reason, "DOCUMENT_PERIOD_TOO_SHORT");
    }

    #[test]
    fn a_holiday_lengthens_the_document_period() {
        let holiday = now().date_naive() + chrono::Days::new(3);
        let calendar = WorkCalendar::from_rows([(holiday, false)]).unwrap();
        assert!(clocks(7, 20).check(&RULES, &calendar, now()).is_err());
        clocks(8, 20).check(&RULES, &calendar, now()).unwrap();
    }

    #[test]
    fn a_close_moves_only_to_later_and_before_it_has_come() {
        let mut own = clocks(7, 20);
        let later = own.closes_at + TimeDelta::days(3);
        assert_eq!(
            own.extend(own.closes_at, later, now()).unwrap_err().reason,
            "CLOSE_NOT_LATER"
        );
        let refused = own.extend(later, own.closes_at, now()).unwrap_err();
        assert_eq!(refused.reason, "OPENING_BEFORE_CLOSE");
        own.extend(later, later, now()).unwrap();
        assert_eq!(own.closes_at, later);
        assert_eq!(
            own.extend(later, later, later).unwrap_err().reason,
            "TENDER_CLOSED"
        );
    }

    #[test]
    fn a_late_clarification_that_affects_bids_needs_a_later_close() {
        let own = clocks(7, 20);
        own.check_clarification(true, &RULES, now() + TimeDelta::days(5))
            .unwrap();
        let late = now() + TimeDelta::days(6);
        let refused = own.check_clarification(true, &RULES, late).unwrap_err();
        assert_eq!(refused.reason, "CLARIFICATION_TOO_LATE");
        own.check_clarification(false, &RULES, late).unwrap();
        assert!(
            own.check_clarification(false, &RULES, own.closes_at)
                .is_err()
        );
    }

    #[test]
    fn the_price_weighs_within_bounds() {
        check_price_weight(10, &RULES).unwrap();
        assert_eq!(
            check_price_weight(9, &RULES).unwrap_err().reason,
            "PRICE_WEIGHT_OUT_OF_RANGE"
        );
    }
}
