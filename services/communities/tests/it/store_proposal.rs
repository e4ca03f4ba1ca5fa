//! The database refuses what must never be, also by hand-written SQL.

use communities::domain::proposal::ProposalState;
use serde_json::json;

use crate::{
    steps::{self, Chain},
    support::{House, raw, staff, voter},
    teller::Teller,
    worker_procurement::paid,
};

fn update(chain: &Chain, set: &str) -> String {
    format!(
        "UPDATE proposals SET {set} WHERE id = '{}'",
        raw(&chain.proposal)
    )
}

#[tokio::test]
async fn knows_the_same_moves_as_the_domain() {
    let house = House::open().await;
    let mut stored: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM proposal_transitions")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    let mut known: Vec<(String, String)> = ProposalState::MOVES
        .iter()
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
    let added = "INSERT INTO proposal_transitions VALUES ('RAISED', 'RATED')";
    assert_eq!(house.refused_sql_as_app(added).await, "DENIED");
}

#[tokio::test]
async fn refuses_every_jump_of_state_by_hand() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    for &state in ProposalState::ALL {
        if ProposalState::MOVES.contains(&(ProposalState::Raised, state))
            || state == ProposalState::Raised
        {
            continue;
        }
        let refused = house
            .refused_sql(&update(&chain, &format!("state = '{state}'")))
            .await;
        assert_eq!(refused, "PROPOSAL_STATE", "{state}");
    }
    assert_eq!(
        house
            .refused_sql(&update(&chain, "state = 'UNHEARD'"))
            .await,
        "PROPOSAL_STATE"
    );
    let born = format!(
        "INSERT INTO proposals (id, need_id, trace_id, community_id, division_code, title, body,
             raised_by, state, created_at, updated_at)
         SELECT gen_random_uuid(), need_id, trace_id, community_id, division_code, title, body,
             raised_by, 'ADOPTED', created_at, updated_at
         FROM proposals WHERE id = '{}'",
        raw(&chain.proposal)
    );
    assert_eq!(house.refused_sql(&born).await, "PROPOSAL_STATE");
    let twin = born.replace("'ADOPTED'", "'RAISED'");
    assert_eq!(house.refused_sql(&twin).await, "PROPOSAL_OF_NEED");
}

#[tokio::test]
async fn a_proposal_keeps_its_text_and_its_origin() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    for set in [
        "title = 'x'",
        "body = 'x'",
        "raised_by = 'x'",
        "raised_by_resident = gen_random_uuid()",
        "trace_id = gen_random_uuid()",
        "division_code = '230102001001'",
        "created_at = created_at - interval '1 day'",
    ] {
        assert_eq!(
            house.refused_sql(&update(&chain, set)).await,
            "PROPOSAL_TEXT",
            "{set}"
        );
    }
    let gone = format!(
        "DELETE FROM proposals WHERE id = '{}'",
        raw(&chain.proposal)
    );
    assert_eq!(house.refused_sql_as_app(&gone).await, "DENIED");
}

#[tokio::test]
async fn the_number_of_seconds_is_the_number_of_residents() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    let set = "seconds = 3, state = 'SECONDED'";
    assert_eq!(
        house.refused_sql(&update(&chain, set)).await,
        "PROPOSAL_SECONDS"
    );
    house
        .act(&voter(0), "secondProposal", &chain.input(), "__typename")
        .await;
    let again = "INSERT INTO proposal_seconds SELECT * FROM proposal_seconds";
    assert_eq!(house.refused_sql(again).await, "PROPOSAL_SECONDED_ALREADY");
    for (change, as_app) in [
        (
            "UPDATE proposal_seconds SET seconded_at = seconded_at",
            "DENIED",
        ),
        ("DELETE FROM proposal_seconds", "DENIED"),
        ("TRUNCATE proposal_seconds", "DENIED"),
    ] {
        assert_eq!(house.refused_sql(change).await, "APPEND_ONLY", "{change}");
        assert_eq!(house.refused_sql_as_app(change).await, as_app, "{change}");
    }
}

#[tokio::test]
async fn a_proposal_is_deliberated_and_decided_only_as_a_vote_says() {
    let house = House::open().await;
    let chain = steps::on_agenda(&house).await;
    let open = update(&chain, "state = 'DELIBERATING'");
    assert_eq!(house.refused_sql(&open).await, "PROPOSAL_WITHOUT_BALLOT");
    let chain = steps::voted(&house, 2, 2, 0).await;
    for state in ["ADOPTED", "REJECTED", "MORE_WORK"] {
        let refused = house
            .refused_sql(&update(&chain, &format!("state = '{state}'")))
            .await;
        assert_eq!(refused, "PROPOSAL_UNDECIDED", "{state}");
    }
    house
        .sql(&format!(
            "INSERT INTO ballot_results SELECT id, 2, 0, 0, 'ADOPTED', closes_at FROM ballots
             WHERE id = '{}'",
            raw(&chain.ballot)
        ))
        .await;
    let refused = house
        .refused_sql(&update(&chain, "state = 'REJECTED'"))
        .await;
    assert_eq!(refused, "PROPOSAL_UNDECIDED");
    house.sql(&update(&chain, "state = 'ADOPTED'")).await;
}

