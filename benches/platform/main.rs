//! What the platform costs beside the plainest way to the same thing, measured
//! in one run on one server: `just bench`, or `scripts/bench ledger` for one part.
//!
//! | part | ours | beside |
//! |---|---|---|
//! | `divisions` | the import of the national register | `\copy` of the same rows |
//! | `ledger` | transfers of minutes | `pgbench`, TPC-B like |
//! | `page` | a federated page through the gateway | its subgraph calls alone |
//!
//! Each part is a file of its own and answers [`report::Part`]. Nothing here
//! judges time: a busy machine makes other numbers, and what is compared stands
//! on the same machine in the same minute.

mod divisions;
mod ledger;
mod measure;
mod page;
mod report;
mod server;
mod statements;

use std::io::Write as _;

use anyhow::Result;
use report::{Part, Report};
use server::Server;
use statements::Statements;

const PARTS: [&str; 3] = ["divisions", "ledger", "page"];

fn main() -> Result<()> {
    // Cargo adds flags of its own, such as `--bench`.
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        anyhow::bail!(
            "there is no part {unknown}; the parts are {}",
            PARTS.join(", ")
        );
    }
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|one| one == part);
    let statements = Statements::install()?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let server = Server::given().await?;
            let mut report = Report::new(server.describe().await?);
            for part in PARTS.into_iter().filter(|part| wanted(part)) {
                tell(&format!("{part} …"));
                let done: Part = match part {
                    "divisions" => divisions::run(&server).await?,
                    "ledger" => ledger::run(&server).await?,
                    _ => page::run(&statements).await?,
                };
                report.add(done);
            }
            std::io::stdout().write_all(report.markdown().as_bytes())?;
            Ok(())
        })
}

/// Says what is under way; the table alone goes to standard output.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "  {line}");
}
