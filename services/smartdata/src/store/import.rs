//! The import of divisions in SQL: a COPY into a temporary table, then three
//! statements over all rows. A second run with the same files writes nothing.

use std::fmt::Write as _;

use chrono::NaiveDate;
use kit::error::Result;
use sqlx::PgConnection;

use crate::domain::import::Incoming;

/// How much goes to the server at once.
const CHUNK: usize = 4096;

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub inserted: u64,
    pub changed: u64,
    pub withdrawn: u64,
}

/// Makes the temporary table and keeps other imports out until the end of the
/// transaction; readers go on.
pub async fn prepare(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql(
        "LOCK TABLE divisions IN SHARE ROW EXCLUSIVE MODE;
         CREATE TEMPORARY TABLE division_incoming (code text NOT NULL, name text NOT NULL)
             ON COMMIT DROP;",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Copies all rows; `tell` is told how many went.
pub async fn copy(
    conn: &mut PgConnection,
    incoming: &[Incoming],
    tell: &mut (dyn FnMut(usize) + Send),
) -> Result<()> {
    let mut copy = conn
        .copy_in_raw("COPY division_incoming (code, name) FROM STDIN (FORMAT text)")
        .await?;
    let mut text = String::with_capacity(CHUNK * 32);
    for chunk in incoming.chunks(CHUNK) {
        text.clear();
        for division in chunk {
            // Names have no control characters; a backslash is the one sign
            // that the text format reads otherwise.
            let name = division.name.replace('\\', "\\\\");
            let _ = writeln!(text, "{}\t{name}", division.code);
        }
        if let Err(error) = copy.send(text.as_bytes()).await {
            copy.abort("the import failed").await?;
            return Err(error.into());
        }
        tell(chunk.len());
    }
    copy.finish().await?;
    Ok(())
}

/// Brings the register to what was copied, as of `today`.
pub async fn merge(conn: &mut PgConnection, today: NaiveDate) -> Result<Counts> {
    sqlx::raw_sql("ANALYZE division_incoming")
        .execute(&mut *conn)
        .await?;
    // What is there before the first load is older than the register.
    let first: bool =
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM divisions WHERE NOT demo)")
            .fetch_one(&mut *conn)
            .await?;
    let inserted = sqlx::query(
        "INSERT INTO divisions (code, name, valid)
         SELECT i.code, i.name, daterange($1, NULL) FROM division_incoming i
         WHERE NOT EXISTS (SELECT 1 FROM divisions d WHERE d.code = i.code)
         ORDER BY i.code",
    )
    .bind((!first).then_some(today))
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if first {
        return Ok(Counts {
            inserted,
            ..Counts::default()
        });
    }
    // A new name, or a division that comes back: what was so far is history,
    // unless it began today.
    sqlx::query(
        "INSERT INTO division_history (code, name, valid)
         SELECT d.code, d.name, daterange(lower(d.valid), least(upper(d.valid), $1))
         FROM divisions d JOIN division_incoming i ON i.code = d.code
         WHERE (d.name <> i.name OR NOT upper_inf(d.valid))
           AND (lower_inf(d.valid) OR lower(d.valid) < $1)",
    )
    .bind(today)
    .execute(&mut *conn)
    .await?;
    let changed = sqlx::query(
        "UPDATE divisions d
         SET name = i.name, valid = daterange(greatest(lower(d.valid), $1), NULL)
         FROM division_incoming i
         WHERE i.code = d.code AND (d.name <> i.name OR NOT upper_inf(d.valid))",
    )
    .bind(today)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    // Ended today; what began today still has this one day.
    let withdrawn = sqlx::query(
        "UPDATE divisions d
         SET valid = daterange(lower(d.valid), greatest($1, lower(d.valid) + 1))
         WHERE d.level <> 'COMMUNITY' AND upper_inf(d.valid)
           AND NOT EXISTS (SELECT 1 FROM division_incoming i WHERE i.code = d.code)",
    )
    .bind(today)
    .execute(conn)
    .await?
    .rows_affected();
    Ok(Counts {
        inserted,
        changed,
        withdrawn,
    })
}
