//! `sanshe query`: one question to a graph, from where there is no other
//! client, such as inside of the image. Fails where the graph refuses.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, bail};
use kit::lifecycle::pause;
use tokio_util::sync::CancellationToken;

use super::out;
use crate::demo::client::Client;

/// The arguments of `sanshe query`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the graph is.
    #[arg(
        long,
        default_value = "http://127.0.0.1:4000/graphql",
        value_name = "URL"
    )]
    url: String,
    /// Try again for so many seconds while the graph cannot be reached or is not ready.
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    wait: u64,
    /// The document.
    document: String,
}

/// Asks, and prints the data.
pub async fn run(args: Args) -> Result<ExitCode> {
    let client = Client::new(&args.url);
    let (begun, limit) = (std::time::Instant::now(), Duration::from_secs(args.wait));
    let answer = loop {
        let outcome = client.send(&args.document, serde_json::json!({})).await;
        let starting = match &outcome {
            Ok(answer) => answer
                .errors
                .iter()
                .any(|error| error["extensions"]["code"] == "UNAVAILABLE"),
            Err(_) => true,
        };
        if !starting || begun.elapsed() >= limit {
            break outcome.with_context(|| format!("{} gave no answer", args.url))?;
        }
        pause(&CancellationToken::new(), Duration::from_millis(500)).await;
    };
    if let Some(error) = answer.errors.first() {
        bail!("the graph refused: {error}");
    }
    out::line(answer.data);
    Ok(ExitCode::SUCCESS)
}
