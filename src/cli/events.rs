//! `sanshe events parked`: events that a service could not handle. What they
//! say is not shown, it may be personal; it stands in `kit.dead_letters`.

use std::process::ExitCode;

use anyhow::Result;
use kit::{events::dead_letters, repair};
use uuid::Uuid;

use super::{
    hand::{Of, Who, told},
    out,
};

/// The arguments of `sanshe events`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Events that failed all their attempts.
    Parked {
        #[command(subcommand)]
        verb: Parked,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Parked {
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
    Retry(One),
    /// Put one aside for good: its effect does not happen.
    Drop(One),
}

#[derive(Debug, clap::Args)]
struct One {
    #[command(flatten)]
    of: Of,
    /// The id of the event.
    event: Uuid,
    /// Whose handler failed; the service where it is not given.
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// Lists, retries or drops.
pub async fn run(args: Args) -> Result<ExitCode> {
    let Verb::Parked { verb } = args.verb;
    match verb {
        Parked::List { of, limit } => list(&of, limit).await?,
        Parked::Retry(one) => {
            let (name, settings, mut connection) = one.of.open().await?;
            let (hand, consumer) = (one.who.hand(&settings), one.consumer);
            let consumer = consumer.as_deref().unwrap_or(name);
            repair::retry_event(&mut connection, &hand, consumer, one.event)
                .await
                .map_err(told)?;
            out::line("it will be handled again / 将重新处理");
        }
        Parked::Drop(one) => {
            let (name, settings, mut connection) = one.of.open().await?;
            let (hand, consumer) = (one.who.hand(&settings), one.consumer);
            let consumer = consumer.as_deref().unwrap_or(name);
            repair::drop_event(&mut connection, &hand, consumer, one.event)
                .await
                .map_err(told)?;
            out::line("it is put aside for good / 已搁置,不再处理");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(of: &Of, limit: u16) -> Result<()> {
    let (name, _, mut connection) = of.open().await?;
    let parked = dead_letters::list(&mut connection, limit.into()).await?;
    for letter in &parked {
        let event = &letter.event;
        out::line(format_args!(
            "{} {} {} {}/{} parked {} after {} attempts: {}",
            letter.event_id,
            letter.consumer,
            event.subject,
            event.aggregate,
            event.aggregate_id,
            letter.parked_at.format("%Y-%m-%dT%H:%M:%SZ"),
            letter.attempts,
            letter.reason,
        ));
    }
    out::line(format_args!(
        "{name}: {} parked / 个待处理事件",
        parked.len()
    ));
    Ok(())
}
