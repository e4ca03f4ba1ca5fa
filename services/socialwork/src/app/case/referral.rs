//! 转介: sent with a valid consent, answered by the organisation it was sent to.

use kernel::{IdempotencyKey, Page, Paged, keys::OrganizationId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{Act, Begun, Held, consent, resource, sealed, told};
use crate::{
    domain::{
        case::{
            Case, CaseClosure, CaseId, CasePhase,
            consent::{CaseConsentId, CaseField, ConsentPurpose, check_fields},
            referral::{CaseReferral, CaseReferralId, ReferralState},
        },
        words::{words, words_if_any},
    },
    error::Result,
    state::State,
    store,
};

impl Held for CaseReferral {
    type Id = CaseReferralId;
    const READ: &'static str = "readReferral";

    async fn lock(conn: &mut PgConnection, id: CaseReferralId) -> Result<Option<Self>> {
        store::case::referral::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("CaseReferral", self.id)
            .in_division(self.division_code)
            .of_organization(self.to_organization_id.as_uuid())
    }

    fn unknown() -> kit::Error {
        refuse!(
            NotFound,
            "REFERRAL_NOT_FOUND",
            zh: "没有这项转介,或您无权查看",
            en: "there is no such referral, or it is not for you to see",
        )
        .into()
    }
}

/// To whom a client is referred, and what is told.
pub struct Refer {
    pub case_id: CaseId,
    pub to_organization_id: OrganizationId,
    pub purpose: ConsentPurpose,
    pub fields: Vec<CaseField>,
    pub consent_id: CaseConsentId,
    pub hand_over: bool,
    pub summary: String,
}

#[derive(Serialize)]
struct Referred<'a> {
    case_id: CaseId,
    to_organization_id: OrganizationId,
    purpose: ConsentPurpose,
    fields: &'a [CaseField],
    consent_id: CaseConsentId,
    hand_over: bool,
    words: [u8; 32],
}

/// Refers a client to another organisation, as far as they consented.
pub async fn refer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Refer,
) -> Result<CaseReferral> {
    let act = Act::new(state, caller, "referCase", &key);
    let summary = words("input.summary", &input.summary, 5000)?;
    let fields = check_fields(input.fields)?;
    let request = Referred {
        case_id: input.case_id,
        to_organization_id: input.to_organization_id,
        purpose: input.purpose,
        fields: &fields,
        consent_id: input.consent_id,
        hand_over: input.hand_over,
        words: sealed::print(state, &[&summary]),
    };
    let begun = act.begin::<Case, CaseReferral>(input.case_id, &request);
    let (mut tx, case) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.check_open()?;
    consent::find(&mut tx, &case, input.consent_id)
        .await?
        .check_covers(
            input.to_organization_id,
            input.purpose,
            &fields,
            act.today(),
        )?;
    let referral = CaseReferral {
        id: CaseReferralId::new(&state.core.ids),
        case_id: case.id,
        division_code: case.division_code,
        round: case.round,
        to_organization_id: input.to_organization_id,
        purpose: input.purpose,
        fields,
        consent_id: input.consent_id,
        hand_over: input.hand_over,
        state: ReferralState::Sent,
        reason: None,
        sent_at: act.now,
        answered_at: None,
    };
    let id = referral.id.as_uuid();
    let summary = sealed::seal(state, "case_referrals.summary", id, &summary);
    store::case::referral::insert(&mut tx, &referral, &summary, act.by()).await?;
    let data = json!({ "referral_id": referral.id, "case_id": case.id,
        "to_organization_id": referral.to_organization_id, "purpose": referral.purpose });
    act.tell(
        &mut tx,
        "socialwork.case.referred",
        "case",
        case.id.as_uuid(),
        data,
    )
    .await?;
    let detail = json!({ "referral_id": referral.id, "to": referral.to_organization_id,
        "purpose": referral.purpose, "fields": referral.fields });
    act.finish(tx, &resource(&case), detail, referral).await
}

/// What the receiver says.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub referral_id: CaseReferralId,
    pub accepted: bool,
    pub reason: Option<String>,
}

/// The receiving organisation takes a referral or declines it. A case that goes
/// over as a whole ends here with that.
pub async fn answer_referral(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Answer,
) -> Result<CaseReferral> {
    let act = Act::new(state, caller, "answerCaseReferral", &key);
    let reason = words_if_any("input.reason", input.reason.as_deref(), 500)?;
    let begun = act.begin::<CaseReferral, CaseReferral>(input.referral_id, &input);
    let (mut tx, mut referral) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, referral) => (tx, referral),
    };
    referral.answer(input.accepted, reason, act.now)?;
    let mut case = store::case::lock(&mut tx, referral.case_id)
        .await?
        .ok_or_else(super::unknown)?;
    if input.accepted {
        consent::find(&mut tx, &case, referral.consent_id)
            .await?
            .check_covers(
                referral.to_organization_id,
                referral.purpose,
                &referral.fields,
                act.today(),
            )?;
    }
    store::case::referral::answer(&mut tx, &referral, act.by()).await?;
    if input.accepted && referral.hand_over && !case.phase.is_over() {
        case.end(CasePhase::Referred, CaseClosure::ReferredOn, act.now)?;
        store::case::update(&mut tx, &mut case, act.by()).await?;
        told(&act, &mut tx, &case).await?;
    }
    let of = referral.resource().owned_by(case.client_id.as_uuid());
    let detail = json!({ "case_id": case.id, "state": referral.state });
    act.finish(tx, &of, detail, referral).await
}

/// A page of what was referred to the caller's organisation.
pub async fn referrals(
    state: &State,
    caller: &Caller,
    wanted: Option<ReferralState>,
    page: &Page,
) -> Result<Paged<CaseReferral>> {
    caller.signed_in("readReferral")?;
    let Some(organization) = caller.actor.organization_id else {
        return Ok(page.finish(Vec::new()));
    };
    let own = Resource::any("CaseReferral").of_organization(organization);
    let policies = &state.core.policies;
    if !policies.allows(&caller.actor, "readReferral", &own) {
        return Ok(page.finish(Vec::new()));
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::case::referral::list(&mut conn, organization, wanted, page).await?;
    Ok(page.finish(rows))
}

/// What the receiver is told, while the consent stands; the client sees that it
/// was read.
pub async fn referral_summary(
    state: &State,
    caller: &Caller,
    referral: &CaseReferral,
) -> Result<Option<String>> {
    let about = referral.resource();
    let policies = &state.core.policies;
    if !policies.allows(&caller.actor, "readReferral", &about) {
        return Ok(None);
    }
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let consent = store::case::consent::lock(&mut tx, referral.consent_id).await?;
    if !consent.is_some_and(|one| one.stands(kernel::china_date(now))) {
        return Ok(None);
    }
    let (hidden, client) = store::case::referral::find_summary(&mut tx, referral.id).await?;
    let fields = referral.fields.iter().map(|field| field.as_str());
    let entry = audit::Entry::read(caller, "readReferral", &about.owned_by(client), now)
        .fields(fields)
        .detail(json!({ "case_id": referral.case_id }));
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    let id = referral.id.as_uuid();
    Ok(Some(sealed::open(
        state,
        "case_referrals.summary",
        id,
        &hidden,
    )?))
}
