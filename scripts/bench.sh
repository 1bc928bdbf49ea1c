#!/usr/bin/env bash
# Measures what martlet costs: the same Deployment in a remote itself, through martlet, and through the least program
# that could stand in martlet's place. Environment: ROUNDS (3), SIZES (10,100,1000), JSON (.build/bench.json),
# START_DELAY_MS (0), QPS (5000), WORKERS (martlet's default), MANAGED_FIELDS (both: the whole once more on clusters whose
# API servers keep none, where the release can do that; on, off). WHAT=dependents counts instead the calls for what pods
# refer to (SIZES, JSON, QPS, WORKERS).
. "$(dirname "$0")/lib.sh"

rounds=${ROUNDS:-3}
sizes=${SIZES:-10,100,1000}
json=${JSON:-$ROOT/.build/bench.json}

require_swift
require_root
"$ROOT/scripts/packages.sh" all
KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools"
"$ROOT/scripts/build.sh" release martlet martlet-bench
bench="$ROOT/.build/release/martlet-bench"
options=(--martlet "$ROOT/.build/release/martlet" --sizes "$sizes" --json "$json" --qps "${QPS:-5000}"
    ${WORKERS:+--workers "$WORKERS"})
if [ "${WHAT:-}" = dependents ]; then
    say "Benchmark: what Deployments of $sizes pods cost that refer to objects"
    exec "$bench" dependents "${options[@]}"
fi
say "Benchmark: Deployments of $sizes pods, $rounds rounds (ROUNDS=1 SIZES=10,100 make bench is the quick form)"
note "keep the machine free of other work: it is the times that are measured"
exec "$bench" "${options[@]}" --rounds "$rounds" --managed-fields "${MANAGED_FIELDS:-both}" \
    --start-delay-ms "${START_DELAY_MS:-0}"
