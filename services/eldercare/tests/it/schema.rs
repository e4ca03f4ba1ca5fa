//! The committed SDL is the SDL of the code.

#[test]
fn committed_schema_is_current() {
    testkit::schema::assert_current(
        concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"),
        &eldercare::serve::sdl(),
    );
}
