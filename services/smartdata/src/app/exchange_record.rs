//! 数据交换: a department reads through its grant; every exchange and every
//! denial is written down in the transaction of the read.

use kernel::{
    CitizenId, GridCode, Page, Paged, Refusal,
    chain::{Broken, Head, Verifier},
    china_date, refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
};
use serde::Serialize;

use super::{department, share_grant};
use crate::{
    domain::{
        data_resource::{DataField, Dataset, ResourceState},
        exchange_record::{Exchange, ExchangeOutcome, ExchangeRecord},
        resident::{Resident, citizen_index},
        share_grant::{ShareBasis, ShareGrant, ShareGrantId},
    },
    error::Result,
    state::State,
    store::{self, exchange_record::ExchangeFilter},
};

/// What a department reads: one person or grid, some fields.
#[derive(Clone, Debug)]
pub struct Asked {
    pub grant_id: ShareGrantId,
    /// An identity number, or the code of a grid.
    pub subject: String,
    pub fields: Vec<DataField>,
}

/// A field that was shared; none where the record has no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    pub field: DataField,
    pub value: Option<String>,
}

/// Why an exchange was not let happen: the reason as it is written down, and
/// what the department is told.
struct Denial {
    reason: &'static str,
    told: Option<kit::Error>,
}

impl Denial {
    /// Written down under the name that the department is told.
    fn told(refusal: Refusal) -> Self {
        Self {
            reason: refusal.reason,
            told: Some(refusal.into()),
        }
    }
}

/// Reads through a grant. Who or what is not there, or not among the rows, is
/// told as not found.
pub async fn read(state: &State, caller: &Caller, mut asked: Asked) -> Result<Option<Vec<Shared>>> {
    caller.signed_in("exchangeData")?;
    asked.fields.sort_unstable();
    asked.fields.dedup();
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let grant = store::share_grant::load_many(&mut tx, &[asked.grant_id])
        .await?
        .remove(&asked.grant_id)
        .ok_or_else(share_grant::unknown)?;
    let mut exchange = Exchange::begin(&grant, asked.fields.clone(), now);
    exchange.actor.clone_from(&caller.actor.subject);
    caller.channel.as_str().clone_into(&mut exchange.channel);
    exchange.request_id.clone_from(&caller.request_id);
    // Keyed: a plain hash of an identity number could be guessed.
    let keys = &state.core.pii;
    exchange.request_hash = keys
        .blind_index("exchange.request", &asked.subject)
        .to_vec();

    if let Some(denial) = forbidden(state, caller, &mut tx, &grant, &asked).await? {
        return deny(tx, exchange, denial).await;
    }
    let found = match subject(state, &mut tx, &grant, &asked.subject).await? {
        Found::Resident(resident) => {
            exchange.resident_id = Some(resident.id);
            if let Some(denial) = uncovered(&mut tx, &grant, &resident).await? {
                return deny(tx, exchange, denial).await;
            }
            let reader = caller.clone().for_purpose(grant.purpose.clone());
            super::resident::see::share(state, &mut tx, &reader, &resident, &asked.fields).await?
        }
        Found::Grid(fields) => asked
            .fields
            .iter()
            .filter_map(|field| fields.iter().find(|it| it.field == *field).cloned())
            .collect(),
        Found::Outside => {
            let denial = Denial {
                reason: "ROWS",
                told: None,
            };
            return deny(tx, exchange, denial).await;
        }
        Found::Nothing => {
            append(&mut tx, exchange).await?;
            tx.commit().await?;
            return Ok(None);
        }
    };
    exchange.outcome = ExchangeOutcome::Ok;
    let response = serde_json::to_string(&found)?;
    exchange.response_hash = Some(keys.blind_index("exchange.response", &response).to_vec());
    append(&mut tx, exchange).await?;
    tx.commit().await?;
    Ok(Some(found))
}

/// What the grant does not let this caller do, whoever it is about.
async fn forbidden(
    state: &State,
    caller: &Caller,
    tx: &mut Tx,
    grant: &ShareGrant,
    asked: &Asked,
) -> Result<Option<Denial>> {
    let about = share_grant::resource(caller, grant);
    if let Err(denied) = state.core.authorize(caller, "exchangeData", &about) {
        let policies = &state.core.policies;
        let seen = policies.allows(&caller.actor, "readShareGrant", &about);
        return Ok(Some(Denial {
            reason: "FORBIDDEN",
            told: Some(if seen { denied } else { share_grant::unknown() }),
        }));
    }
    let entry = store::data_resource::load_many(tx, &[grant.resource_id]).await?;
    let published = entry
        .get(&grant.resource_id)
        .is_some_and(|it| it.state == ResourceState::Published);
    if published && grant.covers(&asked.fields, state.core.clock.now()) {
        return Ok(None);
    }
    Ok(Some(Denial::told(refuse!(
        Refused,
        "SHARE_NOT_COVERED",
        zh: "授权不含所请求的数据项,或已中止、撤销、到期",
        en: "the grant does not cover these fields, or no longer holds",
    ))))
}

enum Found {
    Resident(Box<Resident>),
    Grid(Vec<Shared>),
    Outside,
    Nothing,
}

