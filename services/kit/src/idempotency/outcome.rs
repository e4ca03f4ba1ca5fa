//! An operation whose refusals are answers too.

use kernel::{Kind, Lang};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{Connection, PgConnection};

use super::{Begin, IdempotentCall, begin, finish};
use crate::error::{Error, Result};

/// What a call was answered, now or the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was done.
    Done(T),
    /// A rule refused it; the same key is refused again.
    Refused(StoredRefusal),
}

impl<T> Outcome<T> {
    /// For callers that treat a refusal as an error, after the commit.
    pub fn into_result(self) -> Result<T> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Refused(refusal) => Err(refusal.into()),
        }
    }
}

/// A refusal as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRefusal {
    code: String,
    reason: String,
    field: Option<String>,
    zh: String,
    en: String,
}

impl StoredRefusal {
    /// The reason code.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn of(error: &Error) -> Self {
        Self {
            code: error.kind().code().to_owned(),
            reason: error.reason().to_owned(),
            field: error.field().map(ToOwned::to_owned),
            zh: error.message(Lang::Zh).to_owned(),
            en: error.message(Lang::En).to_owned(),
        }
    }
}

impl From<StoredRefusal> for Error {
    fn from(stored: StoredRefusal) -> Self {
        let kind = Kind::from_code(&stored.code).unwrap_or(Kind::Refused);
        let error = Self::new(kind, stored.reason, stored.zh, stored.en);
        match stored.field {
            Some(field) => error.at(field),
            None => error,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept<T> {
    Done(T),
    Refused(StoredRefusal),
}

/// Whether the same call would be refused again for the same reason, so that
/// the refusal is an answer. Anything that passes by itself is not.
fn is_answer(kind: Kind) -> bool {
    matches!(kind, Kind::Refused | Kind::AlreadyExists | Kind::NotFound)
}

/// What a call of [`run`] was answered before, if it was. A first call takes
/// the key in this transaction: drop it to only look.
pub async fn outcome<T: DeserializeOwned>(
    conn: &mut PgConnection,
    call: &IdempotentCall,
) -> Result<Option<Outcome<T>>> {
    let Begin::Replay(answer) = begin(conn, call).await? else {
        return Ok(None);
    };
    Ok(Some(match serde_json::from_value(answer)? {
        Kept::Done(value) => Outcome::Done(value),
        Kept::Refused(refusal) => Outcome::Refused(refusal),
    }))
}

/// Runs `work` once per key, in the caller's transaction. `Ok` is to be
/// committed, also where it is a refusal: what `work` had written is then
/// undone already, and only the refusal stays.
pub async fn run<T, F>(
    conn: &mut PgConnection,
    call: &IdempotentCall,
    work: F,
) -> Result<Outcome<T>>
where
    T: Serialize + DeserializeOwned,
    F: AsyncFnOnce(&mut PgConnection) -> Result<T>,
{
    if let Some(before) = outcome(conn, call).await? {
        return Ok(before);
    }
    let mut inner = conn.begin().await?;
    let kept = match work(&mut inner).await {
        Ok(value) => {
            inner.commit().await?;
            Kept::Done(value)
        }
        Err(error) if is_answer(error.kind()) => {
            inner.rollback().await?;
            Kept::Refused(StoredRefusal::of(&error))
        }
        Err(error) => return Err(error),
    };
    finish(conn, call, &serde_json::to_value(&kept)?).await?;
    Ok(match kept {
        Kept::Done(value) => Outcome::Done(value),
        Kept::Refused(refusal) => Outcome::Refused(refusal),
    })
}
