//! The database refuses what must never be, also by hand-written SQL.

use crate::{
    steps::{self, Chain},
    support::{House, raw, voter},
};

/// A vote written by hand, at a time that is an expression of the ballot.
fn cast(chain: &Chain, voter: &str, at: &str) -> String {
    format!(
        "INSERT INTO ballot_casts (ballot_id, voter_key, channel, cast_at)
         SELECT id, decode(repeat('{voter}', 32), 'hex'), 'app', {at} FROM ballots WHERE id = '{}'",
        raw(&chain.ballot)
    )
}

/// A count written by hand.
fn result(chain: &Chain, votes: (i32, i32, i32), decision: &str, at: &str) -> String {
    let (yes, no, abstain) = votes;
    format!(
        "INSERT INTO ballot_results SELECT id, {yes}, {no}, {abstain}, '{decision}', {at}
         FROM ballots WHERE id = '{}'",
        raw(&chain.ballot)
    )
}

#[tokio::test]
async fn refuses_a_vote_outside_the_period() {
    let house = House::open().await;
    let chain = steps::called(&house, 5).await;
    let before = cast(&chain, "aa", "opens_at - interval '1 microsecond'");
    assert_eq!(house.refused_sql(&before).await, "BALLOT_NOT_OPEN");
    assert_eq!(
        house.refused_sql(&cast(&chain, "aa", "closes_at")).await,
        "BALLOT_CLOSED"
    );
    house.sql(&cast(&chain, "aa", "opens_at")).await;
    house
        .sql(&cast(&chain, "bb", "closes_at - interval '1 microsecond'"))
        .await;
}

#[tokio::test]
async fn refuses_a_second_vote_and_a_second_use_of_a_paper() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    house.sql(&cast(&chain, "aa", "opens_at")).await;
    let again = cast(&chain, "aa", "opens_at + interval '1 second'");
    assert_eq!(house.refused_sql(&again).await, "BALLOT_ALREADY_CAST");
    let paper = |voter: &str, channel: &str, by: &str| {
        format!(
            "INSERT INTO ballot_casts SELECT id, decode(repeat('{voter}', 32), 'hex'), '{channel}',
                 'P-1', {by}, opens_at FROM ballots WHERE id = '{}'",
            raw(&chain.ballot)
        )
    };
    let unsigned = house.refused_sql(&paper("bb", "paper", "NULL")).await;
    assert_eq!(unsigned, "BALLOT_PAPER_ENTERED");
    let disguised = house.refused_sql(&paper("bb", "app", "'staff'")).await;
    assert_eq!(disguised, "BALLOT_PAPER_CHANNEL");
    house.sql(&paper("bb", "paper", "'staff'")).await;
    let twice = house.refused_sql(&paper("cc", "paper", "'staff'")).await;
    assert_eq!(twice, "BALLOT_PAPER_SERIAL");
}

#[tokio::test]
async fn refuses_a_choice_whose_length_tells_it_apart() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    for length in [29, 31, 36] {
        let choice = format!(
            "INSERT INTO ballot_choices SELECT id, decode(repeat('aa', 32), 'hex'),
                 decode(repeat('00', {length}), 'hex') FROM ballots WHERE id = '{}'",
            raw(&chain.ballot)
        );
        assert_eq!(house.refused_sql(&choice).await, "BALLOT_CHOICE_LENGTH");
    }
}

#[tokio::test]
async fn a_result_comes_after_the_close_with_the_right_count_and_its_decision() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    steps::cast_all(&house, &chain, 2, 1).await;
    let early = result(
        &chain,
        (2, 1, 0),
        "ADOPTED",
        "closes_at - interval '1 microsecond'",
    );
    assert_eq!(house.refused_sql(&early).await, "BALLOT_STILL_OPEN");
    for (votes, decision, expected) in [
        ((3, 1, 0), "ADOPTED", "BALLOT_COUNT"),
        ((2, 0, 0), "NO_QUORUM", "BALLOT_COUNT"),
        ((2, 1, 0), "REJECTED", "BALLOT_DECISION"),
        ((2, 1, 0), "NO_QUORUM", "BALLOT_DECISION"),
        ((1, 2, 0), "ADOPTED", "BALLOT_DECISION"),
        ((1, 0, 2), "ADOPTED", "BALLOT_DECISION"),
    ] {
        let refused = house
            .refused_sql(&result(&chain, votes, decision, "closes_at"))
            .await;
        assert_eq!(refused, expected, "{votes:?} {decision}");
    }
    let right = result(&chain, (2, 1, 0), "ADOPTED", "closes_at");
    house.sql(&right).await;
    assert_eq!(house.refused_sql(&right).await, "BALLOT_COUNTED_ALREADY");
    let late = house.refused_sql(&cast(&chain, "aa", "opens_at")).await;
    assert_eq!(late, "BALLOT_CLOSED");
}

