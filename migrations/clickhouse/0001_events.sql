-- Anonymous events. `seq` is the record's number in the spool: unique, rising, and the proof that a row is there once.
-- `visit` is the `seq` of the visit's first event. Nothing here names a person, and neither number outlives its salt.
CREATE TABLE IF NOT EXISTS events
(
    seq              UInt64                 CODEC(Delta, ZSTD(1)),
    site_id          UInt32                 CODEC(ZSTD(1)),
    local_date       Date                   CODEC(ZSTD(1)),
    local_hour       UInt8                  CODEC(ZSTD(1)),
    time             DateTime('UTC')        CODEC(Delta, ZSTD(1)),
    kind             UInt8                  CODEC(ZSTD(1)),
    visitor          UInt64                 CODEC(ZSTD(1)),
    visit            UInt64                 CODEC(Delta, ZSTD(1)),
    host             LowCardinality(String) CODEC(ZSTD(1)),
    path             LowCardinality(String) CODEC(ZSTD(1)),
    title            LowCardinality(String) CODEC(ZSTD(1)),
    target           String                 CODEC(ZSTD(1)),
    referrer_kind    UInt8                  CODEC(ZSTD(1)),
    referrer_name    LowCardinality(String) CODEC(ZSTD(1)),
    referrer_url     LowCardinality(String) CODEC(ZSTD(1)),
    referrer_keyword LowCardinality(String) CODEC(ZSTD(1)),
    campaign_source  LowCardinality(String) CODEC(ZSTD(1)),
    campaign_medium  LowCardinality(String) CODEC(ZSTD(1)),
    campaign_content LowCardinality(String) CODEC(ZSTD(1)),
    campaign_id      LowCardinality(String) CODEC(ZSTD(1)),
    category         LowCardinality(String) CODEC(ZSTD(1)),
    action           LowCardinality(String) CODEC(ZSTD(1)),
    name             String                 CODEC(ZSTD(1)),
    has_value        UInt8                  CODEC(ZSTD(1)),
    value            Float64                CODEC(ZSTD(1)),
    country          LowCardinality(String) CODEC(ZSTD(1)),
    region           LowCardinality(String) CODEC(ZSTD(1)),
    city             LowCardinality(String) CODEC(ZSTD(1)),
    browser          LowCardinality(String) CODEC(ZSTD(1)),
    browser_version  LowCardinality(String) CODEC(ZSTD(1)),
    system           LowCardinality(String) CODEC(ZSTD(1)),
    system_version   LowCardinality(String) CODEC(ZSTD(1)),
    device           UInt8                  CODEC(ZSTD(1)),
    language         LowCardinality(String) CODEC(ZSTD(1)),
    screen           LowCardinality(String) CODEC(ZSTD(1)),
    expires          Date                   CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(local_date)
ORDER BY (site_id, local_date, time)
TTL expires
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Banner events, gross; `reason` 0 is valid.
CREATE TABLE IF NOT EXISTS ad_events
(
    seq          UInt64                 CODEC(Delta, ZSTD(1)),
    site_id      UInt32                 CODEC(ZSTD(1)),
    local_date   Date                   CODEC(ZSTD(1)),
    local_hour   UInt8                  CODEC(ZSTD(1)),
    time         DateTime('UTC')        CODEC(Delta, ZSTD(1)),
    kind         UInt8                  CODEC(ZSTD(1)),
    campaign_id  UInt32                 CODEC(ZSTD(1)),
    creative_id  UInt32                 CODEC(ZSTD(1)),
    placement_id UInt32                 CODEC(ZSTD(1)),
    nonce        UInt64                 CODEC(ZSTD(1)),
    viewer       UInt64                 CODEC(ZSTD(1)),
    reason       UInt8                  CODEC(ZSTD(1)),
    country      LowCardinality(String) CODEC(ZSTD(1)),
    browser      LowCardinality(String) CODEC(ZSTD(1)),
    device       UInt8                  CODEC(ZSTD(1)),
    expires      Date                   CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(local_date)
ORDER BY (site_id, campaign_id, local_date, time)
TTL expires
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- What was not counted, by reason. A row sums `records` records of the spool, the first and the last of which it names.
CREATE TABLE IF NOT EXISTS dropped
(
    seq        UInt64 CODEC(Delta, ZSTD(1)),
    last_seq   UInt64 CODEC(Delta, ZSTD(1)),
    site_id    UInt32 CODEC(ZSTD(1)),
    local_date Date   CODEC(ZSTD(1)),
    reason     UInt8  CODEC(ZSTD(1)),
    hits       UInt64 CODEC(ZSTD(1)),
    records    UInt64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(local_date)
ORDER BY (site_id, local_date, reason)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
