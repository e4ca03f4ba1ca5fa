//! The committed SDL is the SDL of the code.

#[test]
fn committed_schema_is_current() {
    testkit::schema::assert_current(
        concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"),
        &smartdata::serve::sdl(),
    );
}

/// What everybody is given alike may be kept for a while. A type that says so
/// must look at no caller, and nothing below it that does may be covered.
#[test]
fn only_reference_data_may_be_kept() {
    let hints = kit::graph::Hints::of::<smartdata::graphql::Query>();
    assert_eq!(
        hints.speaking(),
        ["Division", "Division.children", "Query.divisions"]
    );
    let hint = |query: &str| {
        let document = async_graphql::parser::parse_query(query).unwrap();
        hints.hint(&document, None)
    };
    let kept = "{ division(code: 1) { name path { code } children { nodes { name } } } divisions { edges { cursor node { level } } pageInfo { endCursor } } }";
    assert_eq!(
        hint(kept).map(|it| (it.max_age, it.public)),
        Some((300, true))
    );
    for personal in [
        "{ me { __typename } }",
        "{ division(code: 1) { name } me { __typename } }",
        "{ grid(id: 1) { id division { code } } }",
    ] {
        assert_eq!(hint(personal), None, "{personal}");
    }
}
