//! A transaction of a use case: one visible begin, one visible commit.

use std::ops::{Deref, DerefMut};

use kernel::idempotency::{IdempotencyKey, RequestHash};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use crate::{
    auth::Caller,
    error::Result,
    idempotency::{self, Begin, IdempotentCall},
};

/// An open transaction. Dropping it rolls back.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    subject: String,
    call: Option<IdempotentCall>,
    _span: tracing::Span,
}

impl Tx {
    pub(super) async fn begin(pool: &PgPool, caller: &Caller) -> Result<Self> {
        let span = tracing::info_span!("db.transaction", db.system.name = "postgresql");
        // The statement limit travels in the same round trip as BEGIN.
        let limit = caller.remaining().as_millis().max(1);
        let begin = format!("BEGIN; SET LOCAL statement_timeout = {limit}");
        let inner = pool.begin_with(AssertSqlSafe(begin)).await?;
        Ok(Self {
            inner,
            subject: caller.actor.subject.clone(),
            call: None,
            _span: span,
        })
    }

    /// Answers what the same key was answered before, if it was; the same key
    /// with another input is refused. A first call continues, and ends with
    /// [`Tx::answer`].
    pub async fn replay<T: DeserializeOwned>(
        &mut self,
        operation: &'static str,
        key: &IdempotencyKey,
        input: &impl Serialize,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Option<T>> {
        let call = IdempotentCall {
            subject: self.subject.clone(),
            operation,
            key: key.clone(),
            request: RequestHash::of(operation, &serde_json::to_value(input)?),
            at: now,
        };
        match idempotency::begin(&mut self.inner, &call).await? {
            Begin::Replay(answer) => Ok(Some(serde_json::from_value(answer)?)),
            Begin::First => {
                self.call = Some(call);
                Ok(None)
            }
        }
    }

    /// Keeps the answer under the key of [`Tx::replay`] and commits.
    pub async fn answer<T: Serialize>(mut self, value: T) -> Result<T> {
        if let Some(call) = self.call.take() {
            let stored = serde_json::to_value(&value)?;
            idempotency::finish(&mut self.inner, &call, &stored).await?;
        }
        self.inner.commit().await?;
        Ok(value)
    }

    /// Commits a transaction that has no answer to keep.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
