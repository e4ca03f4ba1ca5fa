//! Votes through the real schema: two channels, one ballot each, nobody's
//! choice to be read.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::Row as _;
use testkit::service::{data, reason};

use crate::{
    peers::{COMMUNITY, DEAD, MINOR, MOVED, STRANGER, UNVERIFIED, adult},
    steps::{self, Chain, need_state, state},
    support::{House, join, nobody, person, resident_id, staff, staff_elsewhere, stranger, voter},
};

const RECEIPT: &str =
    "query($receipt: String!) { ballotReceipt(receipt: $receipt) { ballotId counted } }";

async fn cast(house: &House, chain: &Chain, n: u128, choice: &str) -> String {
    let done = house
        .act(&voter(n), "castBallot", &chain.vote(choice), "receipt")
        .await;
    done["receipt"].as_str().unwrap().to_owned()
}

async fn said(house: &House, receipt: &str) -> Value {
    data(
        house
            .run(&nobody(), RECEIPT, json!({ "receipt": receipt }))
            .await,
    )["ballotReceipt"]
        .clone()
}

#[tokio::test]
async fn a_vote_is_called_under_the_law_of_the_day() {
    let house = House::open().await;
    let chain = steps::on_agenda(&house).await;
    let want = "ballot { id unit rule eligible quorumPercent quorumSource opensAt closesAt result { decision } }";
    let input = steps::ballot(&house, &chain, 5);
    let made = house.act(&staff(), "openBallot", &input, want).await["ballot"].clone();
    assert_eq!(made["unit"], "PERSON");
    assert_eq!(made["rule"], "SIMPLE_MAJORITY");
    assert_eq!(made["quorumPercent"], 50);
    // March 2026: the text that is in force since January.
    assert!(
        made["quorumSource"]
            .as_str()
            .unwrap()
            .contains("2026-01-01 施行")
    );
    assert_eq!(made["result"], Value::Null);
    assert_eq!(state(&house, &chain).await, "DELIBERATING");
    let by_id = house
        .run(
            &nobody(),
            "query($id: ID!) { ballot(id: $id) { id } }",
            json!({ "id": made["id"] }),
        )
        .await;
    assert_eq!(data(by_id)["ballot"]["id"], made["id"]);
}

#[tokio::test]
async fn refuses_a_vote_that_makes_no_sense() {
    let house = House::open().await;
    let chain = steps::on_agenda(&house).await;
    let good = steps::ballot(&house, &chain, 5);
    let now = house.service.core.clock.now();
    for (field, bad, expected) in [
        ("eligible", json!(0), "ELIGIBLE_RANGE"),
        (
            "opensAt",
            json!(now - TimeDelta::seconds(1)),
            "BALLOT_PERIOD",
        ),
        ("closesAt", good["opensAt"].clone(), "BALLOT_PERIOD"),
        ("unit", json!("HOUSEHOLD"), "BALLOT_UNIT_UNSUPPORTED"),
        ("unit", json!("REPRESENTATIVE"), "BALLOT_UNIT_UNSUPPORTED"),
        ("unit", json!("PARTY"), "INPUT_MALFORMED"),
    ] {
        let mut input = good.clone();
        input[field] = bad;
        assert_eq!(
            house.refused(&staff(), "openBallot", &input).await,
            expected,
            "{field}"
        );
    }
    assert_eq!(state(&house, &chain).await, "ON_AGENDA");
}

#[tokio::test]
async fn both_channels_are_counted_together() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    cast(&house, &chain, 0, "FOR").await;
    cast(&house, &chain, 1, "FOR").await;
    let paper = chain.paper("AGAINST", resident_id(adult(2)), "P-0001");
    house.act(&staff(), "castBallot", &paper, "receipt").await;
    let channels: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT channel FROM ballot_casts ORDER BY channel")
            .fetch_all(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(channels, ["api", "paper"]);
    house.service.clock.advance(TimeDelta::days(1));
    let counted = steps::close(&house, &chain).await;
    assert_eq!(
        counted,
        json!({ "decision": "ADOPTED", "votesFor": 2, "votesAgainst": 1, "abstentions": 0 })
    );
    assert_eq!(state(&house, &chain).await, "ADOPTED");
}

