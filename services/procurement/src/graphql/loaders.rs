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
        commission::{Commission, CommissionId, CommissionObjection},
        complaint::Complaint,
        contract::Contract,
        criterion::{Criterion, PlannedMilestone},
        expert::Expert,
        fund::Fund,
        milestone::{Milestone, Payment, Signature},
        monitoring::Monitoring,
        need::ProcurementNeed,
        ranking::Ranked,
        score_sheet::ScoreSheet,
        tender::{Notice, Tender},
        termination::Termination,
        variation::Variation,
        venture_agreement::{VentureAgreement, VentureAgreementId},
        venture_objection::VentureObjection,
        venture_round::{VentureRound, VentureRoundId},
        venture_score::{VentureResult, VentureSheet},
        violation::Violation,
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
    /// What was found under a contract.
    MonitoringsOf(ContractId),
    /// The variations of a contract, as far as the caller may see them.
    VariationsOf(ContractId),
    /// The violations under a contract, as far as the caller may see them.
    ViolationsOf(ContractId),
    /// A tender as a release of the open contracting standard.
    OcdsOf(TenderId),
    /// The signatures under a milestone.
    SignaturesOf(MilestoneId),
    /// The objections to a commission.
    CommissionObjectionsOf(CommissionId),
    /// The applications to a venture round, as far as the caller may see them.
    VentureApplicationsOf(VentureRoundId),
    /// Who judges a venture round.
    VentureReviewersOf(VentureRoundId),
    /// The sheets of a venture round, as far as the caller may see them.
    VentureSheetsOf(VentureRoundId),
    /// The published totals of a venture round.
    VentureResultsOf(VentureRoundId),
    /// The objections to a venture round.
    ObjectionsOf(VentureRoundId),
    /// The grant agreements of a venture round.
    GrantsOf(VentureRoundId),
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
    VentureRoundId => VentureRound, |own, ids| {
        app::venture_round::load_many(&own.state, ids).await
    };
    VentureAgreementId => VentureAgreement, |own, ids| {
        app::venture_agreement::load_many(&own.state, ids).await
    };
    VentureApplicationsOf => Vec<app::venture_application::Seen>, |own, keys| {
        let (state, caller) = (&own.state, &own.caller);
        let found =
            app::venture_application::load_many_by_round(state, caller, inside!(keys)).await?;
        Ok(keyed(found, VentureApplicationsOf))
    };
    VentureReviewersOf => Vec<Expert>, |own, keys| {
        let found =
            app::venture_round::reviewers(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, VentureReviewersOf))
    };
    VentureSheetsOf => Vec<VentureSheet>, |own, keys| {
        let found =
            app::venture_score::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, VentureSheetsOf))
    };
    VentureResultsOf => Vec<VentureResult>, |own, keys| {
        Ok(keyed(app::venture_score::results(&own.state, inside!(keys)).await?, VentureResultsOf))
    };
    ObjectionsOf => Vec<VentureObjection>, |own, keys| {
        Ok(keyed(app::venture_objection::load_many(&own.state, inside!(keys)).await?, ObjectionsOf))
    };
    GrantsOf => Vec<VentureAgreement>, |own, keys| {
        let found = app::venture_agreement::load_many_by_round(&own.state, inside!(keys)).await?;
        Ok(keyed(found, GrantsOf))
    };
    CommissionId => Commission, |own, ids| app::commission::load_many(&own.state, ids).await;
    CommissionObjectionsOf => Vec<CommissionObjection>, |own, keys| {
        let found = app::commission::objections(&own.state, inside!(keys)).await?;
        Ok(keyed(found, CommissionObjectionsOf))
    };
    MonitoringsOf => Vec<Monitoring>, |own, keys| {
        Ok(keyed(app::monitoring::load_many(&own.state, inside!(keys)).await?, MonitoringsOf))
    };
    VariationsOf => Vec<Variation>, |own, keys| {
        let found = app::variation::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, VariationsOf))
    };
    ViolationsOf => Vec<Violation>, |own, keys| {
        let found = app::violation::load_many(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, ViolationsOf))
    };
    OcdsOf => String, |own, keys| {
        Ok(keyed(app::ocds::load_many(&own.state, inside!(keys)).await?, OcdsOf))
    };
    NeedOf => ProcurementNeed, |own, keys| {
        Ok(keyed(app::linkage::needs(&own.state, inside!(keys)).await?, NeedOf))
    };
    TenderOf => Tender, |own, keys| {
        let found = app::linkage::tenders(&own.state, &own.caller, inside!(keys)).await?;
        Ok(keyed(found, TenderOf))
    };
}
