//! The committed SDL is the SDL of the code, and it explains itself.

use serde_json::Value;

#[test]
fn committed_schema_is_current() {
    testkit::schema::assert_current(
        concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"),
        &communities::serve::sdl(),
    );
}

const TYPES: &str = "{ __schema { types { name kind description
    fields { name description args { name description } }
    inputFields { name description }
    enumValues { name description } } } }";

/// Types of the library, and scalars that all services share.
fn is_foreign(name: &str) -> bool {
    name.starts_with('_')
        || name.ends_with("Connection")
        || name.ends_with("Edge")
        || [
            "PageInfo", "Query", "Mutation", "Boolean", "Float", "ID", "Int", "String",
        ]
        .contains(&name)
}

/// Chinese first, then English.
fn is_told(thing: &Value) -> bool {
    let text = thing["description"].as_str().unwrap_or_default();
    let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let end = text
        .char_indices()
        .filter(|(_, c)| chinese(*c))
        .map(|(at, _)| at)
        .next_back();
    let first = text.chars().find(|c| c.is_alphabetic() || chinese(*c));
    let english = end.is_some_and(|end| text[end..].chars().any(|c| c.is_ascii_alphabetic()));
    first.is_some_and(|c| chinese(c) || c.is_ascii()) && english
}

#[tokio::test]
async fn everything_in_the_graph_is_described_in_both_languages() {
    let answer = communities::graphql::schema(None).execute(TYPES).await;
    let answer = serde_json::to_value(answer.data).unwrap();
    let mut silent = Vec::new();
    for kind in answer["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        let root = ["Query", "Mutation"].contains(&name);
        if (is_foreign(name) || kind["kind"] == "SCALAR") && !root {
            continue;
        }
        if !root && !is_told(kind) {
            silent.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for thing in kind[part].as_array().into_iter().flatten() {
                let member = format!("{name}.{}", thing["name"].as_str().unwrap());
                if member.starts_with("Query._") {
                    continue;
                }
                if !is_told(thing) {
                    silent.push(member.clone());
                }
                for arg in thing["args"].as_array().into_iter().flatten() {
                    if !is_told(arg) {
                        silent.push(format!("{member}({})", arg["name"].as_str().unwrap()));
                    }
                }
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

/// What everybody is given alike may be kept for a while. A type that says so
/// must look at no caller, and nothing below it that does may be covered.
#[test]
fn only_reference_data_may_be_kept() {
    let hints = kit::graph::Hints::of::<communities::graphql::Query>();
    assert_eq!(hints.speaking(), ["Community", "Query.communities"]);
    let hint = |query: &str| {
        let document = async_graphql::parser::parse_query(query).unwrap();
        hints.hint(&document, None)
    };
    let kept = "{ community(id: 1) { name } communities { nodes { population } } _entities(representations: []) { ... on Community { kind } } }";
    assert_eq!(
        hint(kept).map(|it| (it.max_age, it.public)),
        Some((60, true))
    );
    for personal in [
        "{ need(id: 1) { id community { name } } }",
        "{ community(id: 1) { name } needs { nodes { id } } }",
    ] {
        assert_eq!(hint(personal), None, "{personal}");
    }
}
