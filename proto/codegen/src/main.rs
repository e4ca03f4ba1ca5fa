//! Regenerates `proto/src/gen` from every `.proto` under `proto/sanshe`.
//!
//! The generated code is committed, so that building the house needs no
//! generator; `just check` runs this and fails where the result differs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the proto folder is the parent of codegen")?;
    let mut files = Vec::new();
    collect(&root.join("sanshe"), &mut files)?;
    files.sort();
    let out = root.join("src").join("gen");
    fs::create_dir_all(&out)?;
    for old in fs::read_dir(&out)? {
        fs::remove_file(old?.path())?;
    }
    let descriptors = protox::compile(&files, [root])?;
    tonic_prost_build::configure()
        .bytes(".sanshe.graph.v1")
        .emit_rerun_if_changed(false)
        .out_dir(&out)
        .compile_fds(descriptors)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
