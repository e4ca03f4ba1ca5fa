//! The answer of a subgraph: any bytes are a tree or an error; a tree is written
//! as JSON that is the same tree again.

#![no_main]

use gateway::value::{parse, write_value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = parse(bytes) else { return };
    let mut written = Vec::new();
    write_value(&mut written, &tree);
    let again = parse(&written).expect("what was written is read");
    assert_eq!(again, tree);
});
