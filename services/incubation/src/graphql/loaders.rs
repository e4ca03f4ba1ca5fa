//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::{
    DivisionCode, Fen,
    keys::{OrganizationId, ResidentId, TraceId},
};
use kit::{Error, auth::Caller, record::PartsOf};
use uuid::Uuid;

use crate::{
    app::{self, deposit::Account, incubation_centre::ElderCareTarget},
    domain::{
        adviser::{Adviser, AdviserId},
        annual_report::{AnnualReport, AnnualReportId},
        assessment::Assessment,
        capability::Certification,
        custody::{CustodyAccount, CustodyAccountId, CustodyRequest},
        engagement::Engagement,
        facility::FacilityCheck,
        growth::GrowthScore,
        incubatee::{Incubatee, IncubateeId},
        incubation_centre::{IncubationCentre, IncubationCentreId},
        ledger::MoneyEntry,
        mandate::OperationMandate,
        moves::StateChange,
        organization::Organization,
        review::IncubateeReview,
        service_centre::{ServiceCentre, ServiceCentreId},
        session::{Confirmation, IncubationSession, IncubationSessionId},
        space_licence::{SpaceLicence, SpaceLicenceId},
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

/// An organisation by its unified social credit code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ByUscc(pub String);

/// The assessments of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AssessmentsOf(pub OrganizationId);

/// The certifications of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CertificationsOf(pub OrganizationId);

/// The contracts of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EngagementsOf(pub OrganizationId);

/// The related people of an organisation; nothing where they are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelatedTo(pub OrganizationId);

/// The contracts of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EngagementsIn(pub TraceId);

impl Loader<OrganizationId> for Scoped {
    type Value = Organization;
    type Error = Error;

    async fn load(
        &self,
        ids: &[OrganizationId],
    ) -> Result<HashMap<OrganizationId, Organization>, Error> {
        app::organization::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<ByUscc> for Scoped {
    type Value = Organization;
    type Error = Error;

    async fn load(&self, keys: &[ByUscc]) -> Result<HashMap<ByUscc, Organization>, Error> {
        let codes: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let found = app::organization::load_many_by_uscc(&self.state, &self.caller, &codes).await?;
        Ok(found
            .into_iter()
            .map(|(code, one)| (ByUscc(code), one))
            .collect())
    }
}

/// Things by their own ids, those the caller may see.
macro_rules! by_id {
    ($($id:ty => $value:ty),* $(,)?) => {$(
        impl Loader<$id> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, $value>, Error> {
                app::ask::load_many(&self.state, &self.caller, ids).await
            }
        }
    )*};
}

by_id!(
    ServiceCentreId => ServiceCentre,
    IncubationCentreId => IncubationCentre,
    AdviserId => Adviser,
    IncubateeId => Incubatee,
    SpaceLicenceId => SpaceLicence,
    CustodyAccountId => CustodyAccount,
    AnnualReportId => AnnualReport,
);

macro_rules! of_organization {
    ($key:ident, $value:ty, $load:path) => {
        impl Loader<$key> for Scoped {
            type Value = Vec<$value>;
            type Error = Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Vec<$value>>, Error> {
                let ids: Vec<OrganizationId> = keys.iter().map(|key| key.0).collect();
                let found = $load(&self.state, &ids).await?;
                Ok(found
                    .into_iter()
                    .map(|(id, many)| ($key(id), many))
                    .collect())
            }
        }
    };
}

of_organization!(AssessmentsOf, Assessment, app::assessment::load_many_of);
of_organization!(
    CertificationsOf,
    Certification,
    app::capability::load_many_of
);
of_organization!(EngagementsOf, Engagement, app::engagement::load_many_of);

impl Loader<RelatedTo> for Scoped {
    type Value = Vec<ResidentId>;
    type Error = Error;

    async fn load(&self, keys: &[RelatedTo]) -> Result<HashMap<RelatedTo, Vec<ResidentId>>, Error> {
        let ids: Vec<OrganizationId> = keys.iter().map(|key| key.0).collect();
        let found = app::organization::load_related(&self.state, &self.caller, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, people)| (RelatedTo(id), people))
            .collect())
    }
}

impl Loader<EngagementsIn> for Scoped {
    type Value = Vec<Engagement>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[EngagementsIn],
    ) -> Result<HashMap<EngagementsIn, Vec<Engagement>>, Error> {
        let traces: Vec<TraceId> = keys.iter().map(|key| key.0).collect();
        let found = app::engagement::load_many_by_trace(&self.state, &traces).await?;
        Ok(found
            .into_iter()
            .map(|(trace, many)| (EngagementsIn(trace), many))
            .collect())
    }
}

/// What belongs to a thing and is seen by all who see the thing.
macro_rules! parts {
    ($($part:ty),* $(,)?) => {$(
        impl Loader<PartsOf<$part>> for Scoped {
            type Value = Vec<$part>;
            type Error = Error;

            async fn load(
                &self,
                keys: &[PartsOf<$part>],
            ) -> Result<HashMap<PartsOf<$part>, Vec<$part>>, Error> {
                app::ask::parts(&self.state, keys).await
            }
        }
    )*};
}

parts!(
    CustodyRequest,
    FacilityCheck,
    GrowthScore,
    // Shown only where `app::review::open_to` says so.
    IncubateeReview,
    IncubationSession,
    OperationMandate,
);

/// Keys of one id, and the use case that answers many of them.
macro_rules! keyed {
    ($($(#[$doc:meta])* $key:ident($id:ty) => $value:ty, $load:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);

        impl Loader<$key> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Error> {
                let ids: Vec<$id> = keys.iter().map(|key| key.0).collect();
                let found = $load(&self.state, &ids).await?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )+};
}

keyed!(
    /// The moves of a thing from state to state.
    HistoryOf(Uuid) => Vec<StateChange>, app::ask::histories;
    /// What happened to money that is held.
    EntriesOf(Uuid) => Vec<MoneyEntry>, app::ledger::entries;
    /// What an account holds.
    BalanceOf(CustodyAccountId) => Fen, app::custody::balances;
    /// What those who had a service said.
    ConfirmationOf(IncubationSessionId) => Confirmation, app::session::confirmations;
    /// The deposit of a licence.
    DepositOf(SpaceLicenceId) => Account, app::deposit::of_licences;
);

/// How a centre in a division stands with the number of organisations it has to
/// raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TargetOf(pub IncubationCentreId, pub DivisionCode);

impl Loader<TargetOf> for Scoped {
    type Value = ElderCareTarget;
    type Error = Error;

    async fn load(&self, keys: &[TargetOf]) -> Result<HashMap<TargetOf, ElderCareTarget>, Error> {
        let centres: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let mut found = app::incubation_centre::elder_care_targets(&self.state, &centres).await?;
        let with = |key: &TargetOf| Some((*key, found.remove(&key.0)?));
        Ok(keys.iter().filter_map(with).collect())
    }
}