#[tokio::test]
async fn everybody_has_one_ballot_whatever_the_channel() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let on_paper = |n, serial| chain.paper("AGAINST", resident_id(adult(n)), serial);
    cast(&house, &chain, 0, "FOR").await;
    house
        .act(&staff(), "castBallot", &on_paper(1, "P-1"), "__typename")
        .await;
    let already = "BALLOT_ALREADY_CAST";
    // The app after the app, the paper after the app, the app and the paper after the paper.
    assert_eq!(
        house
            .refused(&voter(0), "castBallot", &chain.vote("AGAINST"))
            .await,
        already
    );
    assert_eq!(
        house
            .refused(&staff(), "castBallot", &on_paper(0, "P-2"))
            .await,
        already
    );
    assert_eq!(
        house
            .refused(&voter(1), "castBallot", &chain.vote("FOR"))
            .await,
        already
    );
    assert_eq!(
        house
            .refused(&staff(), "castBallot", &on_paper(1, "P-3"))
            .await,
        already
    );
    // One paper is not two people's.
    let told = house
        .try_act(&staff(), "castBallot", &on_paper(2, "P-1"), "__typename")
        .await;
    assert_eq!(reason(&told), "BALLOT_PAPER_SERIAL");
    assert_eq!(
        told["errors"][0]["extensions"]["field"],
        "input.paperSerial"
    );
    assert_eq!(house.count("SELECT count(*) FROM ballot_casts").await, 2);
    assert_eq!(house.count("SELECT count(*) FROM ballot_choices").await, 2);
}

#[tokio::test]
async fn takes_votes_from_the_opening_until_just_before_the_close() {
    let house = House::open().await;
    let chain = steps::called(&house, 5).await;
    let vote = chain.vote("FOR");
    let paper = chain.paper("FOR", resident_id(adult(1)), "P-1");
    assert_eq!(
        house.refused(&voter(0), "castBallot", &vote).await,
        "BALLOT_NOT_OPEN"
    );
    assert_eq!(
        house.refused(&staff(), "castBallot", &paper).await,
        "BALLOT_NOT_OPEN"
    );
    house.service.clock.advance(TimeDelta::hours(1));
    cast(&house, &chain, 0, "FOR").await;
    house
        .service
        .clock
        .advance(TimeDelta::days(1) - TimeDelta::microseconds(1));
    let close = json!({ "ballotId": chain.ballot });
    assert_eq!(
        house.refused(&staff(), "closeBallot", &close).await,
        "BALLOT_STILL_OPEN"
    );
    house
        .act(&staff(), "castBallot", &paper, "__typename")
        .await;
    house.service.clock.advance(TimeDelta::microseconds(1));
    let late = chain.vote("AGAINST");
    assert_eq!(
        house.refused(&voter(2), "castBallot", &late).await,
        "BALLOT_CLOSED"
    );
    let late = chain.paper("FOR", resident_id(adult(3)), "P-2");
    assert_eq!(
        house.refused(&staff(), "castBallot", &late).await,
        "BALLOT_CLOSED"
    );
}

