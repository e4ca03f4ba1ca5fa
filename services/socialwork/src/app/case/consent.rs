//! 知情同意: given by the client, entered from paper, withdrawn at any time.

use chrono::NaiveDate;
use kernel::{IdempotencyKey, keys::OrganizationId, refuse};
use kit::{auth::Caller, parameters};
use serde::Serialize;
use serde_json::json;

use super::{Act, Begun, plan::signed, resource};
use crate::{
    domain::case::{
        Case, CaseId,
        consent::{
            CaseConsent, CaseConsentId, CaseField, ConsentPurpose, check_expiry, check_fields,
        },
        plan::Signing,
    },
    error::Result,
    state::State,
    store,
};

/// To what a client agrees.
#[derive(Clone, Debug, Serialize)]
pub struct GiveConsent {
    pub case_id: CaseId,
    pub purpose: ConsentPurpose,
    pub receiver_id: OrganizationId,
    pub fields: Vec<CaseField>,
    pub expires_on: NaiveDate,
    pub signing: Signing,
    pub paper: Option<String>,
}

/// The client agrees that a receiver is told something for a purpose.
pub async fn give_consent(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: GiveConsent,
) -> Result<CaseConsent> {
    let act = Act::new(state, caller, "giveCaseConsent", &key);
    let fields = check_fields(input.fields.clone())?;
    let begun = act.begin::<Case, CaseConsent>(input.case_id, &input);
    let (mut tx, case) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.check_open()?;
    let paper = signed(caller, &case, input.signing, input.paper.as_deref())?;
    let division = Some(&case.division_code);
    let most = parameters::number(&mut tx, "sw.case.consent_days", division, act.today()).await?;
    check_expiry(input.expires_on, act.today(), most)?;
    let consent = CaseConsent {
        id: CaseConsentId::new(&state.core.ids),
        case_id: case.id,
        purpose: input.purpose,
        receiver_id: input.receiver_id,
        fields,
        signing: input.signing,
        expires_on: input.expires_on,
        given_at: act.now,
        withdrawn_at: None,
    };
    store::case::consent::insert(&mut tx, &consent, paper.as_deref(), act.by()).await?;
    let detail = json!({ "consent_id": consent.id, "purpose": consent.purpose,
        "receiver": consent.receiver_id });
    act.finish(tx, &resource(&case), detail, consent).await
}

/// Which consent is withdrawn.
#[derive(Clone, Copy, Debug, Serialize)]
struct Withdraw {
    case_id: CaseId,
    consent_id: CaseConsentId,
}

/// The client withdraws a consent; what has not been taken yet is not told.
pub async fn withdraw_consent(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    (case_id, consent_id): (CaseId, CaseConsentId),
) -> Result<CaseConsent> {
    let act = Act::new(state, caller, "withdrawCaseConsent", &key);
    let input = Withdraw {
        case_id,
        consent_id,
    };
    let (mut tx, case) = match act.begin::<Case, CaseConsent>(case_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    let mut consent = find(&mut tx, &case, consent_id).await?;
    consent.withdraw(act.now)?;
    store::case::consent::withdraw(&mut tx, &consent).await?;
    let data =
        json!({ "case_id": case.id, "consent_id": consent.id, "receiver": consent.receiver_id });
    let subject = "socialwork.case.consent_withdrawn";
    act.tell(&mut tx, subject, "case", case.id.as_uuid(), data)
        .await?;
    let detail = json!({ "consent_id": consent.id });
    act.finish(tx, &resource(&case), detail, consent).await
}

/// A consent of this case, held.
pub(super) async fn find(
    tx: &mut kit::db::Tx,
    case: &Case,
    id: CaseConsentId,
) -> Result<CaseConsent> {
    let consent = store::case::consent::lock(tx, id).await?;
    Ok(consent
        .filter(|consent| consent.case_id == case.id)
        .ok_or_else(|| {
            refuse!(
                NotFound,
                "CONSENT_NOT_FOUND",
                field: "input.consentId",
                zh: "本个案没有这份同意",
                en: "this case has no such consent",
            )
        })?)
}
