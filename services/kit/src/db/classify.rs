//! What a database error means to the caller.

use kernel::Kind;
use sqlx::postgres::PgDatabaseError;

use crate::error::Error;

/// Sorts an error of the driver into the closed set of kinds.
pub fn classify(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(db) => {
            let pg = db.downcast_ref::<PgDatabaseError>();
            if pg.code() == "SS001" {
                // A trigger of ours: it says why in two languages.
                let (reason, zh, en) = (
                    pg.message().to_owned(),
                    pg.detail().unwrap_or_default().to_owned(),
                    pg.hint().unwrap_or_default().to_owned(),
                );
                return Error::refused(reason, zh, en).with_source(error);
            }
            let reason = pg.constraint().map(str::to_ascii_uppercase);
            classify_code(pg.code(), reason).with_source(error)
        }
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed => unavailable().with_source(error),
        _ => Error::internal(error),
    }
}

fn unavailable() -> Error {
    Error::new(
        Kind::Unavailable,
        "DATABASE_UNAVAILABLE",
        "服务暂时不可用,请稍后再试",
        "The service is temporarily unavailable; please try again",
    )
}

fn classify_code(code: &str, constraint: Option<String>) -> Error {
    let reason = constraint.unwrap_or_else(|| "DATABASE_RULE".into());
    match code {
        // unique, exclusion
        "23505" | "23P01" => {
            let (zh, en) = (
                format!("已存在相同或重叠的记录({reason})"),
                format!("An equal or overlapping record exists already ({reason})"),
            );
            Error::new(Kind::AlreadyExists, reason, zh, en)
        }
        // foreign key, not null, check
        "23503" | "23502" | "23514" => {
            let (zh, en) = (
                format!("数据规则不允许此操作({reason})"),
                format!("A data rule forbids this ({reason})"),
            );
            Error::refused(reason, zh, en)
        }
        // serialization failure, deadlock
        "40001" | "40P01" => Error::stale(),
        // cancelled by statement_timeout
        "57014" => Error::new(
            Kind::Timeout,
            "STATEMENT_TIMEOUT",
            "处理超时,请稍后再试",
            "This took too long; please try again",
        ),
        // shutting down, starting up, too many connections, disk full
        "57P01" | "57P02" | "57P03" | "53300" | "53100" => unavailable(),
        _ => Error::internal(anyhow::anyhow!("database error {code}")),
    }
}