#[tokio::test]
async fn nothing_becomes_a_project_while_its_decision_is_shown() {
    let house = House::open().await;
    let chain = steps::published(&house).await;
    let early = "state = 'PROJECTISED', route = 'SELF_RUN',
        updated_at = objection_until - interval '1 microsecond'";
    assert_eq!(
        house.refused_sql(&update(&chain, early)).await,
        "PUBLICITY_RUNNING"
    );
    let late = "state = 'PROJECTISED', updated_at = objection_until";
    assert_eq!(
        house.refused_sql(&update(&chain, late)).await,
        "PROPOSAL_ROUTE_NAMED"
    );
    let late = "state = 'PROJECTISED', route = 'PROCUREMENT', updated_at = objection_until";
    assert_eq!(
        house.refused_sql(&update(&chain, late)).await,
        "PROPOSAL_PURCHASE_NAMED"
    );
    let hidden = "published_at = NULL, objection_until = NULL";
    assert_eq!(
        house.refused_sql(&update(&chain, hidden)).await,
        "PROPOSAL_PUBLICITY"
    );
}

#[tokio::test]
async fn objections_come_in_time_keep_their_text_and_are_settled_once() {
    let house = House::open().await;
    let chain = steps::published(&house).await;
    let object = |at: &str| {
        format!(
            "INSERT INTO proposal_objections (id, proposal_id, resident_id, body, raised_at)
             SELECT gen_random_uuid(), id, gen_random_uuid(), 'x', {at} FROM proposals
             WHERE id = '{}'",
            raw(&chain.proposal)
        )
    };
    assert_eq!(
        house.refused_sql(&object("objection_until")).await,
        "PUBLICITY_ENDED"
    );
    let before = "published_at - interval '1 microsecond'";
    assert_eq!(house.refused_sql(&object(before)).await, "PROPOSAL_STATE");
    house.sql(&object("published_at")).await;
    assert_eq!(
        house.refused_sql(&object("published_at")).await,
        "OBJECTION_OPEN_ONE"
    );
    let half = "UPDATE proposal_objections SET upheld = true";
    assert_eq!(house.refused_sql(half).await, "OBJECTION_RESOLUTION");
    let other = "UPDATE proposal_objections SET body = 'y'";
    assert_eq!(house.refused_sql(other).await, "OBJECTION_SETTLED");
    let settle =
        "UPDATE proposal_objections SET upheld = false, note = 'n', resolved_at = raised_at";
    house.sql(settle).await;
    assert_eq!(house.refused_sql(settle).await, "OBJECTION_SETTLED");
    let gone = "DELETE FROM proposal_objections";
    assert_eq!(house.refused_sql_as_app(gone).await, "DENIED");
}

#[tokio::test]
async fn only_the_reporter_rates_and_only_a_published_result() {
    let house = House::open().await;
    let chain = steps::projectised(&house).await;
    let rate = |resident: &str| {
        format!(
            "INSERT INTO ratings SELECT need_id, p.id, {resident}, 5, NULL, p.updated_at
             FROM proposals p JOIN needs n ON n.id = p.need_id WHERE p.id = '{}'",
            raw(&chain.proposal)
        )
    };
    assert_eq!(
        house.refused_sql(&rate("n.reported_by")).await,
        "RESULT_NOT_PUBLISHED"
    );
    Teller::of(&house, "procurement")
        .tell(&house, paid(&chain, true))
        .await;
    assert_eq!(
        house.refused_sql(&rate("gen_random_uuid()")).await,
        "RATING_NOT_YOURS"
    );
    let rated = update(&chain, "state = 'RATED'");
    assert_eq!(house.refused_sql(&rated).await, "PROPOSAL_UNRATED");
    house.sql(&rate("n.reported_by")).await;
    assert_eq!(
        house.refused_sql(&rate("n.reported_by")).await,
        "RESULT_RATED_ALREADY"
    );
    for change in ["UPDATE ratings SET stars = 1", "DELETE FROM ratings"] {
        assert_eq!(house.refused_sql(change).await, "APPEND_ONLY");
        assert_eq!(house.refused_sql_as_app(change).await, "DENIED");
    }
    house.sql(&rated).await;
}

#[tokio::test]
async fn a_change_on_an_old_version_is_a_conflict() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    let id = kernel::keys::ProposalId::from_uuid(raw(&chain.proposal));
    let mut conn = house.service.db.app.acquire().await.unwrap();
    let mut old = communities::store::proposal::load_many(&mut conn, &[id])
        .await
        .unwrap()
        .remove(&id)
        .unwrap();
    let screen = json!({ "proposalId": chain.proposal, "inScope": true });
    house
        .act(&staff(), "screenProposal", &screen, "__typename")
        .await;
    let refused = communities::store::proposal::update(&mut conn, &mut old).await;
    assert_eq!(refused.unwrap_err().reason(), "VERSION_CONFLICT");
}
