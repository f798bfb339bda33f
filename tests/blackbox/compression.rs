//! What visitors download: each script in the form that their browser takes, within its size goal.

use std::io::{Read, Write};
use std::net::TcpStream;

use flate2::read::GzDecoder;

use crate::harness::{Answer, Server, Setup};

/// Most bytes of each script on the wire, with brotli.
const GOALS: &[(&str, usize)] =
    &[("/footfall.js", 2048), ("/matomo.js", 6144), ("/piwik.js", 6144), ("/ads.js", 2048)];

fn ask(server: &Server, path: &str, accept: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = accept.map(|accept| ("Accept-Encoding", accept)).into_iter().collect();
    let answer = server.send("GET", path, &headers, b"");
    assert_eq!(answer.status, 200, "{path}");
    assert_eq!(answer.header("vary"), Some("accept-encoding"), "{path}");
    for never in ["etag", "set-cookie", "last-modified", "transfer-encoding"] {
        assert_eq!(answer.header(never), None, "{path}: {never}");
    }
    answer
}

fn length(answer: &Answer) -> usize {
    answer.header("content-length").unwrap().parse().unwrap()
}

#[test]
fn each_tracker_is_within_its_size_goal_as_it_is_served() {
    let server = Setup::new().start();
    for (path, goal) in GOALS {
        let brotli = ask(&server, path, Some("gzip, deflate, br, zstd"));
        assert_eq!(brotli.header("content-encoding"), Some("br"), "{path}");
        assert_eq!(brotli.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(brotli.header("access-control-allow-origin"), Some("*"));
        assert!(brotli.body.len() <= *goal, "{path}: {} of {goal} bytes", brotli.body.len());
        assert_eq!(length(&brotli), brotli.body.len(), "{path}");
        let gzip = ask(&server, path, Some("gzip"));
        assert_eq!(gzip.header("content-encoding"), Some("gzip"), "{path}");
        assert!(gzip.body.starts_with(&[0x1f, 0x8b]), "{path}");
        let plain = ask(&server, path, None);
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        assert!(plain.body.len() > gzip.body.len() && gzip.body.len() > brotli.body.len(), "{path}");
        assert_eq!(gunzip(&gzip.body), plain.body, "{path}");
    }
}

#[test]
fn a_form_that_is_refused_is_not_sent() {
    let server = Setup::new().start();
    for (accept, encoding) in [
        ("br;q=0, gzip", Some("gzip")),
        ("br;q=0.1, gzip;q=0.9", Some("gzip")),
        ("*", Some("br")),
        ("*;q=0", None),
        ("identity", None),
        ("deflate", None),
    ] {
        let answer = ask(&server, "/footfall.js", Some(accept));
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
    }
}

#[test]
fn asking_for_the_head_alone_tells_the_same_length() {
    let server = Setup::new().start();
    for accept in ["br", "gzip", "identity"] {
        let whole = ask(&server, "/ads.js", Some(accept));
        let head = head(&server, "/ads.js", accept);
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(
            head.to_ascii_lowercase().contains(&format!("\r\ncontent-length: {}\r\n", whole.body.len())),
            "{head}"
        );
        assert_eq!(head.contains("content-encoding"), accept != "identity", "{head}");
    }
}

/// All that comes when the head alone is asked for.
fn head(server: &Server, path: &str, accept: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let host = &server.address;
    write!(
        stream,
        "HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept-Encoding: {accept}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_dashboard_is_compressed_once() {
    let server = Setup::new().start();
    let page = ask(&server, "/", None).text();
    let script = page.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js")).unwrap();
    let (plain, packed) = (ask(&server, script, None), ask(&server, script, Some("gzip")));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(length(&packed), packed.body.len());
    assert_eq!(gunzip(&packed.body), plain.body);
    assert_eq!(packed.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}
