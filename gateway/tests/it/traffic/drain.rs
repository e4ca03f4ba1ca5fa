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
