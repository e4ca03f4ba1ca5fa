//! Where this service keeps personal data under a key: what a renewal after a
//! rotation of keys goes through.

use kit::sealed::SealedColumn;

pub const SEALED: &[SealedColumn] = &[SealedColumn {
    table: "experts",
    column: "name",
    of: "id",
    bound: |_| super::expert::NAME.to_owned(),
}];
