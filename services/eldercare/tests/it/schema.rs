//! The committed SDL is the SDL of the code.

#[test]
fn committed_schema_is_current() {
    testkit::schema::assert_current(
        concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"),
        &eldercare::serve::sdl(),
    );
}

/// What everybody is given alike may be kept for a while. A type that says so
/// must look at no caller, and nothing below it that does may be covered.
#[test]
fn only_reference_data_may_be_kept() {
    let hints = kit::graph::Hints::of::<eldercare::graphql::Query>();
    assert_eq!(
        hints.speaking(),
        ["MenuItem", "Query.menuItems", "TierPrice", "TierRule"]
    );
    let hint = |query: &str| {
        let document = async_graphql::parser::parse_query(query).unwrap();
        hints.hint(&document, None)
    };
    let kept = "{ menuItem(code: 1) { name prices { tier price } } menuItems { nodes { unitCost } } tierRules { tier } }";
    assert_eq!(
        hint(kept).map(|it| (it.max_age, it.public)),
        Some((60, true))
    );
    for personal in [
        "{ elder(id: 1) { __typename } }",
        "{ menuItems { nodes { name } } orders { nodes { __typename } } }",
        "{ _entities(representations: []) { ... on Elder { __typename } } }",
    ] {
        assert_eq!(hint(personal), None, "{personal}");
    }
}
