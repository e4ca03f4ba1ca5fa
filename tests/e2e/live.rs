//! Somebody who only looks on: a tender, followed over a WebSocket, from its
//! notice to its contract.

use futures_util::{SinkExt as _, StreamExt as _};
use sanshe::demo::story::{award, bid, buy, decide};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::support::House;

const CHANGED: &str = "subscription($id: ID!) { tenderChanged(tenderId: $id) {
    state version community { name } award { organization { name } } } }";

/// Where a tender goes on the lawful way.
const WAY: [&str; 8] = [
    "PUBLISHED",
    "OPENING",
    "OPENED",
    "EVALUATING",
    "RANKED",
    "AWARDED",
    "RESULT_PUBLISHED",
    "CONTRACTED",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tender_is_followed_live_from_its_notice_to_its_contract() {
    let house = House::open().await;
    let mut world = house.world();
    sanshe::demo::seed::seed(&mut world).await.unwrap();
    decide::need(&mut world).await.unwrap();
    decide::proposal(&mut world).await.unwrap();
    decide::vote(&mut world).await.unwrap();
    decide::projectise(&mut world).await.unwrap();
    buy::prepare(&mut world).await.unwrap();
    buy::tender(&mut world).await.unwrap();
    bid::too_few(&mut world).await.unwrap();

    // Nobody in particular: a published tender is public.
    let url = house.platform.graph.replace("http://", "ws://");
    let mut request = url.into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = connect_async(request).await.unwrap();
    let variables = json!({ "id": world.id("tender").unwrap() });
    for message in [
        json!({ "type": "connection_init" }),
        json!({ "id": "1", "type": "subscribe",
                "payload": { "query": CHANGED, "variables": variables } }),
    ] {
        socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }
    let ack = text(socket.next().await.unwrap().unwrap());
    assert_eq!(ack, json!({ "type": "connection_ack" }));
    let first = text(socket.next().await.unwrap().unwrap());
    assert_eq!(
        first["payload"]["data"]["tenderChanged"]["state"],
        "PUBLISHED"
    );

    let story = async {
        bid::bid(&mut world).await.unwrap();
        award::award(&mut world).await.unwrap();
    };
    let looking = async {
        let mut seen = vec![first.clone()];
        while seen.last().is_none_or(|it| state(it) != "CONTRACTED") {
            let message = socket.next().await.unwrap().unwrap();
            if message.is_text() {
                seen.push(text(message));
            }
        }
        seen
    };
    let limit = std::time::Duration::from_mins(2);
    let ((), seen) = tokio::time::timeout(limit, async { tokio::join!(story, looking) })
        .await
        .expect("the contract was never seen");

    // Every step is one event at least; none goes back, none lacks its joins.
    assert!(seen.len() >= WAY.len(), "{}", seen.len());
    let steps = seen
        .iter()
        .map(|it| WAY.iter().position(|at| *at == state(it)));
    let steps: Vec<usize> = steps.map(|it| it.expect("a state of the way")).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    for event in &seen {
        assert!(event["payload"].get("errors").is_none(), "{event:#}");
        let tender = &event["payload"]["data"]["tenderChanged"];
        assert!(tender["community"]["name"].is_string(), "{event:#}");
    }
    let last = &seen[seen.len() - 1]["payload"]["data"]["tenderChanged"];
    let winner = &last["award"]["organization"]["name"];
    assert!(winner.is_string(), "joined from incubation: {last:#}");
    house.platform.stop().await;
    // The stop is told.
    let told = loop {
        match socket.next().await {
            Some(Ok(message)) if message.is_text() => break text(message),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told["type"], "error", "{told}");
}

fn state(event: &Value) -> &str {
    event["payload"]["data"]["tenderChanged"]["state"]
        .as_str()
        .unwrap_or_else(|| panic!("{event:#}"))
}

fn text(message: Message) -> Value {
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}
