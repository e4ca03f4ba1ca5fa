//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::keys::{OrganizationId, ResidentId, VisitId};
use kit::{Error, auth::Caller};

use crate::{
    app,
    domain::{
        appeal::Appeal,
        assessment::{Assessment, AssessmentId},
        care_plan::CarePlan,
        care_worker::{CareWorker, CareWorkerId},
        contact::{Contact, ContactId},
        credential::Credential,
        credit::{CreditAccount, CreditAccountId, CreditLot},
        elder::Elder,
        facility::{Facility, FacilityId},
        menu_item::MenuItem,
        order::{Order, OrderId},
        provider::Provider,
        relation::Relation,
        slot::{Slot, SlotId},
        tier::{SeenDecision, TierDecisionId},
        visit::Visit,
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

/// The assessments of an elder.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssessmentsOf(pub ResidentId);
/// The tiers of an elder, today.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TiersOf(pub ResidentId);
/// The newest orders of an elder.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrdersOf(pub ResidentId);
/// The registered relatives of an elder.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RelationsOf(pub ResidentId);
/// The account of a person.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountOf(pub ResidentId);
/// The visits of an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VisitsOf(pub OrderId);
/// An item of the menu.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MenuCode(pub String);

/// What is left in the lots of an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotsOf(pub CreditAccountId);
/// How an elder is looked in on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScheduleOf(pub ResidentId);
/// The appeal against an assessment.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AppealOf(pub AssessmentId);
/// The plan in force of an elder.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CarePlanOf(pub ResidentId);
/// An organisation as a provider.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProviderOf(pub OrganizationId);
/// The papers of a care worker.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CredentialsOf(pub CareWorkerId);

macro_rules! loads {
    ($key:ty => $value:ty, |$scoped:ident, $keys:ident| $found:expr) => {
        impl Loader<$key> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, $keys: &[$key]) -> Result<HashMap<$key, $value>, Error> {
                let $scoped = self;
                $found
            }
        }
    };
}

/// The same map under named keys.
fn under<K: Eq + std::hash::Hash, N: Eq + std::hash::Hash, V>(
    found: HashMap<K, V>,
    name: impl Fn(K) -> N,
) -> HashMap<N, V> {
    found
        .into_iter()
        .map(|(key, value)| (name(key), value))
        .collect()
}

loads!(ResidentId => Elder, |s, ids| {
    app::elder::load_many(&s.state, &s.caller, ids).await
});
loads!(AssessmentsOf => Vec<Assessment>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::assessment::load_many(&s.state, &s.caller, &ids).await?, AssessmentsOf))
});
loads!(TiersOf => Vec<SeenDecision>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::tier::load_many(&s.state, &s.caller, &ids).await?, TiersOf))
});
loads!(OrdersOf => Vec<Order>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::order::load_many_of_elders(&s.state, &s.caller, &ids).await?, OrdersOf))
});
loads!(RelationsOf => Vec<Relation>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::relation::load_many(&s.state, &ids).await?, RelationsOf))
});
loads!(AccountOf => CreditAccount, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::credit::load_many(&s.state, &s.caller, &ids).await?, AccountOf))
});
loads!(OrderId => Order, |s, ids| {
    app::order::load_many(&s.state, &s.caller, ids).await
});
loads!(VisitsOf => Vec<Visit>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::visit::load_many_of_orders(&s.state, &s.caller, &ids).await?, VisitsOf))
});
loads!(VisitId => Visit, |s, ids| {
    app::visit::load_many(&s.state, &s.caller, ids).await
});
loads!(MenuCode => MenuItem, |s, keys| {
    let codes: Vec<_> = keys.iter().map(|key| key.0.clone()).collect();
    Ok(under(app::menu_item::load_many(&s.state, &codes).await?, MenuCode))
});
loads!(TierDecisionId => SeenDecision, |s, ids| {
    app::tier::load_many_by_id(&s.state, &s.caller, ids).await
});
loads!(ProviderOf => Provider, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::provider::load_many(&s.state, &ids).await?, ProviderOf))
});
loads!(CareWorkerId => CareWorker, |s, ids| {
    app::care_worker::load_many(&s.state, &s.caller, ids).await
});
loads!(CredentialsOf => Vec<Credential>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::credential::load_many_of_workers(&s.state, &ids).await?, CredentialsOf))
});
loads!(CarePlanOf => CarePlan, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::care_plan::load_many_of(&s.state, &s.caller, &ids).await?, CarePlanOf))
});
loads!(LotsOf => Vec<CreditLot>, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::credit::load_lots(&s.state, &ids).await?, LotsOf))
});
loads!(AppealOf => Appeal, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::appeal::load_many_of(&s.state, &ids).await?, AppealOf))
});
loads!(ContactId => Contact, |s, ids| {
    app::contact::load_many(&s.state, &s.caller, ids).await
});
loads!(ScheduleOf => app::contact::Scheduled, |s, keys| {
    let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
    Ok(under(app::contact::load_schedules(&s.state, &ids).await?, ScheduleOf))
});
loads!(FacilityId => Facility, |s, ids| {
    app::facility::load_many(&s.state, ids).await
});
loads!(SlotId => Slot, |s, ids| {
    app::slot::load_many(&s.state, ids).await
});
