//! Transfers of minutes beside `pgbench`, which moves money between accounts
//! in its own way: five statements to our one, without double entry.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use chrono::{DateTime, Utc};
use eldercare::{
    domain::credit::{CreditAccountId, CreditEntryId, EntryKind, Move, NewEntry, SYSTEM},
    store::credit::{self, OpenAccount},
};
use kernel::{Clock as _, Ids, Minutes, SystemClock, keys::ResidentId};
use sqlx::{Connection as _, Postgres, pool::PoolConnection};
use testkit::TestDb;
use tokio::task::JoinSet;

use crate::{
    measure::alternate,
    report::{Part, Unit},
    server::Server,
};

const PAIRS: usize = 5;
const CLIENTS: u64 = 4;
const TRANSFERS: u64 = 2_000;
const ACCOUNTS: usize = 1_000;
/// One branch for each client to meet the others on, and some to pass by.
const SCALE: &str = "10";

/// Measures the part.
pub async fn run(server: &Server) -> Result<Part> {
    let ledger = Ledger::open().await?;
    let tables = TestDb::fresh(&[&kit::db::MIGRATOR]).await;
    server.pgbench(&tables, &["-i", "-q", "-s", SCALE]).await?;
    let (clients, transfers) = (CLIENTS.to_string(), TRANSFERS.to_string());
    let arguments = [
        "-n", "-M", "prepared", "-c", &clients, "-j", &clients, "-t", &transfers,
    ];
    let mut round = 0;
    let measured = alternate(
        PAIRS,
        async || {
            round += 1;
            ledger.transfer(round).await
        },
        async || per_second(&server.pgbench(&tables, &arguments).await?),
    )
    .await?;
    let written = ledger.check(PAIRS as u64 + 1).await?;
    let mut part = Part::default();
    part.row(
        "ledger transfers / `pgbench` TPC-B like",
        Unit::PerSecond,
        &measured,
        &format!(
            "{CLIENTS} clients, {TRANSFERS} transactions each, {ACCOUNTS} accounts; the reference: \
             scale {SCALE}, prepared; all {written} entries are there and sum to zero"
        ),
    );
    Ok(part)
}

/// `tps = 1234.5 (without initial connection time)`
fn per_second(said: &str) -> Result<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let number = line.and_then(|rest| rest.split(' ').next());
    let number = number.with_context(|| format!("pgbench told no tps: {said}"))?;
    Ok(number.parse()?)
}

struct Ledger {
    db: TestDb,
    ids: Arc<Ids>,
    accounts: Arc<Vec<CreditAccountId>>,
    at: DateTime<Utc>,
}

impl Ledger {
    /// Accounts with more minutes than a run can move.
    async fn open() -> Result<Self> {
        let db = TestDb::fresh(&[&kit::db::MIGRATOR, &eldercare::serve::MIGRATOR]).await;
        let ids = Arc::new(Ids::new(SystemClock::shared()));
        let at = SystemClock.now();
        let mut accounts = Vec::with_capacity(ACCOUNTS);
        let mut tx = db.app.begin().await?;
        for _ in 0..ACCOUNTS {
            let new = OpenAccount {
                id: CreditAccountId::new(&ids),
                resident_id: ResidentId::new(&ids),
                division_code: None,
                cap: Minutes::new(1_000_000_000),
                at,
            };
            credit::open(&mut tx, &new).await.map_err(refused)?;
            accounts.push(new.id);
        }
        tx.commit().await?;
        for account in &accounts {
            let given = Minutes::new(1_000_000);
            let id = CreditEntryId::new(&ids);
            let entry = NewEntry {
                id,
                kind: EntryKind::Grant,
                key: format!("endow:{id}"),
                visit_id: None,
                order_id: None,
                trace_id: None,
                at,
                moves: vec![
                    Move {
                        account: SYSTEM,
                        minutes: Minutes::new(-given.get()),
                    },
                    Move {
                        account: *account,
                        minutes: given,
                    },
                ],
            };
            let mut tx = db.app.begin().await?;
            credit::post(&mut tx, &entry).await.map_err(refused)?;
            tx.commit().await?;
        }
        Ok(Self {
            db,
            ids,
            accounts: Arc::new(accounts),
            at,
        })
    }

    /// One round of all clients; answers transactions in a second, without the
    /// time to connect.
    async fn transfer(&self, round: u64) -> Result<f64> {
        let mut connections = Vec::new();
        for _ in 0..CLIENTS {
            connections.push(self.db.app.acquire().await?);
        }
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for (client, connection) in (0..).zip(connections) {
            let (ids, accounts) = (Arc::clone(&self.ids), Arc::clone(&self.accounts));
            let dice = Dice(round * CLIENTS + client);
            clients.spawn(client_of(connection, ids, accounts, dice, self.at));
        }
        while let Some(ended) = clients.join_next().await {
            ended??;
        }
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let all = (CLIENTS * TRANSFERS) as f64;
        Ok(all / begun.elapsed().as_secs_f64())
    }

    /// Every transfer is in the books once, and nothing was made or lost.
    async fn check(&self, rounds: u64) -> Result<i64> {
        let (entries, sum, balances): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM journal_entries WHERE kind = 'TRANSFER'),
                    (SELECT sum(minutes)::bigint FROM postings),
                    (SELECT sum(balance)::bigint FROM credit_accounts)",
        )
        .fetch_one(&self.db.owner)
        .await?;
        let expected = i64::try_from(rounds * CLIENTS * TRANSFERS)?;
        ensure!(
            entries == expected && sum == 0 && balances == 0,
            "{entries} of {expected} transfers, which sum to {sum} and leave {balances}"
        );
        Ok(entries)
    }
}

async fn client_of(
    mut connection: PoolConnection<Postgres>,
    ids: Arc<Ids>,
    accounts: Arc<Vec<CreditAccountId>>,
    mut dice: Dice,
    at: DateTime<Utc>,
) -> Result<()> {
    for _ in 0..TRANSFERS {
        let from = dice.roll(accounts.len());
        // Any other one.
        let to = (from + 1 + dice.roll(accounts.len() - 1)) % accounts.len();
        let (from, to) = (accounts[from], accounts[to]);
        let mut tx = connection.begin().await?;
        let id = CreditEntryId::new(&ids);
        credit::transfer(&mut tx, id, from, to, Minutes::new(1), at)
            .await
            .map_err(refused)?;
        tx.commit().await?;
    }
    Ok(())
}

/// The house's errors speak two languages; a measurement wants one line.
fn refused(error: kit::Error) -> anyhow::Error {
    anyhow!(
        "{}: {} ({:?})",
        error.reason(),
        error.message(kernel::Lang::En),
        error.source_chain()
    )
}

/// Pairs that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let all = (mixed ^ (mixed >> 31)) >> 33;
        usize::try_from(all).unwrap_or_default() % sides
    }
}
