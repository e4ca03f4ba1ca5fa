//! What a fresh database promises.

use std::borrow::Cow;

use sqlx::{
    Executor, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use testkit::TestDb;

fn migrator(table: &'static str, sql: &'static str) -> Migrator {
    let migration = Migration::new(
        1,
        "create".into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    );
    let mut migrator = Migrator::with_migrations(vec![migration]);
    migrator.table_name = Cow::Borrowed(table);
    migrator
}

fn needs() -> Migrator {
    migrator(
        "_sqlx_migrations",
        "CREATE TABLE needs (id bigint PRIMARY KEY)",
    )
}

#[tokio::test]
async fn two_tests_do_not_see_each_other() {
    let needs = needs();
    let sets = [&needs];
    let (one, two) = tokio::join!(TestDb::fresh(&sets), TestDb::fresh(&sets));
    one.app
        .execute("INSERT INTO needs VALUES (1)")
        .await
        .unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM needs")
        .fetch_one(&two.app)
        .await
        .unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn the_sets_run_in_order_each_with_its_history() {
    let first = migrator(
        "_kit_migrations",
        "CREATE TABLE outbox (id bigint PRIMARY KEY)",
    );
    let second = migrator(
        "_sqlx_migrations",
        "ALTER TABLE outbox ADD COLUMN subject text",
    );
    let db = TestDb::fresh(&[&first, &second]).await;
    db.owner
        .execute("TABLE _kit_migrations; TABLE _sqlx_migrations")
        .await
        .unwrap();
    db.app
        .execute("INSERT INTO outbox VALUES (1, 'x')")
        .await
        .unwrap();
}

#[tokio::test]
async fn the_serving_role_writes_rows_but_no_schema() {
    let db = TestDb::fresh(&[&needs()]).await;
    db.app
        .execute("INSERT INTO needs VALUES (1)")
        .await
        .unwrap();
    db.app.execute("UPDATE needs SET id = 2").await.unwrap();
    db.app.execute("DELETE FROM needs").await.unwrap();
    for forbidden in [
        "CREATE TABLE other (id int)",
        "ALTER TABLE needs ADD COLUMN x int",
        "DROP TABLE needs",
        "TRUNCATE needs",
        "CREATE TEMP TABLE t (id int)",
    ] {
        assert!(db.app.execute(forbidden).await.is_err(), "{forbidden}");
    }
}

#[tokio::test]
async fn addresses_of_a_database_act_as_their_roles() {
    let db = TestDb::fresh(&[&needs()]).await;
    for (url, role) in [
        (db.app_url(), "sanshe_app"),
        (db.owner_url(), "sanshe_owner"),
    ] {
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let user: String = sqlx::query_scalar("SELECT current_user::text")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(user, role);
    }
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let db = TestDb::fresh(&[&needs()]).await;
    let other = TestDb::fresh(&[&needs()]).await;
    let name = db.name().to_owned();
    drop(db);
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&other.app)
            .await
            .unwrap();
    assert!(!known);
}
