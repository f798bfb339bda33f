//! Formats other than those of Apache and nginx, and what stands in their lines besides.

use super::tests::{FIREFOX, asking, hit, read, reader, skipped};
use super::*;

fn address_of(line: &str) -> String {
    hit(line).raw("cip").unwrap().to_owned()
}

/// The parameters of the last line, after the others were read.
fn last_hit(lines: &[&str]) -> Params<'static> {
    let mut reader = reader();
    let (last, before) = lines.split_last().unwrap();
    before.iter().for_each(|line| assert!(reader.direct(line.as_bytes()), "{line}"));
    match reader.read(last.as_bytes()).expect("a line that fits").what {
        Logged::Hit(params) => params,
        Logged::Skipped(skip) => panic!("skipped: {}", skip.as_str()),
    }
}

fn assert_params(params: &Params, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(params.raw(name), Some(*value), "{name}");
    }
}

#[test]
fn a_host_may_stand_in_the_place_of_the_identity() {
    let line =
        |identity: &str| asking("GET /a HTTP/1.1", 200).replacen("- -", &format!("{identity} theuser"), 1);
    let url = |identity: &str| hit(&line(identity)).raw("url").unwrap().to_owned();
    assert_eq!(url("shop.example"), "https://shop.example/a");
    assert_eq!(url("www.shop.example:443"), "https://www.shop.example/a");
    for other in ["other.example", "other.example:80", "www.klant.nl", "a.b.co.uk", "xn--bcher-kva.de"] {
        assert_eq!(skipped(&line(other)), Skip::OtherHost, "{other}");
    }
    for user in ["-", "frank", "john.doe", "jan@mail.example", "1.5"] {
        assert_eq!(url(user), "https://example.org/a", "{user}");
    }
}

#[test]
fn what_a_trusted_proxy_has_forwarded_is_the_visitors_address() {
    let line = |peer: &str, forwarded: &str| {
        format!("{} {forwarded}", asking("GET / HTTP/1.1", 200).replacen("203.0.113.7", peer, 1))
    };
    for (peer, forwarded, visitor) in [
        ("10.0.0.9", "\"198.51.100.7\"", "198.51.100.7"),
        ("10.0.0.9", "\"1.1.1.1, 198.51.100.7, 10.0.0.4\"", "198.51.100.7"),
        ("10.0.0.9", "\"198.51.100.7:4711\"", "198.51.100.7"),
        ("10.0.0.9", "\"[2001:db8::7]:80\"", "2001:db8::7"),
        ("10.0.0.9", "\"2001:db8::7\"", "2001:db8::7"),
        ("fd00::1", "\"198.51.100.7\"", "198.51.100.7"),
        ("10.0.0.9", "\"198.51.100.7, unknown\"", "10.0.0.9"),
        ("10.0.0.9", "\"-\"", "10.0.0.9"),
        ("10.0.0.9", "\"\"", "10.0.0.9"),
        ("10.0.0.9", "\"nonsense\"", "10.0.0.9"),
        ("10.0.0.9", "", "10.0.0.9"),
        ("10.0.0.9", "0.003 \"198.51.100.7\" rt=\"0.1\"", "198.51.100.7"),
        ("198.51.100.1", "\"192.0.2.1\"", "198.51.100.1"),
    ] {
        assert_eq!(address_of(&line(peer, forwarded)), visitor, "{peer} {forwarded}");
    }
}

#[test]
fn forwarded_addresses_may_come_first() {
    let line = |head: &str| asking("GET / HTTP/1.1", 200).replacen("203.0.113.7", head, 1);
    for (head, visitor) in [
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1,198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.4", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.4 10.0.0.9", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.4 192.0.2.9", "192.0.2.9"),
        ("\"198.51.100.7, 10.0.0.4\" 10.0.0.9", "198.51.100.7"),
        ("198.51.100.7 10.0.0.9", "198.51.100.7"),
        ("198.51.100.7:50123", "198.51.100.7"),
    ] {
        assert_eq!(address_of(&line(head)), visitor, "{head}");
    }
}

