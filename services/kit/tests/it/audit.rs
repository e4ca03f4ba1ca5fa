//! The log shows when it was changed, and how.

use chrono::TimeDelta;
use kernel::{Clock, Fault, Page, PageArgs, chain};
use kit::{
    audit::{self, Checkpoint, Entry, Keeper, Outcome, Signer, Trust, checkpoint},
    db::classify,
};
use serde_json::json;
use sqlx::PgPool;
use testkit::{TestDb, frozen_clock};
use uuid::Uuid;

use crate::support::{database, script};

fn entry(number: i64) -> Entry {
    Entry {
        at: testkit::start() + TimeDelta::microseconds(number),
        actor: format!("user-{number}"),
        roles: vec!["auditor".into(), "civil_affairs".into()],
        action: "readResident".into(),
        resource_kind: "Resident".into(),
        resource_id: format!("r{number}"),
        subject_resident_id: Some(Uuid::from_u128(u128::from(number.unsigned_abs() % 2))),
        purpose: Some("低保核查".into()),
        fields: vec!["name".into(), "phone".into()],
        channel: "office_desk".into(),
        assisted_by: None,
        request_id: format!("q{number}"),
        outcome: Outcome::Allowed,
        detail: json!({ "zh": "\u{1F475}\n\"", "n": [1, -5, 9_007_199_254_740_993_i64], "b": { "z": null, "a": true } }),
    }
}

async fn append(pool: &PgPool, entry: &Entry) -> i64 {
    let mut tx = pool.begin().await.unwrap();
    let seq = audit::append(&mut tx, entry).await.unwrap();
    tx.commit().await.unwrap();
    seq
}

async fn filled(entries: i64) -> TestDb {
    let db = database().await;
    for number in 1..=entries {
        assert_eq!(append(&db.app, &entry(number)).await, number);
    }
    db
}

fn signer() -> (Signer, Trust) {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::load_or_create(&folder.path().join("key")).unwrap();
    let trust = Trust::parse(&signer.public_key()).unwrap();
    (signer, trust)
}

async fn reasons(
    db: &TestDb,
    checkpoints: &[Checkpoint],
    trust: &Trust,
) -> Vec<(&'static str, i64)> {
    let mut conn = db.app.acquire().await.unwrap();
    let report = audit::verify(&mut conn, "smartdata", checkpoints, trust)
        .await
        .unwrap();
    report
        .findings
        .iter()
        .map(|finding| (finding.reason, finding.seq))
        .collect()
}

/// What somebody with all rights does to the table.
async fn tamper(db: &TestDb, sql: &str) {
    let open = "ALTER TABLE kit.audit_log DISABLE TRIGGER ALL";
    let close = "ALTER TABLE kit.audit_log ENABLE TRIGGER ALL";
    script(&db.owner, &format!("{open}; {sql}; {close};")).await;
}

#[tokio::test]
async fn finds_nothing_wrong_with_a_log_that_nobody_touched() {
    let db = filled(5).await;
    let (signer, trust) = signer();
    let mut conn = db.app.acquire().await.unwrap();
    let signed = checkpoint::checkpoint(&mut conn, &signer, "smartdata", testkit::start())
        .await
        .unwrap()
        .unwrap();
    append(&db.app, &entry(6)).await;
    let report = audit::verify(&mut conn, "smartdata", &[signed], &trust)
        .await
        .unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!((report.entries, report.checkpoints), (6, 1));
}

#[tokio::test]
async fn finds_nothing_wrong_with_an_empty_log() {
    let db = database().await;
    assert!(reasons(&db, &[], &Trust::default()).await.is_empty());
}

#[tokio::test]
async fn reads_a_log_longer_than_one_batch() {
    let db = database().await;
    let entries: Vec<Entry> = (1..=1_005).map(entry).collect();
    let mut tx = db.app.begin().await.unwrap();
    assert_eq!(audit::append_all(&mut tx, &entries).await.unwrap(), 1_005);
    tx.commit().await.unwrap();
    assert!(reasons(&db, &[], &Trust::default()).await.is_empty());
    tamper(&db, "UPDATE kit.audit_log SET actor = 'x' WHERE seq = 1003").await;
    assert_eq!(
        reasons(&db, &[], &Trust::default()).await,
        [("CHAIN_FLIPPED_BYTE", 1_003)]
    );
}

#[tokio::test]
async fn tells_a_flipped_byte_in_any_column() {
    for change in [
        "at = at + interval '1 microsecond'",
        "actor = 'user-9'",
        "roles = '{auditor}'",
        "action = 'readResidents'",
        "resource_kind = 'resident'",
        "resource_id = 'r9'",
        "subject_resident_id = NULL",
        "purpose = NULL",
        "fields = '{name}'",
        "channel = 'portal'",
        "assisted_by = ''",
        "request_id = ''",
        "outcome = 'denied'",
        "detail = '{}'",
    ] {
        let db = filled(3).await;
        tamper(
            &db,
            &format!("UPDATE kit.audit_log SET {change} WHERE seq = 2"),
        )
        .await;
        let found = reasons(&db, &[], &Trust::default()).await;
        assert_eq!(found, [("CHAIN_FLIPPED_BYTE", 2)], "{change}");
    }
}

