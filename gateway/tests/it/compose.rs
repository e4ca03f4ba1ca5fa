//! Composition: the same text for the same graph, and messages for owners.

use gateway::compose::{Problem, SubgraphSchema, compose};
use kernel::Lang;

use crate::{library, scripted::composed};

fn library_schemas() -> Vec<SubgraphSchema> {
    let schemas = library::all().into_iter().map(|it| SubgraphSchema {
        name: it.name.to_owned(),
        url: format!("http://{}:1", it.name),
        sdl: it.sdl,
    });
    schemas.collect()
}

#[test]
fn the_library_composes_to_one_known_text() {
    insta::assert_snapshot!(compose(&library_schemas()).unwrap().supergraph);
}

#[test]
fn the_order_of_subgraphs_and_directives_does_not_matter() {
    let mut schemas = library_schemas();
    let first = compose(&schemas).unwrap();
    schemas.reverse();
    assert_eq!(compose(&schemas).unwrap(), first);
    for schema in &mut schemas {
        schema.sdl = schema
            .sdl
            .replace("\"@key\", \"@tag\"", "\"@tag\", \"@key\"");
    }
    assert_eq!(compose(&schemas).unwrap().supergraph, first.supergraph);
}

fn refused(sdls: &[(&str, &str)]) -> Problem {
    let mut problems = composed(sdls).expect_err("these must not compose");
    assert!(!problems.is_empty());
    problems.remove(0)
}

#[test]
fn names_the_query_that_cannot_be_resolved() {
    let problem = refused(&[
        (
            "shop",
            "type Query { basket: Basket } type Basket { product: Product } type Product @shareable { name: String }",
        ),
        (
            "stock",
            "type Product @shareable { name: String count: Int }",
        ),
    ]);
    assert_eq!(problem.subgraphs, ["shop", "stock"], "{problem}");
    let (zh, en) = (problem.text(Lang::Zh), problem.text(Lang::En));
    for text in [zh, en] {
        assert!(
            text.contains("query { basket { product { count }}}"),
            "{text}"
        );
        assert!(text.contains("Product.count"), "{text}");
    }
    assert!(zh.contains("无法解析") && en.contains("cannot be resolved"));
}

#[test]
fn shareable_value_types_may_have_fields_of_their_own() {
    let text = composed(&[
        ("a", "type Query { it: Money @shareable } type Money @shareable { fen: Int! text: [String!]! }"),
        ("b", "type Query { it: Money @shareable } type Money @shareable { fen: Int! \"with tax\" tax(of: Int = 1): Int @deprecated }"),
    ])
    .unwrap()
    .supergraph;
    assert!(text.contains("tax(of: Int = 1): Int"), "{text}");
    assert!(text.contains("text: [String!]!"), "{text}");
}

#[test]
fn a_key_that_the_other_side_cannot_give_is_no_way() {
    let problem = refused(&[
        (
            "a",
            "type Query { it: It } type It @key(fields: \"id\") { id: ID! }",
        ),
        (
            "b",
            "type It @key(fields: \"code\") { code: ID! more: Int }",
        ),
    ]);
    assert!(
        problem.en.contains("it { code") || problem.en.contains("it { more"),
        "{}",
        problem.en
    );
}

#[test]
fn a_key_that_is_not_resolvable_is_no_way() {
    let problem = refused(&[
        (
            "a",
            "type Query { it: It } type It @key(fields: \"id\") { id: ID! }",
        ),
        (
            "b",
            "type It @key(fields: \"id\", resolvable: false) { id: ID! more: Int }",
        ),
    ]);
    assert!(problem.en.contains("It.more"), "{}", problem.en);
}

#[test]
fn goes_over_several_keys_and_through_members_of_unions() {
    composed(&[
        ("a", "type Query { found: [Found] } union Found = It | Other type It @key(fields: \"id\") { id: ID! } type Other { x: Int }"),
        ("b", "type It @key(fields: \"id\") @key(fields: \"code\") { id: ID! code: ID! }"),
        ("c", "type It @key(fields: \"code\") { code: ID! more: Int }"),
    ])
    .unwrap();
    let problem = refused(&[
        (
            "a",
            "type Query { found: [Found] } union Found = It | Other type It { id: ID! @shareable } type Other { x: Int }",
        ),
        ("b", "type It { id: ID! @shareable more: Int }"),
    ]);
    assert!(
        problem.en.contains("found { ... on It { more"),
        "{}",
        problem.en
    );
}