#[tokio::test]
async fn quorum_and_rule_decide_as_in_the_domain() {
    let house = House::open().await;
    let few = steps::voted(&house, 4, 2, 0).await;
    let refused = house
        .refused_sql(&result(&few, (2, 0, 0), "ADOPTED", "closes_at"))
        .await;
    assert_eq!(refused, "BALLOT_DECISION");
    house
        .sql(&result(&few, (2, 0, 0), "NO_QUORUM", "closes_at"))
        .await;
}

#[tokio::test]
async fn votes_counts_and_ballots_are_never_changed() {
    let house = House::open().await;
    let chain = steps::voting(&house, 1).await;
    house
        .act(&voter(0), "castBallot", &chain.vote("FOR"), "__typename")
        .await;
    house.service.clock.advance(chrono::TimeDelta::days(1));
    steps::close(&house, &chain).await;
    for change in [
        "UPDATE ballots SET eligible = 1000",
        "UPDATE ballots SET closes_at = closes_at + interval '1 day'",
        "DELETE FROM ballots",
        "UPDATE ballot_casts SET channel = channel",
        "DELETE FROM ballot_casts",
        "UPDATE ballot_choices SET choice_enc = choice_enc",
        "DELETE FROM ballot_choices",
        "UPDATE ballot_results SET votes_for = 0",
        "DELETE FROM ballot_results",
        "TRUNCATE ballot_casts",
        "TRUNCATE ballot_choices",
    ] {
        assert_eq!(house.refused_sql(change).await, "APPEND_ONLY", "{change}");
        assert_eq!(house.refused_sql_as_app(change).await, "DENIED", "{change}");
    }
    // What lets the service lock a ballot changes nothing either.
    let id = house
        .refused_sql_as_app("UPDATE ballots SET id = gen_random_uuid()")
        .await;
    assert_eq!(id, "APPEND_ONLY");
}

#[tokio::test]
async fn a_vote_is_held_on_a_proposal_of_the_agenda_and_by_person() {
    let house = House::open().await;
    steps::voting(&house, 5).await;
    let second = "INSERT INTO ballots SELECT gen_random_uuid(), proposal_id, unit, rule, eligible,
        quorum_percent, quorum_source, opens_at, closes_at, created_at FROM ballots";
    assert_eq!(house.refused_sql(second).await, "PROPOSAL_STATE");
    let other = steps::on_agenda(&house).await;
    for (unit, closes, expected) in [
        ("HOUSEHOLD", "closes_at", "BALLOT_UNIT_SUPPORTED"),
        ("PERSON", "opens_at", "BALLOT_PERIOD"),
    ] {
        let held = format!(
            "INSERT INTO ballots SELECT gen_random_uuid(), '{}', '{unit}', rule, eligible,
                 quorum_percent, quorum_source, opens_at, {closes}, created_at FROM ballots",
            raw(&other.proposal)
        );
        assert_eq!(house.refused_sql(&held).await, expected);
    }
}

#[tokio::test]
async fn the_rules_in_force_are_rows_with_their_source() {
    let house = House::open().await;
    let unsourced = "SELECT count(*) FROM policy_parameters WHERE key LIKE 'com.%' AND source = ''";
    assert_eq!(house.count(unsourced).await, 0);
    for day in ["2025-12-31", "2026-01-01", "2030-06-01"] {
        for unit in ["person", "household", "representative"] {
            let sql = format!(
                "SELECT count(*) FROM policy_parameters
                 WHERE key = 'com.ballot.quorum_percent.{unit}' AND effective @> '{day}'::date"
            );
            assert_eq!(house.count(&sql).await, 1, "{unit} on {day}");
        }
    }
    let raised = house
        .refused_sql_as_app("UPDATE policy_parameters SET value = 0 WHERE key LIKE 'com.%'")
        .await;
    assert_eq!(raised, "DENIED");
}