#[tokio::test]
async fn tells_a_deleted_entry() {
    let db = filled(5).await;
    tamper(&db, "DELETE FROM kit.audit_log WHERE seq = 3").await;
    assert_eq!(
        reasons(&db, &[], &Trust::default()).await,
        [("CHAIN_DELETED", 3)]
    );
}

#[tokio::test]
async fn tells_reordered_entries() {
    let db = filled(5).await;
    tamper(
        &db,
        "UPDATE kit.audit_log SET seq = 99 WHERE seq = 3;
         UPDATE kit.audit_log SET seq = 3 WHERE seq = 4;
         UPDATE kit.audit_log SET seq = 4 WHERE seq = 99",
    )
    .await;
    assert_eq!(
        reasons(&db, &[], &Trust::default()).await,
        [("CHAIN_REORDERED", 3)]
    );
}

#[tokio::test]
async fn tells_a_tail_that_was_cut_off_also_where_the_head_was_set_back() {
    let db = filled(5).await;
    let (signer, trust) = signer();
    let mut conn = db.app.acquire().await.unwrap();
    let signed = checkpoint::checkpoint(&mut conn, &signer, "smartdata", testkit::start())
        .await
        .unwrap()
        .unwrap();
    tamper(&db, "DELETE FROM kit.audit_log WHERE seq > 3").await;
    assert_eq!(reasons(&db, &[], &trust).await, [("CHAIN_TRUNCATED", 4)]);
    let set_back = "UPDATE kit.audit_head SET (seq, hash) =
                        (SELECT seq, hash FROM kit.audit_log WHERE seq = 3)";
    script(&db.owner, set_back).await;
    assert_eq!(
        reasons(&db, &[], &trust).await,
        [],
        "the database alone cannot tell"
    );
    assert_eq!(
        reasons(&db, &[signed], &trust).await,
        [("CHAIN_TRUNCATED", 4)]
    );
}

#[tokio::test]
async fn tells_a_log_that_was_rewritten_with_good_hashes() {
    let db = filled(3).await;
    let (signer, trust) = signer();
    let mut conn = db.app.acquire().await.unwrap();
    let signed = checkpoint::checkpoint(&mut conn, &signer, "smartdata", testkit::start())
        .await
        .unwrap()
        .unwrap();
    // All rights, and the program's own means: a whole new history.
    tamper(&db, "DELETE FROM kit.audit_log").await;
    let genesis = chain::ChainHash::GENESIS.to_hex();
    script(
        &db.owner,
        &format!("UPDATE kit.audit_head SET seq = 0, hash = decode('{genesis}', 'hex')"),
    )
    .await;
    for number in [1, 7, 3] {
        append(&db.app, &entry(number)).await;
    }
    assert_eq!(
        reasons(&db, &[], &trust).await,
        [],
        "the database alone cannot tell"
    );
    assert_eq!(
        reasons(&db, &[signed], &trust).await,
        [("CHAIN_REWRITTEN", 3)]
    );
}

#[tokio::test]
async fn tells_an_entry_that_was_slipped_in_behind_the_head() {
    let db = filled(2).await;
    script(
        &db.owner,
        "INSERT INTO kit.audit_log
         SELECT 3, at, actor, roles, action, resource_kind, resource_id, subject_resident_id,
                purpose, fields, channel, assisted_by, request_id, outcome, detail, hash,
                decode(repeat('ab', 32), 'hex')
         FROM kit.audit_log WHERE seq = 2",
    )
    .await;
    let found = reasons(&db, &[], &Trust::default()).await;
    assert_eq!(found, [("CHAIN_FLIPPED_BYTE", 3), ("HEAD_BEHIND", 3)]);
}

#[tokio::test]
async fn believes_no_checkpoint_of_another_key_or_another_service() {
    let db = filled(2).await;
    let ((mine, trust), (other, _)) = (signer(), signer());
    let hash = chain::ChainHash::GENESIS;
    let forged = other.sign("smartdata", 9, &hash, testkit::start());
    let foreign = mine.sign("eldercare", 9, &hash, testkit::start());
    assert_eq!(
        reasons(&db, &[forged, foreign], &trust).await,
        [
            ("CHECKPOINT_UNTRUSTED", 9),
            ("CHECKPOINT_OF_OTHER_SERVICE", 9)
        ]
    );
}

