//! Connections: what they may cost before there is a request.

use std::{net::SocketAddr, time::Duration};

use gateway::{Config, Gateway};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};

use crate::{
    library,
    servers::{By, background, config, gateway_with, listen},
};

/// A gateway that serves until the sender goes or speaks.
async fn serving(settings: Config) -> (SocketAddr, Gateway, oneshot::Sender<()>) {
    let gateway = gateway_with(library::all(), By::Memory, settings).await;
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = gateway.clone();
    background(async move {
        let stopped = async { drop(stopped.await) };
        gateway::serve(served, listener, stopped).await.unwrap();
    });
    (address, gateway, stop)
}

/// Sends bytes and reads until the other side closes.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is a close as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const ASK: &str = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 27\r\nconnection: close\r\n\r\n{\"query\": \"{ __typename }\"}";

#[tokio::test]
async fn silent_and_slow_connections_are_closed() {
    let mut settings = config();
    settings.limits.header_millis = 300;
    let (address, _, _stop) = serving(settings).await;
    for (sent, status) in [
        // Nothing, the beginning of either version, headers that never end.
        ("", ""),
        ("P", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM", ""),
        ("POST /graphql HTTP/1.1\r\nhost: x\r\nx-a: ", ""),
        ("POST /graphql HTTP/1.1\r\nhost: x\r\n", ""),
    ] {
        let answer = exchange(address, sent.as_bytes()).await;
        assert!(
            answer.starts_with(status) && !answer.contains("200 OK"),
            "{sent:?}: {answer}"
        );
    }
    let answer = exchange(address, ASK.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn what_is_no_http_or_too_large_for_it_is_refused() {
    let (address, _, _stop) = serving(config()).await;
    let long = "a".repeat(100_000);
    let many = "x-a: b\r\n".repeat(200);
    for (sent, status) in [
        ("\0\0\0\0\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        ("nonsense\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        (format!("GET /graphql?query={long} HTTP/1.1\r\nhost: x\r\n\r\n"), "HTTP/1.1 414"),
        (format!("GET /graphql HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "HTTP/1.1 431"),
        (
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n0\r\n\r\n".to_owned(),
            "HTTP/1.1 4",
        ),
        (
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned(),
            "HTTP/1.1 400",
        ),
    ] {
        let answer = exchange(address, sent.as_bytes()).await;
        assert!(answer.starts_with(status), "{sent:.60}: {answer:.200}");
    }
    let answer = exchange(address, ASK.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn more_connections_than_the_limit_wait_for_their_turn() {
    let mut settings = config();
    settings.limits.connections = 2;
    let (address, _, _stop) = serving(settings).await;
    let held = [
        TcpStream::connect(address).await.unwrap(),
        TcpStream::connect(address).await.unwrap(),
    ];
    let third = exchange(address, ASK.as_bytes());
    tokio::pin!(third);
    let early = tokio::time::timeout(Duration::from_millis(200), &mut third).await;
    assert!(early.is_err(), "served beyond the limit");
    drop(held);
    assert!(third.await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_stop_ends_idle_connections_and_finishes_what_is_in_flight() {
    let (address, gateway, stop) = serving(config()).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    let careful = ASK.replace("connection:", "expect: 100-continue\r\nconnection:");
    let (head, rest) = careful.split_at(careful.len() - 5);
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(head.as_bytes()).await.unwrap();
    // Somebody has begun to read the body.
    let mut go_on = [0; 25];
    busy.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    // An answer on the idle one says that it is known to the gateway.
    let keep = ASK.replace("connection: close", "connection: keep-alive");
    idle.write_all(keep.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stop.send(()).unwrap();
    let mut left = Vec::new();
    idle.read_to_end(&mut left).await.unwrap();
    assert!(!gateway.is_ready());
    busy.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("__typename"),
        "{answer}"
    );
    assert!(TcpStream::connect(address).await.is_err());
}
