//! One load for all things of a kind that a request asks for.

use std::{collections::HashMap, hash::Hash};

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::keys::{
    ContractId, ExpertId, FundId, MilestoneId, ProcurementNeedId, TenderId, TraceId,
};
use kit::{Error, auth::Caller};

use crate::{
    app,
    domain::{
        award::Award,
        bid::Bid,
        challenge::ChallengeId,
        complaint::Complaint,
        contract::Contract,
        criterion::{Criterion, PlannedMilestone},
        expert::Expert,
        fund::Fund,
        milestone::{Milestone, Payment, Signature},
        need::ProcurementNeed,
        ranking::Ranked,
        score_sheet::ScoreSheet,
        tender::{Notice, Tender},
        termination::Termination,
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

/// What belongs to a tender, a contract, a milestone or a chain.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($of:ty)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub $of);
    )+};
}

keys!(
    /// The bids of a tender, as far as the caller may see them.
    BidsOf(TenderId),
    /// How many bids a tender has.
    BidCountOf(TenderId),
    /// What a tender judges by.
    CriteriaOf(TenderId),
    /// What a tender will pay for.
    PlanOf(TenderId),
    /// What was told after publication.
    NoticesOf(TenderId),
    /// Who judges a tender.
    PanelOf(TenderId),
    /// Whom its draw may take.
    PoolOf(TenderId),
    /// The sheets of a tender, as far as the caller may see them.
    SheetsOf(TenderId),
    /// The ranking of a tender.
    RankingOf(TenderId),
    /// The award of a tender.
    AwardOf(TenderId),
    /// The contract of a tender.
    ContractOf(TenderId),
    /// The challenges against a tender.
    ChallengesOf(TenderId),
    /// The complaints that follow a challenge.
    ComplaintsOf(ChallengeId),
    /// The milestones of a contract.
    MilestonesOf(ContractId),
    /// The payments under a contract.
    PaymentsOf(ContractId),
    /// How a contract ends early, as far as the caller may see it.
    TerminationsOf(ContractId),
    /// The signatures under a milestone.
    SignaturesOf(MilestoneId),
    /// The need of a chain.
    NeedOf(TraceId),
    /// The tender of a chain.
    TenderOf(TraceId),
);

/// Asks by the ids inside the keys, and gives the keys back.
fn keyed<K: Eq + Hash, I: Eq + Hash, V>(
    found: HashMap<I, V>,
    key: impl Fn(I) -> K,
) -> HashMap<K, V> {
    found
        .into_iter()
        .map(|(id, value)| (key(id), value))
        .collect()
}

/// Loaders by id or by key: `load(scoped, ids)`.
macro_rules! loaders {
    ($($key:ty => $value:ty, |$own:ident, $ids:ident| $load:expr;)+) => {$(
        impl Loader<$key> for Scoped {
            type Value = $value;
            type Error = Error;

            async fn load(&self, $ids: &[$key]) -> Result<HashMap<$key, $value>, Self::Error> {
                let $own = self;
                $load
            }
        }
    )+};
}

/// The ids inside keys.
macro_rules! inside {
    ($keys:ident) => {
        &$keys.iter().map(|key| key.0).collect::<Vec<_>>()
    };
}

loaders! {
    FundId => Fund, |own, ids| app::fund::load_many(&own.state, ids).await;
    ProcurementNeedId => ProcurementNeed, |own, ids| app::need::load_many(&own.state, ids).await;
    TenderId => Tender, |own, ids| app::tender::load_many(&own.state, &own.caller, ids).await;
    ExpertId => Expert, |own, ids| app::expert::load_many(&own.state, &own.caller, ids).await;
    ContractId => Contract, |own, ids| app::contract::load_many(&own.state, ids).await;
    MilestoneId => Milestone, |own, ids| app::milestone::load_many(&own.state, ids).await;
    BidsOf => Vec<Bid>, |own, keys| {
        let found = app::bid::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, BidsOf))
    };
    BidCountOf => usize, |own, keys| {
        Ok(keyed(app::bid::count_many(&own.state, inside!(keys)).await?, BidCountOf))
    };
    CriteriaOf => Vec<Criterion>, |own, keys| {
        Ok(keyed(app::tender::criteria(&own.state, inside!(keys)).await?, CriteriaOf))
    };
    PlanOf => Vec<PlannedMilestone>, |own, keys| {
        Ok(keyed(app::tender::plans(&own.state, inside!(keys)).await?, PlanOf))
    };
    NoticesOf => Vec<Notice>, |own, keys| {
        Ok(keyed(app::tender::notices(&own.state, inside!(keys)).await?, NoticesOf))
    };
    PanelOf => app::panel::Seen, |own, keys| {
        let found = app::panel::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, PanelOf))
    };
    PoolOf => app::expert_pool::Seen, |own, keys| {
        let found = app::expert_pool::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, PoolOf))
    };
    SheetsOf => Vec<ScoreSheet>, |own, keys| {
        let found = app::score_sheet::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, SheetsOf))
    };
    RankingOf => Vec<Ranked>, |own, keys| {
        Ok(keyed(app::award::rankings(&own.state, inside!(keys)).await?, RankingOf))
    };
    AwardOf => Award, |own, keys| {
        let found = app::award::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, AwardOf))
    };
    ContractOf => Contract, |own, keys| {
        Ok(keyed(app::contract::load_many_by_tender(&own.state, inside!(keys)).await?, ContractOf))
    };
    MilestonesOf => Vec<Milestone>, |own, keys| {
        Ok(keyed(app::contract::milestones(&own.state, inside!(keys)).await?, MilestonesOf))
    };
    PaymentsOf => Vec<Payment>, |own, keys| {
        Ok(keyed(app::milestone::payments(&own.state, inside!(keys)).await?, PaymentsOf))
    };
    ChallengeId => app::challenge::Seen, |own, ids| {
        app::challenge::load_many(&own.state, &own.caller, ids).await
    };
    ChallengesOf => Vec<app::challenge::Seen>, |own, keys| {
        let found =
            app::challenge::load_many_by_tender(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, ChallengesOf))
    };
    ComplaintsOf => Vec<Complaint>, |own, keys| {
        Ok(keyed(app::complaint::load_many(&own.state, inside!(keys)).await?, ComplaintsOf))
    };
    TerminationsOf => Vec<Termination>, |own, keys| {
        let found = app::termination::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, TerminationsOf))
    };
    SignaturesOf => Vec<Signature>, |own, keys| {
        Ok(keyed(app::milestone::signatures(&own.state, inside!(keys)).await?, SignaturesOf))
    };
    NeedOf => ProcurementNeed, |own, keys| {
        Ok(keyed(app::linkage::needs(&own.state, inside!(keys)).await?, NeedOf))
    };
    TenderOf => Tender, |own, keys| {
        let found = app::linkage::tenders(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, TenderOf))
    };
}
