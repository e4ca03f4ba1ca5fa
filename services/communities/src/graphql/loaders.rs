//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::{
    DivisionCode,
    keys::{CommunityId, NeedId, ProposalId, TraceId},
};
use kit::{Error, auth::Caller, record::PartsOf};
use uuid::Uuid;

use crate::{
    app::{self, linkage::Beginning},
    domain::{
        admission::{Admission, AdmissionId},
        ballot::Ballot,
        brand::{BrandId, CommunityBrand},
        burden::{BurdenRecord, BurdenRecordId},
        check_in::{CheckIn, CheckInId, ResourceOffer, ResourceOfferId},
        community::Community,
        desk::{Desk, DeskBooking, DeskBookingId, DeskId},
        duty::{DutyItem, DutyItemId},
        entrepreneur::{
            Entrepreneur, EntrepreneurId, StartupCourse, StartupCourseId, SupportGrant,
        },
        evaluation::{
            Dimension, DimensionId, Evaluation, EvaluationId, EvaluationResult, Rectification,
        },
        joint_meeting::{
            JointAction, JointActionId, JointAttendance, JointMeeting, JointMeetingId,
            JointResolution, ResidentUnit, ResidentUnitId,
        },
        moves::Change,
        need::Need,
        party::{PartyMember, PartyOrganization, PartyOrganizationId},
        pilot::{GateItem, Pilot, PilotAssessment, PilotEvidence, PilotGuarantee, PilotId},
        premises::{
            Premises, PremisesId, Room, RoomId, SpaceAllocation, SpaceAllocationId,
            SpaceApplication, SpaceApplicationId,
        },
        proposal::Proposal,
        rating::Rating,
        seal::{SealRequest, SealRequestId},
        study_measure::{StudyMeasure, StudyMeasureId},
        study_visit::{
            Replication, StudyPeople, StudyReport, StudyVisit, StudyVisitId, StudyVisitor,
        },
        task::{Task, TaskId, TransferId, WorkTransfer},
        work_list::{WorkList, WorkListComment, WorkListId, WorkListItem, WorkListItemId},
    },
    state::State,
};

/// Loads for one caller.
pub struct Scoped {
    pub state: State,
    pub caller: Caller,
}

/// The loader of a request.
pub type Loaders = DataLoader<Scoped, NoCache>;

type Loaded<K, V> = Result<HashMap<K, V>, Error>;

impl Loader<CommunityId> for Scoped {
    type Value = Community;
    type Error = Error;

    async fn load(&self, ids: &[CommunityId]) -> Loaded<CommunityId, Community> {
        app::community::load_many(&self.state, ids).await
    }
}

impl Loader<DivisionCode> for Scoped {
    type Value = Community;
    type Error = Error;

    async fn load(&self, codes: &[DivisionCode]) -> Loaded<DivisionCode, Community> {
        app::community::load_many_by_code(&self.state, codes).await
    }
}

impl Loader<NeedId> for Scoped {
    type Value = Need;
    type Error = Error;

    async fn load(&self, ids: &[NeedId]) -> Loaded<NeedId, Need> {
        app::need::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<ProposalId> for Scoped {
    type Value = Proposal;
    type Error = Error;

    async fn load(&self, ids: &[ProposalId]) -> Loaded<ProposalId, Proposal> {
        app::proposal::load_many(&self.state, ids).await
    }
}

/// The newest proposal of a chain.
impl Loader<TraceId> for Scoped {
    type Value = Proposal;
    type Error = Error;

    async fn load(&self, traces: &[TraceId]) -> Loaded<TraceId, Proposal> {
        app::proposal::load_by_trace(&self.state, traces).await
    }
}

/// The newest ballot of a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BallotOf(pub ProposalId);

impl Loader<BallotOf> for Scoped {
    type Value = Ballot;
    type Error = Error;

    async fn load(&self, keys: &[BallotOf]) -> Loaded<BallotOf, Ballot> {
        let ids: Vec<ProposalId> = keys.iter().map(|key| key.0).collect();
        let found = app::ballot::load_newest(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, ballot)| (BallotOf(id), ballot))
            .collect())
    }
}

/// Things by their own ids, those the caller may see.
macro_rules! by_id {
    ($load:path: $($id:ty => $value:ty),* $(,)?) => {$(
        impl Loader<$id> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, ids: &[$id]) -> Loaded<$id, $value> {
                $load(&self.state, &self.caller, ids).await
            }
        }
    )*};
}

by_id!(app::ask::load_many:
    AdmissionId => Admission,
    BrandId => CommunityBrand,
    BurdenRecordId => BurdenRecord,
    CheckInId => CheckIn,
    DeskBookingId => DeskBooking,
    DutyItemId => DutyItem,
    EntrepreneurId => Entrepreneur,
    EvaluationId => Evaluation,
    JointActionId => JointAction,
    JointMeetingId => JointMeeting,
    PartyOrganizationId => PartyOrganization,
    PilotId => Pilot,
    PremisesId => Premises,
    ResidentUnitId => ResidentUnit,
    ResourceOfferId => ResourceOffer,
    SealRequestId => SealRequest,
    SpaceAllocationId => SpaceAllocation,
    SpaceApplicationId => SpaceApplication,
    StartupCourseId => StartupCourse,
    StudyMeasureId => StudyMeasure,
    TaskId => Task,
    WorkListId => WorkList,
    TransferId => WorkTransfer,
);

