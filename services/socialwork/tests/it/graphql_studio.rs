//! Studios and posts through the real schema, and what the database refuses.

use serde_json::{Value, json};

use crate::{
    casework::Desk,
    peers::{CHEN, HERE, THERE},
    support::{civil, community_id, nobody, staff, staff_elsewhere},
};

const ITEMS: [&str; 5] = [
    "OWN_ROOM",
    "SIGN",
    "MISSION_BOARD",
    "VALUES_BOARD",
    "PROCESS_BOARD",
];

pub fn founding() -> Value {
    json!({ "communityId": community_id(HERE), "name": "花园社区社会工作室", "address": "花园街 1 号" })
}

async fn founded(desk: &Desk) -> Value {
    desk.done(&staff(), "foundStudio", founding(), "studio { id lacking }")
        .await["studio"]
        .clone()
}

async fn check(desk: &Desk, studio: &Value, item: &str, met: bool) -> Value {
    let input = json!({ "studioId": studio["id"], "item": item, "met": met,
        "evidence": "现场照片", "on": "2026-03-02" });
    desk.done(&staff(), "checkStudio", input, "studio { lacking }")
        .await["studio"]
        .clone()
}

async fn post(desk: &Desk, studio: &Value, title: &str) -> Value {
    let input =
        json!({ "studioId": studio["id"], "title": title, "duties": "个案、小组与社区工作" });
    desk.done(&staff(), "establishPost", input, "post { id vacant }")
        .await["post"]
        .clone()
}

fn appointing(post: &Value, worker: &Value, from: &str, to: Option<&str>) -> Value {
    json!({ "postId": post["id"], "socialWorkerId": worker["id"], "from": from, "to": to })
}

