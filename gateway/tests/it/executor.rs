//! The facts that an executor of this planner must hold, one by one.

use serde_json::{Value as Json, json};

use crate::scripted::Script;

const ITEMS: [(&str, &str); 2] = [
    (
        "list",
        r#"type Query { items: [Item] more: [Item] one: Item @shareable }
           type Item @key(fields: "id") { id: ID! }"#,
    ),
    (
        "names",
        r#"type Item @key(fields: "id") { id: ID! name: String strict: String! }"#,
    ),
];

/// Answers `_entities` of any alias from the ids in the representations.
fn entities(variables: &Json, query: &str, entity: impl Fn(&Json) -> Json) -> Json {
    let mut data = serde_json::Map::new();
    for (name, list) in variables.as_object().unwrap() {
        let answers: Json = list.as_array().unwrap().iter().map(&entity).collect();
        // `alias:_entities(representations:$name)`, or without an alias.
        for part in query.split("_entities(representations:").skip(1) {
            let used = part.trim_start().trim_start_matches('$');
            let used: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if used == *name {
                let before =
                    &query[..query.len() - part.len() - "_entities(representations:".len()];
                let before = before.trim_end();
                let key = before.strip_suffix(':').map_or_else(
                    || "_entities".to_owned(),
                    |rest| {
                        rest.chars()
                            .rev()
                            .take_while(|c| c.is_alphanumeric() || *c == '_')
                            .collect::<Vec<_>>()
                            .into_iter()
                            .rev()
                            .collect()
                    },
                );
                data.insert(key, answers.clone());
            }
        }
    }
    json!({ "data": data })
}

fn named(representation: &Json) -> Json {
    let id = representation["id"].as_str().unwrap();
    json!({"__typename": "Item", "name": format!("n{id}"), "strict": format!("s{id}")})
}

async fn items(list: Json) -> Script {
    Script::new(&ITEMS, move |service, query, variables| match service {
        "list" => json!({ "data": list }),
        _ => entities(variables, query, named),
    })
    .await
}

fn item(id: &str) -> Json {
    json!({"__typename": "Item", "id": id})
}

#[tokio::test]
async fn skips_null_positions_and_sends_each_entity_once() {
    let script = items(json!({"items": [item("1"), null, item("1"), item("2")]})).await;
    let answer = script.ask("{ items { name } }").await;
    assert_eq!(
        answer,
        json!({"data": {"items": [{"name": "n1"}, null, {"name": "n1"}, {"name": "n2"}]}})
    );
    let sent = script.representations("names");
    assert_eq!(sent["representations"], json!([item("1"), item("2")]));
}

#[tokio::test]
async fn makes_no_call_where_no_entity_remains() {
    for list in [
        json!({"items": null}),
        json!({"items": []}),
        json!({"items": [null]}),
    ] {
        let script = items(list.clone()).await;
        assert_eq!(
            script.ask("{ items { name } }").await,
            json!({ "data": list })
        );
        assert_eq!(script.asked().len(), 1);
    }
}

#[tokio::test]
async fn batches_several_places_into_one_call_and_sends_empty_aliases() {
    let script = items(json!({"items": [item("1")], "more": []})).await;
    let answer = script.ask("{ items { name } more { strict } }").await;
    assert_eq!(
        answer,
        json!({"data": {"items": [{"name": "n1"}], "more": []}})
    );
    let asked = script.asked();
    assert_eq!(asked.len(), 2, "{asked:#?}");
    let lists: Vec<_> = asked[1].2.as_object().unwrap().values().cloned().collect();
    assert!(
        lists.contains(&json!([item("1")])) && lists.contains(&json!([])),
        "{lists:?}"
    );
}

