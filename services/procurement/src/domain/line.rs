//! 买事不买人 (A73, 财政部令第102号 第十条): what a line may buy.

use kernel::{Fen, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::text;

kernel::text_enum! {
    /// What a line buys; only service units are accepted.
    pub enum NeedLineKind {
        /// 服务单位
        ServiceUnit = "SERVICE_UNIT",
        /// 货物
        Goods = "GOODS",
        /// 人头
        Headcount = "HEADCOUNT",
        /// 劳务派遣
        LabourDispatch = "LABOUR_DISPATCH",
        /// 岗位
        Post = "POST",
        /// 工程
        Works = "WORKS",
        /// 融资
        Financing = "FINANCING",
    }
}

kernel::text_enum! {
    /// Where a suspicious word counts.
    pub enum WordPlace {
        /// The unit is this word.
        Unit = "UNIT",
        /// The description contains it.
        Text = "TEXT",
    }
}

kernel::text_enum! {
    /// Why a line is refused by its words.
    pub enum WordReason {
        /// 买人头
        Headcount = "LINE_BUYS_HEADCOUNT",
        /// 劳务派遣
        LabourDispatch = "LINE_BUYS_LABOUR_DISPATCH",
        /// 设岗位
        Post = "LINE_BUYS_POST",
    }
}

/// A word by which a line that buys people gives itself away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub word: String,
    pub place: WordPlace,
    pub reason: WordReason,
}

/// One line of a need: what is bought, never who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedLine {
    pub description: String,
    pub kind: NeedLineKind,
    pub unit: String,
    pub quantity: i64,
    pub unit_ceiling: Fen,
}

/// Checks all lines and tidies their texts.
pub fn check(lines: Vec<NeedLine>, words: &[Word]) -> Result<Vec<NeedLine>, Refusal> {
    if lines.is_empty() || lines.len() > 100 {
        return Err(refuse!(
            Invalid,
            "NEED_LINES_COUNT",
            field: "input.lines",
            zh: "采购需求须有 1 至 100 项内容",
            en: "a procurement need has 1 to 100 lines",
        ));
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(at, line)| check_line(at, line, words))
        .collect()
}

fn check_line(at: usize, line: NeedLine, words: &[Word]) -> Result<NeedLine, Refusal> {
    let field = |name: &str| format!("input.lines.{at}.{name}");
    let number = at + 1;
    refuse_kind(at, line.kind)?;
    let description = text(&field("description"), &line.description, 500)?;
    let unit = text(&field("unit"), &line.unit, 20)?;
    let bare: String = unit.chars().filter(|c| !c.is_whitespace()).collect();
    for word in words {
        let (found, name) = match word.place {
            WordPlace::Unit => (bare == word.word, "unit"),
            WordPlace::Text => (description.contains(&word.word), "description"),
        };
        if found {
            return Err(buys_people(number, word).with_field(field(name)));
        }
    }
    if line.quantity < 1 || line.quantity > 100_000_000 {
        return Err(refuse!(
            Invalid,
            "LINE_QUANTITY",
            field: field("quantity"),
            zh: "第 {number} 项的数量须为 1 至 1 亿",
            en: "the quantity of line {number} is between 1 and 100 million",
        ));
    }
    if line.unit_ceiling <= Fen::ZERO {
        return Err(refuse!(
            Invalid,
            "LINE_CEILING",
            field: field("unitCeiling"),
            zh: "第 {number} 项的单价上限须大于零",
            en: "the unit ceiling of line {number} must be above zero",
        ));
    }
    Ok(NeedLine {
        description,
        unit,
        ..line
    })
}

fn refuse_kind(at: usize, kind: NeedLineKind) -> Result<(), Refusal> {
    let number = at + 1;
    let refusal = match kind {
        NeedLineKind::ServiceUnit => return Ok(()),
        NeedLineKind::Headcount => refuse!(Refused, "LINE_BUYS_HEADCOUNT",
            zh: "第 {number} 项按人头购买:购买服务“买事不买人”(财政部令第102号第十条)",
            en: "line {number} buys people by the head: services are bought, not people (MOF order 102, art. 10)"),
        NeedLineKind::LabourDispatch => refuse!(Refused, "LINE_BUYS_LABOUR_DISPATCH",
            zh: "第 {number} 项购买劳务派遣:购买服务“买事不买人”(财政部令第102号第十条)",
            en: "line {number} buys labour dispatch: services are bought, not people (MOF order 102, art. 10)"),
        NeedLineKind::Post => refuse!(Refused, "LINE_BUYS_POST",
            zh: "第 {number} 项购买岗位:购买服务“买事不买人”(财政部令第102号第十条)",
            en: "line {number} buys posts: services are bought, not people (MOF order 102, art. 10)"),
        NeedLineKind::Goods => refuse!(Refused, "LINE_BUYS_GOODS",
            zh: "第 {number} 项购买货物,不属于政府购买服务(财政部令第102号第十条)",
            en: "line {number} buys goods, which are no service (MOF order 102, art. 10)"),
        NeedLineKind::Works => refuse!(Refused, "LINE_BUYS_WORKS",
            zh: "第 {number} 项购买工程,不属于政府购买服务(财政部令第102号第十条)",
            en: "line {number} buys works, which are no service (MOF order 102, art. 10)"),
        NeedLineKind::Financing => refuse!(Refused, "LINE_BUYS_FINANCING",
            zh: "第 {number} 项涉及融资,不得以购买服务名义进行(财政部令第102号第十条)",
            en: "line {number} is financing, which may not be bought as a service (MOF order 102, art. 10)"),
    };
    Err(refusal.with_field(format!("input.lines.{at}.kind")))
}

