use super::*;

pub(super) const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

pub(super) fn reader() -> LogReader {
    let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
    LogReader::new(
        7,
        "https://example.org/blog/",
        &["example.org".into(), "shop.example".into()],
        false,
        &trusted,
    )
}

pub(super) fn read(line: &str) -> Option<LogLine> {
    reader().read(line.as_bytes())
}

/// The parameters of a line that is a hit.
pub(super) fn hit(line: &str) -> Params<'static> {
    match read(line).expect("a line of a known format").what {
        Logged::Hit(params) => params,
        Logged::Skipped(skip) => panic!("skipped: {}", skip.as_str()),
    }
}

pub(super) fn skipped(line: &str) -> Skip {
    match read(line).expect("a line of a known format").what {
        Logged::Hit(params) => panic!("a hit: {:?}", params.raw("url")),
        Logged::Skipped(skip) => skip,
    }
}

/// A combined line with this request.
pub(super) fn asking(request: &str, status: u16) -> String {
    format!("203.0.113.7 - - [10/Oct/2024:13:55:36 -0700] \"{request}\" {status} 2326 \"-\" \"{FIREFOX}\"")
}

#[test]
fn combined() {
    let line = "203.0.113.7 - frank [10/Oct/2000:13:55:36 -0700] \"GET /a.html?b=c HTTP/1.1\" 200 2326 \
                \"https://search.example/?q=x\" \"Mozilla/5.0 (X11)\"";
    let params = hit(line);
    let expected = [
        ("idsite", "7"),
        ("rec", "1"),
        ("url", "https://example.org/a.html?b=c"),
        ("cdt", "971211336"),
        ("cip", "203.0.113.7"),
        ("bw_bytes", "2326"),
        ("urlref", "https://search.example/?q=x"),
        ("ua", "Mozilla/5.0 (X11)"),
    ];
    assert_eq!(params.iter().collect::<Vec<_>>(), expected);
    assert!(read(line).unwrap().has_agent);
}

#[test]
fn common_has_no_agent_and_so_no_bots() {
    let line = "::1 - - [29/Feb/2024:00:00:00 +0100] \"GET / HTTP/1.0\" 304 -";
    let params = hit(line);
    assert_eq!((params.raw("cip"), params.raw("bw_bytes")), (Some("::1"), Some("0")));
    assert_eq!((params.raw("ua"), params.raw("bots")), (None, Some("1")));
    let read = read(line).unwrap();
    assert_eq!((read.time, read.has_agent), (1_709_161_200, false));
}

#[test]
fn a_virtual_host_must_be_the_sites() {
    let line = |host: &str| format!("{host} {}", asking("GET /x HTTP/1.1", 200));
    let url = |host: &str| hit(&line(host)).raw("url").unwrap().to_owned();
    assert_eq!(url("WWW.Example.org:443"), "https://WWW.Example.org/x");
    assert_eq!(url("shop.example"), "https://shop.example/x");
    assert_eq!(url("_"), "https://example.org/x");
    assert_eq!(skipped(&line("other.example:80")), Skip::OtherHost);
    assert_eq!(skipped(&line("192.0.2.1:80")), Skip::OtherHost);
    assert_eq!(hit(&line("example.org:80")).raw("cip"), Some("203.0.113.7"));
}

#[test]
fn what_was_not_sent_is_not_there() {
    let line = "2001:db8::7 - - [10/Oct/2024:13:55:36 +0000] \"GET / HTTP/2.0\" 200 12 \"-\" \"-\"";
    let params = hit(line);
    assert_eq!((params.raw("urlref"), params.raw("ua"), params.raw("bots")), (None, None, None));
    assert!(read(line).unwrap().has_agent);
}

