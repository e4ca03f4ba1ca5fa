//! Every limit refuses by its name, and costs nothing to be refused.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::{
    library,
    servers::{By, ask, ask_with, config, gateway, gateway_with},
};

async fn refused(limit: &str, value: usize, query: &str) -> Json {
    let mut settings = config();
    let limits = &mut settings.limits;
    match limit {
        "depth" => limits.depth = value,
        "aliases" => limits.aliases = value,
        "tokens" => limits.tokens = value,
        "root_fields" => limits.root_fields = value,
        "directives" => limits.directives = value,
        "fields" => limits.fields = value,
        "fragment_depth" => limits.fragment_depth = value,
        "body_bytes" => limits.body_bytes = value,
        _ => unreachable!(),
    }
    let gateway = gateway_with(library::all(), By::Memory, settings).await;
    let answer = ask(&gateway, query, &[]).await;
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["reason"], "LIMIT_EXCEEDED", "{limit}: {answer}");
    assert_eq!(error["field"], limit, "{answer}");
    answer
}

#[tokio::test]
async fn each_limit_is_named() {
    refused("depth", 2, "{ loans { reader { name } } }").await;
    refused(
        "depth",
        2,
        "{ ...A } fragment A on Query { loans { ...B } } fragment B on Loan { reader { name } }",
    )
    .await;
    refused("aliases", 1, "{ a: __typename b: __typename }").await;
    refused("tokens", 5, "{ loans { number } books { isbn } }").await;
    refused(
        "root_fields",
        1,
        "{ ...A books { isbn } } fragment A on Query { loans { number } }",
    )
    .await;
    refused("directives", 0, "{ loans @include(if: true) { number } }").await;
    refused("fields", 3, "{ books { isbn title pages } }").await;
    refused(
        "fragment_depth",
        1,
        "{ ...A } fragment A on Query { ...B } fragment B on Query { __typename }",
    )
    .await;
    refused("body_bytes", 10, "{ books { isbn } }").await;
}

#[tokio::test]
async fn a_fragment_bomb_is_counted_and_not_opened() {
    let mut query = "{ books { ...F0 } }".to_owned();
    for level in 0..20 {
        let next = level + 1;
        write!(
            query,
            " fragment F{level} on Book {{ ...F{next} ...F{next} }}"
        )
        .unwrap();
    }
    query += " fragment F20 on Book { title }";
    refused("fields", 2_000, &query).await;
}

#[tokio::test]
async fn hostile_documents_are_refused_and_do_not_crash() {
    let gateway = gateway(By::Memory).await;
    for query in [
        "{".repeat(10_000),
        format!("{{ books {} }}", "{ loans ".repeat(5_000)),
        format!(
            "query($a: {}Int{}) {{ __typename }}",
            "[".repeat(3_000),
            "]".repeat(3_000)
        ),
        "{ ...A } fragment A on Query { ...A }".to_owned(),
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(),
        "{ book(isbn: 99999999999999999999999999) { title } }".to_owned(),
        "{ ...Nobody }".to_owned(),
        "\u{feff}\u{0}".to_owned(),
        "subscription { __typename }".to_owned(),
        "type Query { a: Int }".to_owned(),
        "{ books { isbn } } { loans { number } }".to_owned(),
        "query($v: Nobody) { __typename }".to_owned(),
        "{ __typename @skip }".to_owned(),
        "{ books }".to_owned(),
        "{ __typename { a } }".to_owned(),
    ] {
        let answer = ask(&gateway, &query, &[]).await;
        let error = &answer["errors"][0];
        assert!(error["message"].is_string(), "{query:.80}: {answer}");
        assert_eq!(
            error["extensions"]["code"], "BAD_USER_INPUT",
            "{query:.80}: {answer}"
        );
        assert!(answer.get("data").is_none());
    }
    assert_eq!(
        ask(&gateway, "{ __typename }", &[]).await["data"]["__typename"],
        "Query"
    );
}

#[tokio::test]
async fn refused_documents_leave_no_plan_behind() {
    let gateway = gateway(By::Memory).await;
    ask(&gateway, "{ nothing }", &[]).await;
    assert!(gateway.generation().unwrap().plans.is_empty());
}

#[tokio::test]
async fn variables_are_held_to_their_types() {
    let gateway = gateway(By::Memory).await;
    let query = "query($isbn: ID!) { book(isbn: $isbn) { title } }";
    for (variables, reason) in [
        (json!({}), "VARIABLE_MISSING"),
        (json!({"isbn": null}), "VARIABLE_INVALID"),
        (json!({"isbn": {"a": 1}}), "VARIABLE_INVALID"),
        (json!({"isbn": 1.5}), "VARIABLE_INVALID"),
        (json!({"isbn": true}), "VARIABLE_INVALID"),
    ] {
        let answer = ask_with(&gateway, query, variables.clone(), &[]).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["reason"], reason,
            "{variables}"
        );
        assert_eq!(answer["errors"][0]["extensions"]["field"], "variables.isbn");
    }
    let answer = ask_with(&gateway, query, json!({"isbn": "b2", "more": 1}), &[]).await;
    assert_eq!(answer, json!({"data": {"book": {"title": "边城"}}}));
    let query = "mutation($n: Int!) { lend(number: $n) }";
    for wrong in [
        json!("1"),
        json!(2_147_483_648_i64),
        json!(1.5),
        json!([1, 2]),
    ] {
        let answer = ask_with(&gateway, query, json!({ "n": wrong }), &[]).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["reason"],
            "VARIABLE_INVALID"
        );
    }
    assert_eq!(
        ask_with(&gateway, query, json!({"n": 1.0}), &[]).await["data"]["lend"],
        json!([1])
    );
}

#[tokio::test]
async fn planning_ends_at_its_time_limit() {
    let mut settings = config();
    settings.limits.plan_millis = 0;
    let gateway = gateway_with(library::all(), By::Memory, settings).await;
    let answer = ask(&gateway, "{ loans { reader { name } } }", &[]).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["reason"], "PLANNING_TIMEOUT",
        "{answer}"
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TIMEOUT");
}
