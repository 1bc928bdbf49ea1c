#!/usr/bin/env bash
# Measures streams through martlet against the same streams without it: kubectl exec and cp with real containers, and
# what open streams cost. Environment: ROUNDS (3), MEBIBYTES (1024), STREAMS (200), JSON (.build/bench-streams.json).
. "$(dirname "$0")/lib.sh"

require_swift
require_root
"$ROOT/scripts/packages.sh" all
raise_inotify
KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools"
"$ROOT/scripts/images.sh" >/dev/null
"$ROOT/scripts/build.sh" release martlet martlet-bench
say "Benchmark: streams of ${MEBIBYTES:-1024} MiB, ${ROUNDS:-3} rounds; then ${STREAMS:-200} open streams"
note "keep the machine free of other work: it is the times that are measured"
exec "$ROOT/.build/release/martlet-bench" streams --martlet "$ROOT/.build/release/martlet" \
    --rounds "${ROUNDS:-3}" --mebibytes "${MEBIBYTES:-1024}" --streams "${STREAMS:-200}" \
    --json "${JSON:-$ROOT/.build/bench-streams.json}"
