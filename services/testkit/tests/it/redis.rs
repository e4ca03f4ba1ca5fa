//! What a fresh Redis promises, where there is one.

use testkit::TestRedis;

#[tokio::test]
async fn two_tests_do_not_see_each_other() {
    let (Some(one), Some(two)) = (TestRedis::fresh().await, TestRedis::fresh().await) else {
        return;
    };
    let open = async |url: &str| {
        redis::Client::open(url)
            .unwrap()
            .get_multiplexed_async_connection()
            .await
            .unwrap()
    };
    let (mut first, mut second) = (open(&one.url).await, open(&two.url).await);
    redis::cmd("SET")
        .arg("a")
        .arg(1)
        .exec_async(&mut first)
        .await
        .unwrap();
    let seen: i64 = redis::cmd("EXISTS")
        .arg("a")
        .query_async(&mut second)
        .await
        .unwrap();
    assert_eq!(seen, 0);
}
