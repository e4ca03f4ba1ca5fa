//! The one binary; see `sanshe help`.

#![recursion_limit = "512"]

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Answers come and go by the hundred kilobytes; the system's allocator hands
/// such memory back at once and pays for every page again with the next answer.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match sanshe::cli::run().await {
        Ok(code) => code,
        Err(error) => {
            // One line with the whole chain; logs are for what happens later.
            eprintln!("sanshe: {error:#}");
            ExitCode::FAILURE
        }
    }
}