#[tokio::test]
async fn a_studio_opens_with_its_checklist_and_posts() {
    let desk = Desk::open().await;
    let studio = founded(&desk).await;
    assert_eq!(studio["lacking"], json!(ITEMS));
    let twice = desk.refused(&staff(), "foundStudio", founding()).await;
    assert_eq!(twice, ("STUDIO_EXISTS".into(), "input.communityId".into()));
    for who in [staff_elsewhere(), desk.worker()] {
        assert_eq!(
            desk.refused(&who, "foundStudio", founding()).await.0,
            "FORBIDDEN"
        );
    }
    let open = json!({ "studioId": studio["id"] });
    assert_eq!(
        desk.refused(&staff(), "openStudio", open.clone()).await.0,
        "FORBIDDEN"
    );
    let wanting = async || desk.refused(&civil(), "openStudio", open.clone()).await.0;
    for item in ITEMS {
        assert_eq!(wanting().await, "STUDIO_INCOMPLETE");
        check(&desk, &studio, item, true).await;
    }
    // The newest look counts, also one that finds less.
    assert_eq!(
        check(&desk, &studio, "SIGN", false).await["lacking"],
        json!(["SIGN"])
    );
    assert_eq!(wanting().await, "STUDIO_INCOMPLETE");
    check(&desk, &studio, "SIGN", true).await;
    assert_eq!(wanting().await, "STUDIO_POSTS_MISSING");
    let first = post(&desk, &studio, "一号岗").await;
    let second = post(&desk, &studio, "二号岗").await;
    let opened = desk
        .done(
            &civil(),
            "openStudio",
            open.clone(),
            "studio { state postsNeeded posts { title } }",
        )
        .await;
    assert_eq!(
        opened["studio"],
        json!({ "state": "OPEN", "postsNeeded": 2,
        "posts": [{ "title": "一号岗" }, { "title": "二号岗" }] })
    );
    let listed = "{ studios(state: OPEN) { nodes { name } } lacking: studios(lacking: true) { nodes { name } } }";
    let listed = desk.read(&nobody(), listed).await;
    assert_eq!(listed["studios"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(listed["lacking"]["nodes"], json!([]));

    assert_eq!(
        desk.refused(&civil(), "closeStudio", open.clone()).await.0,
        "STUDIO_HAS_POSTS"
    );
    for post in [&first, &second] {
        desk.done(
            &staff(),
            "abolishPost",
            json!({ "postId": post["id"] }),
            "post { abolishedAt }",
        )
        .await;
    }
    let again = desk
        .refused(&staff(), "abolishPost", json!({ "postId": first["id"] }))
        .await;
    assert_eq!(again.0, "POST_ABOLISHED");
    desk.done(&civil(), "closeStudio", open, "studio { state }")
        .await;
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.studio.moved'";
    assert_eq!(desk.house.count(told).await, 2);
}

#[tokio::test]
async fn a_post_has_one_holder_at_a_time_and_a_holder_one_post() {
    let desk = Desk::open().await;
    let studio = founded(&desk).await;
    let one = post(&desk, &studio, "一号岗").await;
    let two = post(&desk, &studio, "二号岗").await;
    assert_eq!(one["vacant"], true);
    let title = json!({ "studioId": studio["id"], "title": "一号岗", "duties": "同名" });
    assert_eq!(
        desk.refused(&staff(), "establishPost", title).await,
        ("POST_EXISTS".into(), "input.title".into())
    );
    let held = desk
        .done(
            &staff(),
            "appointToPost",
            appointing(&one, &desk.li, "2026-03-01", None),
            "holding { id from to holder { id } }",
        )
        .await["holding"]
        .clone();
    assert_eq!(held["holder"]["id"], desk.li["id"]);
    let refused = async |input: Value| desk.refused(&staff(), "appointToPost", input).await;
    let busy = refused(appointing(&one, &desk.wang, "2026-06-01", None)).await;
    assert_eq!(busy, ("POST_HELD".into(), "input.from".into()));
    let elsewhere = refused(appointing(&two, &desk.li, "2026-06-01", None)).await;
    assert_eq!(
        elsewhere,
        (
            "POST_HOLDER_ELSEWHERE".into(),
            "input.socialWorkerId".into()
        )
    );
    let back = refused(appointing(
        &two,
        &desk.wang,
        "2026-06-01",
        Some("2026-05-01"),
    ))
    .await;
    assert_eq!(back, ("POST_HOLDING_DAYS".into(), "input.to".into()));
    // Somebody who serves another community does not hold a post here.
    let mut input = crate::support::dispatched(CHEN, "key-there");
    input["input"]["communityIds"] = json!([community_id(THERE)]);
    let chen = testkit::service::data(
        desk.house
            .run(&civil(), crate::support::REGISTER, input)
            .await,
    );
    let chen = chen["registerSocialWorker"]["socialWorker"].clone();
    let far = refused(appointing(&two, &chen, "2026-06-01", None)).await;
    assert_eq!(
        far,
        ("POST_OTHER_COMMUNITY".into(), "input.socialWorkerId".into())
    );

    let abolish = json!({ "postId": one["id"] });
    assert_eq!(
        desk.refused(&staff(), "abolishPost", abolish).await.0,
        "POST_HELD"
    );
    let early = json!({ "holdingId": held["id"], "on": "2026-02-01" });
    assert_eq!(
        desk.refused(&staff(), "endPostHolding", early).await,
        ("POST_HOLDING_END".into(), "input.on".into())
    );
    let end = json!({ "holdingId": held["id"], "on": "2026-05-31" });
    desk.done(&staff(), "endPostHolding", end, "holding { to }")
        .await;
    desk.done(
        &staff(),
        "appointToPost",
        appointing(&one, &desk.wang, "2026-06-01", None),
        "holding { id }",
    )
    .await;
    let seen = desk.read(&staff(), "{ posts { nodes { title vacant holdings { from to } } } vacant: posts(vacant: true) { nodes { title } } }").await;
    assert_eq!(
        seen["posts"]["nodes"][1],
        json!({ "title": "一号岗", "vacant": false, "holdings": [
        { "from": "2026-06-01", "to": null }, { "from": "2026-03-01", "to": "2026-05-31" }] })
    );
    assert_eq!(seen["vacant"]["nodes"], json!([{ "title": "二号岗" }]));
}

#[tokio::test]
async fn the_database_keeps_studios_and_posts_as_they_are() {
    let desk = Desk::open().await;
    let studio = founded(&desk).await;
    let one = post(&desk, &studio, "一号岗").await;
    desk.done(
        &staff(),
        "appointToPost",
        appointing(&one, &desk.li, "2026-03-01", Some("2026-12-31")),
        "holding { id }",
    )
    .await;
    check(&desk, &studio, "SIGN", true).await;
    let copy = "INSERT INTO studios (id, community_id, division_code, name, address, state, created_at, updated_at)
        SELECT gen_random_uuid(), community_id, division_code, name, address, 'PREPARING', now(), now() FROM studios";
    let holding = |set: &str| format!("UPDATE post_holdings SET {set}");
    for (sql, refused) in [
        (copy.to_owned(), "STUDIO_EXISTS"),
        ("UPDATE studios SET state = 'OPEN', opened_at = now(), updated_at = '2026-03-02'".into(), "STUDIO_INCOMPLETE"),
        ("UPDATE studios SET community_id = gen_random_uuid()".into(), "STUDIO_ORIGIN"),
        ("UPDATE studios SET state = 'CLOSED', closed_at = now()".into(), "STUDIO_HAS_POSTS"),
        ("DELETE FROM studio_checks".into(), "APPEND_ONLY"),
        ("UPDATE posts SET title = '另一岗'".into(), "POST_FIXED"),
        ("UPDATE posts SET abolished_at = '2026-03-02T02:00Z'".into(), "POST_HELD"),
        (holding("period = daterange('2026-03-01', '2027-06-01')"), "POST_HOLDING_FIXED"),
        (holding("period = daterange('2026-04-01', '2026-06-01')"), "POST_HOLDING_FIXED"),
        ("INSERT INTO post_holdings SELECT gen_random_uuid(), post_id, social_worker_id, period, 'x', now()
          FROM post_holdings".into(), "POST_HELD"),
    ] {
        assert_eq!(desk.by_hand(&sql).await, refused, "{sql}");
    }
    // 买事不买人: a post names neither money nor a contract.
    let priced = "SELECT count(*) FROM information_schema.columns
        WHERE table_name IN ('posts', 'post_holdings') AND column_name ~ 'price|fen|amount|wage|contract|need'";
    assert_eq!(desk.house.count(priced).await, 0);
}
