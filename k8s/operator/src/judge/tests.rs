//! Judging small graphs.

use super::*;

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", \
    import: [\"@key\", \"@external\", \"@requires\", \"@shareable\"])";

fn version(sdl: &str) -> Version {
    Version {
        endpoint: "grpc://here:1".to_owned(),
        timeout: "1s".to_owned(),
        sdl: format!("{LINK}\n{sdl}"),
    }
}

fn versions(pairs: &[(&str, &str)]) -> Versions {
    let pairs = pairs.iter();
    pairs
        .map(|(name, sdl)| ((*name).to_owned(), version(sdl)))
        .collect()
}

const BOOKS: &str =
    "type Query { books: [Book!]! } type Book @key(fields: \"id\") { id: ID! title: String }";
const LOANS: &str =
    "type Query { loans: Int } type Book @key(fields: \"id\") { id: ID! lent: Boolean }";

fn first() -> Question {
    Question {
        offered: versions(&[("books", BOOKS), ("loans", LOANS)]),
        ..Question::default()
    }
}

/// The question after the answer to another was published, with new offers.
fn after(question: &Question, offered: &[(&str, &str)]) -> Question {
    let verdict = judge(question);
    let accepted = verdict.accepted.expect("the graph before is good");
    Question {
        newest: Some(accepted.supergraph),
        base: question.offered.clone(),
        offered: versions(offered),
        ..question.clone()
    }
}

fn operation(document: &str) -> Vec<Operation> {
    vec![Operation {
        id: "portal/one".to_owned(),
        document: document.to_owned(),
    }]
}

fn reasons(verdict: &Verdict) -> Vec<(&str, &str)> {
    let refused = verdict.refused.iter();
    refused
        .map(|it| (it.subgraph.as_str(), it.reason.as_str()))
        .collect()
}

#[test]
fn the_first_graph_is_whole_or_not_at_all() {
    let verdict = judge(&first());
    assert_eq!(verdict.accepted.unwrap().parts.len(), 2);
    let broken = Question {
        offered: versions(&[("books", BOOKS), ("loans", "type Query {")]),
        ..Question::default()
    };
    let verdict = judge(&broken);
    assert_eq!(verdict.accepted, None);
    assert_eq!(reasons(&verdict).len(), 2);
    assert!(
        verdict.refused[0].message.contains("[loans]"),
        "{:?}",
        verdict.refused
    );
}

#[test]
fn nothing_changed_is_the_same_graph() {
    let question = after(&first(), &[("books", BOOKS), ("loans", LOANS)]);
    let verdict = judge(&question);
    assert_eq!(
        verdict.accepted.unwrap().supergraph,
        question.newest.unwrap()
    );
    assert!(verdict.refused.is_empty());
}

#[test]
fn a_broken_subgraph_stays_out_and_holds_up_no_other() {
    let better = LOANS.replace("loans: Int", "loans: Int overdue: Int");
    let question = after(
        &first(),
        &[
            ("books", "type Query { books: [Book!]! }"),
            ("loans", &better),
        ],
    );
    let verdict = judge(&question);
    assert_eq!(reasons(&verdict), [("books", "CompositionFailed")]);
    let accepted = verdict.accepted.unwrap();
    assert!(accepted.supergraph.contains("overdue"));
    assert!(
        accepted.supergraph.contains("title"),
        "the version before is still in"
    );
    assert_eq!(accepted.parts[0].digest, question.base["books"].digest());
    assert_eq!(accepted.parts[1].digest, question.offered["loans"].digest());
}

#[test]
fn two_changes_that_need_each_other_enter_beside_a_broken_third() {
    // `audit` comes first by name and needs what `loans` brings.
    let audit = "type Query { audits: Int } type Loan @key(fields: \"id\") { id: ID! audited: Boolean \
        number: Int @external seen: Int @requires(fields: \"number\") }";
    let loans = format!(
        "{LOANS} type Loan @key(fields: \"id\") {{ id: ID! number: Int }} \
        extend type Query {{ newest: Loan }}"
    );
    let question = after(
        &first(),
        &[
            ("audit", audit),
            ("books", "type Query { x: Gone }"),
            ("loans", &loans),
        ],
    );
    let verdict = judge(&question);
    assert_eq!(
        reasons(&verdict),
        [("books", "CompositionFailed")],
        "{:#?}",
        verdict.refused
    );
    assert_eq!(verdict.accepted.unwrap().parts.len(), 3);
}

#[test]
fn without_known_operations_every_loss_is_refused() {
    let less = BOOKS.replace(" title: String", "");
    let question = after(&first(), &[("books", &less), ("loans", LOANS)]);
    let verdict = judge(&question);
    assert_eq!(reasons(&verdict), [("books", "BreakingChange")]);
    assert!(verdict.refused[0].message.contains("Book.title is gone"));
    assert!(verdict.accepted.unwrap().supergraph.contains("title"));
}

#[test]
fn a_loss_is_refused_where_an_operation_needs_it_and_only_there() {
    let less = BOOKS.replace(" title: String", "");
    let mut question = after(&first(), &[("books", &less), ("loans", LOANS)]);
    question.operations = operation("{ books { title } }");
    let verdict = judge(&question);
    assert_eq!(reasons(&verdict), [("books", "BreakingChange")]);
    assert!(
        verdict.refused[0].message.contains("portal/one"),
        "{:?}",
        verdict.refused
    );

    question.operations = operation("{ books { id } }");
    let verdict = judge(&question);
    assert!(verdict.refused.is_empty());
    assert_eq!(verdict.accepted.unwrap().breaking, ["Book.title is gone"]);

    question.policy = BreakingChanges::Refuse;
    assert_eq!(reasons(&judge(&question)), [("books", "BreakingChange")]);
}

#[test]
fn an_operation_that_never_worked_holds_up_nobody() {
    let less = BOOKS.replace(" title: String", "");
    let mut question = after(&first(), &[("books", &less), ("loans", LOANS)]);
    question.operations = operation("{ nothing }");
    assert!(judge(&question).refused.is_empty());
}

#[test]
fn a_warning_lets_pass_and_says_what_went() {
    let less = BOOKS.replace(" title: String", "");
    let mut question = after(&first(), &[("books", &less), ("loans", LOANS)]);
    question.policy = BreakingChanges::Warn;
    let accepted = judge(&question).accepted.unwrap();
    assert_eq!(accepted.breaking, ["Book.title is gone"]);
}

#[test]
fn removing_a_subgraph_is_a_change_like_any_other() {
    let mut question = after(&first(), &[("books", BOOKS)]);
    let verdict = judge(&question);
    assert_eq!(reasons(&verdict), [("loans", "BreakingChange")]);
    assert_eq!(verdict.refused[0].digest, None);
    question.operations = operation("{ books { id } }");
    let verdict = judge(&question);
    assert!(verdict.refused.is_empty());
    assert_eq!(verdict.accepted.unwrap().parts.len(), 1);
}

#[test]
fn an_endpoint_that_moved_is_a_new_graph() {
    let mut question = after(&first(), &[("books", BOOKS), ("loans", LOANS)]);
    question.offered.get_mut("loans").unwrap().endpoint = "http://there:2/graphql".to_owned();
    let accepted = judge(&question).accepted.unwrap();
    assert!(
        accepted
            .supergraph
            .contains("http://there:2/graphql#timeout=1s")
    );
}
