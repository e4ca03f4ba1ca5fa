//! Where this service keeps personal data under a key: what a renewal after a
//! rotation of keys goes through.

use kit::sealed::SealedColumn;

pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "residents",
        column: "name_sealed",
        of: "id",
        bound: |id| format!("residents.name/{id}"),
    },
    SealedColumn {
        table: "residents",
        column: "citizen_id_sealed",
        of: "id",
        bound: |id| format!("residents.citizen_id/{id}"),
    },
    SealedColumn {
        table: "residents",
        column: "phone_sealed",
        of: "id",
        bound: |id| format!("residents.phone/{id}"),
    },
    SealedColumn {
        table: "one_stop_cases",
        column: "answers_sealed",
        of: "id",
        bound: |id| format!("one_stop_cases.answers/{id}"),
    },
];

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::one_stop_case::{CaseId, bound};

    #[test]
    fn answers_are_bound_as_their_case_binds_them() {
        let column = SEALED.iter().find(|it| it.table == "one_stop_cases");
        let id = Uuid::from_u128(7);
        assert_eq!(
            (column.unwrap().bound)(&id.to_string()),
            bound(CaseId::from_uuid(id))
        );
    }
}
