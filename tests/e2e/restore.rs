//! Backup and restore as `docs/operations/backup.md` says: a dump of each
//! database into another server, with the keys and the exported checkpoints.
//! Everything is there again, the logs are sound, the ledgers balance, and the
//! platform goes on.

use std::{
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, resume_unwind},
    path::Path,
};

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use kit::audit::{self, Signer, Trust, checkpoint};
use sanshe::{
    demo::{client::Client, desk::Desk, seed, story, world::World},
    dev::{
        postgres::{Binaries, Cluster, Plan, Role},
        tool,
    },
    platform::{Options, Platform},
    services::SERVICES,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::support::House;

/// Every table of a database, by name: how many rows, and their digest.
type Content = BTreeMap<String, (i64, Option<String>)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_platform_has_everything_and_goes_on() {
    let house = House::open().await;
    let mut world = house.world();
    seed::seed(&mut world).await.unwrap();
    story::play(&mut world).await.unwrap();
    let made = world.all().clone();
    // At the stop the heads of the logs are signed and exported.
    house.platform.stop().await;

    let backup = tempfile::tempdir().unwrap();
    let (source, prefix) = (house.databases.owner_url(), &house.databases.prefix);
    dump(&source, prefix, backup.path()).await;
    copy(house.data.path(), &backup.path().join("kept"));

    let server = Cluster::open(Plan::for_one_run().unwrap()).await.unwrap();
    let compared = compare(&server, &source, prefix, backup.path(), made);
    let compared = AssertUnwindSafe(compared).catch_unwind().await;
    // Also where the comparison fails, no server is left behind.
    server.close().await.unwrap();
    if let Err(failed) = compared {
        resume_unwind(failed);
    }
}

/// What was restored is what there was, and goes on.
async fn compare(
    server: &Cluster,
    source: &str,
    prefix: &str,
    backup: &Path,
    made: BTreeMap<String, serde_json::Value>,
) {
    let kept = backup.join("kept");
    restore(server, backup).await;
    let restored = server.address(Role::Owner);
    for service in SERVICES {
        let name = service.definition.name;
        let before = content(source, prefix, name).await;
        let after = content(&restored, prefix, name).await;
        assert_eq!(after, before, "{name}");
        assert!(after.values().any(|(rows, _)| *rows > 0), "{name} is empty");
        log_is_sound(&restored, prefix, name, &kept).await;
    }
    let mut conn = open(&restored, prefix, "eldercare").await;
    let drift = eldercare::store::gauge::drift(&mut conn).await.unwrap();
    assert_eq!(drift, 0, "minutes");
    let mut conn = open(&restored, prefix, "procurement").await;
    let drift = procurement::store::gauge::drift(&mut conn).await.unwrap();
    assert_eq!(drift, 0, "fen");

    goes_on(server, prefix, &kept, made).await;
}

/// A dump of each database, by the programs that belong to the server.
async fn dump(server: &str, prefix: &str, folder: &Path) {
    let programs = Binaries::find(None).await.unwrap();
    for service in SERVICES {
        let name = service.definition.name;
        let mut command = std::process::Command::new(programs.program("pg_dump"));
        command.arg("--format=custom").arg("--file");
        command.arg(folder.join(format!("{name}.dump")));
        command.arg("--dbname").arg(address(server, prefix, name));
        tool::run(command).await.unwrap();
    }
}

/// Into a server that has the two roles and nothing else.
async fn restore(server: &Cluster, folder: &Path) {
    let programs = Binaries::find(None).await.unwrap();
    for service in SERVICES {
        let mut command = std::process::Command::new(programs.program("pg_restore"));
        command.args(["--create", "--exit-on-error", "--dbname"]);
        command.arg(server.address(Role::Admin));
        command.arg(folder.join(format!("{}.dump", service.definition.name)));
        tool::run(command).await.unwrap();
    }
}

/// Keys and checkpoints, as they are kept apart from the databases.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn address(server: &str, prefix: &str, service: &str) -> String {
    let mut address = url::Url::parse(server).unwrap();
    address.set_path(&format!("{prefix}_{service}"));
    address.into()
}

async fn open(server: &str, prefix: &str, service: &str) -> PgConnection {
    let address = address(server, prefix, service);
    PgConnection::connect(&address).await.unwrap()
}

async fn content(server: &str, prefix: &str, service: &str) -> Content {
    let mut conn = open(server, prefix, service).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', n.nspname, c.relname)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_|^information_schema$'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let mut content = Content::new();
    for table in tables {
        let found = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\"))
             FROM {table} t"
        )))
        .fetch_one(&mut conn)
        .await
        .unwrap();
        content.insert(table, found);
    }
    content
}

/// The whole log, against the checkpoints and the key that were kept apart.
async fn log_is_sound(server: &str, prefix: &str, name: &'static str, kept: &Path) {
    let signer = Signer::load(&kept.join(format!("audit/{name}.key"))).unwrap();
    let trust = Trust::parse(&signer.public_key()).unwrap();
    let exported = fs::read_to_string(kept.join(format!("audit/{name}.checkpoints"))).unwrap();
    let exported = checkpoint::read_exported(&exported).unwrap();
    let mut conn = open(server, prefix, name).await;
    let report = audit::verify(&mut conn, name, &exported, &trust)
        .await
        .unwrap();
    assert!(report.is_sound(), "{name}: {report:?}");
    assert!(report.entries > 0, "{name}");
    let root: (i64, String) = sqlx::query_as("SELECT seq, encode(hash, 'hex') FROM kit.audit_head")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let signed = exported.last().unwrap();
    let hash = signed.chain_hash().unwrap();
    assert_eq!(
        root,
        (signed.seq, hex::encode(hash.as_bytes())),
        "{name}: the root"
    );
}

/// The same story again, a year later, over what was restored.
async fn goes_on(
    server: &Cluster,
    prefix: &str,
    kept: &Path,
    made: BTreeMap<String, serde_json::Value>,
) {
    let any = ([127, 0, 0, 1], 0).into();
    let platform = Platform::start(Options {
        database_url: server.address(Role::App),
        database_prefix: prefix.to_owned(),
        owner_database_url: server.address(Role::Owner),
        redis_url: None,
        data: kept.to_owned(),
        graph: any,
        issuer: any,
        graphiql: None,
        metrics: None,
    })
    .await
    .unwrap();
    platform
        .ready(std::time::Duration::from_mins(1))
        .await
        .unwrap();
    let mut world = World::new(
        Client::new(platform.graph.clone()),
        Desk::new(platform.issuer.clone(), kept),
        "restored",
        |line| eprintln!("{line}"),
    );
    world.recall(made);
    world.wait(TimeDelta::days(400)).await.unwrap();
    story::play(&mut world).await.unwrap();
    platform.stop().await;
}
