//! Time limits (时限) as data: how long something may take, and until when.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Term, WorkCalendar, calendar as calendar_of_kernel, china_date};
use kit::{calendar, parameters};
use sqlx::PgConnection;

use crate::error::Result;

/// How long, in the unit that the parameter names.
pub async fn term(
    conn: &mut PgConnection,
    key: &str,
    division: Option<&DivisionCode>,
    at: DateTime<Utc>,
) -> Result<Term> {
    let found = parameters::find(conn, key, division, china_date(at)).await?;
    let bad = || kit::Error::internal(anyhow::anyhow!("{key} is no length of time"));
    let amount = u32::try_from(found.value).map_err(|_| bad())?;
    match found.unit.as_str() {
        "hours" => Ok(Term::Hours(amount)),
        "days" => Ok(Term::Days(amount)),
        "working days" => Ok(Term::WorkingDays(amount)),
        _ => Err(bad()),
    }
}

/// The end of some working days from now, counted like [`until`].
pub async fn working_days(
    conn: &mut PgConnection,
    days: i32,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let days = u32::try_from(days).map_err(kit::Error::internal)?;
    end(conn, Term::WorkingDays(days), now).await
}

/// The instant a limit that starts now ends. Nobody's report waits for the
/// notice of next year's holidays: until it is loaded, Monday to Friday count.
pub async fn until(
    conn: &mut PgConnection,
    key: &str,
    division: Option<&DivisionCode>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let term = term(conn, key, division, now).await?;
    end(conn, term, now).await
}

async fn end(conn: &mut PgConnection, term: Term, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let calendar = calendar::load(conn).await?;
    match calendar.add(now, term) {
        Ok(end) => Ok(end),
        Err(calendar_of_kernel::Error::YearMissing(_)) => {
            Ok(WorkCalendar::default().add(now, term)?)
        }
        Err(error) => Err(error.into()),
    }
}
