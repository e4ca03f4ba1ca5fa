//! The import of the national register beside `\copy` of the same rows.
//!
//! The reference is told twice: into a bare table, which is as fast as rows
//! come into PostgreSQL, and into a table with the keys, checks and computed
//! columns of the register, which any import has to pay for.

use std::fmt::Write as _;

use std::{path::Path, time::Instant};

use anyhow::{Context as _, Result, ensure};
use kernel::{Clock as _, SystemClock, china_date};
use smartdata::app::import;
use testkit::TestDb;

use crate::{
    measure::alternate,
    report::{Part, Unit},
    server::{Server, given},
};

const PAIRS: usize = 5;

const BARE: &str = "CREATE TABLE copied (code text, name text, level text, parent_code text, \
                    demo boolean, valid daterange)";
const ALIKE: &str = "CREATE TABLE copied (LIKE divisions INCLUDING ALL)";

/// Measures the part.
pub async fn run(server: &Server) -> Result<Part> {
    let made = tempfile::tempdir()?;
    let (folder, source) = if let Some(folder) = given("SANSHE_DIVISIONS") {
        (folder.into(), "the national files")
    } else {
        generate(made.path())?;
        (made.path().to_owned(), "a generated register")
    };
    let register = fresh().await;
    let rows = import(&register, &folder).await?.0;
    let bare = Reference::export(server, &register, made.path(), BARE, "*").await?;
    let alike = Reference::export(
        server,
        &register,
        made.path(),
        ALIKE,
        "code, name, demo, valid",
    )
    .await?;

    let mut alikes = Vec::new();
    let measured = alternate(
        PAIRS,
        async || Ok(import(&fresh().await, &folder).await?.1),
        async || {
            let plain = bare.copy(server, &register, rows).await?;
            alikes.push(alike.copy(server, &register, rows).await?);
            Ok(plain)
        },
    )
    .await?;
    let mut part = Part::default();
    part.row(
        "division import / `\\copy` into a bare table",
        Unit::Millis,
        &measured,
        &format!(
            "{rows} rows of {source}; ours reads four files, judges every row, writes the register \
             with its keys and checks, and commits; a fresh database each time"
        ),
    );
    part.row(
        "division import / `\\copy` into a table like the register",
        Unit::Millis,
        &measured.beside(alikes.split_off(1)),
        "the same imports; the reference has the same keys, checks and computed columns",
    );
    Ok(part)
}

async fn fresh() -> TestDb {
    TestDb::fresh(&[&kit::db::MIGRATOR, &smartdata::serve::MIGRATOR]).await
}

/// Imports; answers the rows and the milliseconds.
async fn import(db: &TestDb, folder: &Path) -> Result<(u64, f64)> {
    let mut owner = db.owner.acquire().await?;
    let today = china_date(SystemClock.now());
    let begun = Instant::now();
    let report = import::divisions(&mut owner, folder, today, &mut |_| {}).await?;
    Ok((report.inserted, begun.elapsed().as_secs_f64() * 1e3))
}

/// The rows of a register in a file, and the table they are copied into.
struct Reference {
    table: &'static str,
    columns: &'static str,
    file: String,
}

impl Reference {
    async fn export(
        server: &Server,
        register: &TestDb,
        folder: &Path,
        table: &'static str,
        columns: &'static str,
    ) -> Result<Self> {
        let file = folder.join(format!("rows-of-{}-letters.csv", columns.len()));
        let file = file.to_str().context("a folder without a name")?.to_owned();
        let out = format!(
            "\\copy (SELECT {columns} FROM divisions ORDER BY code) TO '{file}' (FORMAT csv)"
        );
        server.psql(register, &[&out]).await?;
        Ok(Self {
            table,
            columns,
            file,
        })
    }

    /// Copies into a fresh table; answers the milliseconds that psql tells.
    async fn copy(&self, server: &Server, db: &TestDb, rows: u64) -> Result<f64> {
        let columns = match self.columns {
            "*" => String::new(),
            named => format!("({named})"),
        };
        let copy = format!("\\copy copied {columns} FROM '{}' (FORMAT csv)", self.file);
        let commands = [
            "SET client_min_messages = error",
            "DROP TABLE IF EXISTS copied",
            self.table,
            "\\timing on",
            &copy,
        ];
        let said = server.psql(db, &commands).await?;
        ensure!(said.contains(&format!("COPY {rows}")), "psql said: {said}");
        let time = said.lines().find_map(|line| line.strip_prefix("Time: "));
        let time = time.and_then(|text| text.split(' ').next());
        let time = time.with_context(|| format!("psql told no time: {said}"))?;
        Ok(time.parse()?)
    }
}

/// A register about as large as the country's, in the form of the national files.
fn generate(folder: &Path) -> Result<()> {
    let mut files = [
        "code,name\n".to_owned(),
        "code,name,provinceCode\n".to_owned(),
        "code,name,cityCode,provinceCode\n".to_owned(),
        "code,name,areaCode,provinceCode,cityCode\n".to_owned(),
    ];
    let [provinces, cities, counties, townships] = &mut files;
    for p in 11..=41 {
        writeln!(provinces, "{p},\"第{p}省\"")?;
        for c in 1..=11 {
            let city = format!("{p}{c:02}");
            writeln!(cities, "{city},\"第{c}市\",{p}")?;
            for a in 1..=9 {
                let county = format!("{city}{a:02}");
                writeln!(counties, "{county},\"第{a}区\",{city},{p}")?;
                for t in 1..=13 {
                    writeln!(
                        townships,
                        "{county}{t:03},\"第{t}街道\",{county},{p},{city}"
                    )?;
                }
            }
        }
    }
    for (source, text) in smartdata::domain::import::SOURCES.iter().zip(&files) {
        std::fs::write(folder.join(source.name), text)?;
    }
    Ok(())
}
