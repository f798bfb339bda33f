#!/usr/bin/env bash
# Installs Debian's wrk for the benchmarks when it is missing.
set -euo pipefail
exec "$(dirname "$0")/need-package.sh" wrk wrk
