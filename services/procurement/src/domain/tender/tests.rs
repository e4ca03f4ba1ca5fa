//! Which moves of a tender are legal, and what is too few.

use super::*;

#[test]
fn only_the_listed_moves_are_legal() {
    for &from in TenderState::ALL {
        for &next in TenderState::ALL {
            let legal = TenderState::MOVES.contains(&(from, next));
            assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
        }
    }
}

#[test]
fn an_abandoned_or_contracted_tender_never_moves_again() {
    for end in [TenderState::Abandoned, TenderState::Contracted] {
        assert!(TenderState::ALL.iter().all(|next| end.to(*next).is_err()));
    }
}

#[test]
fn two_bids_are_too_few_for_three() {
    assert_eq!(too_few(2, 3).unwrap_err().reason, "TENDER_TOO_FEW_BIDS");
    too_few(3, 3).unwrap();
}

#[test]
fn methods_that_are_not_offered_are_refused_by_name() {
    for &method in TenderMethod::ALL {
        let offered = matches!(method, TenderMethod::Open | TenderMethod::Consultation);
        assert_eq!(method.check().is_ok(), offered);
    }
    assert_eq!(
        TenderMethod::Open.parameter("bid_days"),
        "prc.open.bid_days"
    );
}
