//! What this service remembers of residents.

use chrono::{DateTime, Utc};
use kernel::keys::ResidentId;
use sqlx::PgConnection;

use crate::{
    domain::elder::{self, ResidentStatus},
    error::{Error, Result},
    store,
};

/// smartdata told of a change.
pub async fn changed(
    conn: &mut PgConnection,
    id: ResidentId,
    status: ResidentStatus,
    at: DateTime<Utc>,
) -> Result<()> {
    store::resident::keep(conn, id, status, at).await
}

/// No orders, and no new record, for the dead.
pub fn deceased() -> Error {
    elder::deceased().into()
}
