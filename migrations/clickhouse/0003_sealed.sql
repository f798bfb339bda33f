-- The first goal that an event reaches, also if it no longer counts; events from before are only known to reach those that
-- do.
ALTER TABLE events ADD COLUMN IF NOT EXISTS matched UInt32 DEFAULT goals[1] CODEC(ZSTD(1)) AFTER goal_revenues;

-- What sealing a day needs of its events: whether the client asked for a new visit, whether a campaign came without a
-- keyword of its own, and how far each day has come. The projection is part of each part of the table, so it is never out
-- of step, and reading it costs a row a site and day.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS new_visit       UInt8 CODEC(ZSTD(1)) AFTER visit,
    ADD COLUMN IF NOT EXISTS keyword_missing UInt8 CODEC(ZSTD(1)) AFTER referrer_keyword;
ALTER TABLE events MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';
ALTER TABLE events ADD PROJECTION IF NOT EXISTS extents
    (SELECT site_id, local_date, max(seq), count(), min(expires) GROUP BY site_id, local_date);
ALTER TABLE events MATERIALIZE PROJECTION extents;

-- What is merged is synced before the parts that it replaces go: a disk that fails or a power cut takes no rows that
-- were safe before.
ALTER TABLE events MODIFY SETTING min_rows_to_fsync_after_merge = 1;
ALTER TABLE ad_events MODIFY SETTING min_rows_to_fsync_after_merge = 1;
ALTER TABLE dropped MODIFY SETTING min_rows_to_fsync_after_merge = 1;

