//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::keys::{OrganizationId, ResidentId, TraceId};
use kit::{Error, auth::Caller};

use crate::{
    app,
    domain::{
        adviser::{Adviser, AdviserId},
        annual_report::{AnnualReport, AnnualReportId},
        assessment::Assessment,
        capability::Certification,
        custody::{CustodyAccount, CustodyAccountId},
        engagement::Engagement,
        incubatee::{Incubatee, IncubateeId},
        incubation_centre::{IncubationCentre, IncubationCentreId},
        organization::Organization,
        service_centre::{ServiceCentre, ServiceCentreId},
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
