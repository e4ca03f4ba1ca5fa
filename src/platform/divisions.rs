//! A development platform without the national register gets the few real
//! divisions that the demonstration stands in; an import replaces them.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use sqlx::{Connection, PgConnection};

const FILES: [(&str, &str); 4] = [
    (
        "provinces.csv",
        include_str!("../demo/divisions/provinces.csv"),
    ),
    ("cities.csv", include_str!("../demo/divisions/cities.csv")),
    ("areas.csv", include_str!("../demo/divisions/areas.csv")),
    ("streets.csv", include_str!("../demo/divisions/streets.csv")),
];

/// Imports them where the register is empty.
pub async fn ensure(owner_url: &str, database: &str, data: &Path, today: NaiveDate) -> Result<()> {
    let mut url = url::Url::parse(owner_url)?;
    url.set_path(database);
    let mut owner = PgConnection::connect(url.as_str()).await?;
    let filled: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM divisions)")
        .fetch_one(&mut owner)
        .await?;
    if filled {
        return Ok(());
    }
    let folder = data.join("divisions");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    smartdata::app::import::divisions(&mut owner, &folder, today, &mut |_| {})
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))
        .context("the demonstration's divisions cannot be imported")?;
    Ok(())
}