fn buys_people(number: usize, found: &Word) -> Refusal {
    let word = &found.word;
    match found.reason {
        WordReason::Headcount => refuse!(Refused, "LINE_BUYS_HEADCOUNT",
            zh: "第 {number} 项出现“{word}”,属于按人购买:购买服务“买事不买人”(财政部令第102号第十条)",
            en: "line {number} says \"{word}\", which buys people: services are bought, not people (MOF order 102, art. 10)"),
        WordReason::LabourDispatch => refuse!(Refused, "LINE_BUYS_LABOUR_DISPATCH",
            zh: "第 {number} 项出现“{word}”,属于劳务派遣:购买服务“买事不买人”(财政部令第102号第十条)",
            en: "line {number} says \"{word}\", which is labour dispatch: services are bought, not people (MOF order 102, art. 10)"),
        WordReason::Post => refuse!(Refused, "LINE_BUYS_POST",
            zh: "第 {number} 项出现“{word}”,属于购买岗位:购买服务“买事不买人”(财政部令第102号第十条)",
            en: "line {number} says \"{word}\", which buys posts: services are bought, not people (MOF order 102, art. 10)"),
    }
}

/// What all lines may cost at most.
pub fn ceiling(lines: &[NeedLine]) -> Result<Fen, Refusal> {
    let each: Result<Vec<Fen>, _> = lines
        .iter()
        .map(|line| line.unit_ceiling.times(line.quantity))
        .collect();
    Ok(Fen::sum(each?)?)
}

/// How many units all lines buy.
pub fn quantity(lines: &[NeedLine]) -> i64 {
    lines.iter().map(|line| line.quantity).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meals() -> NeedLine {
        NeedLine {
            description: " 为老年人送午餐 ".into(),
            kind: NeedLineKind::ServiceUnit,
            unit: "次".into(),
            quantity: 300,
            unit_ceiling: Fen::new(1500),
        }
    }

    fn words() -> Vec<Word> {
        vec![
            Word {
                word: "人月".into(),
                place: WordPlace::Unit,
                reason: WordReason::Headcount,
            },
            Word {
                word: "派遣".into(),
                place: WordPlace::Text,
                reason: WordReason::LabourDispatch,
            },
        ]
    }

    #[test]
    fn accepts_service_units_and_counts_them() {
        let lines = check(vec![meals(), meals()], &words()).unwrap();
        assert_eq!(lines[0].description, "为老年人送午餐");
        assert_eq!(ceiling(&lines), Ok(Fen::new(900_000)));
        assert_eq!(quantity(&lines), 600);
    }

    #[test]
    fn refuses_every_other_kind_naming_the_line() {
        for &kind in NeedLineKind::ALL {
            let refused = check(vec![meals(), NeedLine { kind, ..meals() }], &words());
            if kind == NeedLineKind::ServiceUnit {
                refused.unwrap();
                continue;
            }
            let refused = refused.unwrap_err();
            assert_eq!(refused.reason, format!("LINE_BUYS_{kind}"));
            assert_eq!(refused.field.as_deref(), Some("input.lines.1.kind"));
        }
    }

    #[test]
    fn sees_through_a_headcount_unit_and_a_labour_word() {
        let by_head = NeedLine {
            unit: "人 月".into(),
            ..meals()
        };
        assert_eq!(
            check(vec![by_head], &words()).unwrap_err().reason,
            "LINE_BUYS_HEADCOUNT"
        );
        let dispatch = NeedLine {
            description: "派遣护理员驻点".into(),
            ..meals()
        };
        let refused = check(vec![dispatch], &words()).unwrap_err();
        assert_eq!(refused.reason, "LINE_BUYS_LABOUR_DISPATCH");
        assert_eq!(refused.field.as_deref(), Some("input.lines.0.description"));
    }

    #[test]
    fn refuses_lines_that_count_or_cost_nothing() {
        let nothing = NeedLine {
            quantity: 0,
            ..meals()
        };
        assert_eq!(
            check(vec![nothing], &[]).unwrap_err().reason,
            "LINE_QUANTITY"
        );
        let free = NeedLine {
            unit_ceiling: Fen::ZERO,
            ..meals()
        };
        assert_eq!(check(vec![free], &[]).unwrap_err().reason, "LINE_CEILING");
        assert_eq!(check(vec![], &[]).unwrap_err().reason, "NEED_LINES_COUNT");
    }
}
