//! A stop: first nobody new is sent here, only then nobody is let in.

use gateway::{
    Config,
    config::Http,
    serve,
    transport::{HttpTransport, SubgraphRequest, SubgraphTransport as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};

use crate::{
    library,
    servers::{self, By, gateway_with, listen},
};

/// The status line of a GET over a new connection.
async fn status(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// One GET over a connection that is kept; its head.
async fn kept(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"live\n") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed");
    }
    String::from_utf8(answer).unwrap().to_ascii_lowercase()
}

#[tokio::test]
async fn asks_those_with_a_kept_connection_to_come_over_another_one() {
    let config = Config {
        http: Http {
            drain_millis: 3_600_000,
            ..Http::default()
        },
        ..servers::config()
    };
    let gateway = gateway_with(library::all(), By::Memory, config).await;
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(gateway.clone(), listener, async {
        let _ = stopped.await;
    });
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = kept(&mut stream, "/health/live").await;
        assert!(!head.contains("connection: close"), "{head}");
        stop.send(()).unwrap();
        while !gateway.is_draining() {
            tokio::task::yield_now().await;
        }
        let head = kept(&mut stream, "/health/live").await;
        assert!(head.contains("connection: close"), "{head}");
        // The connection ends with that answer, and no other request goes into it.
        stream.read_buf(&mut Vec::new()).await.unwrap()
    };
    tokio::select! {
        _ = served => panic!("it ended during the drain"),
        left = client => assert_eq!(left, 0),
    }
}

#[tokio::test]
async fn is_not_ready_while_it_still_serves_before_the_listener_closes() {
    let config = Config {
        http: Http {
            // Longer than any test: the listener never closes in it.
            drain_millis: 3_600_000,
            ..Http::default()
        },
        ..servers::config()
    };
    let gateway = gateway_with(library::all(), By::Memory, config).await;
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(gateway.clone(), listener, async {
        let _ = stopped.await;
    });
    let client = async {
        assert_eq!(status(address, "/health/ready").await, "HTTP/1.1 200 OK");
        stop.send(()).unwrap();
        while gateway.is_ready() {
            tokio::task::yield_now().await;
        }
        let unready = "HTTP/1.1 503 Service Unavailable";
        assert_eq!(status(address, "/health/ready").await, unready);
        assert_eq!(status(address, "/health").await, unready);
        assert_eq!(status(address, "/health/live").await, "HTTP/1.1 200 OK");
        // Who has not heard of it yet is served, over a new connection too.
        let url = format!("http://{address}/graphql");
        let transport = HttpTransport::connect(&url, 1 << 20).unwrap();
        let context = servers::context(&gateway, &[]);
        let request = SubgraphRequest {
            query: "{ book(isbn: \"b2\") { pages } }",
            variables: bytes::Bytes::new(),
        };
        transport.execute(request, &context).await.unwrap()
    };
    tokio::select! {
        _ = served => panic!("it ended during the drain"),
        body = client => assert_eq!(&body[..], br#"{"data":{"book":{"pages":120}}}"#),
    }
}
