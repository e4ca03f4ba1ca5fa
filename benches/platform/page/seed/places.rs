//! Communities of the demonstration county, with residents who may vote.

use anyhow::{Context as _, Result};
use chrono::NaiveDate;
use kernel::{CitizenId, DivisionCode};
use kit::auth::{Account, Actor, Role};
use sanshe::demo::people::COUNTY;
use serde_json::{Value, json};

use super::uuid_of;
use crate::page::hands::Hands;

/// How many communities; each has the same share of the tenders.
const COMMUNITIES: usize = 10;
/// A proposal is seconded by three; four of four are enough to decide.
const RESIDENTS: usize = 4;

/// Staff of all these communities.
pub const STAFF: &str = "county-staff";

/// A community.
#[derive(Clone)]
pub struct Place {
    /// Its global id.
    pub community: Value,
    /// The accounts of its residents.
    pub residents: Vec<String>,
}

/// Opens them all.
pub async fn open(hands: &Hands) -> Result<Vec<Place>> {
    let mut staff = Actor::new(STAFF, [Role::CommunityStaff, Role::GridWorker]);
    staff.division = Some(DivisionCode::try_new(COUNTY)?);
    hands.register(vec![Account {
        name: STAFF.into(),
        title_zh: "区社区工作人员".into(),
        actor: staff,
    }])?;
    let opened = hands.each((0..COMMUNITIES).collect(), open_one).await?;
    let mut places = Vec::with_capacity(opened.len());
    for (place, accounts) in opened {
        // The file of accounts is written by one hand.
        hands.register(accounts)?;
        places.push(place);
    }
    Ok(places)
}

async fn open_one(hands: Hands, at: usize) -> Result<(Place, Vec<Account>)> {
    let code = format!("230103001{:03}", 101 + at);
    let name = format!("示范社区{}", at + 1);
    let division = json!({ "code": code, "name": name });
    hands
        .act("admin", "createDemoDivision", division, "division { code }")
        .await?;
    let community = json!({
        "divisionCode": code, "name": name, "kind": "RESIDENTS", "households": 900,
        "population": 2400, "serviceAreaM2": 800, "demo": true,
    });
    let made = hands
        .act("civil", "registerCommunity", community, "community { id }")
        .await?;
    let mut place = Place {
        community: made["community"]["id"].clone(),
        residents: Vec::with_capacity(RESIDENTS),
    };
    let mut accounts = Vec::with_capacity(RESIDENTS);
    for n in 0..RESIDENTS {
        let account = resident(&hands, &code, at * RESIDENTS + n).await?;
        place.residents.push(account.name.clone());
        accounts.push(account);
    }
    Ok((place, accounts))
}

async fn resident(hands: &Hands, code: &str, number: usize) -> Result<Account> {
    let born = NaiveDate::from_ymd_opt(1971, 4, 6).context("a day that was")?;
    // Others of the demonstration have low sequences.
    let citizen = CitizenId::synthetic("230103", born, u16::try_from(200 + number)?)?;
    let input = json!({
        "name": "张三", "citizenId": citizen.expose(), "communityCode": code, "demo": true,
        "phone": format!("139{number:08}"),
    });
    let made = hands
        .act(STAFF, "registerResident", input, "resident { id }")
        .await?;
    let id = made["resident"]["id"].clone();
    let verify = json!({ "residentId": id, "method": "ID_CARD" });
    hands
        .act(STAFF, "verifyResident", verify, "resident { verified }")
        .await?;
    let name = format!("resident-{number}");
    let mut actor = Actor::new(name.clone(), [Role::Resident]);
    actor.division = Some(DivisionCode::try_new(code)?);
    actor.resident_id = Some(uuid_of(&id)?);
    Ok(Account {
        title_zh: name.clone(),
        name,
        actor,
    })
}
