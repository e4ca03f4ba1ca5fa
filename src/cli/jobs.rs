//! `sanshe jobs dead`: jobs and timers that used up their attempts.

use std::process::ExitCode;

use anyhow::Result;
use kit::{jobs, repair};

use super::{
    hand::{Of, Who, told},
    out,
};

/// The arguments of `sanshe jobs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Jobs that used up their attempts.
    Dead {
        #[command(subcommand)]
        verb: Dead,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Dead {
    /// Show them, oldest first.
    List {
        #[command(flatten)]
        of: Of,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_name = "COUNT",
            value_parser = clap::value_parser!(u16).range(1..=10_000))]
        limit: u16,
    },
    /// Give one all its attempts again, once its cause is mended.
    Retry {
        #[command(flatten)]
        of: Of,
        /// The number of the job.
        job: i64,
        #[command(flatten)]
        who: Who,
    },
}

/// Lists or retries.
pub async fn run(args: Args) -> Result<ExitCode> {
    let Verb::Dead { verb } = args.verb;
    match verb {
        Dead::List { of, limit } => {
            let (name, _, mut connection) = of.open().await?;
            let dead = jobs::list_dead(&mut connection, name, limit.into()).await?;
            for job in &dead {
                out::line(format_args!(
                    "{} {} {} due {} after {} attempts: {}",
                    job.id,
                    job.kind,
                    job.key.as_deref().unwrap_or("-"),
                    job.run_at.format("%Y-%m-%dT%H:%M:%SZ"),
                    job.attempts,
                    job.last_error.as_deref().unwrap_or("-"),
                ));
            }
            out::line(format_args!("{name}: {} dead / 个失败任务", dead.len()));
        }
        Dead::Retry { of, job, who } => {
            let (_, settings, mut connection) = of.open().await?;
            let hand = who.hand(&settings);
            repair::retry_job(&mut connection, &hand, job)
                .await
                .map_err(told)?;
            out::line("it will run again / 将重新执行");
        }
    }
    Ok(ExitCode::SUCCESS)
}
