//! 双报到 and 资源 in SQL.

use crate::domain::check_in::{
    CheckIn, CheckInId, CheckInState, OfferState, ResourceKind, ResourceOffer, ResourceOfferId,
};
use kit::record::{ids, record, texts};

ids!(CheckInId, ResourceOfferId);
texts!(CheckInState, OfferState, ResourceKind);
record!(
    CheckIn,
    CheckInId,
    "check_ins",
    [
        id,
        community_id,
        division_code,
        unit_id,
        resident_id,
        offers,
        registered_by,
        registered_at
    ],
    [state, need_id, result, stars, updated_at]
);
record!(
    ResourceOffer,
    ResourceOfferId,
    "resource_offers",
    [
        id,
        community_id,
        division_code,
        unit_id,
        kind,
        description,
        offered_at
    ],
    [state, need_id, result, updated_at]
);
