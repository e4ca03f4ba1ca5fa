//! Whole queries over real subgraphs, the same over every transport.

use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use crate::{
    library,
    servers::{ALL, By, Mortal, ask, ask_with, config, gateway, gateway_with, grpc},
};

#[tokio::test]
async fn joins_three_subgraphs_over_every_transport() {
    let query = "{ loans { number book { title pages days } reader { name loans { number } } } }";
    for by in ALL {
        let gateway = gateway(by).await;
        let answer = ask(&gateway, query, &[]).await;
        assert_eq!(
            answer,
            json!({"data": {"loans": [
                {"number": 1, "book": {"title": "围城", "pages": 359, "days": 35},
                    "reader": {"name": "张三", "loans": [{"number": 1}, {"number": 3}]}},
                {"number": 2, "book": {"title": "围城", "pages": 359, "days": 35},
                    "reader": {"name": "李四", "loans": [{"number": 2}]}},
                {"number": 3, "book": {"title": "呐喊 \"1923\"", "pages": 240, "days": 24},
                    "reader": {"name": "张三", "loans": [{"number": 1}, {"number": 3}]}},
            ]}}),
            "{by:?}"
        );
    }
}

#[tokio::test]
async fn asks_each_service_once_per_level_and_each_entity_once() {
    let gateway = gateway(By::Memory).await;
    let query = "{ loans { book { title } reader { name } } }";
    let answer = ask(&gateway, query, &[("x-sanshe-explain", "1")]).await;
    let calls = answer["extensions"]["explain"]["calls"].as_array().unwrap();
    let mut seen: Vec<_> = calls
        .iter()
        .map(|it| {
            (
                it["service"].as_str().unwrap(),
                it["level"].as_u64().unwrap(),
                it["representations"].as_u64().unwrap(),
            )
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [("catalogue", 1, 2), ("loans", 0, 0), ("members", 1, 2)]
    );
}

#[tokio::test]
async fn explains_only_where_switched_on() {
    let mut settings = config();
    settings.features.explain = false;
    let gateway = gateway_with(library::all(), By::Memory, settings).await;
    let answer = ask(
        &gateway,
        "{ loans { number } }",
        &[("x-sanshe-explain", "1")],
    )
    .await;
    assert!(answer.get("extensions").is_none());
}

#[tokio::test]
async fn reads_abstract_types_aliases_and_typenames() {
    let gateway = gateway(By::Grpc).await;
    let query = "{ kind: __typename
        items { __typename name: title ... on Book { loans { number } } ... on Magazine { issue } }
        search { ... on Loan { book { title } } ... on Notice { text } } }";
    let answer = ask(&gateway, query, &[]).await;
    assert_eq!(
        answer,
        json!({"data": {"kind": "Query",
            "items": [
                {"__typename": "Book", "name": "围城", "loans": [{"number": 1}, {"number": 2}]},
                {"__typename": "Magazine", "name": "读书", "issue": 7},
            ],
            "search": [{"book": {"title": "呐喊 \"1923\""}}, {"text": "闭馆"}]}})
    );
}

