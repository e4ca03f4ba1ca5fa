//! Sealed columns: where a service keeps personal data under a key, how many
//! rows each key still holds, and their renewal after the key was rotated, so
//! that the old one can be thrown away.

use kernel::pii::PiiKeys;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{
    audit,
    error::{Error, Result},
    repair::Hand,
};

/// A column that a service declares; each row has its own binding.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn {
    pub table: &'static str,
    pub column: &'static str,
    /// The column whose text the binding is made of.
    pub of: &'static str,
    /// What a field is bound to, from that text.
    pub bound: fn(&str) -> String,
}

/// How a renewal ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Renewal {
    /// Rows that have the current key now.
    pub renewed: u64,
    /// Rows that no loaded key opens: they were left as they are.
    pub shut: u64,
}

/// Rows of one transaction. Others cannot write to the table meanwhile.
const BATCH: i64 = 500;

/// How long a batch waits for the table: who writes would wait behind it.
const PATIENCE: &str = "3s";

/// A row: where it lies, what its field is bound to, the field.
type Row = (String, String, Vec<u8>);

impl SealedColumn {
    /// Rows by the version of their key.
    pub async fn versions(&self, conn: &mut PgConnection) -> Result<Vec<(u8, i64)>> {
        let Self { table, column, .. } = self;
        // A damaged field may be empty: it counts as of version 0.
        let sql = format!(
            "SELECT CASE {column} WHEN '' THEN 0 ELSE get_byte({column}, 0) END AS version, count(*)
             FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        );
        let rows: Vec<(i32, i64)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(conn).await?;
        rows.into_iter()
            .map(|(version, rows)| Ok((u8::try_from(version).map_err(Error::internal)?, rows)))
            .collect()
    }

    /// Seals again, with the current key, what other keys sealed. Needs the role
    /// that owns the table: the guards that keep records from being changed are
    /// off for the length of each batch, and nothing but the cipher changes. A
    /// renewal that ends early has lost nothing and can be begun again.
    pub async fn renew(
        &self,
        conn: &mut PgConnection,
        keys: &PiiKeys,
        hand: &Hand,
    ) -> Result<Renewal> {
        let mut done = Renewal::default();
        let mut after = "(0,0)".to_owned();
        loop {
            let mut tx = conn.begin().await?;
            self.hold(&mut tx).await?;
            let rows = self.stale(&mut tx, keys, &after).await?;
            let Some((last, ..)) = rows.last() else {
                return Ok(done);
            };
            after.clone_from(last);
            let (places, fields) = self.sealed_anew(keys, &rows);
            self.write(&mut tx, &places, &fields).await?;
            let renewed = places.len() as u64;
            if renewed > 0 {
                let detail = json!({ "rows": renewed, "keyVersion": keys.current_version() });
                let what = format!("{}.{}", self.table, self.column);
                let entry = hand.entry("renewSealedFields", ("SealedColumn", what), detail);
                audit::append(&mut tx, &entry).await?;
            }
            self.release(&mut tx).await?;
            tx.commit().await?;
            done.renewed += renewed;
            done.shut += rows.len() as u64 - renewed;
        }
    }

    async fn hold(&self, tx: &mut PgConnection) -> Result<()> {
        let table = self.table;
        let sql = format!(
            "SET LOCAL lock_timeout = '{PATIENCE}'; ALTER TABLE {table} DISABLE TRIGGER USER"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(tx).await?;
        Ok(())
    }

    async fn release(&self, tx: &mut PgConnection) -> Result<()> {
        let sql = format!("ALTER TABLE {} ENABLE TRIGGER USER", self.table);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(tx).await?;
        Ok(())
    }

    async fn stale(&self, tx: &mut PgConnection, keys: &PiiKeys, after: &str) -> Result<Vec<Row>> {
        let Self {
            table, column, of, ..
        } = self;
        // The place has a name of its own: by its text, (0,10) would come before (0,9),
        // and what is passed over is never come back to.
        let sql = format!(
            "SELECT ctid::text AS place, {of}::text, {column} FROM {table}
             WHERE ctid > $1::tid AND substring({column} FROM 1 FOR 1) <> $2
             ORDER BY ctid LIMIT {BATCH}"
        );
        Ok(sqlx::query_as(AssertSqlSafe(sql))
            .bind(after)
            .bind([keys.current_version()].as_slice())
            .fetch_all(tx)
            .await?)
    }

    /// Where the rows lie that could be opened, and their fields sealed anew.
    fn sealed_anew(&self, keys: &PiiKeys, rows: &[Row]) -> (Vec<String>, Vec<Vec<u8>>) {
        let anew = rows.iter().filter_map(|(place, of, sealed)| {
            let bound = (self.bound)(of);
            match keys.decrypt(&bound, sealed) {
                Ok(text) => Some((place.clone(), keys.encrypt(&bound, &text))),
                Err(error) => {
                    tracing::error!(table = self.table, column = self.column, of, %error, "left as it is");
                    None
                }
            }
        });
        anew.unzip()
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        places: &[String],
        fields: &[Vec<u8>],
    ) -> Result<()> {
        let Self { table, column, .. } = self;
        let sql = format!(
            "UPDATE {table} SET {column} = anew.field
             FROM unnest($1::tid[], $2::bytea[]) AS anew (place, field) WHERE {table}.ctid = anew.place"
        );
        let written = sqlx::query(AssertSqlSafe(sql))
            .bind(places)
            .bind(fields)
            .execute(tx)
            .await?
            .rows_affected();
        if written == places.len() as u64 {
            Ok(())
        } else {
            Err(Error::inconsistent(table, column, written))
        }
    }
}