#[tokio::test]
async fn a_service_that_is_down_nulls_its_fields_at_every_place() {
    let script = Script::new(&ITEMS, |service, _, _| match service {
        "list" => json!({"data": {"items": [item("1"), item("2")], "more": [item("3")]}}),
        _ => json!("down"),
    })
    .await;
    let answer = script.ask("{ items { id name } more { id strict } }").await;
    assert_eq!(
        answer["data"],
        json!({"items": [{"id": "1", "name": null}, {"id": "2", "name": null}], "more": [null]})
    );
    let errors = answer["errors"].as_array().unwrap();
    let mut paths: Vec<_> = errors.iter().map(|it| it["path"].to_string()).collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            r#"["items",0,"name"]"#,
            r#"["items",1,"name"]"#,
            r#"["more",0,"strict"]"#
        ]
    );
    assert!(
        errors
            .iter()
            .all(|it| it["extensions"]["code"] == "UNAVAILABLE")
    );
    assert!(!answer.to_string().contains("10.1.1.1"));
}

#[tokio::test]
async fn one_error_stands_for_each_null_that_bubbles() {
    let script = Script::new(&ITEMS, |service, query, variables| match service {
        "list" => json!({"data": {"items": [item("1"), item("2")]}}),
        _ => entities(variables, query, |it| {
            if it["id"] == "1" {
                json!({"__typename": "Item", "strict": null})
            } else {
                named(it)
            }
        }),
    })
    .await;
    let answer = script.ask("{ items { strict } }").await;
    assert_eq!(answer["data"], json!({"items": [null, {"strict": "s2"}]}));
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["path"], json!(["items", 0, "strict"]));
}

#[tokio::test]
async fn an_answer_that_is_no_graphql_is_an_error_and_not_a_crash() {
    let script = Script::new(&ITEMS, |service, _, _| match service {
        "list" => json!({"data": {"one": item("1")}}),
        _ => json!(["nonsense"]),
    })
    .await;
    let answer = script.ask("{ one { id name } }").await;
    assert_eq!(answer["data"], json!({"one": {"id": "1", "name": null}}));
    assert_eq!(
        answer["errors"][0]["extensions"]["reason"],
        "SUBGRAPH_ANSWER_UNREADABLE"
    );
}

#[tokio::test]
async fn numbers_and_texts_leave_as_they_came() {
    let sdl = [(
        "raw",
        "scalar Decimal type Query { price: Decimal text: String blob: Decimal }",
    )];
    let script = Script::new(&sdl, |_, _, _| {
        json!({"data": {"price": 0, "text": "引号\"与\\", "blob": {"中": [1, {"a": null}]}}})
    })
    .await;
    let request = gateway::GraphRequest::new("{ text price blob }");
    let context = crate::servers::context(&script.gateway, &[]);
    let response = script.gateway.execute(request, &context, false).await;
    assert_eq!(
        std::str::from_utf8(&response.body).unwrap(),
        r#"{"data":{"text":"引号\"与\\","price":0,"blob":{"中":[1,{"a":null}]}}}"#
    );
}

// --- interface objects, abstract types -----------------------------------------

const MEDIA: [(&str, &str); 2] = [
    (
        "media",
        r#"type Query { media: [Media] }
           interface Media @key(fields: "id") { id: ID! title: String }
           type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }
           type Song implements Media @key(fields: "id") { id: ID! title: String bars: Int }"#,
    ),
    (
        "ratings",
        r#"type Query { rated: [Media] }
           type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }"#,
    ),
];

async fn media() -> Script {
    Script::new(&MEDIA, |service, query, variables| match service {
        "media" if query.contains("_entities") => entities(variables, query, |it| {
            let kind = if it["id"] == "f" { "Film" } else { "Song" };
            json!({"__typename": kind, "title": format!("t{}", it["id"].as_str().unwrap()), "minutes": 90, "bars": 8})
        }),
        "media" => json!({"data": {"media": [
            {"__typename": "Film", "id": "f", "title": "tf", "minutes": 90},
            {"__typename": "Song", "id": "s", "title": "ts", "bars": 8}]}}),
        _ if query.contains("_entities") => {
            entities(variables, query, |_| json!({"__typename": "Media", "stars": 5}))
        }
        _ => json!({"data": {"rated": [
            {"__typename": "Media", "id": "f", "stars": 5}, {"__typename": "Media", "id": "s", "stars": 5}]}}),
    })
    .await
}

