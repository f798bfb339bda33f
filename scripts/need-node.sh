#!/usr/bin/env bash
# Says what to install when Node is missing or too old.
set -euo pipefail
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node and npm are missing: install Node 20.19 or newer." >&2
    exit 1
fi
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
    echo "Node $(node --version) is too old: install 20.19 or newer." >&2
    exit 1
}
