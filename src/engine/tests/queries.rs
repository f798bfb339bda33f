//! Reading: typed rows, parameters, settings, errors, several at once.

use clickhouse::Row;
use clickhouse::error::Error;
use serde::Deserialize;

use super::Engine;

#[derive(Row, Deserialize, Debug, PartialEq)]
struct Pair {
    number: u64,
    text: String,
}

#[tokio::test]
async fn typed_rows_come_back() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let sql = "SELECT number, toString(number) AS text FROM numbers(3) ORDER BY number";
    let rows = engine.client().query(sql).fetch_all::<Pair>().await.unwrap();
    let expected: Vec<Pair> = (0..3).map(|number| Pair { number, text: number.to_string() }).collect();
    assert_eq!(rows, expected);
    let none = engine.client().query("SELECT 1::UInt64 WHERE 0").fetch_all::<u64>().await.unwrap();
    assert!(none.is_empty());
    engine.supervisor.shutdown().await;
}

#[tokio::test]
async fn parameters_arrive_as_they_were_sent() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let texts =
        ["", "it's \"q\" `b`", "tab\there\nline\r\nend\\n", "ünïcødé 😀", "{x:String} -- '; DROP", " \0 nul"];
    for text in texts {
        let query = engine.client().query("SELECT {x:String}").param("x", text);
        assert_eq!(query.fetch_one::<String>().await.unwrap(), text);
    }
    let many = vec!["a,b", "c'd", "]\n"];
    let query = engine.client().query("SELECT {x:Array(String)}, {n:Int64}").param("x", &many).param("n", -7);
    assert_eq!(
        query.fetch_one::<(Vec<String>, i64)>().await.unwrap(),
        (many.into_iter().map(String::from).collect(), -7)
    );
    engine.supervisor.shutdown().await;
}

#[tokio::test]
async fn settings_hold_for_one_statement_alone() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let client = engine.client();
    let threads = "SELECT getSetting('max_block_size')::UInt64, getSetting('readonly')::UInt64";
    let before: (u64, u64) = client.query(threads).fetch_one().await.unwrap();
    let set = client.clone().with_setting("max_block_size", "4321").with_setting("readonly", "2");
    assert_eq!(set.query(threads).fetch_one::<(u64, u64)>().await.unwrap(), (4321, 2));
    let refused = set.query("CREATE DATABASE never").execute().await.unwrap_err().to_string();
    assert!(refused.contains("READONLY"), "{refused}");
    client.query("SET max_block_size = 77").execute().await.unwrap();
    client.query("CREATE TEMPORARY TABLE mine (a UInt8)").execute().await.unwrap();
    for _ in 0..8 {
        assert_eq!(client.query(threads).fetch_one::<(u64, u64)>().await.unwrap(), before);
        assert!(client.query("SELECT * FROM mine").fetch_all::<u8>().await.is_err());
    }
    let unknown = client.clone().with_setting("no_such_setting", "1");
    let error = unknown.query("SELECT 1").execute().await.unwrap_err().to_string();
    assert!(error.contains("Code: 115"), "{error}");
    engine.supervisor.shutdown().await;
}

#[tokio::test]
async fn errors_carry_code_and_text() {
    let Some(engine) = Engine::start_with(300 << 20).await else {
        return;
    };
    let cases = [
        ("SELECT 1 FROM no_such_table", "Code: 60. DB::Exception: "),
        ("SELEC 1", "Code: 62. DB::Exception: "),
        ("SELECT throwIf(number = 70000) FROM numbers(100000)", "Code: 395. DB::Exception: "),
        (
            "SELECT count() FROM (SELECT groupArray(number) FROM numbers(100000000))",
            "Code: 241. DB::Exception: ",
        ),
    ];
    for (sql, expected) in cases {
        match engine.client().query(sql).execute().await.unwrap_err() {
            Error::BadResponse(text) => assert!(text.starts_with(expected), "{sql}: {text}"),
            other => panic!("{sql}: {other}"),
        }
    }
    assert_eq!(engine.client().query("SELECT 1").fetch_one::<u8>().await.unwrap(), 1, "it goes on");
    engine.supervisor.shutdown().await;
}

#[tokio::test]
async fn eight_queries_run_at_once_and_long_ones_pass() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let one = |limit: u64| {
        let query = engine.client().query("SELECT sum(number) FROM numbers({n:UInt64})").param("n", limit);
        tokio::spawn(query.fetch_one::<u64>())
    };
    let running: Vec<_> = (0..8).map(|step| one(5_000_000 + step)).collect();
    for (query, limit) in running.into_iter().zip(5_000_000u64..) {
        assert_eq!(query.await.unwrap().unwrap(), limit * (limit - 1) / 2);
    }
    let padded = format!("SELECT length('{}')", "x".repeat(2_000_000));
    let client = engine.client().with_setting("max_query_size", "4000000");
    assert_eq!(client.query(&padded).fetch_one::<u64>().await.unwrap(), 2_000_000);
    engine.supervisor.shutdown().await;
}
