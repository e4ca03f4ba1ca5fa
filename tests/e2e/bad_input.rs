//! What is wrong with an input is said with code, reason and field, in the
//! caller's language, and nothing is said of what lies inside.

use sanshe::demo::{seed, world::World};
use serde_json::{Value, json};

use crate::support::{House, Wire, post};

const MEDIA: &str = "application/graphql-response+json";

/// Something wrong, sent by somebody.
struct Case {
    what: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// The status in GraphQL's own media type.
    status: u16,
    code: &'static str,
    reason: &'static str,
    field: Option<&'static str>,
}

impl Case {
    fn query(what: &'static str, query: &str, variables: Value) -> Self {
        Self {
            what,
            headers: Vec::new(),
            body: json!({ "query": query, "variables": variables }).to_string(),
            status: 200,
            code: "BAD_USER_INPUT",
            reason: "",
            field: None,
        }
    }

    /// A mutation under a key.
    fn mutation(what: &'static str, name: &str, key: &str, mut input: Value) -> Self {
        input["idempotencyKey"] = json!(key);
        let mut kind = name.to_owned();
        kind[..1].make_ascii_uppercase();
        let query =
            format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}");
        Self::query(what, &query, json!({ "input": input }))
    }

    fn by(mut self, token: &str) -> Self {
        self.headers
            .push(("authorization", format!("Bearer {token}")));
        self
    }

    fn is(mut self, code: &'static str, reason: &'static str, field: Option<&'static str>) -> Self {
        (self.code, self.reason, self.field) = (code, reason, field);
        self
    }

    fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    async fn check(&self, house: &House) -> Vec<String> {
        let mut wrong = Vec::new();
        for (language, chinese) in [("zh-CN", true), ("en-GB", false)] {
            let mut headers = self.headers.clone();
            headers.push(("accept-language", language.to_owned()));
            let wire = post(&house.platform.graph, &headers, self.body.clone()).await;
            wrong.extend(self.judge(&wire, chinese));
        }
        wrong
    }

    fn judge(&self, wire: &Wire, chinese: bool) -> Vec<String> {
        let answer = wire.json();
        let error = &answer["errors"][0];
        let told = (
            wire.status,
            wire.kind.starts_with(MEDIA),
            error["extensions"]["code"].as_str().unwrap_or_default(),
            error["extensions"]["reason"].as_str().unwrap_or_default(),
            error["extensions"]["field"].as_str(),
        );
        let expected = (self.status, true, self.code, self.reason, self.field);
        let mut wrong = Vec::new();
        if told != expected {
            wrong.push(format!(
                "{}: expected {expected:?}, and was told {told:?}: {}",
                self.what, wire.text
            ));
        }
        let message = error["message"].as_str().unwrap_or_default();
        if message.is_empty() || message.chars().any(is_chinese) != chinese {
            wrong.push(format!("{}: in another language: {message}", self.what));
        }
        if error["extensions"]["requestId"]
            .as_str()
            .is_none_or(str::is_empty)
        {
            wrong.push(format!(
                "{}: without a request id: {}",
                self.what, wire.text
            ));
        }
        wrong.extend(
            inside(&wire.text).map(|word| format!("{}: tells of {word}: {}", self.what, wire.text)),
        );
        wrong
    }
}

fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

