//! Renewal of sealed columns after a rotation of keys.

use chrono::DateTime;
use kernel::pii::PiiKeys;
use kit::{
    repair::Hand,
    sealed::{Renewal, SealedColumn},
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use testkit::TestDb;
use uuid::Uuid;

use crate::support::{database, script};

const NOTES: SealedColumn = SealedColumn {
    table: "notes",
    column: "body",
    of: "id",
    bound: |id| format!("notes.body:{id}"),
};

fn keys(current: u8, previous: &[u8]) -> PiiKeys {
    let key = |version: u8| (version, [version; 32]);
    let previous = previous.iter().map(|version| key(*version)).collect();
    PiiKeys::new(key(current), previous, [9; 32]).unwrap()
}

fn hand() -> Hand {
    Hand {
        by: "运维值班台".into(),
        why: "密钥轮换".into(),
        request_id: Uuid::from_u128(7),
        at: DateTime::UNIX_EPOCH,
    }
}

/// A table that nobody may change, with so many notes under the first key, and
/// one empty one.
async fn notes(count: u128) -> TestDb {
    let db = database().await;
    script(
        &db.owner,
        "CREATE TABLE notes (id uuid PRIMARY KEY, body bytea);
         GRANT SELECT, INSERT, UPDATE ON notes TO sanshe_app;
         CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'what was written stays'; END $$;
         CREATE TRIGGER notes_stay BEFORE UPDATE OR DELETE ON notes
             FOR EACH ROW EXECUTE FUNCTION stay();
         INSERT INTO notes VALUES (gen_random_uuid(), NULL)",
    )
    .await;
    let (first, mut ids, mut bodies) = (keys(1, &[]), Vec::new(), Vec::new());
    for id in (0..count).map(Uuid::from_u128) {
        ids.push(id);
        bodies.push(sealed(&first, id));
    }
    sqlx::query("INSERT INTO notes SELECT * FROM unnest($1::uuid[], $2::bytea[])")
        .bind(ids)
        .bind(bodies)
        .execute(&db.app)
        .await
        .unwrap();
    db
}

fn sealed(keys: &PiiKeys, id: Uuid) -> Vec<u8> {
    keys.encrypt_text(
        &format!("notes.body:{id}"),
        &format!("note {}", id.as_u128()),
    )
}

async fn write(db: &TestDb, keys: &PiiKeys, number: u128) {
    let id = Uuid::from_u128(number);
    sqlx::query("INSERT INTO notes VALUES ($1, $2)")
        .bind(id)
        .bind(sealed(keys, id))
        .execute(&db.app)
        .await
        .unwrap();
}

/// What the notes say to who has these keys alone.
async fn read(db: &TestDb, keys: &PiiKeys) -> Vec<String> {
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as("SELECT id, body FROM notes WHERE body IS NOT NULL ORDER BY id")
            .fetch_all(&db.app)
            .await
            .unwrap();
    let open = |(id, body): (Uuid, Vec<u8>)| keys.decrypt_text(&format!("notes.body:{id}"), &body);
    rows.into_iter().map(|row| open(row).unwrap()).collect()
}

async fn recorded(conn: &mut PgConnection) -> Vec<(String, String, Value)> {
    sqlx::query_as(
        "SELECT actor, action || ' ' || resource_kind || '/' || resource_id, detail
         FROM kit.audit_log ORDER BY seq",
    )
    .fetch_all(conn)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_row_has_the_current_key_says_what_it_said_and_is_guarded_again() {
    // Over several pages, and in more batches than one.
    let db = notes(1001).await;
    let mut owner = db.owner.acquire().await.unwrap();
    assert_eq!(NOTES.versions(&mut owner).await.unwrap(), [(1, 1001)]);
    let done = NOTES.renew(&mut owner, &keys(2, &[1]), &hand()).await;
    let wanted = Renewal {
        renewed: 1001,
        shut: 0,
    };
    assert_eq!(done.unwrap(), wanted);
    assert_eq!(NOTES.versions(&mut owner).await.unwrap(), [(2, 1001)]);
    let said: Vec<_> = (0..1001).map(|number| format!("note {number}")).collect();
    assert_eq!(read(&db, &keys(2, &[])).await, said);

    let refused = sqlx::query("UPDATE notes SET body = NULL")
        .execute(&mut *owner)
        .await;
    assert!(refused.unwrap_err().to_string().contains("stays"));
    let entry = |rows: u64| {
        (
            "运维值班台".to_owned(),
            "renewSealedFields SealedColumn/notes.body".to_owned(),
            json!({ "rows": rows, "keyVersion": 2 }),
        )
    };
    assert_eq!(
        recorded(&mut owner).await,
        [entry(500), entry(500), entry(1)]
    );
    // Once more: nothing is left to do, and nothing is said.
    let again = NOTES.renew(&mut owner, &keys(2, &[1]), &hand()).await;
    assert_eq!(again.unwrap(), Renewal::default());
    assert_eq!(recorded(&mut owner).await.len(), 3);
}

#[tokio::test]
async fn what_no_key_opens_is_counted_and_left_as_it_is() {
    let db = notes(2).await;
    write(&db, &keys(3, &[]), 2).await;
    script(&db.app, "INSERT INTO notes VALUES (gen_random_uuid(), '')").await;
    let before: Vec<u8> = sqlx::query_scalar("SELECT body FROM notes WHERE id = $1")
        .bind(Uuid::from_u128(2))
        .fetch_one(&db.app)
        .await
        .unwrap();
    let mut owner = db.owner.acquire().await.unwrap();
    let done = NOTES.renew(&mut owner, &keys(2, &[1]), &hand()).await;
    let wanted = Renewal {
        renewed: 2,
        shut: 2,
    };
    assert_eq!(done.unwrap(), wanted);
    let versions = NOTES.versions(&mut owner).await.unwrap();
    assert_eq!(versions, [(0, 1), (2, 2), (3, 1)]);
    let after: Vec<u8> = sqlx::query_scalar("SELECT body FROM notes WHERE id = $1")
        .bind(Uuid::from_u128(2))
        .fetch_one(&db.app)
        .await
        .unwrap();
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_role_that_serves_renews_nothing() {
    let db = notes(1).await;
    let mut app = db.app.acquire().await.unwrap();
    let done = NOTES.renew(&mut app, &keys(2, &[1]), &hand()).await;
    assert!(done.is_err(), "{done:?}");
    assert_eq!(NOTES.versions(&mut app).await.unwrap(), [(1, 1)]);
    assert!(recorded(&mut app).await.is_empty());
}
