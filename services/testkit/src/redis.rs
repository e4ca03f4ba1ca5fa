//! A Redis database of its own for one test, where a server is given.

/// One logical database of the test server, emptied before use.
#[derive(Clone, Debug)]
pub struct TestRedis {
    /// Its address, `redis://…/<number>`.
    pub url: String,
}

impl TestRedis {
    /// An empty database, or none where `SANSHE_TEST_REDIS_URL` is not set:
    /// Redis is optional for the product, so its tests are as well.
    pub async fn fresh() -> Option<Self> {
        let base = crate::environment("SANSHE_TEST_REDIS_URL")?;
        match claim(&base).await {
            Ok(url) => Some(Self { url }),
            Err(error) => panic!("the Redis of the tests cannot be used: {error}"),
        }
    }
}

/// Takes the next number from a counter that all test processes share, and
/// goes round when the server has no more databases.
async fn claim(base: &str) -> redis::RedisResult<String> {
    let mut first = connect(base, 0).await?;
    let counted: i64 = redis::cmd("INCR")
        .arg("sanshe:test:databases")
        .query_async(&mut first)
        .await?;
    let (_, databases): (String, i64) = redis::cmd("CONFIG")
        .arg("GET")
        .arg("databases")
        .query_async(&mut first)
        .await?;
    let number = 1 + (counted - 1).rem_euclid((databases - 1).max(1));
    let mut own = connect(base, number).await?;
    redis::cmd("FLUSHDB").exec_async(&mut own).await?;
    Ok(address(base, number))
}

async fn connect(base: &str, number: i64) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
    redis::Client::open(address(base, number))?
        .get_multiplexed_async_connection()
        .await
}

fn address(base: &str, number: i64) -> String {
    let scheme = base.find("://").map_or(0, |at| at + 3);
    let host = base[scheme..]
        .find('/')
        .map_or(base.len(), |at| scheme + at);
    format!("{}/{number}", &base[..host])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_the_address_is_replaced() {
        assert_eq!(
            address("redis://:pw@127.0.0.1:6/0", 7),
            "redis://:pw@127.0.0.1:6/7"
        );
        assert_eq!(address("redis://127.0.0.1:6", 7), "redis://127.0.0.1:6/7");
    }
}
