//! The library's messages, which are in English, for owners who read Chinese.

use super::{Problem, SubgraphSchema};

/// A message of the library, with its owners.
pub fn translate(message: &str, subgraphs: &[&SubgraphSchema]) -> Problem {
    let (owner, text) = message
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
        .map_or((None, message), |(owner, text)| (Some(owner), text));
    let names = |name: &str| {
        owner.map_or_else(
            || {
                message
                    .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
                    .any(|word| word == name)
            },
            |owner| owner == name,
        )
    };
    let known = subgraphs
        .iter()
        .filter(|it| names(&it.name))
        .map(|it| it.name.clone());
    Problem {
        subgraphs: known.collect(),
        zh: chinese(text).unwrap_or_else(|| format!("合成错误:{text}")),
        en: text.to_owned(),
    }
}

/// What stands between two texts.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    if after.is_empty() {
        return Some(rest.trim_end_matches('.'));
    }
    rest.split_once(after).map(|(found, _)| found)
}

fn chinese(text: &str) -> Option<String> {
    if text.contains("is resolved by multiple subgraphs") {
        let field = between(text, "The field `", "`")?;
        let owners = between(text, "of the subgraphs: ", "")?;
        return Some(format!(
            "字段 {field} 由多个子图({owners})解析,但没有标记 @shareable:\
             请只保留一个子图,或在每个子图中标记 @shareable"
        ));
    }
    if text.contains("has conflicting types in different subgraphs") {
        let what = between(text, "The ", " field has conflicting")
            .map(|it| format!("字段 {it}"))
            .or_else(|| between(text, "The ", " has conflicting").map(str::to_owned))?;
        let kinds = between(text, "in different subgraphs: ", "")?;
        let kinds = kinds.replace(" but ", ",").replace(" in ", " 在子图 ");
        return Some(format!("{what} 在各子图中的类型不一致:{kinds}"));
    }
    if text.starts_with("The values of enum") {
        let name = between(text, "enum \"", "\"")?;
        let owners = between(text, "match in subgraphs ", "")?.replace(" and ", "、");
        return Some(format!(
            "枚举 {name} 同时用于输入和输出,其取值在各子图中必须完全相同,但在 {owners} 中不同"
        ));
    }
    if text.starts_with("Cannot merge") {
        let (one, other) = between(text, "Cannot merge ", " (")?.split_once(" with ")?;
        let place = between(text, "(", ")")?;
        let (name, owners) = place.split_once(" in ")?;
        let owners = owners.replace(" and ", "、");
        return Some(format!(
            "名称 {name} 在子图 {owners} 中是不同种类的类型({one} 与 {other}):请改名或统一种类"
        ));
    }
    if text.starts_with("The argument") {
        let argument = between(text, "The argument `", "`")?;
        let (required, missing) =
            between(text, "is required in ", "")?.split_once(" but missing in ")?;
        return Some(format!(
            "参数 {argument} 在子图 {required} 中必填,但子图 {missing} 中没有:\
             请补上,或改为可选"
        ));
    }
    if let Some((place, rest)) = text
        .strip_prefix("Error in @")
        .and_then(|it| it.split_once(": the "))
    {
        let (directive, place) = place.split_once(" at ")?;
        let (field, parent) = rest.split_once(" field does not exist on ")?;
        return Some(format!(
            "{place} 的 @{directive} 有误:{parent} 没有字段 {field}"
        ));
    }
    None
}
