-- Hosts, one a line, that the frame which holds a placement's tag may have, beside those of its site.
ALTER TABLE placements ADD COLUMN frame_hosts TEXT NOT NULL DEFAULT '';