-- The book of generations. `state`: 1 a generation was begun, 2 it is whole, 3 the day is to be sealed again. A day's
-- current generation is the highest whole one; rows of any other, in all the tables below, count for nothing and are
-- removed in time. `last_seq` and `events` say which events it covers, `corrections` how many rows there are in
-- `visit_corrections`.
CREATE TABLE IF NOT EXISTS sealed_days
(
    site_id     UInt32 CODEC(ZSTD(1)),
    local_date  Date   CODEC(ZSTD(1)),
    generation  UInt32 CODEC(ZSTD(1)),
    state       UInt8  CODEC(ZSTD(1)),
    last_seq    UInt64 CODEC(ZSTD(1)),
    events      UInt64 CODEC(ZSTD(1)),
    corrections UInt64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (site_id, local_date, generation, state)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- Events whose visit, as it was given when they arrived, turned out to be another once the day was over; 0 is none.
CREATE TABLE IF NOT EXISTS visit_corrections
(
    site_id    UInt32 CODEC(ZSTD(1)),
    local_date Date   CODEC(ZSTD(1)),
    generation UInt32 CODEC(ZSTD(1)),
    seq        UInt64 CODEC(Delta, ZSTD(1)),
    visit      UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(local_date)
ORDER BY (site_id, local_date, generation, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- One row a visit. `visit` is the `seq` of its first event; place and device are that event's, and the referrer is the
-- first that was not direct. Paths are those of page views; both are empty without one. What happened in the visit is in
-- it once more, each label with its count: so a filtered report of many days reads visits alone, where events would have to
-- be looked up in those that were chosen; `ends` is 1 for the page that a visit began with, 2 for the one that it ended
-- with, 3 for both. Visitors of a day are told apart by the first visit that they had: `again` is its number where they had
-- several, and 0 for most. `visitor` is the last event's where visitors agreed to be known for longer than a day, and 0
-- everywhere else.
CREATE TABLE IF NOT EXISTS visits
(
    site_id          UInt32                 CODEC(ZSTD(1)),
    local_date       Date                   CODEC(ZSTD(1)),
    generation       UInt32                 CODEC(ZSTD(1)),
    local_hour       UInt8                  CODEC(ZSTD(1)),
    time             DateTime('UTC')        CODEC(Delta, ZSTD(1)),
    visit            UInt64                 CODEC(Delta, ZSTD(1)),
    visitor          UInt64                 CODEC(ZSTD(1)),
    again            UInt64                 CODEC(ZSTD(1)),
    seconds          UInt32                 CODEC(T64, ZSTD(1)),
    requests         UInt32                 CODEC(T64, ZSTD(1)),
    page_views       UInt32                 CODEC(T64, ZSTD(1)),
    outlinks         UInt32                 CODEC(T64, ZSTD(1)),
    downloads        UInt32                 CODEC(T64, ZSTD(1)),
    named_events     UInt32                 CODEC(T64, ZSTD(1)),
    searches         UInt32                 CODEC(T64, ZSTD(1)),
    contents         UInt32                 CODEC(T64, ZSTD(1)),
    actions          UInt32                 CODEC(T64, ZSTD(1)),
    matomo_seconds   UInt32                 ALIAS if(requests > 1, seconds + 1, 0),
    entry_path       LowCardinality(String) CODEC(ZSTD(1)),
    exit_path        LowCardinality(String) CODEC(ZSTD(1)),
    referrer_kind    UInt8                  CODEC(ZSTD(1)),
    referrer_name    LowCardinality(String) CODEC(ZSTD(1)),
    referrer_url     LowCardinality(String) CODEC(ZSTD(1)),
    referrer_keyword LowCardinality(String) CODEC(ZSTD(1)),
    campaign_source  LowCardinality(String) CODEC(ZSTD(1)),
    campaign_medium  LowCardinality(String) CODEC(ZSTD(1)),
    campaign_content LowCardinality(String) CODEC(ZSTD(1)),
    campaign_id      LowCardinality(String) CODEC(ZSTD(1)),
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
    goals            Array(UInt32)          CODEC(ZSTD(1)),
    goal_revenues    Array(Float64)         CODEC(ZSTD(1)),
    conversions      UInt32                 CODEC(T64, ZSTD(1)),
    orders           UInt32                 CODEC(T64, ZSTD(1)),
    order_revenue    Float64                CODEC(ZSTD(1)),
    revenue          Float64                CODEC(ZSTD(1)),
    `pages.label`        Array(LowCardinality(String))  CODEC(ZSTD(1)),
    `pages.hits`         Array(UInt32)                  CODEC(ZSTD(1)),
    `pages.ends`         Array(UInt8)                   CODEC(ZSTD(1)),
    `titles.label`       Array(LowCardinality(String))  CODEC(ZSTD(1)),
    `titles.hits`        Array(UInt32)                  CODEC(ZSTD(1)),
    `links.label`        Array(String)                  CODEC(ZSTD(1)),
    `links.hits`         Array(UInt32)                  CODEC(ZSTD(1)),
    `files.label`        Array(String)                  CODEC(ZSTD(1)),
    `files.hits`         Array(UInt32)                  CODEC(ZSTD(1)),
    `incidents.label`    Array(LowCardinality(String))  CODEC(ZSTD(1)),
    `incidents.hits`     Array(UInt32)                  CODEC(ZSTD(1)),
    `words.label`        Array(String)                  CODEC(ZSTD(1)),
    `words.hits`         Array(UInt32)                  CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(local_date)
ORDER BY (site_id, local_date, generation, time)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- Plain numbers from here on: a report over a year adds them up. Nothing in these tables is about one visitor.
CREATE TABLE IF NOT EXISTS daily_totals
(
    site_id        UInt32  CODEC(ZSTD(1)),
    local_date     Date    CODEC(ZSTD(1)),
    generation     UInt32  CODEC(ZSTD(1)),
    visitors       UInt64  CODEC(T64, ZSTD(1)),
    visits         UInt64  CODEC(T64, ZSTD(1)),
    page_views     UInt64  CODEC(T64, ZSTD(1)),
    outlinks       UInt64  CODEC(T64, ZSTD(1)),
    downloads      UInt64  CODEC(T64, ZSTD(1)),
    named_events   UInt64  CODEC(T64, ZSTD(1)),
    searches       UInt64  CODEC(T64, ZSTD(1)),
    actions        UInt64  CODEC(T64, ZSTD(1)),
    bounces        UInt64  CODEC(T64, ZSTD(1)),
    seconds        UInt64  CODEC(T64, ZSTD(1)),
    matomo_seconds UInt64  CODEC(T64, ZSTD(1)),
    max_actions    UInt64  CODEC(T64, ZSTD(1)),
    conversions    UInt64  CODEC(T64, ZSTD(1)),
    converted      UInt64  CODEC(T64, ZSTD(1)),
    orders         UInt64  CODEC(T64, ZSTD(1)),
    revenue        Float64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYear(local_date)
ORDER BY (site_id, local_date, generation)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS daily_hours
(
    site_id    UInt32 CODEC(ZSTD(1)),
    local_date Date   CODEC(ZSTD(1)),
    generation UInt32 CODEC(ZSTD(1)),
    hour       UInt8  CODEC(ZSTD(1)),
    visitors   UInt64 CODEC(T64, ZSTD(1)),
    visits     UInt64 CODEC(T64, ZSTD(1)),
    page_views UInt64 CODEC(T64, ZSTD(1)),
    bounces    UInt64 CODEC(T64, ZSTD(1)),
    seconds    UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYear(local_date)
ORDER BY (site_id, local_date, generation, hour)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;

-- By dimension (a number of `Dimension`) and label. A label's days lie side by side: they compress best so, and a report
-- that adds up many days reads them in one go.
CREATE TABLE IF NOT EXISTS daily_breakdowns
(
    site_id     UInt32                 CODEC(ZSTD(1)),
    dimension   UInt8                  CODEC(ZSTD(1)),
    label       LowCardinality(String) CODEC(ZSTD(1)),
    context     LowCardinality(String) CODEC(ZSTD(1)),
    local_date  Date                   CODEC(Delta, ZSTD(1)),
    generation  UInt32                 CODEC(ZSTD(1)),
    visitors    UInt64                 CODEC(T64, ZSTD(1)),
    visits      UInt64                 CODEC(T64, ZSTD(1)),
    hits        UInt64                 CODEC(T64, ZSTD(1)),
    bounces     UInt64                 CODEC(T64, ZSTD(1)),
    seconds     UInt64                 CODEC(T64, ZSTD(1)),
    entries     UInt64                 CODEC(T64, ZSTD(1)),
    exits       UInt64                 CODEC(T64, ZSTD(1)),
    conversions UInt64                 CODEC(T64, ZSTD(1)),
    orders      UInt64                 CODEC(T64, ZSTD(1)),
    revenue     Float64                CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYear(local_date)
ORDER BY (site_id, dimension, label, context, local_date, generation)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
