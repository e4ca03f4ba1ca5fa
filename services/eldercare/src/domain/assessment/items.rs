//! The 26 items of GB/T 42195-2022 and what each can score. The database holds
//! the same rows; a test compares them.

use super::Part;

/// The instrument these items belong to.
pub const INSTRUMENT: &str = "GB_T_42195_2022";

/// One item of the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub code: &'static str,
    pub part: Part,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    pub max: i32,
}

const fn item(
    code: &'static str,
    part: Part,
    name_zh: &'static str,
    name_en: &'static str,
    max: i32,
) -> Item {
    Item {
        code,
        part,
        name_zh,
        name_en,
        max,
    }
}

/// All items, in the order of the form.
pub const ITEMS: &[Item] = &[
    item("B1.1", Part::SelfCare, "进食", "Eating", 4),
    item("B1.2", Part::SelfCare, "修饰", "Grooming", 4),
    item("B1.3", Part::SelfCare, "洗澡", "Bathing", 4),
    item(
        "B1.4",
        Part::SelfCare,
        "穿/脱上衣",
        "Dressing the upper body",
        4,
    ),
    item(
        "B1.5",
        Part::SelfCare,
        "穿/脱裤子和鞋袜",
        "Dressing the lower body, shoes and socks",
        4,
    ),
    item("B1.6", Part::SelfCare, "小便控制", "Bladder control", 4),
    item("B1.7", Part::SelfCare, "大便控制", "Bowel control", 4),
    item("B1.8", Part::SelfCare, "如厕", "Using the toilet", 4),
    item("B2.1", Part::Motion, "床上体位转移", "Turning in bed", 4),
    item("B2.2", Part::Motion, "床椅转移", "From bed to chair", 4),
    item(
        "B2.3",
        Part::Motion,
        "平地行走",
        "Walking on level ground",
        4,
    ),
    item("B2.4", Part::Motion, "上下楼梯", "Stairs", 3),
    item("B3.1", Part::Mind, "时间定向", "Orientation in time", 4),
    item("B3.2", Part::Mind, "空间定向", "Orientation in place", 4),
    item("B3.3", Part::Mind, "人物定向", "Orientation to persons", 4),
    item("B3.4", Part::Mind, "记忆", "Memory", 4),
    item("B3.5", Part::Mind, "理解能力", "Understanding", 4),
    item("B3.6", Part::Mind, "表达能力", "Expression", 4),
    item("B3.7", Part::Mind, "攻击行为", "Aggression", 1),
    item("B3.8", Part::Mind, "抑郁症状", "Depressive symptoms", 1),
    item("B3.9", Part::Mind, "意识水平", "Consciousness", 2),
    item("B4.1", Part::Senses, "视力", "Sight", 2),
    item("B4.2", Part::Senses, "听力", "Hearing", 2),
    item("B4.3", Part::Senses, "执行日常事务", "Daily affairs", 4),
    item(
        "B4.4",
        Part::Senses,
        "使用交通工具外出",
        "Going out by transport",
        3,
    ),
    item("B4.5", Part::Senses, "社会交往能力", "Social contact", 4),
];
