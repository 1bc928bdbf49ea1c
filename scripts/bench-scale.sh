#!/usr/bin/env bash
# Measures what many clusters cost one martlet, and what one that misbehaves does to the others. Environment: CLUSTERS
# (100), SIZES (100: the pods of the Deployment), ROUNDS (3), IDLE_SECONDS (60), JSON (.build/bench-scale.json).
. "$(dirname "$0")/lib.sh"

require_swift
require_root
"$ROOT/scripts/packages.sh" all
KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools"
"$ROOT/scripts/build.sh" release martlet martlet-bench
say "Benchmark: ${CLUSTERS:-100} clusters in one process; about six minutes"
note "keep the machine free of other work: it is the times that are measured"
exec "$ROOT/.build/release/martlet-bench" scale --martlet "$ROOT/.build/release/martlet" \
    --clusters "${CLUSTERS:-100}" --sizes "${SIZES:-100}" --rounds "${ROUNDS:-3}" \
    --idle-seconds "${IDLE_SECONDS:-60}" --json "${JSON:-$ROOT/.build/bench-scale.json}"