#[tokio::test]
async fn sends_the_interface_name_to_an_interface_object() {
    let script = media().await;
    let answer = script.ask("{ media { __typename title stars } }").await;
    assert_eq!(
        answer,
        json!({"data": {"media": [
            {"__typename": "Film", "title": "tf", "stars": 5},
            {"__typename": "Song", "title": "ts", "stars": 5}]}})
    );
    let sent = script.representations("ratings");
    for list in sent.values() {
        for it in list.as_array().unwrap() {
            assert_eq!(it["__typename"], "Media", "{sent:?}");
        }
    }
}

#[tokio::test]
async fn learns_the_concrete_type_behind_an_interface_object() {
    let script = media().await;
    let answer = script
        .ask("{ rated { __typename stars title ... on Film { minutes } } }")
        .await;
    assert_eq!(
        answer,
        json!({"data": {"rated": [
            {"__typename": "Film", "stars": 5, "title": "tf", "minutes": 90},
            {"__typename": "Song", "stars": 5, "title": "ts"}]}})
    );
}

#[tokio::test]
async fn an_abstract_type_name_matters_only_to_who_asked_for_it() {
    // The owner of the interface does not answer, so no concrete type is known.
    let script = Script::new(&MEDIA, |service, _, _| match service {
        "media" => json!("down"),
        _ => json!({"data": {"rated": [{"__typename": "Media", "id": "f", "stars": 5}]}}),
    })
    .await;
    let answer = script.ask("{ rated { stars } }").await;
    assert_eq!(answer, json!({"data": {"rated": [{"stars": 5}]}}));
    let answer = script.ask("{ rated { __typename stars } }").await;
    assert_eq!(answer["data"], json!({"rated": [null]}));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
}

const FOUND: [(&str, &str); 1] = [(
    "found",
    r"type Query { found: [Found] strict: [Found!] colour: Colour colours: [Colour!] first: Found! }
       union Found = Open | Shut | Secret
       type Open { a: Int same: Same }
       type Shut { b: Int same: Same }
       type Secret @inaccessible { c: Int }
       type Same { x: Int y: Int }
       enum Colour { RED GREEN HIDDEN @inaccessible }",
)];

#[tokio::test]
async fn hidden_and_unknown_types_become_null_with_one_error() {
    for name in ["Secret", "Nobody"] {
        let script = Script::new(&FOUND, move |_, _, _| {
            json!({"data": {"found": [{"__typename": name, "c": 1}, {"__typename": "Open", "a": 1}],
                "strict": [{"__typename": name}]}})
        })
        .await;
        let answer = script.ask("{ found { ... on Open { a } } }").await;
        assert_eq!(answer["data"], json!({"found": [null, {"a": 1}]}), "{name}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
        let answer = script.ask("{ strict { ... on Open { a } } }").await;
        assert_eq!(answer["data"], json!({"strict": null}));
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
        assert!(!answer.to_string().contains(name));
    }
}

#[tokio::test]
async fn hidden_enum_values_become_null_and_bubble() {
    let script = Script::new(
        &FOUND,
        |_, _, _| json!({"data": {"colour": "HIDDEN", "colours": ["RED", "HIDDEN"]}}),
    )
    .await;
    let answer = script.ask("{ colour colours }").await;
    assert_eq!(answer["data"], json!({"colour": null, "colours": null}));
    let paths: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].clone())
        .collect();
    assert_eq!(paths, [json!(["colour"]), json!(["colours", 1])]);
}

#[tokio::test]
async fn a_null_at_the_root_nulls_data() {
    let script = Script::new(&FOUND, |_, _, _| json!({"data": {"first": null}})).await;
    let answer = script.ask("{ first { __typename } }").await;
    assert_eq!(answer["data"], Json::Null);
    assert_eq!(answer["errors"][0]["path"], json!(["first"]));
}