#[tokio::test]
async fn only_verified_living_adults_of_the_community_vote() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let nowhere = uuid::Uuid::from_u128(1);
    for (id, expected) in [
        (MINOR, "RESIDENT_TOO_YOUNG"),
        (UNVERIFIED, "RESIDENT_NOT_VERIFIED"),
        (DEAD, "RESIDENT_NOT_LIVING_HERE"),
        (MOVED, "RESIDENT_NOT_LIVING_HERE"),
        (STRANGER, "RESIDENT_OF_OTHER_COMMUNITY"),
    ] {
        let app = house
            .refused(&person(id), "castBallot", &chain.vote("FOR"))
            .await;
        let paper = chain.paper("FOR", resident_id(id), "P-1");
        let paper = house.refused(&staff(), "castBallot", &paper).await;
        assert_eq!((app.as_str(), paper.as_str()), (expected, expected));
    }
    let unknown = chain.paper("FOR", resident_id(nowhere), "P-1");
    let told = house
        .try_act(&staff(), "castBallot", &unknown, "__typename")
        .await;
    assert!(told["errors"][0]["extensions"]["code"].is_string());
    for (who, expected) in [
        (stranger(), "FORBIDDEN"),
        (staff(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        assert_eq!(
            house.refused(&who, "castBallot", &chain.vote("FOR")).await,
            expected
        );
    }
    assert_eq!(house.count("SELECT count(*) FROM ballot_casts").await, 0);
}

#[tokio::test]
async fn only_staff_of_the_community_enter_paper_ballots_and_each_has_a_number() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let paper = chain.paper("FOR", resident_id(adult(0)), "P-1");
    for (who, expected) in [
        (voter(0), "FORBIDDEN"),
        (voter(1), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        assert_eq!(house.refused(&who, "castBallot", &paper).await, expected);
    }
    for (serial, expected) in [
        (Value::Null, "PAPER_SERIAL"),
        (json!("  "), "TEXT_LENGTH"),
        (json!("9".repeat(51)), "TEXT_LENGTH"),
    ] {
        let mut bad = paper.clone();
        bad["paperSerial"] = serial;
        let told = house
            .try_act(&staff(), "castBallot", &bad, "__typename")
            .await;
        assert_eq!(reason(&told), expected);
        assert_eq!(
            told["errors"][0]["extensions"]["field"],
            "input.paperSerial"
        );
    }
    let mut whose = paper;
    whose["residentId"] = Value::Null;
    assert_eq!(
        house.refused(&staff(), "castBallot", &whose).await,
        "PAPER_SERIAL"
    );
}

#[tokio::test]
async fn a_receipt_tells_after_the_close_that_the_vote_was_counted() {
    let house = House::open().await;
    let chain = steps::voting(&house, 2).await;
    let receipt = cast(&house, &chain, 0, "FOR").await;
    cast(&house, &chain, 1, "FOR").await;
    assert_eq!(
        said(&house, &receipt).await,
        json!({ "ballotId": chain.ballot, "counted": false })
    );
    house.service.clock.advance(TimeDelta::days(1));
    steps::close(&house, &chain).await;
    assert_eq!(said(&house, &receipt).await["counted"], true);
    assert_eq!(said(&house, "0123456789abcdef").await, Value::Null);
}

#[tokio::test]
async fn the_same_call_again_gives_the_same_receipt_and_no_second_vote() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let mut vote = chain.vote("FOR");
    vote["idempotencyKey"] = json!("my-only-vote");
    let first = house.act(&voter(0), "castBallot", &vote, "receipt").await;
    // Even when smartdata is down, and when the vote is over.
    house.peers.people_down.store(true, Ordering::SeqCst);
    house.service.clock.advance(TimeDelta::days(2));
    let again = house.act(&voter(0), "castBallot", &vote, "receipt").await;
    assert_eq!(first, again);
    assert_eq!(house.count("SELECT count(*) FROM ballot_casts").await, 1);
    vote["choice"] = json!("AGAINST");
    let other = house.refused(&voter(0), "castBallot", &vote).await;
    assert_eq!(other, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_calls_at_once_make_one_ballot() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let (caller, vote) = (voter(0), chain.vote("FOR"));
    let answers =
        join((0..20).map(|_| house.try_act(&caller, "castBallot", &vote, "receipt"))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.get("errors").is_none());
    assert_eq!(taken.len(), 1);
    assert!(
        refused
            .iter()
            .all(|told| reason(told) == "BALLOT_ALREADY_CAST")
    );
    assert_eq!(house.count("SELECT count(*) FROM ballot_casts").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM ballot_choices").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_calls_at_once_with_one_key_get_one_receipt() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let (caller, mut vote) = (voter(0), chain.vote("FOR"));
    vote["idempotencyKey"] = json!("my-only-vote");
    let answers =
        join((0..20).map(|_| house.try_act(&caller, "castBallot", &vote, "receipt"))).await;
    let receipts: BTreeSet<String> = answers
        .into_iter()
        .map(|answer| data(answer)["castBallot"]["receipt"].to_string())
        .collect();
    assert_eq!(receipts.len(), 1);
    assert_eq!(house.count("SELECT count(*) FROM ballot_casts").await, 1);
}

/// Every column of every table of the service and the runtime.
async fn columns(house: &House) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns
         WHERE table_schema IN ('public', 'kit') ORDER BY 1, 2",
    )
    .fetch_all(&house.service.db.owner)
    .await
    .unwrap()
}

/// The values of a table, as text.
async fn values(house: &House, table: &str, column: &str) -> Vec<String> {
    let sql = format!("SELECT {column}::text AS v FROM {table} WHERE {column} IS NOT NULL");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(&house.service.db.owner)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get::<String, _>("v"))
        .collect()
}

