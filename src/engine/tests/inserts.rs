//! Writing: typed rows in great number, any bytes, the same batch twice, batches that fail or break off.

use clickhouse::Client;
use clickhouse::Row;
use serde::{Deserialize, Serialize};

use super::{Engine, count, execute};

#[derive(Row, Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Event {
    id: u64,
    name: String,
}

const TABLE: &str = "CREATE TABLE t (id UInt64, name String) ENGINE = MergeTree ORDER BY id \
    SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1, fsync_part_directory = 1";

async fn insert(client: &Client, rows: impl Iterator<Item = Event>) -> Result<(), clickhouse::error::Error> {
    let mut insert = client.insert::<Event>("t").await?;
    for row in rows {
        insert.write(&row).await?;
    }
    insert.end().await
}

fn events(range: std::ops::Range<u64>) -> impl Iterator<Item = Event> {
    range.map(|id| Event { id, name: format!("event {id}") })
}

#[tokio::test]
async fn a_hundred_thousand_rows_make_one_part_once_a_token() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let client = engine.client_with_database().await;
    execute(&client, TABLE).await;
    let token = |token: &str| {
        client.clone().with_setting("insert_deduplication_token", token).with_setting("async_insert", "0")
    };
    for _ in 0..2 {
        insert(&token("it's 1"), events(0..100_000)).await.unwrap();
        assert_eq!(count(&client, "t").await, 100_000);
    }
    let parts = "SELECT count() FROM system.parts WHERE table = 't' AND active";
    assert_eq!(client.query(parts).fetch_one::<u64>().await.unwrap(), 1, "one batch is one block");
    insert(&token("2"), events(0..100_000)).await.unwrap();
    assert_eq!(count(&client, "t").await, 200_000);
    engine.supervisor.shutdown().await;
}

#[tokio::test]
async fn every_byte_of_a_row_is_kept() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let client = engine.client_with_database().await;
    execute(&client, TABLE).await;
    // The first row begins with the byte of a line feed, the names with white space, quotes and NUL.
    let names = ["\n \t", " \0\0", "'\"\\`", "ünï 😀\r\n", "", "; DROP TABLE t"];
    let rows: Vec<Event> =
        names.iter().zip(10..).map(|(name, id)| Event { id, name: (*name).to_owned() }).collect();
    insert(&client, rows.iter().cloned()).await.unwrap();
    let back = client.query("SELECT ?fields FROM t ORDER BY id").fetch_all::<Event>().await.unwrap();
    assert_eq!(back, rows);
    execute(&client, "TRUNCATE TABLE t").await;
    let mut raw = client.insert_formatted_with("INSERT INTO t(id, name) FORMAT RowBinary");
    raw.send(bytes::Bytes::from_static(b"\n\0\0\0\0\0\0\0\x02 \0 \0\0\0\0\0\0\0")).await.unwrap();
    raw.send(bytes::Bytes::from_static(b"\x01\n")).await.unwrap();
    raw.end().await.unwrap();
    let back = client.query("SELECT ?fields FROM t ORDER BY id").fetch_all::<Event>().await.unwrap();
    assert_eq!(back, [Event { id: 10, name: " \0".into() }, Event { id: 32, name: "\n".into() }]);
    engine.supervisor.shutdown().await;
}

#[tokio::test]
async fn a_batch_that_fails_or_breaks_off_leaves_nothing() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let client = engine.client_with_database().await;
    execute(&client, TABLE).await;
    let mut short = client.insert_formatted_with("INSERT INTO t(id, name) FORMAT RowBinary");
    short.send(bytes::Bytes::from_static(b"\n\0\0\0")).await.unwrap();
    let error = short.end().await.unwrap_err().to_string();
    assert!(error.contains("Code: 33."), "{error}");
    // Far more than a socket holds, refused at its first bytes: the answer still arrives.
    let mut wrong = client.insert_formatted_with("INSERT INTO missing FORMAT RowBinary");
    let sent = wrong.send(bytes::Bytes::from(vec![0; 8 << 20])).await;
    let error = if sent.is_ok() { wrong.end().await } else { sent }.unwrap_err().to_string();
    assert!(error.contains("Code: 60."), "{error}");
    let mut dropped = client.insert::<Event>("t").await.unwrap();
    for row in events(0..50_000) {
        dropped.write(&row).await.unwrap();
    }
    drop(dropped);
    insert(&client, events(0..3)).await.unwrap();
    assert_eq!(count(&client, "t").await, 3);
    engine.supervisor.shutdown().await;
}
