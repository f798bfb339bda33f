-- Accounts, sites, tokens and what banners are made of. Nothing about visitors is ever in this database.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    password_hash TEXT    NOT NULL,           -- Argon2id, PHC string
    role          TEXT    NOT NULL,           -- owner, admin, write or view
    created_at    INTEGER NOT NULL            -- Unix seconds, as everywhere here
) STRICT;

CREATE TABLE sessions (
    id_hash    BLOB    PRIMARY KEY,           -- SHA-256 of the cookie
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sites (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given twice: events keep it
    name         TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    timezone     TEXT    NOT NULL,            -- IANA name
    identity     TEXT    NOT NULL,            -- daily or consented
    created_at   INTEGER NOT NULL,
    first_hit_at INTEGER
) STRICT;

CREATE TABLE tokens (
    hash       BLOB    PRIMARY KEY,           -- SHA-256 of the token
    site_id    INTEGER REFERENCES sites (id) ON DELETE CASCADE, -- all sites when absent
    role       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE campaigns (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    archived   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE creatives (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign_id     INTEGER NOT NULL REFERENCES campaigns (id),
    name            TEXT    NOT NULL,
    image_url       TEXT    NOT NULL,
    destination_url TEXT    NOT NULL,
    width           INTEGER NOT NULL,         -- CSS pixels
    height          INTEGER NOT NULL,
    alt             TEXT    NOT NULL
) STRICT;

CREATE TABLE placements (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id     INTEGER NOT NULL REFERENCES sites (id),
    campaign_id INTEGER NOT NULL REFERENCES campaigns (id), -- what is delivered there
    name        TEXT    NOT NULL
) STRICT;