#[tokio::test]
async fn nothing_in_the_box_leads_to_a_voter() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    for (n, choice) in [(0, "FOR"), (1, "AGAINST"), (2, "ABSTAIN")] {
        let mut vote = chain.vote(choice);
        vote["idempotencyKey"] = json!(format!("the-vote-of-{n}"));
        house.act(&voter(n), "castBallot", &vote, "receipt").await;
    }
    // All sealed choices look alike.
    let lengths = "SELECT count(DISTINCT length(choice_enc)) FROM ballot_choices";
    assert_eq!(house.count(lengths).await, 1);
    assert_eq!(
        house
            .count("SELECT count(DISTINCT choice_enc) FROM ballot_choices")
            .await,
        3
    );
    // No value of the box stands anywhere else, but for the ballot itself; no
    // other row can be joined with it.
    let mut boxed = Vec::new();
    for column in ["receipt_hash", "choice_enc"] {
        boxed.extend(values(&house, "ballot_choices", column).await);
    }
    assert_eq!(boxed.len(), 6);
    let found: Vec<String> = {
        let mut found = Vec::new();
        for (table, column) in columns(&house).await {
            if table == "public.ballot_choices" {
                assert!(
                    ["ballot_id", "receipt_hash", "choice_enc"].contains(&column.as_str()),
                    "{column} was added to the box: does it lead to a voter?"
                );
                continue;
            }
            let there = values(&house, &table, &column).await;
            let leak = boxed.iter().any(|value| {
                let hex = value.trim_start_matches("\\x");
                there.iter().any(|text| text.contains(hex))
            });
            if leak {
                found.push(format!("{table}.{column}"));
            }
        }
        found
    };
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn no_choice_voter_or_receipt_stands_in_clear_anywhere() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let receipt = cast(&house, &chain, 0, "AGAINST").await;
    let paper = chain.paper("AGAINST", resident_id(adult(1)), "P-1");
    house.act(&staff(), "castBallot", &paper, "receipt").await;
    for (table, column) in columns(&house).await {
        // Who called is known to the audit log and to the answers kept for
        // repeated calls, and whose paper was entered to nobody.
        let callers = [
            "kit.audit_log",
            "kit.idempotency_answers",
            "public.proposal_seconds",
        ];
        for text in values(&house, &table, &column).await {
            assert!(!text.contains("AGAINST"), "{table}.{column}");
            assert!(!text.contains(&receipt), "{table}.{column}");
            if !callers.contains(&table.as_str()) {
                assert!(!text.contains(&adult(0).to_string()), "{table}.{column}");
                assert!(!text.contains(&adult(1).to_string()), "{table}.{column}");
            }
        }
    }
}

