#!/usr/bin/env bash
# Measures streams through martlet against the same streams without it: kubectl exec and cp with real containers, and
# what open streams cost. Environment: ROUNDS (3), MEBIBYTES (1024), STREAMS (200), JSON (.build/bench-streams.json).
# WHAT=relay measures instead what martlet alone relays, against no relay and against nginx: MEBIBYTES go through all
# streams of a trial together, and STREAMS is a list (1,4,200), JSON .build/bench-relay.json.
. "$(dirname "$0")/lib.sh"

require_swift
require_root
"$ROOT/scripts/packages.sh" all
KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools"
bench="$ROOT/.build/release/martlet-bench"
options=(--martlet "$ROOT/.build/release/martlet" --rounds "${ROUNDS:-3}" --mebibytes "${MEBIBYTES:-1024}")
if [ "${WHAT:-}" = relay ]; then
    "$ROOT/scripts/packages.sh" relay
    "$ROOT/scripts/build.sh" release martlet martlet-bench
    say "Benchmark: ${MEBIBYTES:-1024} MiB through ${STREAMS:-1,4,200} streams, ${ROUNDS:-3} rounds; about ten minutes"
    note "keep the machine free of other work: it is the times that are measured"
    exec "$bench" relay "${options[@]}" --streams "${STREAMS:-1,4,200}" --json "${JSON:-$ROOT/.build/bench-relay.json}"
fi
raise_inotify
"$ROOT/scripts/images.sh" >/dev/null
"$ROOT/scripts/build.sh" release martlet martlet-bench
say "Benchmark: streams of ${MEBIBYTES:-1024} MiB, ${ROUNDS:-3} rounds; then ${STREAMS:-200} open streams"
note "keep the machine free of other work: it is the times that are measured"
exec "$bench" streams "${options[@]}" --streams "${STREAMS:-200}" --json "${JSON:-$ROOT/.build/bench-streams.json}"