#[tokio::test]
async fn obeys_skip_and_include_by_variable_without_a_call() {
    let gateway = gateway(By::Memory).await;
    let query = "query($more: Boolean! = false) {
        book(isbn: \"b1\") { title loans @include(if: $more) { reader { name } } } }";
    let plain = ask_with(&gateway, query, json!({}), &[("x-sanshe-explain", "1")]).await;
    assert_eq!(plain["data"], json!({"book": {"title": "围城"}}));
    assert_eq!(
        plain["extensions"]["explain"]["calls"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let more = ask_with(&gateway, query, json!({"more": true}), &[]).await;
    let readers = json!([{"reader": {"name": "张三"}}, {"reader": {"name": "李四"}}]);
    assert_eq!(
        more["data"],
        json!({"book": {"title": "围城", "loans": readers}})
    );
}

#[tokio::test]
async fn passes_only_the_variables_a_subgraph_uses() {
    let gateway = gateway(By::Http).await;
    let query =
        "query($isbn: ID!, $id: ID!) { book(isbn: $isbn) { title } member(id: $id) { name } }";
    let answer = ask_with(&gateway, query, json!({"isbn": "b2", "id": "u2"}), &[]).await;
    assert_eq!(
        answer,
        json!({"data": {"book": {"title": "边城"}, "member": {"name": "李四"}}})
    );
}

#[tokio::test]
async fn runs_mutations_in_order_and_once() {
    let gateway = gateway(By::Grpc).await;
    let query = "mutation { a: lend(number: 1) b: lend(number: 2) c: lend(number: 3) }";
    let answer = ask(&gateway, query, &[]).await;
    assert_eq!(
        answer,
        json!({"data": {"a": [1], "b": [1, 2], "c": [1, 2, 3]}})
    );
}

#[tokio::test]
async fn forwards_the_token_and_answers_the_service_error_at_its_path() {
    for by in ALL {
        let gateway = gateway(by).await;
        let answer = ask(
            &gateway,
            "{ me { name } }",
            &[("authorization", "Bearer u2")],
        )
        .await;
        assert_eq!(answer, json!({"data": {"me": {"name": "李四"}}}), "{by:?}");
        let answer = ask(&gateway, "{ me { name } books { isbn } }", &[]).await;
        assert_eq!(answer["data"]["me"], Json::Null);
        assert_eq!(answer["data"]["books"].as_array().unwrap().len(), 3);
        assert_eq!(
            answer["errors"],
            json!([{"message": "请先登录", "path": ["me"], "extensions":
                {"code": "UNAUTHENTICATED", "reason": "LOGIN_REQUIRED", "requestId": "r-1"}}])
        );
    }
}

#[tokio::test]
async fn a_refusal_beside_graphql_comes_in_the_callers_language() {
    let gateway = gateway(By::Grpc).await;
    for (language, told) in [
        ("zh-CN,zh;q=0.9", "登录凭证无效,请重新登录"),
        ("en-GB,en;q=0.9", "log in again"),
    ] {
        let headers = [
            ("authorization", "Bearer spoilt"),
            ("accept-language", language),
        ];
        let answer = ask(&gateway, "{ me { name } }", &headers).await;
        let error = &answer["errors"][0];
        assert_eq!(error["message"], told, "{language}: {answer}");
        assert_eq!(error["extensions"]["reason"], "TOKEN_INVALID");
    }
}

#[tokio::test]
async fn masks_errors_without_a_code() {
    let mut settings = config();
    settings.features.expose_subgraph_errors = false;
    let gateway = gateway_with(library::all(), By::Grpc, settings).await;
    let answer = ask(
        &gateway,
        "{ me { name } }",
        &[("authorization", "Bearer boom")],
    )
    .await;
    let text = answer.to_string();
    assert!(
        !text.contains("SELECT") && !text.contains("10.0.0.7"),
        "{text}"
    );
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
    assert_eq!(answer["errors"][0]["path"], json!(["me"]));
}

#[tokio::test]
async fn rewrites_entity_errors_to_every_place_that_used_the_entity() {
    let gateway = gateway(By::Memory).await;
    let query = "{ loans { number reader { card } } }";
    let answer = ask(&gateway, query, &[("x-sanshe-purpose", "lost")]).await;
    let mut paths: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].to_string())
        .collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            r#"["loans",0,"reader","card"]"#,
            r#"["loans",1,"reader","card"]"#,
            r#"["loans",2,"reader","card"]"#,
        ]
    );
    // `card` must not be null, so the reader is; one error per place, no second for the bubble.
    assert_eq!(
        answer["data"]["loans"][0],
        json!({"number": 1, "reader": null})
    );
}

