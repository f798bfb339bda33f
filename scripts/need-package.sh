#!/usr/bin/env bash
# need-package.sh PACKAGE COMMAND [ARGUMENT...]: installs a Debian package when its command is missing (or fails, if
# there are arguments), or says how to.
set -euo pipefail
package=$1 command=$2
shift
if command -v "$command" >/dev/null; then
    { [ $# = 1 ] || "$@" 2>/dev/null; } && exit 0
fi

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else
        echo "$command is missing and there is no sudo here. As root: apt-get update && apt-get install -y $package" >&2
        exit 1
    fi
}

command -v apt-get >/dev/null || { echo "$command is missing: install it." >&2; exit 1; }
as_root apt-get update -q
DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -q --no-install-recommends "$package"