#[tokio::test]
async fn merges_the_selections_of_one_key_everywhere() {
    let script = Script::new(&FOUND, |_, _, _| {
        json!({"data": {"found": [
            {"__typename": "Open", "same": {"x": 1, "y": 2}}, {"__typename": "Shut", "same": {"x": 3, "y": 4}}]}})
    })
    .await;
    let query = "{ found { ... on Open { same { x } } ...F ... on Shut { same { x } } } }
        fragment F on Found { ... on Open { same { y } } }";
    let answer = script.ask(query).await;
    assert_eq!(
        answer,
        json!({"data": {"found": [{"same": {"x": 1, "y": 2}}, {"same": {"x": 3}}]}})
    );
}

#[tokio::test]
async fn what_is_wholly_skipped_is_an_empty_object() {
    let script = items(json!({"one": item("1"), "items": [item("1")]})).await;
    assert_eq!(
        script.ask("{ one @skip(if: true) { id } }").await,
        json!({"data": {}})
    );
    assert!(script.asked().is_empty());
    let answer = script.ask("{ one { id @skip(if: true) } }").await;
    assert_eq!(answer, json!({"data": {"one": {}}}));
}

#[tokio::test]
async fn fields_that_differ_in_nullability_between_members_keep_their_names() {
    // `v` is String! of one member and String of another in the first subgraph.
    let sdls = [
        (
            "first",
            r#"type Query { both: [Both] } union Both = A | B
               type A @key(fields: "id") { id: ID! v: String! @shareable } type B { v: String }"#,
        ),
        (
            "second",
            r#"type A @key(fields: "id") { id: ID! v: String @shareable w: Int }"#,
        ),
    ];
    let script = Script::new(&sdls, |_, query, _| {
        // Two different types under one key would be refused by the subgraph.
        let mut a = json!({"__typename": "A", "id": "1"});
        let mut b = json!({"__typename": "B"});
        let alias = |of: &str| {
            let part = query
                .split(&format!("on {of}{{"))
                .nth(1)
                .unwrap_or_default();
            let part = part.split('}').next().unwrap_or_default();
            let v = part
                .split_whitespace()
                .find(|it| it.contains('v'))
                .unwrap_or("v");
            part.find(": v")
                .or(part.find(":v"))
                .map_or(v.to_owned(), |at| {
                    part[..at]
                        .split_whitespace()
                        .last()
                        .unwrap_or("v")
                        .to_owned()
                })
        };
        let (of_a, of_b) = (alias("A"), alias("B"));
        assert_ne!(of_a, of_b, "{query}");
        a[of_a] = json!("va");
        b[of_b] = json!("vb");
        json!({"data": {"both": [a, b]}})
    })
    .await;
    let answer = script
        .ask("{ both { ... on A { v } ... on B { v } } }")
        .await;
    assert_eq!(
        answer,
        json!({"data": {"both": [{"v": "va"}, {"v": "vb"}]}})
    );
}

// --- where the planner needs help ------------------------------------------------

#[tokio::test]
async fn a_required_field_with_arguments_keeps_apart_from_the_clients() {
    let sdls = [
        (
            "goods",
            r#"type Query { one: Goods }
               type Goods @key(fields: "id") { id: ID! price(in: String!): Int }"#,
        ),
        (
            "post",
            r#"type Goods @key(fields: "id") { id: ID! price(in: String!): Int @external
                 postage: Int @requires(fields: "price(in: \"CNY\")") }"#,
        ),
    ];
    let script = Script::new(&sdls, |service, query, variables| match service {
        "goods" => {
            let mut goods = json!({"__typename": "Goods", "id": "1"});
            // Each under the key it was asked for.
            for (field, value) in [("price(in: \"EUR\")", 2), ("price(in: \"CNY\")", 14)] {
                let before = &query[..query.find(field).unwrap()];
                let alias = before
                    .strip_suffix(": ")
                    .and_then(|it| it.rsplit([' ', '{']).next());
                goods[alias.unwrap_or("price")] = json!(value);
            }
            json!({"data": {"one": goods}})
        }
        _ => entities(
            variables,
            query,
            |it| json!({"__typename": "Goods", "postage": it["price"].as_i64().unwrap() * 10}),
        ),
    })
    .await;
    let answer = script.ask(r#"{ one { price(in: "EUR") postage } }"#).await;
    assert_eq!(
        answer,
        json!({"data": {"one": {"price": 2, "postage": 140}}})
    );
    let sent = script.representations("post");
    assert_eq!(sent["representations"][0]["price"], 14);
}

