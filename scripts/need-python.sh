#!/usr/bin/env bash
# Installs Debian's Python with virtual environments, for the tests with Python clients, when there is none.
set -euo pipefail
exec "$(dirname "$0")/need-package.sh" python3-venv python3 -c "import ensurepip, venv"
