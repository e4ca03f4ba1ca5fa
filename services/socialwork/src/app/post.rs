//! 专业社工岗位: established, held, abolished.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{IdempotencyKey, Page, Paged, keys::SocialWorkerId, refuse};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::act::{Act, Begun, Held};
use crate::{
    domain::{
        post::{Post, PostFilter, PostHolding, PostHoldingId, PostId, check_days},
        studio::{Studio, StudioId},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

impl Held for Post {
    type Id = PostId;
    const READ: &'static str = "readStudio";

    async fn lock(conn: &mut PgConnection, id: PostId) -> Result<Option<Self>> {
        store::post::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Post", self.id).in_division(self.division_code)
    }

    fn unknown() -> kit::Error {
        refuse!(NotFound, "POST_NOT_FOUND", zh: "没有这个岗位", en: "there is no such post").into()
    }
}

/// A post of a studio.
#[derive(Clone, Debug, Serialize)]
pub struct Establish {
    pub studio_id: StudioId,
    pub title: String,
    pub duties: String,
}

/// Establishes a post.
pub async fn establish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Establish,
) -> Result<Post> {
    let act = Act::new(state, caller, "establishPost", &key);
    let title = words("input.title", &input.title, 100)?;
    let duties = words("input.duties", &input.duties, 1000)?;
    let begun = act.begin::<Studio, Post>(input.studio_id, &input);
    let (mut tx, studio) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, studio) => (tx, studio),
    };
    if store::post::stands(&mut tx, studio.id, &title).await? {
        return Err(refuse!(
            AlreadyExists,
            "POST_EXISTS",
            field: "input.title",
            zh: "该工作室已有同名岗位",
            en: "the studio has a post of this title already",
        )
        .into());
    }
    let post = Post {
        id: PostId::new(&state.core.ids),
        studio_id: studio.id,
        division_code: studio.division_code,
        title,
        duties,
        established_at: act.now,
        abolished_at: None,
    };
    store::post::insert(&mut tx, &post).await?;
    let detail = json!({ "studio_id": studio.id });
    act.finish(tx, &post.resource(), detail, post).await
}

/// Abolishes a post that nobody holds.
pub async fn abolish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: PostId,
) -> Result<Post> {
    let act = Act::new(state, caller, "abolishPost", &key);
    let (mut tx, mut post) = match act.begin::<Post, Post>(id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, post) => (tx, post),
    };
    post.abolish(act.now)?;
    store::post::abolish(&mut tx, &post).await?;
    act.finish(tx, &post.resource(), json!({}), post).await
}

/// Who holds a post, and when.
#[derive(Clone, Debug, Serialize)]
pub struct Appoint {
    pub post_id: PostId,
    pub social_worker_id: SocialWorkerId,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// A social worker who serves the community takes the post.
pub async fn appoint(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Appoint,
) -> Result<PostHolding> {
    let act = Act::new(state, caller, "appointToPost", &key);
    check_days(input.from, input.to)?;
    let begun = act.begin::<Post, PostHolding>(input.post_id, &input);
    let (mut tx, post) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, post) => (tx, post),
    };
    post.check_standing()?;
    let who = input.social_worker_id;
    super::case::check_serving(&mut tx, &act, who, "input.socialWorkerId").await?;
    let holding = PostHolding {
        id: PostHoldingId::new(&state.core.ids),
        post_id: post.id,
        social_worker_id: who,
        from: input.from,
        to: input.to,
    };
    store::post::insert_holding(&mut tx, &holding, (act.by(), act.now))
        .await
        .map_err(said)?;
    told(&act, &mut tx, &post, &holding).await?;
    let detail = json!({ "holding_id": holding.id, "social_worker_id": who });
    act.finish(tx, &post.resource(), detail, holding).await
}

/// What the database found in the way, at the field it is about.
fn said(error: kit::Error) -> kit::Error {
    let refusal = match error.reason() {
        "POST_HELD" => refuse!(
            AlreadyExists,
            "POST_HELD",
            field: "input.from",
            zh: "该岗位在此期间已有人任职,同一岗位同一时间只能一人任职",
            en: "somebody holds the post in these days; a post has one holder at a time",
        ),
        "POST_HOLDER_ELSEWHERE" => refuse!(
            AlreadyExists,
            "POST_HOLDER_ELSEWHERE",
            field: "input.socialWorkerId",
            zh: "该社会工作者在此期间已任其他岗位",
            en: "this social worker holds another post in these days",
        ),
        "POST_OTHER_COMMUNITY" => return error.at("input.socialWorkerId"),
        _ => return error,
    };
    refusal.into()
}

/// Which holding ends, and when.
#[derive(Clone, Debug, Serialize)]
pub struct EndHolding {
    pub holding_id: PostHoldingId,
    pub on: NaiveDate,
}

/// Ends a holding; the days that were held stay on record.
pub async fn end_holding(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: EndHolding,
) -> Result<PostHolding> {
    let act = Act::new(state, caller, "endPostHolding", &key);
    caller.signed_in(act.action)?;
    let mut tx = state.core.db.begin(caller).await?;
    let mut holding = store::post::lock_holding(&mut tx, input.holding_id)
        .await?
        .ok_or_else(Post::unknown)?;
    let post = store::post::lock(&mut tx, holding.post_id)
        .await?
        .ok_or_else(Post::unknown)?;
    act.permitted(&post)?;
    if let Some(first) = tx.replay(act.action, &key, &input, act.now).await? {
        return Ok(first);
    }
    holding.end(input.on)?;
    store::post::end_holding(&mut tx, &holding).await?;
    told(&act, &mut tx, &post, &holding).await?;
    let detail = json!({ "holding_id": holding.id, "on": input.on });
    act.finish(tx, &post.resource(), detail, holding).await
}

/// Other services learn who works where: a fact of staffing, without a price.
async fn told(act: &Act<'_>, tx: &mut Tx, post: &Post, holding: &PostHolding) -> Result<()> {
    let data = json!({ "post_id": post.id, "studio_id": post.studio_id,
        "division_code": post.division_code, "social_worker_id": holding.social_worker_id,
        "from": holding.from, "to": holding.to });
    let id = post.id.as_uuid();
    act.tell(tx, "socialwork.post.held", "post", id, data).await
}

/// A page of posts that stand.
pub async fn list(state: &State, filter: &PostFilter, page: &Page) -> Result<Paged<Post>> {
    let rows = store::post::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// The posts of studios.
pub async fn load_many_of(state: &State, ids: &[StudioId]) -> Result<HashMap<StudioId, Vec<Post>>> {
    store::post::load_many_of(&mut *state.core.db.read().await?, ids).await
}

/// Who held posts.
pub async fn load_holdings(
    state: &State,
    ids: &[PostId],
) -> Result<HashMap<PostId, Vec<PostHolding>>> {
    store::post::load_holdings(&mut *state.core.db.read().await?, ids).await
}