#[tokio::test]
async fn sends_only_the_members_that_a_fetch_is_for() {
    let sdls = [
        (
            "list",
            r#"type Query { list: [Found] } union Found = A | B
               type A @key(fields: "id") { id: ID! } type B @key(fields: "id") { id: ID! }"#,
        ),
        (
            "more",
            r#"type A @key(fields: "id") { id: ID! x: Int } type B @key(fields: "id") { id: ID! y: Int }"#,
        ),
    ];
    let script = Script::new(&sdls, |service, query, variables| match service {
        "list" => json!({"data": {"list": [
            {"__typename": "B", "id": "1"}, {"__typename": "A", "id": "1"}]}}),
        _ => entities(
            variables,
            query,
            |it| json!({"__typename": it["__typename"], "x": 7, "y": 8}),
        ),
    })
    .await;
    let answer = script.ask("{ list { ... on A { x } } }").await;
    assert_eq!(answer, json!({"data": {"list": [{}, {"x": 7}]}}));
    let sent = script.representations("more");
    assert_eq!(
        sent["representations"],
        json!([{"__typename": "A", "id": "1"}])
    );
}

#[tokio::test]
async fn hidden_members_of_an_interface_are_noticed_without_typename() {
    let sdls = [(
        "pets",
        r"type Query { pets: [Pet] } interface Pet { name: String }
          type Cat implements Pet { name: String } type Yeti implements Pet @inaccessible { name: String }",
    )];
    let script = Script::new(&sdls, |_, query, _| {
        // A subgraph answers only what it is asked.
        let pet = |kind: &str| {
            if query.contains("__typename") {
                json!({"__typename": kind, "name": kind})
            } else {
                json!({"name": kind})
            }
        };
        json!({"data": {"pets": [pet("Cat"), pet("Yeti")]}})
    })
    .await;
    let answer = script.ask("{ pets { name } }").await;
    assert_eq!(answer["data"], json!({"pets": [{"name": "Cat"}, null]}));
    assert_eq!(answer["errors"][0]["path"], json!(["pets", 1]));
    assert!(!answer.to_string().contains("Yeti"));
}

#[tokio::test]
async fn a_conflict_that_the_planner_leaves_is_an_error_of_its_field_and_no_more() {
    // To clients `id` is ID in both members, to this subgraph ID! in one; under
    // repeated fragments the planner sends both without aliases.
    let sdls = [
        (
            "accounts",
            r#"type Query { accounts: [Account] ok: Int } union Account = User | Admin
               type User @key(fields: "id") { id: ID! similarAccounts: [Account] }
               type Admin { id: ID similarAccounts: [Account] }"#,
        ),
        (
            "others",
            r#"type User @key(fields: "id") { id: ID x: Int }"#,
        ),
    ];
    let script = Script::new(&sdls, |_, query, _| {
        assert!(query.contains("accounts"), "one call does it all");
        json!({"errors": [{"message": "Fields \"id\" conflict at 10.0.0.1", "path": ["accounts"]}],
            "data": {"accounts": null, "ok": 1}})
    })
    .await;
    let query = "{ ok accounts { ... on Admin { similarAccounts {
        ... on User { similarAccounts { ... on User { id } } }
        ... on Admin { similarAccounts { ... on Admin { id } } } } } } }";
    let answer = script.ask(query).await;
    assert_eq!(
        answer["data"],
        json!({"ok": 1, "accounts": null}),
        "{answer}"
    );
    assert_eq!(answer["errors"][0]["path"], json!(["accounts"]));
}
