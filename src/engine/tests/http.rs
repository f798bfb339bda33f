//! The gateway against hostile and merely odd requests, and behind a password.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

use super::{Engine, library, script};
use crate::store::connector::{Connector, client};

/// Sends bytes as they are, and returns what comes back until the other side closes.
async fn raw(socket: &Path, request: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // The other side may answer and close before it has read everything.
    stream.write_all(request).await.unwrap_or_default();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(5), reading).await.unwrap().unwrap_or_default();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn post(socket: &Path, target: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    let head =
        format!("POST {target} HTTP/1.1\r\nHost: e\r\nConnection: close\r\nContent-Length: {length}\r\n");
    raw(socket, format!("{head}{headers}\r\n{body}").as_bytes()).await
}

#[tokio::test]
async fn odd_requests_get_an_answer_and_do_no_harm() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let socket = engine.socket();
    let ping = raw(&socket, b"GET /ping HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n").await;
    assert!(ping.starts_with("HTTP/1.1 200") && ping.ends_with("Ok.\n"), "{ping}");
    let form = "Content-Type: multipart/form-data; boundary=b\r\n";
    for (answer, expected) in [
        (raw(&socket, b"\x16\x03\x01\x02\0garbage\r\n\r\n").await, "HTTP/1.1 400"),
        (
            raw(&socket, format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(200_000)).as_bytes()).await,
            "HTTP/1.1 4",
        ),
        (
            raw(&socket, b"GET /nothing HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n").await,
            "HTTP/1.1 404",
        ),
        (
            raw(&socket, b"POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 99999999999\r\n\r\nx").await,
            "HTTP/1.1 413",
        ),
        (post(&socket, "/?a%20b=1", "", "SELECT 1").await, "HTTP/1.1 400"),
        (post(&socket, "/?default_format=A;B", "", "SELECT 1").await, "HTTP/1.1 400"),
        (post(&socket, "/", form, "--b\r\nno end").await, "HTTP/1.1 400"),
        (post(&socket, "/", form, "--b--").await, "HTTP/1.1 400"),
        (post(&socket, "/", "", "").await, "HTTP/1.1 400"),
        (post(&socket, "/?database=no%60such", "", "SELECT 1").await, "HTTP/1.1 500"),
        (post(&socket, "/?query=SELECT", "", "1").await, "HTTP/1.1 200"),
    ] {
        assert!(answer.starts_with(expected), "expected {expected}, got {answer:?}");
    }
    let error = post(&socket, "/?query=SELECT+x", "", "").await.to_lowercase();
    assert!(error.contains("x-clickhouse-exception-code: 47"), "{error}");
    engine.supervisor.shutdown().await;
}

/// An engine on a TCP port, killed when dropped.
struct Tcp(Child);

impl Drop for Tcp {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn start_tcp(library: &Path, directory: &Path) -> (Tcp, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut command = Command::new(script(directory));
    command.args(["engine", "--listen", &free.to_string(), "--memory-limit", "1000000000", "--data"]);
    command.arg(directory.join("engine")).arg("--library").arg(library);
    command.env("FOOTFALL_GATEWAY_PASSWORD", "gehe'im").stdin(Stdio::null()).stdout(Stdio::null());
    let engine = Tcp(command.spawn().unwrap());
    while tokio::net::TcpStream::connect(free).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (engine, free)
}

#[tokio::test]
async fn a_port_asks_for_the_password() {
    let Some(library) = library() else { return };
    let directory = tempfile::tempdir().unwrap();
    let (_engine, address) = start_tcp(&library, directory.path()).await;
    let ask = async |user: &str, password: &str| {
        let client = client(Connector::Tcp, &format!("http://{address}"), user, password, "");
        client.query("SELECT 7").fetch_one::<u8>().await.map_err(|error| error.to_string())
    };
    assert_eq!(ask("default", "gehe'im").await, Ok(7));
    for (user, password) in [("", ""), ("default", ""), ("default", "gehe'i"), ("admin", "gehe'im")] {
        let error = ask(user, password).await.unwrap_err();
        assert!(error.contains("Code: 516."), "{user}:{password}: {error}");
    }
}