by_id!(app::study_visit::load_many: StudyVisitId => StudyVisit);

/// Parts of things that are open to all, and as open as these.
macro_rules! public {
    ($($id:ty => $value:ty),* $(,)?) => {$(
        impl Loader<$id> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, ids: &[$id]) -> Loaded<$id, $value> {
                app::ask::load_public(&self.state, ids).await
            }
        }
    )*};
}

public!(
    DeskId => Desk,
    DimensionId => Dimension,
    RoomId => Room,
    WorkListItemId => WorkListItem,
);

/// What belongs to a thing and is seen by all who see the thing.
macro_rules! parts {
    ($($part:ty),* $(,)?) => {$(
        impl Loader<PartsOf<$part>> for Scoped {
            type Value = Vec<$part>;
            type Error = Error;

            async fn load(&self, keys: &[PartsOf<$part>]) -> Loaded<PartsOf<$part>, Vec<$part>> {
                app::ask::parts(&self.state, keys).await
            }
        }
    )*};
}

parts!(
    Desk,
    Dimension,
    EvaluationResult,
    JointAction,
    JointAttendance,
    JointResolution,
    PilotAssessment,
    PilotEvidence,
    PilotGuarantee,
    Rectification,
    Room,
    StudyMeasure,
    StudyPeople,
    StudyReport,
    SupportGrant,
    WorkListComment,
    WorkListItem,
);

/// How many rated a round, in the first rating or the second.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RatersOf(pub EvaluationId, pub i32);

impl Loader<RatersOf> for Scoped {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[RatersOf]) -> Loaded<RatersOf, i64> {
        let of: Vec<(EvaluationId, i32)> = keys.iter().map(|key| (key.0, key.1)).collect();
        let found = app::evaluation::raters(&self.state, &of).await?;
        Ok(found
            .into_iter()
            .map(|((id, phase), count)| (RatersOf(id, phase), count))
            .collect())
    }
}

/// The members of an organisation, where the caller may look at them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MembersOf(pub PartyOrganizationId);

impl Loader<MembersOf> for Scoped {
    type Value = Vec<PartyMember>;
    type Error = Error;

    async fn load(&self, keys: &[MembersOf]) -> Loaded<MembersOf, Vec<PartyMember>> {
        let ids: Vec<PartyOrganizationId> = keys.iter().map(|key| key.0).collect();
        let found = app::party::members(&self.state, &self.caller, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, members)| (MembersOf(id), members))
            .collect())
    }
}

/// The visits of a pilot to others, as far as the caller may see them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VisitsOf(pub PilotId);

impl Loader<VisitsOf> for Scoped {
    type Value = Vec<StudyVisit>;
    type Error = Error;

    async fn load(&self, keys: &[VisitsOf]) -> Loaded<VisitsOf, Vec<StudyVisit>> {
        let ids: Vec<PilotId> = keys.iter().map(|key| key.0).collect();
        let found = app::study_visit::of_pilots(&self.state, &self.caller, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, visits)| (VisitsOf(id), visits))
            .collect())
    }
}

/// What a chain began with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BeginningOf(pub TraceId);

impl Loader<BeginningOf> for Scoped {
    type Value = Beginning;
    type Error = Error;

    async fn load(&self, keys: &[BeginningOf]) -> Loaded<BeginningOf, Beginning> {
        let traces: Vec<TraceId> = keys.iter().map(|key| key.0).collect();
        let found = app::linkage::beginnings(&self.state, &self.caller, &traces).await?;
        Ok(found
            .into_iter()
            .map(|(trace, beginning)| (BeginningOf(trace), beginning))
            .collect())
    }
}

/// Keys of one id, and the use case that answers many of them.
macro_rules! keyed {
    ($($(#[$doc:meta])* $key:ident($id:ty) => $value:ty, $load:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Loader<$key> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, keys: &[$key]) -> Loaded<$key, $value> {
                let ids: Vec<$id> = keys.iter().map(|key| key.0).collect();
                let found = $load(&self.state, &ids).await?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )+};
}

keyed!(
    /// Which states a thing has been in.
    HistoryOf(Uuid) => Vec<Change>, app::ask::histories;
    /// The criteria a pilot has to meet.
    GateOf(PilotId) => Vec<GateItem>, app::pilot::gates;
    /// Who came to a pilot to learn.
    VisitorsOf(PilotId) => Vec<StudyVisitor>, app::study_visit::visitors;
    /// How far a pilot is taken up by others.
    ReplicationOf(PilotId) => Replication, app::study_visit::replications;
    /// How many hours somebody was coached.
    HoursOf(EntrepreneurId) => i64, app::entrepreneur::hours;
    /// The rating of what came of a need.
    RatingOf(NeedId) => Rating, app::linkage::ratings;
);
