//! Texts computed from other fields: `{weight} kg for {size.(width|length)}`.

use serde_json::{Map, Value as Json};

/// Fills a template. What is asked for must be there.
pub fn fill(
    template: &str,
    sources: &[&Map<String, Json>],
    arguments: &Map<String, Json>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (path, after) = after.split_once('}').ok_or("a brace is not closed")?;
        let steps: Vec<_> = path.split('.').collect();
        let found = match steps.as_slice() {
            ["args", rest @ ..] => below(&Json::Object(arguments.clone()), rest),
            steps => sources
                .iter()
                .find_map(|source| below(&Json::Object((*source).clone()), steps)),
        };
        out.push_str(&found.ok_or_else(|| format!("the required field {path} is missing"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn below(value: &Json, path: &[&str]) -> Option<String> {
    match (value, path) {
        (Json::Null, _) => Some("null".to_owned()),
        (Json::Array(items), _) => {
            let items: Option<Vec<_>> = items.iter().map(|item| below(item, path)).collect();
            Some(format!("[{}]", items?.join(",")))
        }
        (Json::Object(members), [step, rest @ ..]) => {
            let names = step
                .trim_start_matches('(')
                .trim_end_matches(')')
                .split('|');
            let mut names = names.filter_map(|name| members.get(name));
            names.next().and_then(|member| below(member, rest))
        }
        (Json::String(text), []) => Some(text.clone()),
        (Json::Number(_) | Json::Bool(_), []) => Some(value.to_string()),
        _ => None,
    }
}
