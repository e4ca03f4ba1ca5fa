//! Sharing: who may, beside the rest of the table.

use kit::auth::Role;
use serde_json::{Value, json};
use testkit::{
    access::{Everybody, Line, everywhere},
    service::{caller, data},
};
use uuid::Uuid;

use super::owner;
use crate::{
    sharing::{
        self, CONSUMER, COUNTY, PROVIDER, consumer, done, granted, grids, organization, published,
        request, requested,
    },
    support::{House, citizen_id, themself},
};

/// A grant that is used, a request on its way, a consent and a challenge.
pub async fn lines(house: &House, everybody: &mut Everybody, id: &str) -> Vec<Line> {
    let mut add = |name: &str, organization: Uuid| {
        let mut one = caller(Role::ProcurementOfficer, COUNTY);
        one.actor.subject = name.into();
        one.actor.organization_id = Some(organization);
        everybody.insert(name.into(), one);
    };
    add("provider", PROVIDER);
    add("consumer", CONSUMER);
    let provider = || vec!["provider".to_owned()];
    let user = || vec!["consumer".to_owned()];
    // The data is the county's: those of one community of it reach no further.
    let over = |role: &str| {
        [" above", " of nowhere"]
            .map(|of| format!("{role}{of}"))
            .to_vec()
    };
    let authority = || over("platform_admin");
    let oversight = || [over("auditor"), over("platform_admin")].concat();
    let me = themself(id);
    let (resource, grant) = granted(house, json!("《老年人权益保障法》第三条")).await;
    let open = published(house, grids()).await;
    let input = request(&resource, json!(["NAME"]), Value::Null);
    let asked = requested(house, "auth", input.clone()).await;
    let give = json!({ "resourceId": resource, "consumerOrganizationId": organization(CONSUMER),
        "consumerName": "卫生健康局", "purpose": "健康建档" });
    let what = ("giveDataConsent", "dataConsent { id }");
    let consent = done(house, &me, what, "auth", give.clone()).await["dataConsent"]["id"].clone();
    let wrong = json!({ "resourceId": resource, "field": "STATUS", "statement": "已迁出" });
    let what = ("raiseQualityChallenge", "qualityChallenge { id }");
    let raised = done(house, &me, what, "auth", wrong.clone()).await;
    let challenge = raised["qualityChallenge"]["id"].clone();
    let number = citizen_id(1);
    data(sharing::read(house, &consumer(), &grant, &number, "NAME").await);

    let list = "(first: 5) { nodes { id } }";
    let both = || [provider(), user(), oversight()];
    let req = |more: Value| {
        let mut input = json!({ "shareRequestId": asked });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            input[name] = value;
        }
        input
    };
    let settle = json!({ "shareGrantId": grant, "reason": "核查" });
    let mut entry = grids();
    entry["code"] = json!("GRIDS_AGAIN");
    vec![
        Line::public("dataResource", &format!("(id: {resource}) {{ code }}")),
        Line::public("dataResources", list),
        Line::read("shareRequest", &format!("(id: {asked}) {{ id }}"), &both())
            .asks(&["readShareRequest"]),
        Line::read("shareRequests", list, &both()),
        Line::read("shareGrant", &format!("(id: {grant}) {{ id }}"), &both())
            .asks(&["readShareGrant"]),
        Line::read("shareGrants", list, &both()),
        Line::read(
            "sharedData",
            &format!("(shareGrantId: {grant}, subject: \"{number}\", fields: [NAME]) {{ value }}"),
            &[user()],
        )
        .asks(&["exchangeData"]),
        Line::read(
            "exchangesAboutMe",
            "(first: 5) { nodes { seq } }",
            &[owner()],
        ),
        Line::read("exchangeRecords", "(first: 5) { nodes { seq } }", &both()),
        Line::read(
            "exchangeChain",
            " { records }",
            &[everywhere("auditor"), everywhere("platform_admin")],
        )
        .asks(&["verifyExchanges"]),
        Line::read("myDataConsents", list, &[owner()]),
        Line::read(
            "qualityChallenges",
            list,
            &[owner(), provider(), oversight()],
        )
        .asks(&["readQualityChallenge"]),
        Line::act("publishDataResource", entry, &[provider(), user()]),
        Line::act(
            "withdrawDataResource",
            json!({ "dataResourceId": open }),
            &[provider()],
        ),
        Line::act("submitShareRequest", input, &[provider(), user()]),
        Line::act(
            "checkShareRequest",
            req(json!({ "compliant": true })),
            &[authority()],
        ),
        Line::act(
            "replyShareRequest",
            req(json!({ "agreed": false, "refusalBasis": "某法" })),
            &[provider()],
        ),
        Line::act(
            "disputeShareRefusal",
            req(json!({ "reason": "应共享" })),
            &[user()],
        ),
        Line::act(
            "mediateShareRequest",
            req(json!({ "share": false, "note": "不共享" })),
            &[authority()],
        ),
        Line::act("withdrawShareRequest", req(json!({})), &[user()]),
        Line::act(
            "suspendShareGrant",
            settle.clone(),
            &[provider(), authority()],
        ),
        Line::act(
            "resumeShareGrant",
            json!({ "shareGrantId": grant }),
            &[provider(), authority()],
        ),
        Line::act("revokeShareGrant", settle, &[provider(), authority()]),
        Line::act("giveDataConsent", give, &[owner()]),
        Line::act(
            "withdrawDataConsent",
            json!({ "dataConsentId": consent }),
            &[owner()],
        ),
        Line::act("raiseQualityChallenge", wrong, &[owner()]),
        Line::act(
            "startQualityCheck",
            json!({ "qualityChallengeId": challenge }),
            &[provider()],
        ),
        Line::act(
            "concludeQualityCheck",
            json!({ "qualityChallengeId": challenge, "corrected": true, "finding": "已更正" }),
            &[provider()],
        ),
    ]
}
