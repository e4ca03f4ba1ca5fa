//! `sanshe bid seal`: what a bidder's client does before a bid is handed in.
//! The platform is given the envelope and never the key before the opening.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{
    keys::{OrganizationId, TenderId},
    seal,
};
use procurement::domain::bid::{Content, EnvelopeText, associated_data};

use super::out;
use crate::dev::secret;

/// The arguments of `sanshe bid`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Seal a bid for one tender. Who loses the key loses the bid.
    Seal {
        /// The tender's id, as the graph shows it.
        #[arg(long)]
        tender: String,
        /// The bidding organisation's id, as the graph shows it.
        #[arg(long)]
        organization: String,
        /// The price, in 分.
        #[arg(long)]
        price_fen: i64,
        /// A text file with the proposal.
        #[arg(long, value_name = "FILE")]
        proposal: PathBuf,
        /// Where the key goes: readable by its owner only, never replaced.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

/// Seals: the envelope to standard output as the graph takes it, the key to
/// its file.
pub fn run(args: Args) -> Result<ExitCode> {
    let Verb::Seal {
        tender,
        organization,
        price_fen,
        proposal,
        key,
    } = args.verb;
    let tender = TenderId::from_global(&tender).context("--tender")?;
    let organization = OrganizationId::from_global(&organization).context("--organization")?;
    anyhow::ensure!(
        price_fen > 0,
        "a price is more than nothing / 报价必须大于零"
    );
    anyhow::ensure!(
        !key.exists(),
        "{} is there already, and may be the key of another bid / 密钥文件已存在",
        key.display()
    );
    let text = fs::read_to_string(&proposal)
        .with_context(|| format!("{} cannot be read", proposal.display()))?;
    let content = serde_json::to_vec(&Content {
        price_fen,
        proposal: text,
    })?;
    let (envelope, made) = seal::seal_fresh(&content, &associated_data(tender, organization));
    secret::write(&key, &made.to_text())?;
    let envelope = EnvelopeText {
        nonce: URL_SAFE_NO_PAD.encode(envelope.nonce),
        ciphertext: URL_SAFE_NO_PAD.encode(&envelope.ciphertext),
        commitment: URL_SAFE_NO_PAD.encode(envelope.commitment),
    };
    out::line(serde_json::to_string_pretty(&envelope)?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use kernel::Ids;
    use procurement::domain::bid::read_key;

    use super::*;

    #[test]
    fn seals_for_one_tender_and_never_replaces_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let (proposal, key) = (folder.path().join("proposal"), folder.path().join("key"));
        fs::write(&proposal, "每日两餐").unwrap();
        let ids = Ids::seeded(kernel::SystemClock::shared(), 1);
        let args = || Args {
            verb: Verb::Seal {
                tender: TenderId::new(&ids).to_global(),
                organization: OrganizationId::new(&ids).to_global(),
                price_fen: 100,
                proposal: proposal.clone(),
                key: key.clone(),
            },
        };
        run(args()).unwrap();
        read_key(&fs::read_to_string(&key).unwrap()).unwrap();
        assert!(run(args()).unwrap_err().to_string().contains("already"));
    }
}
