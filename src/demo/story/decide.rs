//! 提、议、定: from a resident's need to a decision that everybody could see.

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::json;

use crate::demo::{people::GRID, world::World};

/// A need is reported and verified.
pub async fn need(world: &mut World) -> Result<()> {
    world.tell("一 王秀兰上报助餐需求,网格员核实 / a need is reported and verified");
    let community = world.id("community")?;
    let report = json!({
        "communityId": community, "gridCode": GRID, "category": "MEALS", "forElders": true,
        "description": "社区里独居老人中午吃不上热饭,希望有助餐和送餐",
    });
    world
        .must_refuse("stranger", "reportNeed", report.clone(), "REPORTER_MISSING")
        .await?;
    let made = world
        .act("wang", "reportNeed", report, "need { id traceId state }")
        .await?;
    world.keep("need", made["need"].clone());
    let verify = json!({ "needId": world.id("need")?, "accept": true });
    world
        .must_refuse("stranger", "verifyNeed", verify.clone(), "NEED_NOT_FOUND")
        .await?;
    world
        .act("grid", "verifyNeed", verify, "need { state }")
        .await?;
    Ok(())
}

/// It becomes a proposal, is seconded and put on the agenda.
pub async fn proposal(world: &mut World) -> Result<()> {
    world.tell("二 形成自治议题,附议,列入议程 / a proposal is raised, seconded, put on the agenda");
    let raise = json!({
        "needId": world.id("need")?, "title": "幸福社区老人助餐",
        "text": "为社区老人提供助餐与上门送餐服务,由社会组织承接,志愿者参与。",
    });
    let made = world
        .act("staff", "raiseProposal", raise, "proposal { id state }")
        .await?;
    world.keep("proposal", made["proposal"].clone());
    let proposal = json!({ "proposalId": world.id("proposal")? });
    world
        .must_refuse("wang", "secondProposal", proposal.clone(), "PROPOSAL_STATE")
        .await?;
    let mut screen = proposal.clone();
    screen["inScope"] = json!(true);
    world
        .act("staff", "screenProposal", screen, "proposal { state }")
        .await?;
    world
        .must_refuse(
            "ming",
            "secondProposal",
            proposal.clone(),
            "RESIDENT_TOO_YOUNG",
        )
        .await?;
    for resident in ["wang", "chen"] {
        world
            .act(
                resident,
                "secondProposal",
                proposal.clone(),
                "proposal { state }",
            )
            .await?;
    }
    world
        .must_refuse(
            "wang",
            "secondProposal",
            proposal.clone(),
            "PROPOSAL_SECONDED_ALREADY",
        )
        .await?;
    world
        .act(
            "zhou",
            "secondProposal",
            proposal.clone(),
            "proposal { state }",
        )
        .await?;
    world
        .act("staff", "placeOnAgenda", proposal, "proposal { state }")
        .await?;
    Ok(())
}

/// It is voted on over two channels, adopted and published.
pub async fn vote(world: &mut World) -> Result<()> {
    world.tell(
        "三 居民表决:手机投票与纸质选票,一人一票 / a vote over two channels, one ballot each",
    );
    let now = world.desk().now().await?;
    let open = json!({
        "proposalId": world.id("proposal")?, "unit": "PERSON", "eligible": 7,
        "opensAt": now + TimeDelta::minutes(10), "closesAt": now + TimeDelta::days(3),
    });
    let made = world
        .act("staff", "openBallot", open, "ballot { id }")
        .await?;
    world.keep("ballot", made["ballot"].clone());
    let vote =
        |choice: &str, ballot: &serde_json::Value| json!({ "ballotId": ballot, "choice": choice });
    let ballot = world.id("ballot")?;
    world
        .must_refuse(
            "wang",
            "castBallot",
            vote("FOR", &ballot),
            "BALLOT_NOT_OPEN",
        )
        .await?;
    world.wait(TimeDelta::minutes(11)).await?;
    for resident in ["wang", "li", "chen", "zhou"] {
        let cast = world
            .act(resident, "castBallot", vote("FOR", &ballot), "receipt")
            .await?;
        world.keep(&format!("receipt of {resident}"), cast["receipt"].clone());
    }
    world
        .must_refuse(
            "wang",
            "castBallot",
            vote("AGAINST", &ballot),
            "BALLOT_ALREADY_CAST",
        )
        .await?;
    let paper = |world: &World, who: &str, serial: &str| -> Result<serde_json::Value> {
        Ok(json!({
            "ballotId": ballot, "choice": "AGAINST",
            "residentId": world.id(who)?, "paperSerial": serial,
        }))
    };
    let zhang = paper(world, "zhang", "P-0001")?;
    world.act("staff", "castBallot", zhang, "receipt").await?;
    // One ballot each, whichever channel came first.
    world
        .must_refuse(
            "zhang",
            "castBallot",
            vote("FOR", &ballot),
            "BALLOT_ALREADY_CAST",
        )
        .await?;
    let again = paper(world, "li", "P-0002")?;
    world
        .must_refuse("staff", "castBallot", again, "BALLOT_ALREADY_CAST")
        .await?;
    let close = json!({ "ballotId": ballot });
    world
        .must_refuse("staff", "closeBallot", close.clone(), "BALLOT_STILL_OPEN")
        .await?;
    world.wait(TimeDelta::days(3)).await?;
    world
        .must_refuse("zhao", "castBallot", vote("FOR", &ballot), "BALLOT_CLOSED")
        .await?;
    let counted = world
        .act(
            "staff",
            "closeBallot",
            close,
            "ballot { result { decision votesFor votesAgainst } }",
        )
        .await?;
    anyhow::ensure!(
        counted["ballot"]["result"]["decision"] == "ADOPTED",
        "{counted}"
    );
    let receipt = world
        .send(
            None,
            "query($receipt: String!) { ballotReceipt(receipt: $receipt) { counted } }",
            json!({ "receipt": world.made("receipt of wang")? }),
        )
        .await?;
    anyhow::ensure!(
        receipt.data["ballotReceipt"]["counted"] == true,
        "{receipt:?}"
    );
    Ok(())
}

/// The decision is published, and becomes a need to be bought: 买事不买人.
pub async fn projectise(world: &mut World) -> Result<()> {
    world.tell("四 公示后立项:买事不买人 / published, then a project: deliverables, not people");
    let proposal = json!({ "proposalId": world.id("proposal")? });
    world
        .act(
            "staff",
            "publishDecision",
            proposal.clone(),
            "proposal { objectionUntil }",
        )
        .await?;
    let project = |kind: &str, unit: &str| {
        json!({
            "proposalId": proposal["proposalId"], "route": "PROCUREMENT", "title": "幸福社区老人助餐服务",
            "lines": [{
                "description": "上门助餐", "kind": kind, "unit": unit, "quantity": 3, "unitCeiling": 3000,
            }],
        })
    };
    world
        .must_refuse(
            "staff",
            "projectiseProposal",
            project("SERVICE_UNIT", "次"),
            "PUBLICITY_RUNNING",
        )
        .await?;
    world.wait(TimeDelta::days(10)).await?;
    world
        .must_refuse(
            "staff",
            "projectiseProposal",
            project("HEADCOUNT", "人"),
            "LINE_BUYS_HEADCOUNT",
        )
        .await?;
    let made = world
        .act(
            "staff",
            "projectiseProposal",
            project("SERVICE_UNIT", "次"),
            "proposal { state procurementNeed { id } }",
        )
        .await?;
    world.keep(
        "procurement need",
        made["proposal"]["procurementNeed"].clone(),
    );
    Ok(())
}
