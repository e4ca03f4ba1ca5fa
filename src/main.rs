//! The one binary; see `sanshe help`.

use std::process::ExitCode;

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
