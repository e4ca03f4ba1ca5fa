//! The committed SDL is the SDL of the code, and every action has a case.

#[test]
fn committed_schema_is_current() {
    testkit::schema::assert_current(
        concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"),
        &incubation::serve::sdl(),
    );
}

/// A field without a description is a field nobody can use.
#[test]
fn everything_in_the_schema_is_described() {
    let sdl = incubation::serve::sdl();
    let lines: Vec<&str> = sdl.lines().collect();
    let bare: Vec<&str> = lines
        .windows(2)
        .filter(|pair| {
            let (before, line) = (pair[0].trim(), pair[1]);
            let named = line.starts_with("type ")
                || line.starts_with("enum ")
                || line.starts_with("input ")
                || (line.starts_with('\t')
                    && line.trim().starts_with(|c: char| c.is_ascii_alphabetic())
                    && line.contains(':')
                    && !line.contains("url:")
                    && !line.contains("import:"));
            named && before != "\"\"\""
        })
        .map(|pair| pair[1])
        .filter(|line| !line.contains("Connection") && !line.contains("Edge"))
        .collect();
    assert!(bare.is_empty(), "{bare:#?}");
}
