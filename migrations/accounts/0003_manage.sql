-- Zones that took the place of the one in `sites`, each from a moment on: what was counted before keeps its dates.
CREATE TABLE site_zones (
    site_id   INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    from_time INTEGER NOT NULL,
    timezone  TEXT    NOT NULL,               -- IANA name
    PRIMARY KEY (site_id, from_time)
) STRICT, WITHOUT ROWID;

-- Sites that are gone from here, and whose rows the events' database still has to lose.
CREATE TABLE deleted_sites (
    id         INTEGER PRIMARY KEY,
    deleted_at INTEGER NOT NULL
) STRICT;
