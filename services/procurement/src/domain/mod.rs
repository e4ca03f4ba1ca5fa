//! Types, state machines and rules; no IO.
pub mod award;
pub mod bid;
pub mod challenge;
pub mod clocks;
pub mod commission;
pub mod complaint;
pub mod contract;
pub mod criterion;
pub mod expert;
pub mod expert_pool;
pub mod fund;
pub mod guide;
pub mod line;
pub mod milestone;
pub mod monitoring;
pub mod need;
pub mod ocds;
pub mod panel;
pub mod ranking;
pub mod replacement;
pub mod score_sheet;
pub mod sheet;
pub mod tender;
pub mod termination;
pub mod variation;
pub mod venture_agreement;
pub mod venture_application;
pub mod venture_objection;
pub mod venture_round;
pub mod venture_score;
pub mod violation;

use kernel::{Refusal, refuse};

/// A text of 1 to `limit` characters, trimmed.
pub fn text(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > limit {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: field,
            zh: "此项须为 1 至 {limit} 个字",
            en: "this takes 1 to {limit} characters",
        ));
    }
    Ok(text.to_owned())
}