/// Who or what is asked for.
async fn subject(state: &State, tx: &mut Tx, grant: &ShareGrant, text: &str) -> Result<Found> {
    let entry = store::data_resource::load_many(tx, &[grant.resource_id]).await?;
    let dataset = entry.get(&grant.resource_id).map(|it| it.dataset);
    if dataset == Some(Dataset::Resident) {
        let today = china_date(state.core.clock.now());
        let number = CitizenId::parse(text.trim(), today)
            .map_err(|error| kit::Error::from(error).at("subject"))?;
        let index = citizen_index(&state.core.pii, &number);
        let found = store::resident::find_by_index(tx, &index).await?;
        return Ok(found.map_or(Found::Nothing, |it| Found::Resident(Box::new(it))));
    }
    let code =
        GridCode::try_new(text.trim()).map_err(|error| kit::Error::from(error).at("subject"))?;
    let Some(grid) = store::grid::find_by_code(tx, &code).await? else {
        return Ok(Found::Nothing);
    };
    if !grant.row_division.contains(&grid.community()) {
        return Ok(Found::Outside);
    }
    let shared = |field, value: String| Shared {
        field,
        value: Some(value),
    };
    Ok(Found::Grid(vec![
        shared(DataField::GridCode, grid.code.to_string()),
        shared(DataField::GridName, grid.name.clone()),
        shared(DataField::GridKind, grid.kind.to_string()),
        shared(DataField::CommunityCode, grid.community().to_string()),
    ]))
}

/// What the grant does not give of this person.
async fn uncovered(tx: &mut Tx, grant: &ShareGrant, resident: &Resident) -> Result<Option<Denial>> {
    if !grant.row_division.contains(&resident.community_code) {
        return Ok(Some(Denial {
            reason: "ROWS",
            told: None,
        }));
    }
    if grant.basis == ShareBasis::Consent {
        let (resource, consumer) = (grant.resource_id, grant.consumer_organization_id);
        if !store::data_consent::is_given(tx, resident.id, resource, consumer).await? {
            return Ok(Some(Denial::told(refuse!(
                Refused,
                "CONSENT_MISSING",
                zh: "该居民未同意或已撤回同意",
                en: "this resident has not consented, or no longer does",
            ))));
        }
    }
    Ok(None)
}

/// Writes the denial down, then tells it.
async fn deny(mut tx: Tx, mut exchange: Exchange, denial: Denial) -> Result<Option<Vec<Shared>>> {
    exchange.outcome = ExchangeOutcome::Denied;
    exchange.reason = Some(denial.reason.to_owned());
    if exchange.fields.is_empty() {
        return denial.told.map_or(Ok(None), Err);
    }
    append(&mut tx, exchange).await?;
    tx.commit().await?;
    denial.told.map_or(Ok(None), Err)
}

async fn append(tx: &mut Tx, exchange: Exchange) -> Result<()> {
    let head = store::exchange_record::lock_head(tx).await?;
    store::exchange_record::insert(tx, &exchange.follow(head)).await
}

/// A page of the exchanges about the caller themself (「谁看过我」).
pub async fn about_me(
    state: &State,
    caller: &Caller,
    page: &Page,
) -> Result<Paged<ExchangeRecord>> {
    let me = super::access_log::myself(caller)?.ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_A_RESIDENT",
            zh: "您的账号没有关联居民记录",
            en: "your account belongs to no resident",
        )
    })?;
    let mut conn = state.core.db.read().await?;
    let filter = ExchangeFilter::About(me);
    let rows = store::exchange_record::list(&mut conn, &filter, page).await?;
    Ok(page.finish(rows))
}

/// A page of exchanges: for oversight, and for either side.
pub async fn list(
    state: &State,
    caller: &Caller,
    grant: Option<ShareGrantId>,
    page: &Page,
) -> Result<Paged<ExchangeRecord>> {
    let scope = department::scope(caller);
    let filter = ExchangeFilter::Of(scope, grant);
    let mut conn = state.core.db.read().await?;
    let rows = store::exchange_record::list(&mut conn, &filter, page).await?;
    Ok(page.finish(rows))
}

/// What a look at the whole chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainState {
    /// How many records there are.
    pub records: i64,
    pub broken: Option<Broken>,
}

/// Walks the chain from its beginning against the head that the database keeps.
pub async fn verify(state: &State, caller: &Caller) -> Result<ChainState> {
    const BATCH: i64 = 1000;
    state
        .core
        .authorize(caller, "verifyExchanges", &Resource::any("ExchangeChain"))?;
    let mut conn = state.core.db.read().await?;
    let (seq, hash) = store::exchange_record::head(&mut conn).await?;
    let mut verifier = Verifier::new(Head::GENESIS, &[Head { seq, hash }]);
    let (mut at, mut records) = (0, 0);
    loop {
        let batch = store::exchange_record::behind(&mut conn, at, BATCH).await?;
        let Some(last) = batch.last() else { break };
        at = last.seq;
        records += i64::try_from(batch.len()).map_err(kit::Error::internal)?;
        for record in &batch {
            verifier.push(&record.entry());
        }
    }
    Ok(ChainState {
        records,
        broken: verifier.finish().err(),
    })
}