#[tokio::test]
async fn a_sealed_choice_does_not_open_in_another_box() {
    let house = House::open().await;
    let (first, second) = (
        steps::voting(&house, 1).await,
        steps::called(&house, 1).await,
    );
    house.service.clock.advance(TimeDelta::hours(2));
    cast(&house, &first, 0, "FOR").await;
    cast(&house, &second, 0, "AGAINST").await;
    house
        .sql(&format!(
            "ALTER TABLE ballot_choices DISABLE TRIGGER ballot_choices_append_only;
             UPDATE ballot_choices t SET choice_enc = s.choice_enc FROM ballot_choices s
             WHERE t.ballot_id = '{}' AND s.ballot_id <> t.ballot_id;
             ALTER TABLE ballot_choices ENABLE TRIGGER ballot_choices_append_only",
            crate::support::raw(&second.ballot)
        ))
        .await;
    house.service.clock.advance(TimeDelta::days(2));
    steps::close(&house, &first).await;
    let input = json!({ "ballotId": second.ballot });
    let told = house
        .try_act(&staff(), "closeBallot", &input, "__typename")
        .await;
    assert_eq!(
        told["errors"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
    assert_eq!(state(&house, &second).await, "DELIBERATING");
}

#[tokio::test]
async fn a_stuffed_box_is_not_counted() {
    let house = House::open().await;
    let chain = steps::voted(&house, 2, 2, 0).await;
    house
        .sql(
            "INSERT INTO ballot_choices SELECT ballot_id, decode(repeat('ab', 32), 'hex'), choice_enc
             FROM ballot_choices LIMIT 1",
        )
        .await;
    let input = json!({ "ballotId": chain.ballot });
    assert_eq!(
        house.refused(&staff(), "closeBallot", &input).await,
        "BALLOT_COUNT"
    );
    assert_eq!(state(&house, &chain).await, "DELIBERATING");
}

#[tokio::test]
async fn too_few_send_a_proposal_back_and_half_is_too_few() {
    let house = House::open().await;
    let chain = steps::voted(&house, 4, 2, 0).await;
    assert_eq!(steps::close(&house, &chain).await["decision"], "NO_QUORUM");
    assert_eq!(state(&house, &chain).await, "MORE_WORK");
    assert_eq!(need_state(&house, &chain).await, "PROPOSED");
    steps::step(&house, "placeOnAgenda", &chain.input(), "ON_AGENDA").await;
}

#[tokio::test]
async fn a_tie_rejects_and_gives_the_need_back() {
    let house = House::open().await;
    let chain = steps::voted(&house, 4, 2, 2).await;
    assert_eq!(steps::close(&house, &chain).await["decision"], "REJECTED");
    assert_eq!(state(&house, &chain).await, "REJECTED");
    assert_eq!(need_state(&house, &chain).await, "VERIFIED");
}

#[tokio::test]
async fn two_thirds_may_be_asked_for() {
    let house = House::open().await;
    let mut chain = steps::on_agenda(&house).await;
    let mut input = steps::ballot(&house, &chain, 5);
    input["rule"] = json!("TWO_THIRDS");
    let made = house
        .act(&staff(), "openBallot", &input, "ballot { id rule }")
        .await;
    assert_eq!(made["ballot"]["rule"], "TWO_THIRDS");
    chain.ballot = made["ballot"]["id"].clone();
    house.service.clock.advance(TimeDelta::hours(2));
    steps::cast_all(&house, &chain, 3, 2).await;
    house.service.clock.advance(TimeDelta::days(1));
    assert_eq!(steps::close(&house, &chain).await["decision"], "REJECTED");
}

#[tokio::test]
async fn a_vote_is_counted_once_and_tells_the_other_services() {
    let house = House::open().await;
    let chain = steps::voted(&house, 3, 2, 1).await;
    let mut input = json!({ "ballotId": chain.ballot, "idempotencyKey": "count-it-once" });
    let want = "ballot { result { decision } }";
    let first = house.act(&staff(), "closeBallot", &input, want).await;
    assert_eq!(
        house.act(&staff(), "closeBallot", &input, want).await,
        first
    );
    input["idempotencyKey"] = json!("count-it-again");
    assert_eq!(
        house.refused(&staff(), "closeBallot", &input).await,
        "PROPOSAL_STATE"
    );
    let told: Vec<Value> = sqlx::query_scalar(
        "SELECT data FROM kit.outbox WHERE subject = 'communities.proposal.decided'",
    )
    .fetch_all(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["decision"], "ADOPTED");
    assert_eq!(told[0]["community_code"], COMMUNITY);
    assert_eq!(
        told[0]["trace_id"],
        json!(crate::support::raw(&chain.trace))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_vote_in_the_last_moment_is_counted_or_refused_never_lost() {
    let house = House::open().await;
    let chain = steps::voted(&house, 3, 3, 0).await;
    // A vote that was cast in time and is still being written holds the
    // ballot; the count waits for it.
    let ballot = crate::support::raw(&chain.ballot);
    let mut writing = house.service.db.owner.begin().await.unwrap();
    let cast = format!(
        "INSERT INTO ballot_casts (ballot_id, voter_key, channel, cast_at)
         SELECT id, decode(repeat('cd', 32), 'hex'), 'app', opens_at FROM ballots WHERE id = '{ballot}';
         INSERT INTO ballot_choices SELECT ballot_id, decode(repeat('cd', 32), 'hex'),
             decode(repeat('00', 30), 'hex') FROM ballot_choices LIMIT 1"
    );
    sqlx::Executor::execute(&mut *writing, sqlx::AssertSqlSafe(cast))
        .await
        .unwrap();
    let (caller, input) = (staff(), json!({ "ballotId": chain.ballot }));
    let count = house.try_act(
        &caller,
        "closeBallot",
        &input,
        "ballot { result { votesFor } }",
    );
    let end = async {
        waits_for_a_lock(&house).await;
        writing.rollback().await.unwrap();
    };
    let (counted, ()) = futures_util::join!(count, end);
    assert_eq!(
        data(counted)["closeBallot"]["ballot"]["result"]["votesFor"],
        3
    );
    // From then on the box takes nothing, whatever time a vote claims.
    let late = format!(
        "INSERT INTO ballot_casts (ballot_id, voter_key, channel, cast_at)
         SELECT id, decode(repeat('cd', 32), 'hex'), 'app', opens_at FROM ballots WHERE id = '{ballot}'"
    );
    assert_eq!(house.refused_sql(&late).await, "BALLOT_CLOSED");
}

/// Looks until another session of this database waits for a lock.
async fn waits_for_a_lock(house: &House) {
    let never = kit::lifecycle::Tasks::new().stopping();
    for _ in 0..1000 {
        let waiting = house
            .count("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            .await;
        if waiting > 0 {
            return;
        }
        kit::lifecycle::pause(&never, std::time::Duration::from_millis(10)).await;
    }
    panic!("the count did not wait for the vote");
}
