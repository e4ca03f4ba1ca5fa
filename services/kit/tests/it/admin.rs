//! What probes and scrapers are told.

use std::{borrow::Cow, time::Duration};

use kit::{
    admin::{self, Readiness},
    config::Settings,
    db::{self, Db},
    telemetry::Telemetry,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use testkit::TestDb;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::support::{database, script};

async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[tokio::test]
async fn a_service_is_ready_from_its_begin_to_its_stop_and_alive_throughout() {
    let database = database().await;
    let telemetry = Telemetry::install(&Settings::default(), "admin").unwrap();
    let stopping = CancellationToken::new();
    let readiness = Readiness::new(
        stopping.clone(),
        Db::open(&database.app_url(), "admin-health", 1).unwrap(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ended = CancellationToken::new();
    let served = admin::serve(
        listener,
        readiness.clone(),
        telemetry.metrics(),
        ended.clone().cancelled_owned(),
    );
    let asked = async {
        let (status, said) = get(address, "/health/ready").await;
        assert_eq!(status, 503);
        assert!(said.contains("waiting for the schema"), "{said}");
        readiness.begin();
        assert_eq!(get(address, "/health/ready").await.0, 200);

        metrics::counter!("kit.test.asked").increment(3);
        let (_, scrape) = get(address, "/metrics").await;
        assert!(scrape.contains("kit_test_asked 3"), "{scrape}");

        stopping.cancel();
        let (status, said) = get(address, "/health/ready").await;
        assert_eq!(status, 503);
        assert!(said.contains("stopping"), "{said}");
        assert_eq!(get(address, "/health/live").await.0, 200);
        ended.cancel();
    };
    tokio::join!(served, asked).0.unwrap();
}

#[tokio::test]
async fn a_database_that_does_not_answer_takes_a_service_out_of_rotation() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://a:b@{}/x", nobody.local_addr().unwrap());
    drop(nobody);
    let readiness = Readiness::new(CancellationToken::new(), Db::open(&url, "x", 1).unwrap());
    readiness.begin();
    assert_eq!(
        readiness.refusal().await,
        Some("the database does not answer")
    );
}

fn migrator(versions: &[i64]) -> Migrator {
    let one = |version: &i64| {
        Migration::new(
            *version,
            "makes a table".into(),
            MigrationType::Simple,
            sqlx::SqlStr::from_static(match version {
                1 => "CREATE TABLE first_of_all (a int)",
                _ => "CREATE TABLE second_of_all (a int)",
            }),
            false,
        )
    };
    Migrator {
        migrations: Cow::Owned(versions.iter().map(one).collect()),
        ..Migrator::DEFAULT
    }
}

#[tokio::test]
async fn the_release_before_runs_on_the_schema_of_the_next() {
    let database: TestDb = database().await;
    let (url, name) = (database.owner_url(), database.name().to_owned());
    let (before, next) = (migrator(&[1]), migrator(&[1, 2]));
    let soon = Duration::from_millis(300);

    db::migrate(&url, &name, &before).await.unwrap();
    db::wait_until_migrated(&database.app, &before, soon)
        .await
        .unwrap();
    let early = db::wait_until_migrated(&database.app, &next, soon).await;
    let early = format!("{:#}", early.unwrap_err());
    assert!(early.contains("run `sanshe migrate`"), "{early}");

    db::migrate(&url, &name, &next).await.unwrap();
    // What a rollback does: the release before migrates, and serves.
    db::migrate(&url, &name, &before).await.unwrap();
    db::wait_until_migrated(&database.app, &before, soon)
        .await
        .unwrap();
    // A migration that was changed after it ran is still refused.
    script(
        &database.owner,
        "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1",
    )
    .await;
    assert!(db::migrate(&url, &name, &before).await.is_err());
}
