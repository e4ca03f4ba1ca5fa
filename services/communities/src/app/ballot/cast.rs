//! Casting a vote, and checking by its receipt that it was counted.

use kernel::{IdempotencyKey, keys::ResidentId, refuse};
use kit::{audit, auth::Caller};

use crate::{
    app::proposal,
    domain::{
        ballot::{Ballot, BallotChoice, BallotId, check_serial},
        proposal::Proposal,
    },
    error::Result,
    state::State,
    store::{self, ballot::Cast},
};

/// Somebody's vote.
#[derive(Clone, Debug)]
pub struct Vote {
    pub ballot_id: BallotId,
    pub choice: BallotChoice,
    /// Whose paper ballot staff enter.
    pub resident: Option<ResidentId>,
    /// The number printed on the paper.
    pub paper_serial: Option<String>,
}

/// A vote was cast; the receipt tells its voter later whether it was counted.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub ballot: Ballot,
    pub receipt: String,
}

/// Casts a ballot: a resident's own, or a paper one that staff enter.
///
/// Who voted is kept as a keyed hash, how they voted sealed under a receipt
/// that no other row names. The receipt comes from the idempotency key of this
/// call: once the answer to that key is forgotten (see [`kit::idempotency`])
/// only the voter can find the vote, and until then only who has both the
/// database and the keys of the service.
pub async fn cast(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    vote: Vote,
) -> Result<Receipt> {
    let ballot = super::find(state, vote.ballot_id).await?;
    let subject = proposal::find(state, ballot.proposal_id).await?;
    let paper = authorize(state, caller, &subject, &vote)?;
    let voter = match vote.resident {
        Some(resident) => resident,
        None => proposal::own_id(caller)?,
    };
    let pii = &state.core.pii;
    let whose = format!("{}:{voter}", ballot.id);
    let receipt = receipt_of(state, &format!("{whose}:{key}"));
    // The hash of the request is kept: it tells neither voter nor choice.
    let asked = serde_json::json!({
        "ballot": ballot.id,
        "serial": paper,
        "vote": hex::encode(pii.blind_index("ballot.request", &format!("{whose}:{}", vote.choice))),
    });
    let before: Option<BallotId> = state
        .core
        .answered(caller, "castBallot", &key, &asked)
        .await?;
    if before.is_some() {
        return Ok(Receipt { ballot, receipt });
    }
    proposal::elector(state, caller, &subject.division_code, voter).await?;

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let before: Option<BallotId> = tx.replay("castBallot", &key, &asked, now).await?;
    if before.is_some() {
        return Ok(Receipt { ballot, receipt });
    }
    ballot.takes_votes(now)?;
    let (channel, action) = match &paper {
        Some(_) => ("paper", "enterPaperBallot"),
        None => (caller.channel.as_str(), "castBallot"),
    };
    let entry = Cast {
        ballot: ballot.id,
        voter_key: &pii.blind_index("ballot.voter", &whose),
        channel,
        paper_serial: paper.as_deref(),
        entered_by: paper.as_ref().map(|_| caller.actor.subject.as_str()),
        at: now,
    };
    store::ballot::insert_cast(&mut tx, &entry).await?;
    let sealed = pii.encrypt(&sealed_in(ballot.id), &[vote.choice.mark()]);
    let hash = receipt_hash(state, &receipt);
    store::ballot::insert_choice(&mut tx, ballot.id, &hash, &sealed).await?;
    let entry = audit::Entry::write(caller, action, &proposal::resource(&subject), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(ballot.id).await?;
    Ok(Receipt { ballot, receipt })
}

/// Whether the caller may cast this vote; answers the number of the paper
/// where staff enter one.
fn authorize(
    state: &State,
    caller: &Caller,
    subject: &Proposal,
    vote: &Vote,
) -> Result<Option<String>> {
    let on_paper = vote.resident.is_some() || vote.paper_serial.is_some();
    let action = if on_paper {
        "enterPaperBallot"
    } else {
        "castBallot"
    };
    state
        .core
        .authorize(caller, action, &proposal::resource(subject))?;
    match (&vote.resident, &vote.paper_serial) {
        (None, None) => Ok(None),
        (Some(_), Some(serial)) => Ok(Some(check_serial(serial)?)),
        _ => Err(refuse!(
            Invalid, "PAPER_SERIAL", field: "input.paperSerial",
            zh: "录入纸质选票时须同时给出居民和选票编号",
            en: "a paper ballot has both a resident and a serial number",
        )
        .into()),
    }
}

/// A choice is sealed to its ballot: in another box it does not open.
pub(super) fn sealed_in(ballot: BallotId) -> String {
    (store::CHOICE.bound)(&ballot.to_string())
}

fn receipt_of(state: &State, vote: &str) -> String {
    hex::encode(&state.core.pii.blind_index("ballot.receipt", vote)[..16])
}

fn receipt_hash(state: &State, receipt: &str) -> [u8; 32] {
    state.core.pii.blind_index("ballot.receipt_hash", receipt)
}

/// What a receipt says.
#[derive(Clone, Debug)]
pub struct Inclusion {
    pub ballot_id: BallotId,
    pub counted: bool,
}

/// Whether the vote of a receipt is in the box, and counted; for anybody who
/// holds the receipt.
pub async fn receipt(state: &State, receipt: &str) -> Result<Option<Inclusion>> {
    let hash = receipt_hash(state, receipt.trim());
    let found = store::ballot::find_receipt(&mut *state.core.db.read().await?, &hash).await?;
    Ok(found.map(|(ballot_id, counted)| Inclusion { ballot_id, counted }))
}