/// Words that belong to the inside: addresses, SQL, the names of parts.
fn inside(text: &str) -> impl Iterator<Item = &'static str> {
    let text = text.to_lowercase();
    [
        "postgres",
        "sqlx",
        "127.0.0.1",
        "localhost",
        "select ",
        "insert ",
        "update ",
        "relation \"",
        "constraint",
        "tonic",
        "grpc",
        "panicked",
        ".rs:",
        "/src/",
        "_entities",
        "sanshe_test_",
    ]
    .into_iter()
    .filter(move |word| text.contains(word))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_and_nothing_else() {
    let house = House::open().await;
    let mut world = house.world();
    seed::seed(&mut world).await.unwrap();
    let mut wrong = Vec::new();
    for case in tokens(&world).await.into_iter().chain(shapes()) {
        wrong.extend(case.check(&house).await);
    }
    for case in inputs(&mut world).await {
        wrong.extend(case.check(&house).await);
    }
    // The platform is none the worse for it.
    world
        .ask("wang", "{ __typename }", json!({}))
        .await
        .unwrap();
    // Last: this moves the clock past the token's hour.
    let token = world.desk().token("wang").await.unwrap();
    world.wait(chrono::TimeDelta::hours(2)).await.unwrap();
    let expired = Case::query("an expired token", "{ __typename }", json!({}))
        .by(&token)
        .with_status(401)
        .is("UNAUTHENTICATED", "TOKEN_EXPIRED", None);
    wrong.extend(expired.check(&house).await);
    house.platform.stop().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tokens that are none.
async fn tokens(world: &World) -> Vec<Case> {
    let good = world.desk().token("wang").await.unwrap();
    let (claims, signature) = good.rsplit_once('.').unwrap();
    // Another first character is another signature.
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{claims}.{other}{}", &signature[1..]);
    let ask = |what, token: &str, reason| {
        Case::query(what, "{ __typename }", json!({}))
            .by(token)
            .with_status(401)
            .is("UNAUTHENTICATED", reason, None)
    };
    vec![
        ask("a malformed token", "nonsense", "TOKEN_MALFORMED"),
        ask("a forged token", &forged, "TOKEN_SIGNATURE"),
        ask("a token cut short", claims, "TOKEN_MALFORMED"),
    ]
}

/// Bodies, documents, pages, ids, cursors and codes of the wrong shape.
fn shapes() -> Vec<Case> {
    let deep = format!("{}__typename{}", "{ a ".repeat(40), " }".repeat(40));
    let page = "query($first: Int, $after: String, $code: DivisionCode) {
        communities(first: $first, after: $after, divisionCode: $code) { nodes { name } } }";
    let tender = "query($id: ID!) { tender(id: $id) { title } }";
    let foreign = kernel::GlobalId::new("community", uuid::Uuid::nil().to_string()).encode();
    let mut large = Case::query("an oversized body", "{ __typename }", json!({}));
    large.body = " ".repeat(2 * 1024 * 1024) + &large.body;
    let mut broken = Case::query("a body that is no JSON", "", json!({}));
    broken.body = "{ nonsense".into();
    vec![
        large
            .with_status(413)
            .is("BAD_USER_INPUT", "LIMIT_EXCEEDED", Some("body_bytes")),
        broken
            .with_status(400)
            .is("BAD_USER_INPUT", "BODY_NOT_JSON", None),
        Case::query("a deep query", &deep, json!({}))
            .with_status(400)
            .is("BAD_USER_INPUT", "LIMIT_EXCEEDED", Some("depth")),
        Case::query("an unknown field", "{ nonsense }", json!({}))
            .with_status(400)
            .is("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", None),
        Case::query("an oversized page", page, json!({ "first": 100_000 })).is(
            "BAD_USER_INPUT",
            "PAGE_TOO_LARGE",
            Some("first"),
        ),
        Case::query("an empty page", page, json!({ "first": 0 })).is(
            "BAD_USER_INPUT",
            "PAGE_NOT_POSITIVE",
            Some("first"),
        ),
        Case::query(
            "a malformed cursor",
            page,
            json!({ "first": 1, "after": "nonsense" }),
        )
        .is("BAD_USER_INPUT", "CURSOR_MALFORMED", Some("after")),
        Case::query(
            "a malformed code",
            page,
            json!({ "first": 1, "code": "2301" }),
        )
        .is("BAD_USER_INPUT", "DIVISION_CODE_LENGTH", Some("code")),
        Case::query("a malformed id", tender, json!({ "id": "nonsense" })).is(
            "BAD_USER_INPUT",
            "GLOBAL_ID_MALFORMED",
            Some("id"),
        ),
        Case::query("an id of another kind", tender, json!({ "id": foreign })).is(
            "BAD_USER_INPUT",
            "GLOBAL_ID_WRONG_KIND",
            Some("id"),
        ),
        Case::query("a variable of another type", tender, json!({ "id": [] }))
            .with_status(400)
            .is("BAD_USER_INPUT", "VARIABLE_INVALID", Some("variables.id")),
        Case::query("a variable that is missing", tender, json!({}))
            .with_status(400)
            .is("BAD_USER_INPUT", "VARIABLE_MISSING", Some("variables.id")),
    ]
}

