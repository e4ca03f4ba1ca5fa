//! Whole numbers within limits, at the field they were given in.

use kernel::{Refusal, refuse};

/// A number from `least` to `most`.
pub fn check_number(field: &str, given: i32, least: i32, most: i32) -> Result<i32, Refusal> {
    if (least..=most).contains(&given) {
        return Ok(given);
    }
    Err(refuse!(
        Invalid,
        "NUMBER_RANGE",
        field: field,
        zh: "须为 {least} 至 {most} 的整数",
        en: "a whole number from {least} to {most}",
    ))
}

/// An amount of money above nothing.
pub fn check_amount(field: &str, given: kernel::Fen) -> Result<kernel::Fen, Refusal> {
    if given > kernel::Fen::ZERO {
        return Ok(given);
    }
    Err(refuse!(
        Invalid,
        "AMOUNT_POSITIVE",
        field: field,
        zh: "金额须大于零",
        en: "the amount is above zero",
    ))
}

/// A day that is not before another.
pub fn check_order(
    field: &str,
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
) -> Result<(), Refusal> {
    if to >= from {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "VALID_RANGE",
        field: field,
        zh: "截止日期不能早于起始日期",
        en: "the last day cannot come before the first",
    ))
}

/// A day that has come.
pub fn check_past(
    field: &str,
    day: chrono::NaiveDate,
    today: chrono::NaiveDate,
) -> Result<chrono::NaiveDate, Refusal> {
    if day <= today {
        return Ok(day);
    }
    Err(refuse!(
        Invalid,
        "DAY_IN_FUTURE",
        field: field,
        zh: "日期不能晚于今天",
        en: "the day cannot lie in the future",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_within_and_what_lies_beyond_is_refused_at_its_field() {
        assert_eq!(check_number("input.score", 0, 0, 100), Ok(0));
        assert_eq!(check_number("input.score", 100, 0, 100), Ok(100));
        for beyond in [-1, 101] {
            let refused = check_number("input.score", beyond, 0, 100).unwrap_err();
            assert_eq!(refused.reason, "NUMBER_RANGE");
            assert_eq!(kernel::Fault::field(&refused), Some("input.score"));
        }
    }

    #[test]
    fn amounts_are_above_zero_and_days_in_order() {
        let fen = kernel::Fen::new;
        assert!(check_amount("input.amount", fen(1)).is_ok());
        assert!(check_amount("input.amount", fen(0)).is_err());
        let day = |text: &str| text.parse().unwrap();
        assert!(check_order("input.to", day("2026-03-02"), day("2026-03-02")).is_ok());
        assert!(check_order("input.to", day("2026-03-02"), day("2026-03-01")).is_err());
        assert!(check_past("input.on", day("2026-03-02"), day("2026-03-02")).is_ok());
        assert!(check_past("input.on", day("2026-03-03"), day("2026-03-02")).is_err());
    }
}
