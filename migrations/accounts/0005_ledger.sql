-- What became of the spool's records, as of the last one that is settled: names and figures of `accounts/ledger.rs`.
CREATE TABLE ledger (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Files of the quarantine folder: what the database refused for good, and records that can't be read.
CREATE TABLE quarantine (
    file    TEXT PRIMARY KEY,
    records INTEGER NOT NULL,             -- how many of the ledger's quarantined records are in it
    error   TEXT    NOT NULL,             -- why the database did not take them, the last time
    retry   INTEGER NOT NULL DEFAULT 0    -- the operator wants them to be tried again
) STRICT, WITHOUT ROWID;

-- Rows that the events' database had of sites that are deleted.
CREATE TABLE removed_rows (
    site_id INTEGER PRIMARY KEY,
    events  INTEGER NOT NULL,
    ads     INTEGER NOT NULL,
    dropped INTEGER NOT NULL              -- records, not rows
) STRICT;