#[test]
fn takes_requires_provides_and_override() {
    composed(&[
        ("a", "type Query { it: It, given: It @provides(fields: \"name\") } type It @key(fields: \"id\") { id: ID! w: Int name: String @external }"),
        ("b", "type It @key(fields: \"id\") { id: ID! w: Int @external cost: Int @requires(fields: \"w\") name: String @shareable }"),
        ("c", "type It @key(fields: \"id\") { id: ID! cost: Int @override(from: \"b\") }"),
    ])
    .unwrap();
}

#[test]
fn an_external_field_of_another_type_is_told_to_both_owners() {
    let problem = refused(&[
        (
            "a",
            "type Query { it: It } type It @key(fields: \"id\") { id: ID! w: Int! }",
        ),
        (
            "b",
            "type It @key(fields: \"id\") { id: ID! w: Int @external cost: Int @requires(fields: \"w\") }",
        ),
    ]);
    assert_eq!(problem.subgraphs, ["b", "a"]);
    assert!(
        problem
            .en
            .contains("It.w is Int in b but Int! in its owner a"),
        "{}",
        problem.en
    );
}

#[test]
fn a_field_of_two_owners_is_told_by_name() {
    let problem = refused(&[
        ("a", "type Query { it: Int }"),
        ("b", "type Query { it: Int }"),
    ]);
    assert!(problem.en.contains("it"), "{}", problem.en);
}

#[test]
fn text_that_is_no_sdl_is_told_to_its_owner() {
    let problem = refused(&[("a", "type Query {"), ("b", "type Query { x: Int }")]);
    assert_eq!(problem.subgraphs, ["a"]);
    assert!(problem.zh.contains("SDL"));
}

#[test]
fn names_that_cannot_stand_beside_each_other_are_refused() {
    assert!(
        refused(&[
            ("a-b", "type Query { x: Int }"),
            ("a_b", "type Query { y: Int }")
        ])
        .en
        .contains("have one name")
    );
    assert!(
        refused(&[("1a", "type Query { x: Int }")])
            .en
            .contains("no subgraph name")
    );
}

#[test]
fn links_the_specifications_in_use() {
    let text = composed(&[("a", "type Query { x: Int @authenticated }")])
        .unwrap()
        .supergraph;
    assert!(
        text.contains("https://specs.apollo.dev/authenticated/v0.1"),
        "{text}"
    );
    assert!(text.contains("directive @authenticated"), "{text}");
}

#[test]
fn cost_under_another_name_is_cost() {
    let link = |import: &str| {
        format!(
            "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [{import}]) "
        )
    };
    let renamed = link(r#"{name: "@cost", as: "@price"}, {name: "@listSize", as: "@length"}"#);
    let query = "type Query { a: Int @price(weight: 7) b: [Int] @length(assumedSize: 3) }";
    let text = composed(&[("a", &format!("{renamed}{query}"))])
        .unwrap()
        .supergraph;
    assert!(text.contains("@cost(weight: 7)"), "{text}");
    assert!(text.contains("@listSize(assumedSize: 3"), "{text}");
}

/// Whatever an owner's text lacks, it is told in words.
#[test]
fn no_broken_schema_breaks_the_composer() {
    let whole: Vec<_> = library_schemas();
    let mut broken = Vec::new();
    for (which, schema) in whole.iter().enumerate() {
        let words: Vec<_> = schema.sdl.split_inclusive([' ', '\n']).collect();
        // Words, and definitions, that are not there.
        for at in 0..words.len() {
            let mut left = words.clone();
            left.remove(at);
            broken.push((which, left.concat()));
        }
        let blocks: Vec<_> = schema.sdl.split_inclusive("}\n").collect();
        for at in 0..blocks.len() {
            let mut left = blocks.clone();
            left.remove(at);
            broken.push((which, left.concat()));
        }
    }
    assert!(broken.len() > 300, "{}", broken.len());
    let mut panics = Vec::new();
    for (which, sdl) in broken {
        let mut schemas = whole.clone();
        schemas[which].sdl.clone_from(&sdl);
        if std::panic::catch_unwind(|| compose(&schemas)).is_err() {
            panics.push(sdl);
        }
    }
    let count = panics.len();
    assert!(panics.is_empty(), "{count}, the first:\n{}", panics[0]);
}