#[test]
fn escapes_of_both_servers() {
    let with_agent = |agent: &str| asking("GET / HTTP/1.1", 200).replace(FIREFOX, agent);
    let agent = |written: &str| hit(&with_agent(written)).raw("ua").unwrap().to_owned();
    assert_eq!(agent(r#"a \"b\" \\ c"#), r#"a "b" \ c"#);
    assert_eq!(agent(r"a \x22b\x22 \xc3\xa9"), "a \"b\" é");
    assert_eq!(agent(r"a\tb\q\xZZ\x4"), r"a b\q\xZZ\x4");
    assert!(read(&with_agent(r#"cut off\"#)).is_none());
}

#[test]
fn users_may_have_strange_names() {
    let line = asking("GET / HTTP/1.1", 200).replace("- - [", "- John [the] Doe [");
    assert_eq!(hit(&line).raw("cdt"), Some("1728593736"));
}

#[test]
fn only_answered_pages_are_views() {
    for status in [200, 203, 206, 304] {
        hit(&asking("GET / HTTP/1.1", status));
    }
    assert_eq!(skipped(&asking("GET / HTTP/1.1", 301)), Skip::Redirect);
    assert_eq!(skipped(&asking("GET / HTTP/1.1", 404)), Skip::Error);
    assert_eq!(skipped(&asking("GET / HTTP/1.1", 101)), Skip::Error);
    assert_eq!(skipped(&asking("HEAD / HTTP/1.1", 200)), Skip::Method);
    assert_eq!(skipped(&asking("POST /form HTTP/1.1", 200)), Skip::Method);
}

#[test]
fn failed_requests_on_demand() {
    let reader = LogReader::new(7, "https://example.org", &["example.org".into()], true, &[]);
    let read = |status| reader.read(asking("GET /gone HTTP/1.1", status).as_bytes()).unwrap().what;
    match read(404) {
        Logged::Hit(params) => assert_eq!(params.raw("action_name"), Some("Error 404")),
        Logged::Skipped(skip) => panic!("{}", skip.as_str()),
    }
    assert!(matches!(read(302), Logged::Skipped(Skip::Redirect)));
}

#[test]
fn files() {
    let download =
        |path: &str| hit(&asking(&format!("GET {path} HTTP/1.1"), 200)).raw("download").map(str::to_owned);
    assert_eq!(download("/a/manual.PDF?x=1").as_deref(), Some("https://example.org/a/manual.PDF?x=1"));
    assert_eq!(download("/a.zip/page"), None);
    assert_eq!(download("/report?file=a.pdf"), None);
    for path in ["/s.css", "/a/b.JS?v=3", "/i.webp", "/favicon.ico", "/robots.txt", "/feed.xml"] {
        assert_eq!(skipped(&asking(&format!("GET {path} HTTP/1.1"), 200)), Skip::StaticFile, "{path}");
    }
}

#[test]
fn requests_that_name_no_page() {
    for request in
        ["-", "", "quit", r"\x16\x03\x01\x02", "GET", "get / HTTP/1.1", "GET * HTTP/1.1", "GET x HTTP/1.1"]
    {
        assert_eq!(skipped(&asking(request, 200)), Skip::Request, "{request}");
    }
    assert_eq!(skipped(&asking("CONNECT example.com:443 HTTP/1.1", 200)), Skip::Method);
    assert_eq!(skipped(&asking("GET http://other.example/ HTTP/1.1", 200)), Skip::OtherHost);
    let url = |request: &str| hit(&asking(request, 200)).raw("url").unwrap().to_owned();
    assert_eq!(url("GET http://example.org:80/y HTTP/1.1"), "https://example.org/y");
    assert_eq!(url("GET /old"), "https://example.org/old");
    assert_eq!(url("GET /a b c HTTP/1.1"), "https://example.org/a b c");
    assert_eq!(
        url("GET /?to=http://other.example/ HTTP/1.1"),
        "https://example.org/?to=http://other.example/"
    );
}

#[test]
fn lines_of_no_format() {
    let good = asking("GET / HTTP/1.1", 200);
    for bad in [
        String::new(),
        "hello".into(),
        good.replace("203.0.113.7", "visitor.example"),
        good.replace("203.0.113.7", "203.0.113.777"),
        good.replace("Oct", "Okt"),
        good.replace("10/Oct", "31/Jun"),
        good.replace("10/Oct", "+1/Oct"),
        good.replace("13:55", "25:55"),
        good.replace("-0700", "-9900"),
        good.replace("] ", "]"),
        good.replace(" 200 ", " 2000 "),
        good.replace(" 200 ", " 099 "),
        good.replace("2326", "many"),
        good.replace("\"GET", "GET"),
        good.trim_end_matches('"').to_owned(),
    ] {
        assert!(read(&bad).is_none(), "{bad}");
    }
}

#[test]
fn binary_bytes() {
    let mut line = asking("GET /?q=X HTTP/1.1", 200).into_bytes();
    let at = line.iter().position(|byte| *byte == b'X').unwrap();
    line.splice(at..=at, [0xff, 0x00, 0xe2, 0x82]);
    line.push(b'\r');
    let Some(LogLine { what: Logged::Hit(params), .. }) = reader().read(&line) else { panic!("no hit") };
    assert_eq!(params.raw("url"), Some("https://example.org/?q=\u{fffd}\0\u{fffd}"));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read(line: Vec<u8>) {
        drop(reader().read(&line));
    }

    #[test]
    fn any_bytes_in_a_line_are_read(at in 0_usize..160, bytes: Vec<u8>, cut in 0_usize..200) {
        let mut line = asking("GET /a\\x20b HTTP/1.1", 200).into_bytes();
        let at = at.min(line.len());
        line.splice(at..at, bytes);
        line.truncate(cut);
        drop(reader().read(&line));
    }
}
