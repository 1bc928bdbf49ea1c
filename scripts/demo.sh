#!/usr/bin/env bash
# The demo: sets up all it needs, then tells its story on real clusters. KEEP=1 leaves them running until Ctrl-C.
. "$(dirname "$0")/lib.sh"

require_root
require_swift
"$ROOT/scripts/packages.sh" all
raise_inotify
KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
"$ROOT/scripts/images.sh" >/dev/null
export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools" MARTLET_PROJECT=.
"$ROOT/scripts/build.sh" release martlet martlet-testbed

arguments=(demo)
[ -z "${KEEP:-}" ] || arguments+=(--keep)
say "The demo (usually 2 to 4 minutes; Ctrl-C ends it and removes everything)"
cd "$ROOT"
exec "$ROOT/.build/release/martlet-testbed" "${arguments[@]}"