/// Well-formed inputs that may not be.
async fn inputs(world: &mut World) -> Vec<Case> {
    let staff = world.desk().token("staff").await.unwrap();
    let stranger = world.desk().token("stranger").await.unwrap();
    let wang = world.desk().token("wang").await.unwrap();
    let need = |description: &str| {
        json!({
            "communityId": world.id("community").unwrap(), "category": "MEALS",
            "forElders": true, "description": description,
        })
    };
    let (first, other) = (need("午饭没有着落,请帮忙"), need("晚饭没有着落,请帮忙"));
    // The key is wang's; the test's own sender of inputs makes keys of its own.
    let mutation =
        "mutation($input: ReportNeedInput!) { reportNeed(input: $input) { need { id } } }";
    let mut input = first.clone();
    input["idempotencyKey"] = json!("bad-input-0001");
    let client = world.nobody().signed_in(wang.clone());
    let made = client
        .ask(mutation, json!({ "input": input }))
        .await
        .unwrap();
    let reported = made["reportNeed"]["need"]["id"].clone();
    let elder = world.id("li").unwrap();
    let unknown = kernel::GlobalId::new("need", uuid::Uuid::nil().to_string()).encode();
    let change = json!({
        "residentId": elder, "category": "ORDINARY", "livesAlone": false, "version": 999,
    });
    vec![
        Case::mutation("a reused key", "reportNeed", "bad-input-0001", other)
            .by(&wang)
            .is(
                "FAILED_PRECONDITION",
                "IDEMPOTENCY_KEY_REUSED",
                Some("input.idempotencyKey"),
            ),
        Case::mutation("a malformed key", "reportNeed", "x", first)
            .by(&wang)
            .is(
                "BAD_USER_INPUT",
                "IDEMPOTENCY_KEY_MALFORMED",
                Some("input.idempotencyKey"),
            ),
        Case::mutation(
            "an amount that is no whole number",
            "appropriateFund",
            "bad-input-0007",
            json!({ "fundId": unknown, "amount": "12.50", "document": "文" }),
        )
        .by(&staff)
        .is("BAD_USER_INPUT", "INPUT_MALFORMED", Some("input.amount")),
        Case::mutation(
            "an instant that is none",
            "assignVisit",
            "bad-input-0008",
            json!({
                "orderId": unknown, "workerKind": "VOLUNTEER", "workerId": unknown,
                "plannedStart": "tomorrow", "plannedEnd": "2026-03-02T09:30:00+08:00",
            }),
        )
        .by(&staff)
        .is(
            "BAD_USER_INPUT",
            "INPUT_MALFORMED",
            Some("input.plannedStart"),
        ),
        Case::mutation(
            "a day that is none",
            "recordTraining",
            "bad-input-0009",
            json!({ "residentId": elder, "course": "照护", "hours": 2, "on": "2026-02-30" }),
        )
        .by(&staff)
        .is("BAD_USER_INPUT", "DATE_MALFORMED", Some("input.on")),
        Case::query(
            "a code that is none, in the document",
            "{ communities(first: 1, divisionCode: \"2301\") { nodes { name } } }",
            json!({}),
        )
        .is(
            "BAD_USER_INPUT",
            "DIVISION_CODE_LENGTH",
            Some("divisionCode"),
        ),
        Case::mutation(
            "a stale version",
            "updateElder",
            "bad-input-0002",
            change.clone(),
        )
        .by(&staff)
        .is("CONFLICT", "VERSION_CONFLICT", Some("input.version")),
        Case::mutation(
            "an elder of another division",
            "updateElder",
            "bad-input-0003",
            change,
        )
        .by(&stranger)
        .is("NOT_FOUND", "ELDER_NOT_FOUND", None),
        Case::mutation(
            "a need of another division",
            "verifyNeed",
            "bad-input-0004",
            json!({ "needId": reported, "accept": true }),
        )
        .by(&stranger)
        .is("NOT_FOUND", "NEED_NOT_FOUND", None),
        Case::mutation(
            "a need that nobody has reported",
            "verifyNeed",
            "bad-input-0006",
            json!({ "needId": unknown, "accept": true }),
        )
        .by(&staff)
        .is("NOT_FOUND", "NEED_NOT_FOUND", None),
        Case::query(
            "a resident of another division",
            "query($id: ID!) { resident(id: $id) { phone } }",
            json!({ "id": elder }),
        )
        .by(&stranger)
        .is("FORBIDDEN", "FORBIDDEN", None),
        Case::mutation(
            "a write without a token",
            "verifyNeed",
            "bad-input-0005",
            json!({ "needId": reported, "accept": true }),
        )
        .is("UNAUTHENTICATED", "UNAUTHENTICATED", None),
    ]
}