#[test]
fn calls_that_scripts_make_are_no_pages() {
    for path in [
        "/matomo/matomo.php?idsite=1&rec=1",
        "/piwik.php?idsite=1",
        "/MATOMO.PHP?rec=1",
        "/stats/js/tracker.php?idsite=1",
        "/collect?v=1&tid=UA-1",
        "/g/collect?v=2",
        "/api/event",
        "/proxy/api/event",
        "/api/send",
        "/ad/delivery?placement=1",
        "/stats/ad/image?p=1",
        "/cdn-cgi/rum?",
        "/_vercel/insights/view",
        "/wp-admin/admin-ajax.php?action=x",
        "/www/delivery/lg.php?bannerid=1",
        "/wp-json/wp-statistics/v2/hit?x=1",
    ] {
        assert_eq!(skipped(&asking(&format!("GET {path} HTTP/1.1"), 200)), Skip::Call, "{path}");
    }
    assert_eq!(skipped(&asking("GET /footfall.js HTTP/1.1", 200)), Skip::StaticFile);
    assert_eq!(skipped(&asking("OPTIONS /api/event HTTP/1.1", 204)), Skip::Method);
    for path in [
        "/collect",
        "/collect?page=2",
        "/ad/12-bicycle",
        "/ads",
        "/matomo.php.html",
        "/api/events",
        "/blog/g/collection",
        "/about-matomo.php?",
        "/send",
        "/event",
        "/?p=/matomo.php",
    ] {
        drop(hit(&asking(&format!("GET {path} HTTP/1.1"), 200)));
    }
}

#[test]
fn answers_without_content_are_no_pages() {
    for status in [204, 205] {
        assert_eq!(skipped(&asking("GET /a HTTP/1.1", status)), Skip::NoContent);
        assert_eq!(skipped(&asking("GET /a.pdf HTTP/1.1", status)), Skip::NoContent);
    }
}

#[test]
fn agents_without_quotes_and_lines_without_agents() {
    let with = |sent: &str| asking("GET /a HTTP/1.1", 200).replace(&format!("\"-\" \"{FIREFOX}\""), sent);
    for sent in [
        format!("\"-\" {FIREFOX}"),
        format!("- {FIREFOX}"),
        format!("- \"{FIREFOX}\""),
        FIREFOX.to_owned(),
        format!("\"{FIREFOX}\""),
        format!("\"{FIREFOX}\" \"-\""),
        format!("\"-\" {FIREFOX} \"198.51.100.7\""),
    ] {
        assert_eq!(hit(&with(&sent)).raw("ua"), Some(FIREFOX), "{sent}");
    }
    let exchanged = hit(&with(&format!("\"{FIREFOX}\" \"https://search.example/\"")));
    assert_params(&exchanged, &[("ua", FIREFOX), ("urlref", "https://search.example/")]);
    let unquoted = hit(&with(&format!("https://search.example/ {FIREFOX}")));
    assert_params(&unquoted, &[("ua", FIREFOX), ("urlref", "https://search.example/")]);
    for sent in ["\"https://search.example/\"", "", "0.004", "\"https://search.example/\" 0.004"] {
        let params = hit(&with(sent));
        assert_eq!((params.raw("ua"), params.raw("bots")), (None, Some("1")), "{sent}");
    }
    for sent in ["\"-\" \"\"", "\"-\" -", "\"-\" \"-\""] {
        let params = hit(&with(sent));
        assert_eq!((params.raw("ua"), params.raw("bots")), (None, None), "{sent}");
    }
}

#[test]
fn marks_zeros_and_carriage_returns_around_a_line_are_not_in_it() {
    for before in ["\u{feff}", "\0\0\0\0"] {
        assert_eq!(address_of(&format!("{before}{}\r", asking("GET / HTTP/1.1", 200))), "203.0.113.7");
    }
}

const IIS: &str = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
                   cs(Referer) sc-status sc-substatus sc-win32-status time-taken";

