//! Logs of many formats and packers, what in them is no page, and what is no log at all.

use std::io::Write;

use crate::harness::{FIREFOX, Server, Setup};
use crate::import::{Logs, gzip, import, line, number, try_import, view, views};

const TRUSTED: (&str, &str) = ("FOOTFALL_SERVER_TRUSTED_PROXIES", "10.0.0.0/8");

fn bzip2(text: &str) -> Vec<u8> {
    let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
}

const W3C: &str = "#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query cs(User-Agent) cs(Referer) sc-status sc-bytes\n";

fn w3c(number: u64) -> String {
    let (minute, second, agent) = (number / 60 % 60, number % 60, FIREFOX.replace(' ', "+"));
    format!("2024-05-06 07:{minute:02}:{second:02} 198.51.100.7 GET /w/{number} - {agent} - 200 512\n")
}

#[test]
fn logs_are_read_in_their_formats_and_packings() {
    let server = Setup::new().env(TRUSTED.0, TRUSTED.1).start();
    let logs = Logs::new();
    let json = format!(
        "{{\"ts\":1714979289.5,\"request\":{{\"remote_ip\":\"198.51.100.7\",\"method\":\"GET\",\"host\":\"example.org\",\
         \"uri\":\"/n/1\",\"headers\":{{\"User-Agent\":[\"{FIREFOX}\"]}}}},\"size\":512,\"status\":200}}\n"
    );
    let balancer = format!(
        "https 2024-05-06T07:08:09.1Z lb 198.51.100.7:1 10.0.0.1:80 0 0 0 200 200 3 512 \
         \"GET https://example.org:443/n/1 HTTP/2.0\" \"{FIREFOX}\" - -\n"
    );
    let with_mark = format!("\u{feff}{}", view(1).replace('\n', "\r\n"));
    let kept: [(&str, Vec<u8>); 8] = [
        ("mark.log", with_mark.into_bytes()),
        ("unquoted.log", view(1).replace(&format!("\"{FIREFOX}\""), FIREFOX).into_bytes()),
        ("json.log", json.into_bytes()),
        ("iis.log", (W3C.to_owned() + &w3c(1).replace("/w/", "/n/")).into_bytes()),
        ("balancer.log", balancer.into_bytes()),
        ("a.gz", gzip(&view(1))),
        ("named like none", bzip2(&view(1))),
        ("a.zst", zstd(&view(1))),
    ];
    for (name, bytes) in kept {
        let site = server.add_site("UTC");
        let said = import(&server, &logs.write(name, bytes), site);
        assert!(said.contains("1 hits sent, 0 skipped, 0 malformed"), "{name}: {said}");
    }
    assert_eq!(views(&server).into_iter().collect::<Vec<_>>(), [("/n/1".to_owned(), 8)]);
    let rows = server.sql("SELECT DISTINCT toString(time) AS time, browser FROM events WHERE site_id = 3");
    assert_eq!(rows[0]["time"], "2024-05-06 07:08:09");
    assert_eq!(rows[0]["browser"], "Firefox");
}

#[test]
fn what_is_no_page_of_the_site_is_told_apart() {
    let server = Setup::new().env(TRUSTED.0, TRUSTED.1).start();
    let site = server.add_site("UTC");
    let get = |number, path: &str, status| line(number, &format!("GET {path} HTTP/1.1"), status, FIREFOX);
    let text = [
        view(1),
        get(1, "/matomo/matomo.php?idsite=1&rec=1", 204),
        get(1, "/piwik.php?idsite=1&rec=1", 200),
        get(1, "/empty", 204),
        view(2).replacen("- -", "example.org frank", 1),
        view(3).replacen("- -", "other.example frank", 1),
    ];
    let said = import(&server, &Logs::new().write("access.log", text.concat()), site);
    assert!(said.contains("2 hits sent, 4 skipped (call 1, no_content 2, other_host 1)"), "{said}");
    assert_eq!(views(&server).into_keys().collect::<Vec<_>>(), ["/n/1", "/n/2"]);
}

#[test]
fn behind_a_trusted_proxy_visitors_are_those_it_names() {
    let server = Setup::new().env(TRUSTED.0, TRUSTED.1).start();
    let site = server.add_site("UTC");
    let from = |n: u64, forwarded: &str| {
        let line = line(0, &format!("GET /{n} HTTP/1.1"), 200, FIREFOX);
        line.replace('\n', &format!(" \"{forwarded}\"\n"))
    };
    let text = [from(1, "203.0.113.7"), from(2, "198.51.100.7, 10.0.0.4"), from(3, "1.1.1.1, 203.0.113.7")];
    import(&server, &Logs::new().write("access.log", text.concat()), site);
    server.flush();
    let rows = server.sql("SELECT uniqExact(visitor) AS visitors, count() AS views FROM events");
    assert_eq!([number(&rows[0]["visitors"]), number(&rows[0]["views"])], [2, 3]);
}

