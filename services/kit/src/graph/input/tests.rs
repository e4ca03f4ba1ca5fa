use serde_json::{Value as Json, json};

use super::{fits::Whole, *};

const SDL: &str = r"
    schema { query: Query mutation: Mutation }
    scalar Fen scalar Minutes scalar Date scalar DateTime scalar DivisionCode scalar CitizenId
    enum Unit { PERSON HOUSEHOLD }
    input Line { price: Fen! unit: Unit quantity: Int! }
    input OpenInput {
        key: String! opensAt: DateTime lines: [Line!]! on: Date length: Minutes
        unit: Unit! = PERSON flag: Boolean code: DivisionCode citizenId: CitizenId
    }
    type Ballot { id: ID! votes(first: Int, unit: Unit): [Ballot!]! }
    type Query { ballot(id: ID!): Ballot ballots(below: DivisionCode, after: DateTime): [Ballot!]! }
    type Mutation { open(input: OpenInput!): Ballot }
";

const OPEN: &str = "mutation Open($input: OpenInput!) { open(input: $input) { id } }";

fn misfit(query: &str, variables: &Json) -> Option<Misfit> {
    misfit_of(query, variables, Whole::Signed)
}

fn misfit_of(query: &str, variables: &Json, whole: Whole) -> Option<Misfit> {
    let (inputs, sent) = (Inputs::read(SDL), variables.to_string());
    let asked = Asked {
        inputs: &inputs,
        query,
        operation: None,
        variables: sent.as_bytes(),
    };
    asked.misfit(whole)
}

fn sound() -> Json {
    json!({
        "key": "k", "opensAt": "2026-03-02T09:30:00+08:00", "on": "2026-03-02", "length": 60,
        "lines": [{ "price": 1250, "unit": "PERSON", "quantity": 1 }], "flag": true,
        "code": "230103001001", "citizenId": "judged by its service",
    })
}

#[test]
fn a_sound_input_has_no_misfit() {
    assert_eq!(misfit(OPEN, &json!({ "input": sound() })), None);
    let least = json!({ "key": "k", "lines": [] });
    assert_eq!(misfit(OPEN, &json!({ "input": least })), None);
    // One stands for a list of one.
    let single = json!({ "key": "k", "lines": { "price": 1, "quantity": 1 } });
    assert_eq!(misfit(OPEN, &json!({ "input": single })), None);
}

#[test]
fn each_misfit_is_told_at_its_own_field() {
    let line = |part: Json| {
        let mut line = json!({ "price": 1250, "quantity": 1 });
        line.as_object_mut()
            .unwrap()
            .extend(part.as_object().unwrap().clone());
        json!([{ "price": 1, "quantity": 1 }, line])
    };
    for (field, value, at) in [
        ("key", json!(null), "input.key"),
        ("key", json!(7), "input.key"),
        ("opensAt", json!("tomorrow"), "input.opensAt"),
        ("opensAt", json!(1_700_000_000), "input.opensAt"),
        ("on", json!("2026-02-30"), "input.on"),
        ("length", json!("an hour"), "input.length"),
        ("unit", json!("PARTY"), "input.unit"),
        ("flag", json!("yes"), "input.flag"),
        ("code", json!("2301"), "input.code"),
        ("nonsense", json!(1), "input.nonsense"),
        ("lines", json!("none"), "input.lines"),
        (
            "lines",
            line(json!({ "price": 12.5 })),
            "input.lines.1.price",
        ),
        (
            "lines",
            line(json!({ "price": "12" })),
            "input.lines.1.price",
        ),
        ("lines", line(json!({ "unit": "" })), "input.lines.1.unit"),
        (
            "lines",
            line(json!({ "quantity": 1.5 })),
            "input.lines.1.quantity",
        ),
        ("lines", json!([{ "price": 1 }]), "input.lines.0.quantity"),
    ] {
        let mut input = sound();
        input[field] = value.clone();
        let found = misfit(OPEN, &json!({ "input": input })).expect(at);
        assert_eq!(found.field, at, "{field}: {value}");
        assert!(found.zh.starts_with(at) && found.en.starts_with(at));
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            // Whatever was sent may be personal.
            assert!(!found.en.contains(text), "{}", found.en);
        }
    }
    let missing = misfit(OPEN, &json!({})).unwrap();
    assert_eq!(missing.field, "input");
}

#[test]
fn a_field_that_only_counts_takes_no_negative() {
    let mut input = sound();
    input["lines"][0]["quantity"] = json!(-3);
    let variables = json!({ "input": input });
    assert_eq!(misfit(OPEN, &variables), None);
    let found = misfit_of(OPEN, &variables, Whole::Counting).unwrap();
    assert_eq!(found.field, "input.lines.0.quantity");
}

#[test]
fn an_argument_in_the_document_is_told_by_its_name() {
    for (query, at) in [
        ("{ ballots(below: \"2301\") { id } }", "below"),
        ("{ ballots(after: 3) { id } }", "after"),
        ("{ b: ballot(id: true) { id } }", "id"),
        ("{ ballots { votes(unit: PARTY) { id } } }", "unit"),
        (
            "{ ballots { ...V } } fragment V on Ballot { votes(first: 1.5) { id } }",
            "first",
        ),
        (
            "{ ballots { ... on Ballot { votes(last: 1) { id } } } }",
            "last",
        ),
        (
            "mutation { open(input: { key: \"k\", lines: [{ price: 1.5, quantity: 1 }] }) { id } }",
            "input.lines.0.price",
        ),
    ] {
        let found = misfit(query, &json!({})).expect(query);
        assert_eq!(found.field, at, "{query}");
    }
    let circle = "{ ballots { ...V } } fragment V on Ballot { votes { ...V } }";
    assert_eq!(misfit(circle, &json!({})), None);
}

#[test]
fn long_enums_are_not_listed_whole() {
    let names: Vec<Name> = (0..20).map(|n| Name::new(format!("V{n}"))).collect();
    let told = say::none_of(&["input".into()], &names);
    assert!(told.en.contains("V11 and others") && told.zh.contains("V11 等"));
    assert!(!told.en.contains("V12"));
}
