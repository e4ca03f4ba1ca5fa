//! 清单: what the committee does by law, open for everybody's word.

use anyhow::Result;
use serde_json::json;

use crate::demo::{people::COUNTY, world::World};

/// Drafts the list of duties and opens it for comments.
pub async fn seed(world: &mut World) -> Result<()> {
    let list = json!({
        "kind": "DUTY", "divisionCode": COUNTY, "title": "南岗区居委会依法履责清单",
        "basisDocument": "《城市居民委员会组织法》",
    });
    let made = world
        .act("civil", "draftWorkList", list, "list { id }")
        .await?;
    let id = made["list"]["id"].clone();
    for (code, title) in [
        ("D-1", "办理本居住地区居民的公共事务和公益事业"),
        ("D-2", "调解民间纠纷"),
    ] {
        let item = json!({
            "listId": id, "code": code, "title": title, "department": "南岗区民政局", "period": "AS_NEEDED",
            "basisDocument": "《城市居民委员会组织法》第三条",
        });
        world
            .act("civil", "addWorkListItem", item, "item { id }")
            .await?;
    }
    world
        .act(
            "civil",
            "openWorkListComment",
            json!({ "id": id }),
            "list { state }",
        )
        .await?;
    Ok(())
}