#[test]
fn iis() {
    let line = "2024-11-25 10:00:01 10.1.1.1 GET /shop/a.aspx q=1 443 - 203.0.113.7 \
                Mozilla/5.0+(Windows+NT+10.0)+Firefox/140.0 https://search.example/?a+b 200 0 0 15";
    let expected = [
        ("url", "https://example.org/shop/a.aspx?q=1"),
        ("cdt", "1732528801"),
        ("cip", "203.0.113.7"),
        ("ua", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"),
        ("urlref", "https://search.example/?a+b"),
    ];
    assert_params(&last_hit(&["#Software: IIS", IIS, line]), &expected);
    // The columns may change in the middle.
    let short = "#Fields: time c-ip cs-method cs-uri-stem sc-status";
    let dated = ["#Date: 2024-11-25 00:00:00", IIS, short, "10:00:01 203.0.113.7 GET /a 200"];
    assert_params(
        &last_hit(&dated),
        &[("cdt", "1732528801"), ("url", "https://example.org/a"), ("bots", "1")],
    );
    let mut reader = reader();
    reader.direct(IIS.as_bytes());
    for bad in [
        "2024-11-25 10:00:01 10.1.1.1 GET /",
        "",
        "x",
        &line.replace("203.0.113.7", "-"),
        &line.replace("10:00:01", "25:00:01"),
        &line.replace(" 200 ", " OK "),
    ] {
        assert!(reader.read(bad.as_bytes()).is_none(), "{bad}");
    }
    // What a program of another kind has added is read all the same.
    assert!(reader.read(asking("GET / HTTP/1.1", 200).as_bytes()).is_some());
}

#[test]
fn values_of_w3c_logs_may_be_quoted() {
    let fields = "#Fields: date time c-ip cs-method cs-uri-stem cs(Cookie) cs(User-Agent) sc-status cs-host X-Forwarded-For";
    let line = format!(
        "2024-11-25 10:00:01 10.0.0.9 GET /a \"a=b; c=d\" \"{FIREFOX}\" 200 example.org 198.51.100.7,+10.0.0.4"
    );
    assert_params(&last_hit(&[fields, &line]), &[("ua", FIREFOX), ("cip", "198.51.100.7")]);
}

#[test]
fn cloudfront() {
    let fields = "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
                  cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header";
    let line = |host: &str, agent: &str| {
        format!(
            "2024-11-25\t10:00:01\tLHR3\t4261\t203.0.113.7\tGET\td111111abcdef8.cloudfront.net\t/a.html\t200\t-\t\
             {agent}\tq=1\t-\tHit\tid==\t{host}"
        )
    };
    for agent in ["Mozilla/5.0%20(X11)%20Firefox/140.0", "Mozilla/5.0%2520(X11)%2520Firefox/140.0"] {
        let params = last_hit(&["#Version: 1.0", fields, &line("example.org", agent)]);
        assert_params(
            &params,
            &[
                ("url", "https://example.org/a.html?q=1"),
                ("ua", "Mozilla/5.0 (X11) Firefox/140.0"),
                ("bw_bytes", "4261"),
            ],
        );
    }
    let mut reader = reader();
    reader.direct(fields.as_bytes());
    let read = reader.read(line("other.example", "x").as_bytes()).unwrap().what;
    assert!(matches!(read, Logged::Skipped(Skip::OtherHost)));
}

#[test]
fn load_balancers() {
    let rest = format!(
        "203.0.113.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 \"GET https://example.org:443/a?b=c HTTP/2.0\" \"{FIREFOX}\" \
         ECDHE TLSv1.2 arn:aws:x \"Root=1\" \"example.org\" \"-\" 0 2018-07-02T22:22:48.364000Z \"forward\" \"-\" \"-\""
    );
    let expected = [
        ("url", "https://example.org/a?b=c"),
        ("cdt", "1732528801"),
        ("cip", "203.0.113.7"),
        ("ua", FIREFOX),
        ("bw_bytes", "366"),
    ];
    let time = "2024-11-25T10:00:01.186641Z";
    assert_params(&hit(&format!("https {time} app/lb/50dc {rest}")), &expected);
    assert_params(&hit(&format!("{time} lb {rest}")), &expected);
    assert_eq!(
        address_of(&format!("h2 {time} lb {}", rest.replace("203.0.113.7", "[2001:db8::7]"))),
        "2001:db8::7"
    );
    assert_eq!(
        address_of(&format!("h2 {time} lb {}", rest.replace("203.0.113.7", "2001:db8::7"))),
        "2001:db8::7"
    );
    assert_eq!(
        skipped(&format!("h2 {time} lb {}", rest.replace("//example.org", "//192.0.2.1"))),
        Skip::OtherHost
    );
    assert_eq!(skipped(&format!("h2 {time} lb {}", rest.replace(" 200 200 ", " 504 - "))), Skip::Error);
    assert_eq!(skipped(&format!("{time} lb {}", rest.replace(" 200 200 ", " - - "))), Skip::Error);
    let old = rest.replace(rest.get(rest.find("\" \"Mozilla").unwrap() + 1..).unwrap(), "");
    assert_eq!(hit(&format!("{time} lb {old}")).raw("bots"), Some("1"));
}

#[test]
fn s3() {
    let line = |operation: &str, request: &str, host: &str| {
        format!(
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be shop [25/Nov/2024:10:00:01 +0000] 203.0.113.7 - \
             3E57427F3EXAMPLE {operation} docs/a.html \"{request}\" 200 - 2662992 3462992 70 10 \"https://search.example/\" \
             \"{FIREFOX}\" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE - {host} TLSV1.2"
        )
    };
    let own = "shop.s3.eu-west-1.amazonaws.com";
    let expected = [
        ("url", "https://example.org/docs/a.html?v=1"),
        ("cdt", "1732528801"),
        ("cip", "203.0.113.7"),
        ("ua", FIREFOX),
        ("urlref", "https://search.example/"),
        ("bw_bytes", "2662992"),
    ];
    assert_params(&hit(&line("REST.GET.OBJECT", "GET /docs/a.html?v=1 HTTP/1.1", own)), &expected);
    assert_params(&hit(&line("REST.GET.OBJECT", "GET /shop/docs/a.html?v=1 HTTP/1.1", own)), &expected);
    assert_params(
        &hit(&line("WEBSITE.GET.OBJECT", "GET /docs/a.html?v=1 HTTP/1.1", "example.org")),
        &expected,
    );
    let get = "GET /docs/a.html HTTP/1.1";
    assert_eq!(skipped(&line("REST.GET.OBJECT", get, "other.example")), Skip::OtherHost);
    assert_eq!(skipped(&line("REST.GET.BUCKETVERSIONS", get, own)), Skip::Request);
    assert_eq!(skipped(&line("REST.PUT.OBJECT", "PUT /docs/a.html HTTP/1.1", own)), Skip::Request);
}

#[test]
fn caddy() {
    let line = format!(
        "{{\"level\":\"info\",\"ts\":1732528801.5241024,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":\
         {{\"remote_ip\":\"10.0.0.9\",\"remote_port\":\"41342\",\"client_ip\":\"203.0.113.7\",\"proto\":\"HTTP/2.0\",\
         \"method\":\"GET\",\"host\":\"example.org:443\",\"uri\":\"/a?b=c\",\"headers\":{{\"User-Agent\":[\"{FIREFOX}\"],\
         \"Referer\":[\"https://search.example/\"]}}}},\"bytes_read\":0,\"duration\":0.0009,\"size\":10900,\"status\":200}}"
    );
    assert_params(
        &hit(&line),
        &[
            ("url", "https://example.org/a?b=c"),
            ("cdt", "1732528801"),
            ("cip", "203.0.113.7"),
            ("ua", FIREFOX),
            ("urlref", "https://search.example/"),
            ("bw_bytes", "10900"),
        ],
    );
    let bare = hit(&line.replace(&format!("\"User-Agent\":[\"{FIREFOX}\"],"), ""));
    assert_eq!((bare.raw("ua"), bare.raw("bots")), (None, None));
    let old = line
        .replace("\"remote_ip\":\"10.0.0.9\"", "\"remote_addr\":\"203.0.113.9:1\"")
        .replace("client_ip", "x");
    assert_eq!(address_of(&old), "203.0.113.9");
    let forwarded = line
        .replace("\"client_ip\":\"203.0.113.7\",", "")
        .replace("\"headers\":{", "\"headers\":{\"X-Forwarded-For\":[\"198.51.100.7\",\"10.0.0.4\"],");
    assert_eq!(address_of(&forwarded), "198.51.100.7");
    assert_eq!(skipped(&line.replace("example.org:443", "other.example")), Skip::OtherHost);
}

#[test]
fn traefik() {
    let line = format!(
        "{{\"ClientAddr\":\"203.0.113.7:4711\",\"ClientHost\":\"203.0.113.7\",\"DownstreamContentSize\":77,\"DownstreamStatus\":200,\
         \"RequestAddr\":\"example.org\",\"RequestHost\":\"example.org\",\"RequestMethod\":\"GET\",\"RequestPath\":\"/a?b=c\",\
         \"StartLocal\":\"2024-11-25T11:00:01.2+01:00\",\"StartUTC\":\"2024-11-25T10:00:01.2Z\",\"request_User-Agent\":\"{FIREFOX}\",\
         \"request_Referer\":\"https://search.example/\",\"level\":\"info\",\"time\":\"2024-11-25T10:09:09Z\"}}"
    );
    assert_params(
        &hit(&line),
        &[
            ("url", "https://example.org/a?b=c"),
            ("cdt", "1732528801"),
            ("cip", "203.0.113.7"),
            ("ua", FIREFOX),
            ("urlref", "https://search.example/"),
            ("bw_bytes", "77"),
        ],
    );
    // Traefik leaves headers out unless it is told otherwise.
    assert_eq!(hit(&line.replace("request_User-Agent", "x")).raw("bots"), Some("1"));
}

#[test]
fn json_as_nginx_is_told_to_write_it() {
    let line = |time: &str, request: &str| {
        format!(
            "{{{time},\"remote_addr\":\"10.0.0.9\",{request},\"status\":\"200\",\"body_bytes_sent\":\"5\",\"host\":\"web-1\",\
             \"http_referer\":\"-\",\"http_user_agent\":\"{FIREFOX}\",\"http_x_forwarded_for\":\"198.51.100.7\"}}"
        )
    };
    let (time, request) =
        ("\"time_iso8601\":\"2024-11-25T11:00:01+01:00\"", "\"request\":\"GET /a?b=c HTTP/1.1\"");
    let expected = [
        ("url", "https://example.org/a?b=c"),
        ("cdt", "1732528801"),
        ("cip", "198.51.100.7"),
        ("ua", FIREFOX),
    ];
    for time in [
        time,
        "\"time_local\":\"25/Nov/2024:11:00:01 +0100\"",
        "\"msec\":\"1732528801.123\"",
        "\"@timestamp\":1732528801123",
        "\"ts\":1732528801123456789",
        "\"timestamp\":\"2024-11-25 10:00:01\"",
        "\"time\":\"2024/11/25 10:00:01\"",
        "\"date\":\"2024-11-25\",\"time\":\"10:00:01\"",
    ] {
        assert_params(&hit(&line(time, request)), &expected);
    }
    for request in [
        "\"request_method\":\"GET\",\"request_uri\":\"/a?b=c\"",
        "\"method\":\"GET\",\"uri\":\"/a\",\"args\":\"b=c\"",
        "\"request_uri\":\"/a?b=c\",\"args\":\"b=c\"",
    ] {
        assert_params(&hit(&line(time, request)), &expected);
    }
    assert_params(&hit(&format!("{},\r", line(time, request))), &expected);
    for time in [
        "\"time\":\"yesterday\"",
        "\"time\":\"2024-11-25T10:00:01+99:00\"",
        "\"ts\":-1",
        "\"ts\":1e300",
        "\"a\":1",
    ] {
        assert!(read(&line(time, request)).is_none(), "{time}");
        assert_eq!(
            reader().lacks(line(time, request).as_bytes()),
            Some("a field for the time (time_iso8601)")
        );
    }
}

#[test]
fn lines_that_docker_has_packed() {
    let packed = serde_json::json!({
        "log": asking("GET /a HTTP/1.1", 200) + "\n", "stream": "stdout", "time": "2026-01-01T00:00:00Z",
    });
    assert_eq!(hit(&packed.to_string()).raw("cdt"), Some("1728593736"));
}

#[test]
fn hostile_json() {
    for line in [
        "{",
        "{}",
        "{\"ts\":{}}",
        "{\"a\":\"\\ud800\"}",
        "{\"ts\":1e999,\"uri\":[],\"status\":-1}",
        "{\"log\":\"{\",\"stream\":1}",
    ] {
        assert!(read(line).is_none(), "{line}");
    }
    let deep = |open: &str| format!("{{\"a\":{}", open.repeat(10_000_000 / open.len()));
    assert!(read(&deep("[")).is_none());
    assert!(read(&deep("{\"a\":")).is_none());
}

proptest::proptest! {
    #[test]
    fn any_text_in_any_format_is_read(at in 0_usize..400, text: String, cut in 0_usize..600, which in 0_usize..4) {
        let lines = [
            format!("{{\"ts\":1.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200,\"http_user_agent\":\"{FIREFOX}\"}}"),
            format!("h2 2024-11-25T10:00:01Z lb 203.0.113.7:1 - 0 0 0 200 200 3 4 \"GET https://example.org/ HTTP/2.0\" \"{FIREFOX}\""),
            "o b [25/Nov/2024:10:00:01 +0000] 203.0.113.7 - i REST.GET.OBJECT k \"GET /k HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"-\" -".to_owned(),
            "2024-11-25 10:00:01 10.1.1.1 GET / - 443 - 203.0.113.7 Moz+\"x\" - 200 0 0 15".to_owned(),
        ];
        let mut line = lines[which].clone().into_bytes();
        let at = at.min(line.len());
        line.splice(at..at, text.into_bytes());
        line.truncate(cut);
        let mut reader = reader();
        reader.direct(IIS.as_bytes());
        drop(reader.read(&line));
        reader.direct(&[b"#Fields: ", line.as_slice()].concat());
        drop(reader.read(&line));
    }
}
