//! A connection for reads: bounded by the deadline of the request, and seen in
//! its trace.

use std::ops::{Deref, DerefMut};

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};
use tracing::Span;

use crate::{deadline, error::Result};

/// Reads of one use case. Dropping it gives the connection back.
///
/// Its span tells how long PostgreSQL was held; statements are not named in
/// it, because what they are given may be personal data.
pub struct Read {
    inner: Transaction<'static, Postgres>,
    _span: Span,
}

impl Read {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self> {
        let span = tracing::info_span!("db.read", db.system.name = "postgresql");
        // A transaction, so that the limit ends with it and is nobody else's;
        // it travels in the same round trip as BEGIN.
        let limit = deadline::remaining().as_millis().max(1);
        let begin = format!("BEGIN; SET LOCAL statement_timeout = {limit}");
        let inner = pool.begin_with(AssertSqlSafe(begin)).await?;
        Ok(Self { inner, _span: span })
    }
}

impl Deref for Read {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
