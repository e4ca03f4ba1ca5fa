//! 服务菜单 in SQL. An item is read with the price in force on a day.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Direction, Fen, Minutes, Page};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    menu_item::{MenuItem, MenuPrice},
    tier::ServiceLine,
};

const COLUMNS: &str = "SELECT i.code, i.name, i.line, i.unit, i.minutes, i.published_at,
     p.id AS price_id, p.unit_cost, p.low_cap, p.copay_cost,
     p.copay_low, p.price_paid, p.valid_from, p.valid_to
 FROM menu_items i JOIN menu_prices p ON p.item_code = i.code
 WHERE p.valid_from <= ";

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    name: String,
    line: String,
    unit: String,
    minutes: i64,
    published_at: DateTime<Utc>,
    price_id: Uuid,
    unit_cost: i64,
    low_cap: i64,
    copay_cost: i64,
    copay_low: i64,
    price_paid: i64,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
}

impl TryFrom<Row> for MenuItem {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            line: row
                .line
                .parse()
                .map_err(|_| Error::inconsistent("menu_items", "line", &row.code))?,
            code: row.code,
            name: row.name,
            unit: row.unit,
            minutes: Minutes::new(row.minutes),
            published_at: row.published_at,
            price: MenuPrice {
                id: row.price_id,
                unit_cost: Fen::new(row.unit_cost),
                low_cap: Fen::new(row.low_cap),
                copay_cost: Fen::new(row.copay_cost),
                copay_low: Fen::new(row.copay_low),
                price_paid: Fen::new(row.price_paid),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            },
        })
    }
}

/// Publishes an item with its price list; the one before ends the day this
/// begins. Answers false where the code stands for something of another line.
pub async fn publish(conn: &mut PgConnection, item: &MenuItem) -> Result<bool> {
    let written = sqlx::query(
        "INSERT INTO menu_items AS i (code, name, line, unit, minutes, published_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (code) DO UPDATE SET name = $2, unit = $4, minutes = $5, published_at = $6
         WHERE i.line = $3",
    )
    .bind(&item.code)
    .bind(&item.name)
    .bind(item.line.as_str())
    .bind(&item.unit)
    .bind(item.minutes.get())
    .bind(item.published_at)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if written == 0 {
        return Ok(false);
    }
    let price = &item.price;
    sqlx::query(
        "UPDATE menu_prices SET valid_to = $2
         WHERE item_code = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)",
    )
    .bind(&item.code)
    .bind(price.valid_from)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO menu_prices (id, item_code, unit_cost, low_cap, copay_cost, copay_low,
             price_paid, valid_from, valid_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(price.id)
    .bind(&item.code)
    .bind(price.unit_cost.get())
    .bind(price.low_cap.get())
    .bind(price.copay_cost.get())
    .bind(price.copay_low.get())
    .bind(price.price_paid.get())
    .bind(price.valid_from)
    .bind(price.valid_to)
    .execute(conn)
    .await?;
    Ok(true)
}

/// The item with its price on a day.
pub async fn find_on(
    conn: &mut PgConnection,
    code: &str,
    on: NaiveDate,
) -> Result<Option<MenuItem>> {
    Ok(load_many_on(conn, &[code.to_owned()], on)
        .await?
        .remove(code))
}

/// Many items with their prices on a day.
pub async fn load_many_on(
    conn: &mut PgConnection,
    codes: &[String],
    on: NaiveDate,
) -> Result<HashMap<String, MenuItem>> {
    let mut query: QueryBuilder<Postgres> = priced_on(on);
    query.push(" AND i.code = ANY (").push_bind(codes).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| MenuItem::try_from(row).map(|item| (item.code.clone(), item)))
        .collect()
}

/// A page of the menu in code order.
pub async fn list(
    conn: &mut PgConnection,
    line: Option<ServiceLine>,
    on: NaiveDate,
    page: &Page,
) -> Result<Vec<MenuItem>> {
    let mut query = priced_on(on);
    if let Some(line) = line {
        query.push(" AND i.line = ").push_bind(line.as_str());
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY i.code"),
        Direction::Backward => (" < ", " ORDER BY i.code DESC"),
    };
    if let Some((after,)) = page.keys::<(String,)>()? {
        query.push(" AND i.code").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(MenuItem::try_from).collect()
}

fn priced_on(on: NaiveDate) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(COLUMNS);
    query
        .push_bind(on)
        .push(" AND (p.valid_to IS NULL OR p.valid_to > ")
        .push_bind(on)
        .push(")");
    query
}