#[tokio::test]
async fn a_subgraph_that_is_down_nulls_only_its_own_fields_and_comes_back() {
    let mut addresses = std::collections::BTreeMap::new();
    let mut members = None;
    for it in library::all() {
        let name = it.name.to_owned();
        if name == "members" {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            members = Some((it.clone(), address, Mortal::grpc(it, listener)));
            addresses.insert(name, format!("http://{address}"));
        } else {
            addresses.insert(name, grpc(it).await.0);
        }
    }
    let mut settings = config();
    settings.source = gateway::config::Source::Subgraphs(addresses);
    let gateway = gateway::Gateway::new(settings, gateway::Parts::default()).unwrap();
    gateway.refresh().await.unwrap();
    let (subgraph, address, server) = members.unwrap();
    assert!(
        ask(&gateway, "{ loans { reader { name } } }", &[])
            .await
            .get("errors")
            .is_none()
    );
    server.kill();

    let query = "{ loans { number reader { id name } book { title } } }";
    let answer = loop {
        // The connections close when the runtime has ended.
        let answer = ask(&gateway, query, &[]).await;
        if answer.get("errors").is_some() {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(
        answer["data"]["loans"][0],
        json!({"number": 1, "reader": null, "book": {"title": "围城"}})
    );
    for error in answer["errors"].as_array().unwrap() {
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE");
        assert_eq!(error["path"][3], "name");
    }
    assert!(!answer.to_string().contains("127.0.0.1"));

    let listener = loop {
        match std::net::TcpListener::bind(address) {
            Ok(listener) => break listener,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let _server = Mortal::grpc(subgraph, listener);
    let answer = ask(&gateway, query, &[]).await;
    assert_eq!(
        answer["data"]["loans"][0]["reader"]["name"], "张三",
        "{answer}"
    );
}

#[tokio::test]
async fn plans_a_document_once() {
    let subgraphs = library::all();
    let calls: Vec<_> = subgraphs
        .iter()
        .map(|it| std::sync::Arc::clone(&it.calls))
        .collect();
    let gateway = gateway_with(subgraphs, By::Memory, config()).await;
    for _ in 0..5 {
        ask(&gateway, "{ books { title } }", &[]).await;
    }
    assert_eq!(gateway.generation().unwrap().plans.len(), 1);
    assert_eq!(calls[0].load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn answers_introspection_itself_in_the_order_asked() {
    let gateway = gateway(By::Memory).await;
    let query = r#"query($n: String!) { t: __type(name: $n) { ...T }
        book(isbn: "b1") { title } __schema { queryType { name } mutationType { name } } none: __type(name: "No") { name } }
        fragment T on __Type { kind name fields { name type { kind ofType { name } } } }"#;
    let request = gateway::GraphRequest {
        variables: json!({"n": "Notice"}).as_object().unwrap().clone(),
        ..gateway::GraphRequest::new(query)
    };
    let context = crate::servers::context(&gateway, &[]);
    let response = gateway.execute(request, &context, false).await;
    assert_eq!(
        std::str::from_utf8(&response.body).unwrap(),
        r#"{"data":{"t":{"kind":"OBJECT","name":"Notice","fields":[{"name":"text","type":{"kind":"NON_NULL","ofType":{"name":"String"}}}]},"book":{"title":"围城"},"__schema":{"queryType":{"name":"Query"},"mutationType":{"name":"Mutation"}},"none":null}}"#
    );
}

#[tokio::test]
async fn hides_the_schema_where_introspection_is_off() {
    let mut settings = config();
    settings.features.introspection = false;
    let gateway = gateway_with(library::all(), By::Memory, settings).await;
    let answer = ask(&gateway, "{ __schema { queryType { name } } }", &[]).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["reason"],
        "INTROSPECTION_OFF"
    );
    let answer = ask(&gateway, "{ __typename }", &[]).await;
    assert_eq!(answer, json!({"data": {"__typename": "Query"}}));
}
