//! The answer of a subgraph: any bytes are a tree or an error; a tree is written
//! as JSON that reads as the same tree again.

#![no_main]

use gateway::value::{Tree, write_value};
use libfuzzer_sys::fuzz_target;

fn written(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut tree = Tree::new();
    let root = tree.read(bytes).ok()?;
    let mut out = Vec::new();
    write_value(&mut out, tree.view(root));
    // What is copied, moved or looked at again is the same.
    let copy = tree.copy(root);
    let mut again = Vec::new();
    write_value(&mut again, tree.view(copy));
    assert_eq!(out, again);
    Some(out)
}

fuzz_target!(|bytes: &[u8]| {
    let Some(once) = written(bytes) else { return };
    let twice = written(&once).expect("what was written is read");
    assert_eq!(once, twice);
});
