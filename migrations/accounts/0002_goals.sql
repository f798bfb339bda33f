-- What the operator of a site decides about it. Lists are JSON arrays of text.

ALTER TABLE sites ADD COLUMN aliases              TEXT    NOT NULL DEFAULT '[]'; -- further addresses of the site
ALTER TABLE sites ADD COLUMN excluded_parameters  TEXT    NOT NULL DEFAULT '[]'; -- names, or /regular expressions/
ALTER TABLE sites ADD COLUMN excluded_addresses   TEXT    NOT NULL DEFAULT '[]'; -- networks
ALTER TABLE sites ADD COLUMN excluded_agents      TEXT    NOT NULL DEFAULT '[]'; -- parts of user agents, or /regular expressions/
ALTER TABLE sites ADD COLUMN excluded_referrers   TEXT    NOT NULL DEFAULT '[]'; -- hosts
ALTER TABLE sites ADD COLUMN exclude_unknown_urls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN keep_fragment        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN ecommerce            INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN site_search          INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sites ADD COLUMN search_keywords      TEXT    NOT NULL DEFAULT '[]'; -- parameters; none: the server's
ALTER TABLE sites ADD COLUMN search_categories    TEXT    NOT NULL DEFAULT '[]';

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,                   -- search_keywords, search_categories
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE goals (
    site_id         INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    id              INTEGER NOT NULL,         -- from 1 in each site; never given twice
    name            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    attribute       TEXT    NOT NULL,         -- what is compared, by Matomo's name
    pattern         TEXT    NOT NULL,
    pattern_type    TEXT    NOT NULL,         -- contains, exact, regex; of a duration: greater_than
    case_sensitive  INTEGER NOT NULL,
    allow_multiple  INTEGER NOT NULL,
    revenue         REAL    NOT NULL,
    use_event_value INTEGER NOT NULL,
    deleted         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, id)
) STRICT, WITHOUT ROWID;
