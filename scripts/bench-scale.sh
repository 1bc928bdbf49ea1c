#!/usr/bin/env bash
# Measures what many clusters cost one martlet, and what one that misbehaves does to the others. Environment: CLUSTERS
# (100), WHAT (idle,burst,paced), JSON (.build/bench-scale.json), FLOOD (1000: events a second by each watch of pods of
# the cluster that floods); IDLE_SECONDS (60); of the burst SIZES (100: the pods of the Deployment) and ROUNDS (3); of the
# paced load RATE (5 pods a second), PACED_SECONDS (40: of each stretch) and BLOCKS (2: of four stretches each).
. "$(dirname "$0")/lib.sh"

require_swift
require_root
"$ROOT/scripts/packages.sh" all
KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools"
"$ROOT/scripts/build.sh" release martlet martlet-bench
say "Benchmark: ${CLUSTERS:-100} clusters in one process; about fifteen minutes (WHAT=paced: nine)"
note "keep the machine free of other work: it is the times that are measured"
exec "$ROOT/.build/release/martlet-bench" scale --martlet "$ROOT/.build/release/martlet" \
    --clusters "${CLUSTERS:-100}" --sizes "${SIZES:-100}" --rounds "${ROUNDS:-3}" \
    --idle-seconds "${IDLE_SECONDS:-60}" --parts "${WHAT:-idle,burst,paced}" --flood "${FLOOD:-1000}" \
    --rate "${RATE:-5}" --paced-seconds "${PACED_SECONDS:-40}" --blocks "${BLOCKS:-2}" \
    --json "${JSON:-$ROOT/.build/bench-scale.json}"
