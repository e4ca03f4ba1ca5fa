//! Where this service keeps personal data under a key: what a renewal after a
//! rotation of keys goes through.

use kit::sealed::SealedColumn;

/// How somebody voted, sealed to its ballot: in another box it does not open.
pub const CHOICE: SealedColumn = SealedColumn {
    table: "ballot_choices",
    column: "choice_enc",
    of: "ballot_id",
    bound: |id| format!("ballot_choices.choice:{id}"),
};

pub const SEALED: &[SealedColumn] = &[CHOICE];