#[test]
fn pieces_of_a_file_are_one_download_across_chunks_and_runs() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    // The time of a line goes by its number: three a second.
    let by = |agent: &str, number: u64, status| {
        let text = line(number, "GET /big.pdf HTTP/1.1", status, agent);
        format!("10.9.9.7{}", text.get(text.find(' ').unwrap()..).unwrap())
    };
    let at = |number, status| by(FIREFOX, number, status);
    let between: String = (1..2_400).map(view).collect();
    let path = logs.write("access.log", [at(0, 206), at(3, 206), between, at(2_400, 206)].concat());
    let said = import(&server, &path, site);
    assert!(said.contains("piece 2"), "{said}");
    // Half an hour has not passed since the last piece.
    logs.append("access.log", &[at(7_000, 206), view(7_001)].concat());
    assert!(import(&server, &path, site).contains("piece 1"));
    let later = [
        at(7_000 + 5_500, 206),
        at(7_000 + 5_600, 200),
        at(7_000 + 5_610, 206),
        view(1).replacen("10.0.1.7", "10.8.8.7", 1),
    ];
    logs.append("access.log", &later.concat());
    assert!(import(&server, &path, site).contains("3 hits sent, 1 skipped (piece 1)"));
    // Others have downloads of their own.
    let other = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let others = [by(other, 12_620, 206), line(12_621, "GET /big.pdf HTTP/1.1", 206, FIREFOX)];
    logs.append("access.log", &others.concat());
    assert!(import(&server, &path, site).contains("2 hits sent"));
    server.flush();
    let rows = server.sql("SELECT count() AS downloads FROM events WHERE kind = 3");
    assert_eq!(number(&rows[0]["downloads"]), 5);
}

#[test]
fn columns_are_known_in_every_chunk_of_a_log_and_after_a_new_start() {
    let mut server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    let text = |numbers: std::ops::Range<u64>| numbers.map(w3c).collect::<String>();
    let swapped = "#Fields: date time cs-method cs-uri-stem c-ip sc-status\n";
    let path = logs.write("u_ex.log", "#Software: x\n".to_owned() + W3C + &text(0..3_000));
    assert!(import(&server, &path, site).contains("3000 hits sent, 0 skipped, 0 malformed"));
    server.kill();
    server.start();
    logs.append("u_ex.log", &text(3_000..3_100));
    assert!(import(&server, &path, site).contains("100 hits sent, 0 skipped, 0 malformed"));
    let other = |n: u64| format!("2024-05-06 07:00:00 GET /o/{n} 198.51.100.7 200\n");
    logs.append("u_ex.log", &(swapped.to_owned() + &(0..6_000).map(other).collect::<String>()));
    assert!(import(&server, &path, site).contains("6000 hits sent, 0 skipped, 0 malformed"));
    logs.append("u_ex.log", &other(6_000));
    let packed = logs.write("u_ex.gz", gzip(&std::fs::read_to_string(&path).unwrap()));
    assert!(import(&server, &packed, site).contains("1 hits sent, 0 skipped, 0 malformed"));
    let views = views(&server);
    assert_eq!((views.len(), views.values().max()), (9_101, Some(&1)));
}

fn fails(server: &Server, logs: &Logs, name: &str, bytes: impl AsRef<[u8]>, says: &str) {
    let path = logs.write(name, bytes);
    let output = try_import(server, &path, 1);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(output.stdout.is_empty());
    let is_plain = error.lines().count() == 1 && !error.trim_end().contains(char::is_control);
    assert!(is_plain && error.contains(says), "{error:?}");
}

#[test]
fn a_file_of_which_nothing_can_be_read_says_what_it_seems_to_be() {
    let server = Setup::new().start();
    server.add_site("UTC");
    let logs = Logs::new();
    let utf16: Vec<u8> = view(1).encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, says) in [
        (b"PK\x03\x04 and so on".to_vec(), "is a zip archive: unpack it first"),
        (gzip("PK\x03\x04 and so on"), "is a zip archive"),
        (utf16, "UTF-16"),
        (
            b"{\"msg\":\"hello\",\"uri\":\"/\",\"remote_addr\":\"192.0.2.1\",\"status\":200}\n".to_vec(),
            "JSON without a field for the time",
        ),
        (b"[Wed Nov 25 10:00:00.123456 2026] [core:error] [pid 1] x\n".to_vec(), "error log"),
        (b"Nov 25 10:00:00 web sshd[12]: x\n".to_vec(), "syslog"),
        (b"\x1b[31mhello\x1b[0m\nworld\n".to_vec(), "could be read"),
        (b"#Fields: date time cs-uri-stem sc-status\n2024-05-06 07:08:09 /a 200\n".to_vec(), "lack c-ip"),
        ([b"BZh9\x31AY&SY", &[7; 200][..]].concat(), "repair it"),
        (vec![0x28, 0xb5, 0x2f, 0xfd, 0, 19 << 3, 1, 0, 0, 0], "128 MiB of memory"),
        (vec![0; 5_000_000], "could be read"),
        (vec![b'x'; 5_000_000], "could be read"),
    ] {
        fails(&server, &logs, "what.log", bytes, says);
    }
    fails(&server, &logs, "\u{1b}[2J\u{7}.log", "x\n", r"\u{1b}[2J\u{7}.log");
    // What could not be read is not marked as read: the same bytes say the same again.
    fails(&server, &logs, "what.log", "some text\n", "none of the formats");
    fails(&server, &logs, "what.log", "some text\n", "none of the formats");
}

#[test]
fn a_first_line_of_64_mib_is_one_line_that_is_too_long() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let text = [&vec![b'{'; 64 << 20][..], b"\n", view(1).as_bytes()].concat();
    let said = import(&server, &Logs::new().write("long.log", text), site);
    assert!(said.starts_with("2 lines read, 1 hits sent, 0 skipped, 1 malformed (line 1)"), "{said}");
}