#[tokio::test]
async fn lets_nobody_change_the_log_by_ordinary_means() {
    let db = filled(1).await;
    for sql in [
        "UPDATE kit.audit_log SET actor = 'x'",
        "DELETE FROM kit.audit_log",
        "TRUNCATE kit.audit_log",
        "DELETE FROM kit.audit_head",
    ] {
        let by_app = sqlx::query(sql).execute(&db.app).await.unwrap_err();
        assert!(
            by_app.to_string().contains("permission denied"),
            "{sql}: {by_app}"
        );
        let by_owner = classify(sqlx::query(sql).execute(&db.owner).await.unwrap_err());
        assert_eq!(by_owner.reason(), "APPEND_ONLY", "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn makes_one_line_of_appends_that_come_at_once() {
    let db = database().await;
    let writers = (0..6).map(|writer| {
        let pool = db.app.clone();
        async move {
            for number in 0..10 {
                append(&pool, &entry(writer * 10 + number)).await;
            }
        }
    });
    futures_util::future::join_all(writers).await;
    assert!(reasons(&db, &[], &Trust::default()).await.is_empty());
}

#[tokio::test]
async fn records_nothing_where_the_change_is_rolled_back() {
    let db = filled(1).await;
    let mut tx = db.app.begin().await.unwrap();
    audit::append(&mut tx, &entry(2)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(append(&db.app, &entry(3)).await, 2);
    assert!(reasons(&db, &[], &Trust::default()).await.is_empty());
}

#[tokio::test]
async fn shows_residents_who_looked_at_their_data_page_by_page() {
    let db = filled(9).await;
    let mut conn = db.app.acquire().await.unwrap();
    let me = Uuid::from_u128(1);
    let first = audit::list_for_subject(&mut conn, me, &Page::forward(2))
        .await
        .unwrap();
    assert_eq!(
        first.items.iter().map(|r| r.seq).collect::<Vec<_>>(),
        [9, 7]
    );
    assert!(first.has_next);
    assert_eq!(first.items[0].entry, entry(9));
    let after = PageArgs {
        first: Some(10),
        after: Some(first.items[1].cursor().encode()),
        ..PageArgs::default()
    };
    let rest = audit::list_for_subject(&mut conn, me, &after.page().unwrap())
        .await
        .unwrap();
    assert_eq!(
        rest.items.iter().map(|r| r.seq).collect::<Vec<_>>(),
        [5, 3, 1]
    );
    assert!(!rest.has_next);
    let before = PageArgs {
        last: Some(2),
        before: Some(rest.items[2].cursor().encode()),
        ..PageArgs::default()
    };
    let back = audit::list_for_subject(&mut conn, me, &before.page().unwrap())
        .await
        .unwrap();
    assert_eq!(back.items.iter().map(|r| r.seq).collect::<Vec<_>>(), [5, 3]);
}

#[tokio::test]
async fn exports_signed_checkpoints_that_the_check_reads_back() {
    let db = filled(2).await;
    let folder = tempfile::tempdir().unwrap();
    let (key, file) = (folder.path().join("key"), folder.path().join("audit.jsonl"));
    let clock = frozen_clock();
    let keeper = |signer| {
        Keeper::new(
            "smartdata",
            db.app.clone(),
            clock.shared(),
            signer,
            file.clone(),
        )
    };
    let signer = Signer::load_or_create(&key).unwrap();
    let trust = Trust::parse(&signer.public_key()).unwrap();
    assert_eq!(keeper(signer).keep().await.unwrap().unwrap().seq, 2);
    append(&db.app, &entry(3)).await;
    // Another start finds the same key.
    let again = keeper(Signer::load_or_create(&key).unwrap());
    assert_eq!(again.keep().await.unwrap().unwrap().at, clock.now());
    assert_eq!(
        again.keep().await.unwrap(),
        None,
        "nothing was appended since"
    );
    let exported = checkpoint::read_exported(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let stored = checkpoint::stored(&mut db.app.acquire().await.unwrap())
        .await
        .unwrap();
    assert_eq!(exported, stored);
    assert_eq!(exported.len(), 2);
    assert!(reasons(&db, &exported, &trust).await.is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn a_new_signing_key_leaves_the_checkpoints_of_the_old_one_believed() {
    let db = filled(2).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let ((old, _), (new, _)) = (signer(), signer());
    let (old_key, new_key) = (old.public_key(), new.public_key());
    for signer in [old, new] {
        let clock = frozen_clock().shared();
        let keeper = Keeper::new("smartdata", db.app.clone(), clock, signer, file.clone());
        keeper.keep().await.unwrap().unwrap();
        append(&db.app, &entry(9)).await;
    }
    let exported = checkpoint::read_exported(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(exported.len(), 2);
    let both = Trust::parse(&format!("{old_key}\n{new_key}\n")).unwrap();
    assert_eq!(reasons(&db, &exported, &both).await, []);
    // The auditor keeps the old key beside the new one, or loses its checkpoints.
    let alone = Trust::parse(&new_key).unwrap();
    assert_eq!(
        reasons(&db, &exported, &alone).await,
        [("CHECKPOINT_UNTRUSTED", 2)]
    );
}

#[test]
fn every_way_to_break_a_chain_has_a_reason_of_its_own() {
    use chain::Broken::{Deleted, FlippedByte, Reordered, Rewritten, Truncated};
    let ways = [
        FlippedByte { seq: 1 },
        Deleted { seq: 1 },
        Reordered { seq: 1 },
        Truncated { seq: 1 },
        Rewritten { seq: 1 },
    ];
    let reasons: std::collections::BTreeSet<_> = ways.iter().map(Fault::reason).collect();
    assert_eq!(reasons.len(), ways.len());
}
