//! Importing the national divisions: `sanshe import divisions --from DIR`.
//!
//! The command runs for the owner of the database, not for a caller of the
//! service: nobody changes the register through the graph. All files are
//! judged before the first row is written; then everything goes in one
//! transaction, so that a reader sees the old register or the new one.

use std::{collections::HashSet, path::Path};

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use crate::{
    domain::import::{Incoming, Problems, SOURCES, Source, Table, validate_with},
    store,
};

/// What the import is at, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A file was read.
    Read(&'static str),
    /// All files are good; so many rows will be written.
    Validated(usize),
    /// So many more rows went to the database.
    Copied(usize),
    /// The rows are there; the register is being brought to them.
    Merging,
}

/// What the import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    pub inserted: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub withdrawn: u64,
}

/// Why nothing was imported.
#[derive(Debug)]
pub enum ImportError {
    /// Rows are broken; each is named.
    Problems(Problems),
    /// The database refused.
    Store(kit::Error),
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Problems(problems) => problems.fmt(f),
            Self::Store(error) => write!(
                f,
                "{} / {}",
                error.message(kernel::Lang::Zh),
                error.message(kernel::Lang::En)
            ),
        }
    }
}

impl std::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Problems(_) => None,
            Self::Store(error) => error.source_chain().map(AsRef::as_ref),
        }
    }
}

impl From<kit::Error> for ImportError {
    fn from(error: kit::Error) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Imports the files of a folder as of `today`, as the owner of the database.
pub async fn divisions(
    conn: &mut PgConnection,
    folder: &Path,
    today: NaiveDate,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Report, ImportError> {
    let incoming = read(folder, tell).await.map_err(ImportError::Problems)?;
    tell(Step::Validated(incoming.len()));
    load(conn, &incoming, today, tell).await
}

/// Writes divisions that were judged, in one transaction.
pub async fn load(
    conn: &mut PgConnection,
    incoming: &[Incoming],
    today: NaiveDate,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Report, ImportError> {
    let mut tx = conn.begin().await?;
    store::import::prepare(&mut tx).await?;
    store::import::copy(&mut tx, incoming, &mut |rows| tell(Step::Copied(rows))).await?;
    tell(Step::Merging);
    let counts = store::import::merge(&mut tx, today).await?;
    tx.commit().await?;
    Ok(Report {
        inserted: counts.inserted,
        changed: counts.changed,
        unchanged: incoming.len() as u64 - counts.inserted - counts.changed,
        withdrawn: counts.withdrawn,
    })
}

/// Reads and judges the four files.
pub async fn read(
    folder: &Path,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Vec<Incoming>, Problems> {
    let mut problems = Problems::default();
    let mut tables = Vec::with_capacity(SOURCES.len());
    for source in SOURCES {
        let path = folder.join(source.name);
        match tokio::fs::read(&path).await {
            Ok(bytes) => {
                let table = table(source, &bytes, &mut problems);
                tables.push((source, table));
                tell(Step::Read(source.name));
            }
            Err(error) => unreadable(&path, &error, &mut problems),
        }
    }
    // Without one file the others cannot be judged: everything below it would
    // be called an orphan.
    if tables.len() < SOURCES.len() {
        return Err(problems);
    }
    validate_with(&tables, problems)
}

fn unreadable(path: &Path, error: &std::io::Error, problems: &mut Problems) {
    problems.add(
        path.display().to_string(),
        0,
        format!("文件无法读取({error})"),
        format!("the file cannot be read ({error})"),
    );
}

/// Cuts a file into cells. Rows that are no text are told and left out.
fn table(source: Source, bytes: &[u8], problems: &mut Problems) -> Table {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut table = Table::default();
    let mut record = csv::ByteRecord::new();
    let mut unreadable_lines = HashSet::new();
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Result<Vec<String>, _> = record
            .iter()
            .map(|cell| String::from_utf8(cell.to_vec()))
            .collect();
        match cells {
            Ok(cells) if table.header.is_empty() => table.header = cells,
            Ok(cells) => table.rows.push((line, cells)),
            Err(_) if unreadable_lines.insert(line) => {
                problems.add(
                    source.name,
                    line,
                    "不是 UTF-8 文本",
                    "this is no UTF-8 text",
                );
            }
            Err(_) => {}
        }
    }
    table
}
