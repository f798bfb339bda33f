#!/usr/bin/env bash
# Installs Debian's Chromium for the browser tests when no Chromium is there.
set -euo pipefail
exec "$(dirname "$0")/need-package.sh" chromium "${CHROMIUM:-chromium}"
