//! What the GraphQL-over-HTTP draft asks of a server, one row for each
//! requirement, in both readings of its status codes.

use axum::{Router, body::Body};
use gateway::config::Statuses;
use http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::{
    http::{Answer, app_with, body, request, send},
    servers::config,
};

const JSON: &str = "application/json";
const GRAPH: &str = "application/graphql-response+json";
const BOTH: &str = "application/graphql-response+json, application/json;q=0.9";
const WHOLE: &str = "{ __typename }";
const PARTIAL: &str = "{ me { name } }";
const BROKEN: &str = "{";
const INVALID: &str = "{ nothing }";
const TWO: &str = "query A { __typename } query B { __typename }";
const NEEDS: &str = "query($id: ID!) { member(id: $id) { name } }";

/// What must come back; an empty media type is not looked at.
struct Row {
    id: &'static str,
    asks: &'static str,
    sends: Request<Body>,
    compatible: (u16, &'static str),
    draft: (u16, &'static str),
    reason: &'static str,
}

fn posted(accept: Option<&str>, text: &str) -> Request<Body> {
    let mut headers = vec![("content-type", JSON)];
    headers.extend(accept.map(|accept| ("accept", accept)));
    request(Method::POST, "/graphql", &headers, text)
}

fn typed(content_type: &[&str]) -> Request<Body> {
    let headers: Vec<_> = content_type
        .iter()
        .map(|it| ("content-type", *it))
        .collect();
    request(Method::POST, "/graphql", &headers, &body(WHOLE))
}

fn got(accept: &str, pairs: &[(&str, &str)]) -> Request<Body> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let headers = [("accept", accept), ("x-sanshe-preflight", "1")];
    request(Method::GET, &format!("/graphql?{query}"), &headers, "")
}

fn method(method: Method) -> Request<Body> {
    request(method, "/graphql", &[("accept", BOTH)], "")
}

fn with(members: Json) -> String {
    members.to_string()
}

macro_rules! rows {
    ($($id:literal $asks:literal: $sends:expr => $compatible:expr, $draft:expr, $reason:literal;)*) => {
        vec![$(Row { id: $id, asks: $asks, sends: $sends, compatible: $compatible, draft: $draft, reason: $reason }),*]
    };
}

fn rows() -> Vec<Row> {
    rows! {
    "url.one" "MUST serve queries at one URL": posted(Some(GRAPH), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "url.same" "MUST NOT need another URL for mutations": posted(Some(GRAPH), &body("mutation { lend(number: 9) }")) => (200, GRAPH), (200, GRAPH), "";
    "method.post" "MUST accept POST": posted(Some(JSON), &body(WHOLE)) => (200, JSON), (200, JSON), "";
    "method.get" "MAY accept GET": got(GRAPH, &[("query", WHOLE)]) => (200, GRAPH), (200, GRAPH), "";
    "method.put" "SHOULD answer 405 to PUT": method(Method::PUT) => (405, GRAPH), (405, GRAPH), "METHOD_NOT_ALLOWED";
    "method.delete" "SHOULD answer 405 to DELETE": method(Method::DELETE) => (405, GRAPH), (405, GRAPH), "METHOD_NOT_ALLOWED";
    "method.patch" "SHOULD answer 405 to PATCH": method(Method::PATCH) => (405, GRAPH), (405, GRAPH), "METHOD_NOT_ALLOWED";

    "accept.graphql" "MUST support graphql-response+json": posted(Some(GRAPH), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "accept.json" "SHOULD serve clients that take JSON only": posted(Some(JSON), &body(WHOLE)) => (200, JSON), (200, JSON), "";
    "accept.recommended" "MUST take the type of highest priority": posted(Some(BOTH), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "accept.weights" "MUST respect weights": posted(Some("application/graphql-response+json;q=0.1, application/json"), &body(WHOLE)) => (200, JSON), (200, JSON), "";
    "accept.zero" "MUST respect a weight of zero": posted(Some("application/json;q=0, */*"), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "accept.any" "MAY choose for */*": posted(Some("*/*"), &body(WHOLE)) => (200, JSON), (200, JSON), "";
    "accept.missing" "MAY choose without Accept": posted(None, &body(WHOLE)) => (200, JSON), (200, JSON), "";
    "accept.utf8" "MUST take utf-8 as named or not": posted(Some("application/graphql-response+json; charset=utf-8"), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "accept.case" "MUST compare media types without case": posted(Some("Application/GraphQL-Response+JSON; Charset=UTF-8"), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "accept.none" "SHOULD answer 406 where nothing is acceptable": posted(Some("image/png"), &body(WHOLE)) => (406, ""), (406, ""), "MEDIA_TYPE_NOT_ACCEPTABLE";
    "accept.charset" "SHOULD answer 406 to another charset": posted(Some("application/json; charset=gbk"), &body(WHOLE)) => (406, ""), (406, ""), "MEDIA_TYPE_NOT_ACCEPTABLE";

    "type.json" "MUST accept application/json": typed(&[JSON]) => (200, JSON), (200, JSON), "";
    "type.utf8" "MUST accept it in UTF-8": typed(&["application/json; charset=utf-8"]) => (200, JSON), (200, JSON), "";
    "type.case" "MUST accept it in any case": typed(&["APPLICATION/JSON;CHARSET=\"UTF-8\""]) => (200, JSON), (200, JSON), "";
    "type.missing" "SHOULD answer 4xx without Content-Type": typed(&[]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";
    "type.other" "SHOULD answer 415 to another type": typed(&["text/plain"]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";
    "type.form" "SHOULD answer 415 to a form": typed(&["application/x-www-form-urlencoded"]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";
    "type.multipart" "SHOULD answer 415 to a multipart form": typed(&["multipart/form-data; boundary=x"]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";
    "type.smuggled" "SHOULD answer 415 to JSON as a parameter": typed(&["text/plain; application/json"]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";
    "type.charset" "SHOULD answer 415 to another charset": typed(&["application/json; charset=gbk"]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";
    "type.twice" "SHOULD answer 415 to two types": typed(&[JSON, "text/plain"]) => (415, ""), (415, ""), "MEDIA_TYPE_UNSUPPORTED";

    "body.broken" "SHOULD answer 400 to what is no JSON": posted(Some(GRAPH), "NONSENSE") => (400, GRAPH), (400, GRAPH), "BODY_NOT_JSON";
    "body.broken.json" "SHOULD answer 400 to it as JSON too": posted(Some(JSON), "{\"query\":") => (400, JSON), (400, GRAPH), "BODY_NOT_JSON";
    "body.empty" "SHOULD answer 400 to no body": posted(Some(GRAPH), "") => (400, GRAPH), (400, GRAPH), "BODY_NOT_JSON";
    "body.text" "SHOULD refuse a body that is no map": posted(Some(GRAPH), "\"{ a }\"") => (400, GRAPH), (422, GRAPH), "BODY_NOT_OBJECT";
    "body.typo" "SHOULD answer 422 to an unknown member in place of query": posted(Some(GRAPH), "{\"qeury\":\"{__typename}\"}") => (400, GRAPH), (422, GRAPH), "QUERY_MISSING";
    "body.typo.json" "SHOULD refuse it as JSON too": posted(Some(JSON), "{\"qeury\":\"{__typename}\"}") => (400, JSON), (422, GRAPH), "QUERY_MISSING";
    "body.more" "MUST ignore members it does not know": posted(Some(GRAPH), &with(json!({"query": WHOLE, "id": 1, "more": {}}))) => (200, GRAPH), (200, GRAPH), "";

    "query.map" "SHOULD refuse a query that is a map": posted(Some(GRAPH), "{\"query\":{}}") => (400, GRAPH), (422, GRAPH), "QUERY_NOT_TEXT";
    "query.number" "SHOULD refuse a query that is a number": posted(Some(GRAPH), "{\"query\":0}") => (400, GRAPH), (422, GRAPH), "QUERY_NOT_TEXT";
    "query.flag" "SHOULD refuse a query that is a flag": posted(Some(GRAPH), "{\"query\":false}") => (400, GRAPH), (422, GRAPH), "QUERY_NOT_TEXT";
    "query.list" "SHOULD refuse a query that is a list": posted(Some(GRAPH), "{\"query\":[]}") => (400, GRAPH), (422, GRAPH), "QUERY_NOT_TEXT";
    "query.null" "SHOULD refuse a query that is null": posted(Some(GRAPH), "{\"query\":null}") => (400, GRAPH), (422, GRAPH), "QUERY_MISSING";
    "query.blank" "MUST take any text as a document": posted(Some(GRAPH), "{\"query\":\" \"}") => (400, GRAPH), (400, GRAPH), "GRAPHQL_PARSE_FAILED";

    "name.text" "MUST accept a name": posted(Some(GRAPH), &with(json!({"query": TWO, "operationName": "B"}))) => (200, GRAPH), (200, GRAPH), "";
    "name.null" "MUST take null for none": posted(Some(GRAPH), &with(json!({"query": WHOLE, "operationName": null}))) => (200, GRAPH), (200, GRAPH), "";
    "name.empty" "MUST take the empty text for none": got(GRAPH, &[("query", WHOLE), ("operationName", "")]) => (200, GRAPH), (200, GRAPH), "";
    "name.null.get" "MUST take null in a URL for a name": got(GRAPH, &[("query", "query null { __typename } query B { __typename }"), ("operationName", "null")]) => (200, GRAPH), (200, GRAPH), "";
    "name.map" "SHOULD refuse a name that is a map": posted(Some(GRAPH), &with(json!({"query": WHOLE, "operationName": {}}))) => (400, GRAPH), (422, GRAPH), "OPERATION_NAME_NOT_TEXT";
    "name.list" "SHOULD refuse a name that is a list": posted(Some(JSON), &with(json!({"query": WHOLE, "operationName": []}))) => (400, JSON), (422, GRAPH), "OPERATION_NAME_NOT_TEXT";

    "variables.map" "MUST accept a map": posted(Some(GRAPH), &with(json!({"query": NEEDS, "variables": {"id": "u2"}}))) => (200, GRAPH), (200, GRAPH), "";
    "variables.null" "MUST take null for none": posted(Some(GRAPH), &with(json!({"query": WHOLE, "variables": null}))) => (200, GRAPH), (200, GRAPH), "";
    "variables.get" "MUST read JSON in a URL": got(GRAPH, &[("query", NEEDS), ("variables", "{\"id\":\"u2\"}")]) => (200, GRAPH), (200, GRAPH), "";
    "variables.empty" "MUST take the empty text for none": got(GRAPH, &[("query", WHOLE), ("variables", ""), ("extensions", "")]) => (200, GRAPH), (200, GRAPH), "";
    "variables.list" "SHOULD refuse a list": posted(Some(GRAPH), &with(json!({"query": WHOLE, "variables": [7]}))) => (400, GRAPH), (422, GRAPH), "PARAMETER_NOT_OBJECT";
    "variables.text" "SHOULD refuse a text": posted(Some(JSON), &with(json!({"query": WHOLE, "variables": "{}"}))) => (400, JSON), (422, GRAPH), "PARAMETER_NOT_OBJECT";
    "variables.number" "SHOULD refuse a number": posted(Some(GRAPH), &with(json!({"query": WHOLE, "variables": 0}))) => (400, GRAPH), (422, GRAPH), "PARAMETER_NOT_OBJECT";
    "variables.get.broken" "SHOULD refuse what is no JSON in a URL": got(GRAPH, &[("query", WHOLE), ("variables", "{")]) => (400, GRAPH), (422, GRAPH), "PARAMETER_NOT_JSON";
    "variables.get.list" "SHOULD refuse a list in a URL": got(GRAPH, &[("query", WHOLE), ("variables", "[1]")]) => (400, GRAPH), (422, GRAPH), "PARAMETER_NOT_OBJECT";

    "extensions.map" "MUST accept a map": posted(Some(GRAPH), &with(json!({"query": WHOLE, "extensions": {"a": {"b": 1}}}))) => (200, GRAPH), (200, GRAPH), "";
    "extensions.null" "MUST take null for none": posted(Some(GRAPH), &with(json!({"query": WHOLE, "extensions": null}))) => (200, GRAPH), (200, GRAPH), "";
    "extensions.get" "MUST read JSON in a URL": got(GRAPH, &[("query", WHOLE), ("extensions", "{\"a\":1}")]) => (200, GRAPH), (200, GRAPH), "";
    "extensions.text" "SHOULD refuse a text": posted(Some(GRAPH), &with(json!({"query": WHOLE, "extensions": "a"}))) => (400, GRAPH), (422, GRAPH), "PARAMETER_NOT_OBJECT";
    "extensions.flag" "SHOULD refuse a flag": posted(Some(GRAPH), &with(json!({"query": WHOLE, "extensions": true}))) => (400, GRAPH), (422, GRAPH), "PARAMETER_NOT_OBJECT";

    "get.unknown" "MAY ignore parameters it does not know": got(GRAPH, &[("query", WHOLE), ("utm", "x"), ("utm", "y")]) => (200, GRAPH), (200, GRAPH), "";
    "get.twice" "MAY refuse a parameter that stands twice": got(GRAPH, &[("query", WHOLE), ("query", INVALID)]) => (400, GRAPH), (422, GRAPH), "PARAMETER_REPEATED";
    "get.missing" "SHOULD refuse a GET without query": got(GRAPH, &[("a", "b")]) => (400, GRAPH), (422, GRAPH), "QUERY_MISSING";
    "get.mutation" "MUST NOT run a mutation, 405 RECOMMENDED": got(GRAPH, &[("query", "mutation { lend(number: 9) }")]) => (405, GRAPH), (405, GRAPH), "GET_QUERIES_ONLY";
    "get.mutation.named" "MUST NOT run the mutation that is named": got(GRAPH, &[("query", "query A { __typename } mutation B { lend(number: 9) }"), ("operationName", "B")]) => (405, GRAPH), (405, GRAPH), "GET_QUERIES_ONLY";
    "get.query.named" "MUST run the query that is named beside it": got(GRAPH, &[("query", "query A { __typename } mutation B { lend(number: 9) }"), ("operationName", "A")]) => (200, GRAPH), (200, GRAPH), "";
    "get.long" "SHOULD answer 414 to a long URL": got(GRAPH, &[("query", &" ".repeat(20_000))]) => (414, GRAPH), (414, GRAPH), "LIMIT_EXCEEDED";

    "status.whole" "SHOULD answer 200 to data without errors": posted(Some(GRAPH), &body(WHOLE)) => (200, GRAPH), (200, GRAPH), "";
    "status.partial" "SHOULD answer 2xx, now 294, to partial data": posted(Some(GRAPH), &body(PARTIAL)) => (200, GRAPH), (294, GRAPH), "LOGIN_REQUIRED";
    "status.partial.json" "MUST answer 2xx to partial data as JSON": posted(Some(JSON), &body(PARTIAL)) => (200, JSON), (200, JSON), "LOGIN_REQUIRED";
    "status.parse" "SHOULD answer 400 to a broken document": posted(Some(GRAPH), &body(BROKEN)) => (400, GRAPH), (400, GRAPH), "GRAPHQL_PARSE_FAILED";
    "status.parse.json" "SHOULD answer 200 to it for older clients": posted(Some(JSON), &body(BROKEN)) => (200, JSON), (400, GRAPH), "GRAPHQL_PARSE_FAILED";
    "status.validate" "SHOULD answer 4xx to an invalid document": posted(Some(GRAPH), &body(INVALID)) => (400, GRAPH), (422, GRAPH), "GRAPHQL_VALIDATION_FAILED";
    "status.validate.json" "SHOULD answer 200 to it for older clients": posted(Some(JSON), &body(INVALID)) => (200, JSON), (422, GRAPH), "GRAPHQL_VALIDATION_FAILED";
    "status.choose" "SHOULD answer 4xx where no operation is meant": posted(Some(GRAPH), &body(TWO)) => (400, GRAPH), (422, GRAPH), "OPERATION_NAME_REQUIRED";
    "status.choose.json" "SHOULD answer 200 to it for older clients": posted(Some(JSON), &body(TWO)) => (200, JSON), (422, GRAPH), "OPERATION_NAME_REQUIRED";
    "status.unknown" "SHOULD answer 4xx to an unknown operation": posted(Some(GRAPH), &with(json!({"query": TWO, "operationName": "C"}))) => (400, GRAPH), (422, GRAPH), "OPERATION_UNKNOWN";
    "status.coerce" "SHOULD answer 4xx to wrong variables": posted(Some(GRAPH), &with(json!({"query": NEEDS, "variables": {"id": null}}))) => (400, GRAPH), (422, GRAPH), "VARIABLE_INVALID";
    "status.coerce.json" "SHOULD answer 200 to them for older clients": posted(Some(JSON), &with(json!({"query": NEEDS, "variables": {"id": null}}))) => (200, JSON), (422, GRAPH), "VARIABLE_INVALID";
    "status.limit" "MAY validate more: the depth": posted(Some(GRAPH), &body(&format!("{}{}", "{ a ".repeat(30), "}".repeat(30)))) => (400, GRAPH), (422, GRAPH), "LIMIT_EXCEEDED";
    "status.large" "SHOULD answer 413 to a large body": posted(Some(GRAPH), &body(&" ".repeat(2_000_000))) => (413, GRAPH), (413, GRAPH), "LIMIT_EXCEEDED";
    }
}

/// Whatever a row asks, the answer is one that a client can read.
fn reads_well(row: &Row, answer: &Answer) {
    let id = row.id;
    let media = answer.headers.get(header::CONTENT_TYPE);
    let media = media.unwrap_or_else(|| panic!("{id}: no Content-Type"));
    assert!(media.to_str().unwrap().ends_with("; charset=utf-8"), "{id}");
    let json = answer.json();
    let members: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let allowed = ["data", "errors", "extensions"];
    assert!(
        members.iter().all(|it| allowed.contains(it)),
        "{id}: {members:?}"
    );
    match (json.get("data"), json.get("errors")) {
        (Some(data), None) => assert!(data.is_object() && answer.status.is_success(), "{id}"),
        (Some(data), Some(errors)) => {
            assert!(data.is_null() || answer.status.is_success(), "{id}");
            assert!(errors.as_array().is_some_and(|it| !it.is_empty()), "{id}");
        }
        (None, errors) => {
            let errors = errors.and_then(Json::as_array).unwrap();
            assert!(errors.iter().all(|it| it["message"].is_string()), "{id}");
            let older = media.to_str().unwrap().starts_with(JSON);
            assert!(
                older || !answer.status.is_success(),
                "{id}: {}",
                answer.status
            );
        }
    }
    if answer.status == StatusCode::METHOD_NOT_ALLOWED {
        assert!(answer.headers.contains_key(header::ALLOW), "{id}");
    }
}

async fn holds(app: &Router, rows: Vec<Row>, draft: bool) {
    let mut wrong = Vec::new();
    for mut row in rows {
        let sends = std::mem::take(&mut row.sends);
        let answer = send(app, sends).await;
        reads_well(&row, &answer);
        let (status, media) = if draft { row.draft } else { row.compatible };
        let as_asked = answer.status.as_u16() == status
            && (media.is_empty() || answer.media == format!("{media}; charset=utf-8"))
            && answer.json()["errors"][0]["extensions"]["reason"]
                .as_str()
                .unwrap_or_default()
                == row.reason;
        if !as_asked {
            wrong.push(format!(
                "{} ({}): {} {} {}",
                row.id, row.asks, answer.status, answer.media, answer.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn holds_the_draft_as_clients_know_it() {
    let app = app_with(config()).await;
    holds(&app, rows(), false).await;
}

#[tokio::test]
async fn holds_the_draft_of_august_2026_where_it_is_chosen() {
    let mut settings = config();
    settings.http.statuses = Statuses::Draft;
    let app = app_with(settings).await;
    holds(&app, rows(), true).await;
}

#[test]
fn every_requirement_has_its_own_id() {
    let mut ids: Vec<_> = rows().into_iter().map(|row| row.id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[tokio::test]
async fn text_outside_ascii_comes_back_as_utf_8() {
    let app = app_with(config()).await;
    let query = with(json!({"query": NEEDS, "variables": {"id": "u2"}}));
    let answer = send(&app, posted(Some(GRAPH), &query)).await;
    assert_eq!(answer.json()["data"]["member"]["name"], "李四");
    assert!(answer.text.contains("李四"));
}

#[tokio::test]
async fn head_is_get_without_a_body_and_options_names_the_methods() {
    let app = app_with(config()).await;
    let uri = "/graphql?query=%7B__typename%7D";
    let headers = [("accept", GRAPH), ("x-sanshe-preflight", "1")];
    let answer = send(&app, request(Method::HEAD, uri, &headers, "")).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(answer.media, format!("{GRAPH}; charset=utf-8"));
    let uri = "/graphql?query=mutation%7Blend(number%3A9)%7D";
    let answer = send(&app, request(Method::HEAD, uri, &headers, "")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let answer = send(&app, request(Method::HEAD, uri, &[("accept", GRAPH)], "")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = send(&app, request(Method::OPTIONS, "/graphql", &[], "")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.headers[header::ALLOW], "GET, HEAD, POST, OPTIONS");
}
