-- Logs that are imported, and how far each has come. A log is known by its first bytes, signed with the server's secret.

CREATE TABLE imports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id     INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    head_bytes  INTEGER NOT NULL,             -- how many bytes `head` is of
    head        BLOB    NOT NULL,
    offset      INTEGER NOT NULL DEFAULT 0,   -- bytes, unpacked, whose hits are stored
    lines       INTEGER NOT NULL DEFAULT 0,   -- lines that end before `offset`
    within_line INTEGER NOT NULL DEFAULT 0,   -- the line that `offset` is in is done with already
    has_agents  INTEGER NOT NULL DEFAULT 0,   -- any of the lines had an agent
    created_at  INTEGER NOT NULL,
    UNIQUE (site_id, head_bytes, head)
) STRICT;

-- What a token was made for, when it is removed after its use.
ALTER TABLE tokens ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
