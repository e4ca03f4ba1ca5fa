//! What was expected, in both languages. The value itself is never repeated:
//! it may be personal.

use async_graphql::Name;

use super::{Misfit, fits::Whole};

/// So many names of an enum are listed; an input with more is looked up.
const LISTED: usize = 12;

fn misfit(path: &[String], zh: &str, en: &str) -> Misfit {
    let field = path.join(".");
    Misfit {
        zh: format!("{field}:{zh}"),
        en: format!("{field}: {en}"),
        field,
    }
}

/// A scalar of another shape.
pub(super) fn scalar(path: &[String], scalar: &str, whole: Whole) -> Misfit {
    let (zh, en) = match scalar {
        "Int" if whole == Whole::Counting => (
            "应为不小于 0 的整数",
            "a whole number that is not negative is expected",
        ),
        "Int" => ("应为整数", "a whole number is expected"),
        "Float" => ("应为数字", "a number is expected"),
        "Boolean" => ("应为 true 或 false", "true or false is expected"),
        "String" => ("应为文本", "a text is expected"),
        "ID" => ("应为编号", "an id is expected"),
        "Fen" => (
            "金额应为整数,单位为分(12.50 元写作 1250)",
            "an amount is a whole number of 分: 12.50 yuan are 1250",
        ),
        "Minutes" => (
            "时长应为整数分钟",
            "a length of time is a whole number of minutes",
        ),
        "Date" => ("日期应如 2026-03-02", "write a day as 2026-03-02"),
        "DateTime" => (
            "时间应如 2026-03-02T09:30:00+08:00",
            "write an instant as 2026-03-02T09:30:00+08:00",
        ),
        "DivisionCode" => (
            "应为 12 位行政区划代码",
            "an administrative division code of 12 digits is expected",
        ),
        _ => ("类型不符", "the value is of another type"),
    };
    misfit(path, zh, en)
}

/// None of the values of an enum.
pub(super) fn none_of(path: &[String], values: &[Name]) -> Misfit {
    let shown: Vec<&str> = values.iter().take(LISTED).map(Name::as_str).collect();
    let more = values.len() > LISTED;
    let zh = format!(
        "应为 {}{} 之一",
        shown.join("、"),
        if more { " 等" } else { "" }
    );
    let en = format!(
        "one of {}{} is expected",
        shown.join(", "),
        if more { " and others" } else { "" }
    );
    misfit(path, &zh, &en)
}

/// Null, or nothing, where something is required.
pub(super) fn missing(path: &[String]) -> Misfit {
    misfit(path, "此项必填", "this is required")
}

/// A field that the input does not have.
pub(super) fn unknown(path: &[String]) -> Misfit {
    misfit(path, "没有这个输入项", "there is no such input field")
}

/// One value where an object of fields is expected.
pub(super) fn object(path: &[String]) -> Misfit {
    misfit(
        path,
        "应为由各输入项组成的对象",
        "an object of input fields is expected",
    )
}
