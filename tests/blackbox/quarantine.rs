//! What the database refuses for good: kept, counted as kept, and sent once more when somebody wants it.

use std::fs;

use serde_json::{Value, json};

use crate::banners::Stand;
use crate::harness::{Server, wait_until};
use crate::load::{reconcile, rows, send_together, unlimited};

fn pages(server: &Server) -> Vec<Value> {
    server.sql("SELECT path, toString(count()) AS n FROM events GROUP BY path ORDER BY path")
}

#[test]
fn a_batch_that_the_database_refuses_is_quarantined_and_the_rest_flows_on() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    server.hit(site, "url=http://example.org/before");
    server.flush();
    server.sql("ALTER TABLE events ADD CONSTRAINT no_poison CHECK path != '/poison'");
    send_together(&server, site, &["a", "poison", "b"]);
    server.hit_as(site, "url=http://example.org/bot", &[("User-Agent", "Googlebot/2.1")]);
    server.flush();
    server.hit(site, "url=http://example.org/after");
    server.flush();

    let one = |path: &str| json!({ "path": path, "n": "1" });
    assert_eq!(pages(&server), [one("/after"), one("/before")]);
    let now = reconcile(&server);
    let figures = (&now["stored"], &now["quarantined"], &now["dropped"]["bot"]);
    assert_eq!(figures, (&json!(2), &json!(3), &json!(1)), "{now}");
    assert!(now["alarms"][0].as_str().unwrap().starts_with("3 records are in quarantine"), "{now}");
    let metrics = server.send("GET", "/metrics", &[], b"").text();
    assert!(metrics.contains("\nfootfall_records_quarantined 3\n"), "{metrics}");
    assert!(server.log().contains("refuses a batch for good"), "{}", server.log());
    let folder = server.data().join("quarantine");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let kept = fs::read_to_string(&files[0]).unwrap();
    assert!(kept.contains("no_poison") && kept.contains("/poison") && kept.lines().count() == 4, "{kept}");

    // It stays so over a crash, and while the database refuses it.
    server.kill();
    server.start();
    server.flush();
    assert_eq!(reconcile(&server)["quarantined"], 3);
    let refused = server.try_run(&["spool", "retry-quarantined"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("no_poison"));
    assert!(server.run(&["spool", "inspect"]).contains("3 records: "));

    server.sql("ALTER TABLE events DROP CONSTRAINT no_poison");
    assert!(server.run(&["spool", "retry-quarantined"]).starts_with("1 of 1 files"));
    assert_eq!(pages(&server), ["/a", "/after", "/b", "/before", "/poison"].map(one));
    let now = reconcile(&server);
    assert_eq!(
        (&now["stored"], &now["quarantined"], &now["alarms"]),
        (&json!(5), &json!(0), &json!([])),
        "{now}"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    server.run(&["spool", "retry-quarantined"]);
    assert_eq!(server.today(site, "overview")["totals"]["page_views"], 5);
}

#[test]
fn what_waits_in_quarantine_for_a_site_that_is_deleted_is_dropped() {
    let server = unlimited().start();
    let site = server.add_site("UTC");
    server.flush();
    server.sql("ALTER TABLE events ADD CONSTRAINT no_poison CHECK path != '/poison'");
    send_together(&server, site, &["poison", "c"]);
    server.flush();
    server.sql("ALTER TABLE events DROP CONSTRAINT no_poison");
    server.run(&["site", "delete", "--site", &site.to_string(), "--yes"]);
    wait_until("the server knows", || {
        server.api(&server.owner(), "GET", &format!("/api/v1/sites/{site}/snippet"), None).status == 404
    });
    server.run(&["spool", "retry-quarantined"]);
    assert_eq!(pages(&server), Vec::<Value>::new());
    let now = reconcile(&server);
    let figures = (&now["stored"], &now["quarantined"], &now["dropped"]["unknown_site"]);
    assert_eq!(figures, (&json!(0), &json!(0), &json!(2)), "{now}");
}

#[test]
fn a_visit_whose_beginning_is_in_quarantine_is_counted_from_there_on() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    server.flush();
    server.sql("ALTER TABLE events ADD CONSTRAINT no_poison CHECK path != '/poison'");
    server.hit(site, "url=http://example.org/poison");
    server.flush();
    let figures = |server: &Server| {
        let totals = &server.today(site, "overview")["totals"];
        [totals["visits"].as_u64().unwrap(), totals["page_views"].as_u64().unwrap()]
    };
    for page in ["b", "c"] {
        server.hit(site, &format!("url=http://example.org/{page}"));
        server.flush();
    }
    assert_eq!(figures(&server), [1, 2]);
    server.kill();
    server.start();
    server.flush();
    server.hit(site, "url=http://example.org/d");
    server.flush();
    assert_eq!(figures(&server), [1, 3], "the same visit goes on");
    server.sql("ALTER TABLE events DROP CONSTRAINT no_poison");
    server.run(&["spool", "retry-quarantined"]);
    assert_eq!(figures(&server)[1], 4);
}

#[test]
fn an_order_that_waits_in_quarantine_is_not_counted_again() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    server.flush();
    server.sql("ALTER TABLE events ADD CONSTRAINT no_orders CHECK kind != 10");
    let order =
        |server: &Server| server.hit(site, "url=http://example.org/o&idgoal=0&ec_id=A1&revenue=20").status;
    assert_eq!(order(&server), 200);
    server.flush();
    server.kill();
    server.start();
    // Whether it is told at once depends on whether the database has answered by then.
    order(&server);
    server.flush();
    server.sql("ALTER TABLE events DROP CONSTRAINT no_orders");
    server.run(&["spool", "retry-quarantined"]);
    let orders = &rows(&server, "SELECT count() AS orders FROM events WHERE kind = 10")[0];
    assert_eq!(orders["orders"], 1);
    reconcile(&server);
}

#[test]
fn a_delivery_that_waits_in_quarantine_is_valid_once() {
    let mut stand = Stand::new(unlimited());
    stand.server.flush();
    stand.server.sql("ALTER TABLE ad_events ADD CONSTRAINT none CHECK placement_id = 0");
    let (impression, click) = stand.delivery();
    stand.post(&impression);
    stand.get(&click);
    stand.server.flush();
    stand.server.sql("ALTER TABLE ad_events DROP CONSTRAINT none");
    stand.server.kill();
    stand.server.start();
    stand.server.flush();
    stand.post(&impression);
    stand.get(&click);
    stand.server.flush();
    stand.server.run(&["spool", "retry-quarantined"]);
    assert_eq!(stand.counts(), [2, 1, 2, 1]);
    reconcile(&stand.server);
}
