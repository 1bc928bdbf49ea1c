#!/usr/bin/env bash
# Runs the tests: test.sh all|fast|e2e|soak|tsan. Sets up what they need.
#
# The soak is set by the environment: WHAT (links,away,hpa,streams: which parts of it), SOAK_LINKS (1800: for how many
# seconds links are unsteady) and SOAK_SEED (the seed that a run printed, to draw the same late answers), SOAK_AWAY (600:
# for how many seconds martlet is away), SOAK_IDLE (7200: for how many seconds streams are silent).
. "$(dirname "$0")/lib.sh"

what=${1:-all}
cd "$ROOT"
require_swift

# run_suite NAME ARGUMENTS…: runs tests with their output on the terminal and in a log; what failed is told once more at
# the end, where it is found among thousands of lines.
run_suite() {
    local log=$CACHE/log/$1.log status=0
    shift
    mkdir -p "$CACHE/log"
    swift test --skip-build "$@" 2>&1 | tee "$log" || status=$?
    [ "$status" -eq 0 ] || { say "What failed"; grep -a '✘\|error:' "$log" | cut -c1-2000 >&2 || true; }
    return "$status"
}

run_fast() {
    say "Fast suites (usually under a minute once built)"
    run_suite fast --parallel --skip EndToEndTests || die "a fast test failed; it is named above." \
        "The whole output is in $CACHE/log/fast.log."
}

run_e2e() {
    say "End-to-end suite on real control planes (usually 25 minutes on 2 cores)"
    run_suite end-to-end --filter EndToEndTests || die "an end-to-end test failed; it is named above." \
        "The clusters' logs of the failed test are kept in the folder that it names." \
        "The whole output is in $CACHE/log/end-to-end.log."
}

soak_links() {
    say "Links with late answers, one that comes and goes, for ${SOAK_LINKS:-1800} s, and one long cut (four minutes more)"
    note "a line each minute says how far it is; the figures come at the end"
    [ -z "${SOAK_SEED:-}" ] || export MARTLET_SOAK_SEED=$SOAK_SEED
    MARTLET_SOAK_LINKS=${SOAK_LINKS:-1800} run_suite soak-links --filter 'EndToEndTests.LinkSoak/' ||
        die "the soak of links failed; it is named above." "The whole output is in $CACHE/log/soak-links.log."
}

soak_away() {
    say "martlet is away for ${SOAK_AWAY:-600} s while its origin evicts (two minutes more)"
    MARTLET_SOAK_AWAY=${SOAK_AWAY:-600} swift test --skip-build --filter 'EndToEndTests.HealthTests/evictedMeanwhile' ||
        die "the soak of an absence failed; it is named above."
}

soak_hpa() {
    say "A HorizontalPodAutoscaler with its usual windows (usually ten minutes)"
    MARTLET_SOAK_HPA=1 swift test --skip-build --filter 'EndToEndTests.AutoscalingSoak/' ||
        die "the soak of the autoscaler failed; it is named above."
}

soak_streams() {
    say "Streams that are silent for ${SOAK_IDLE:-7200} s, and copies of a gibibyte meanwhile"
    MARTLET_SOAK_IDLE=${SOAK_IDLE:-7200} swift test --skip-build --filter 'EndToEndTests.StreamSoak/' ||
        die "the soak of streams failed; it is named above."
}

# soak_parts: the parts of the soak that are asked for, of which there are these.
soak_parts() {
    local part
    parts=${WHAT:-links,away,hpa,streams}
    for part in ${parts//,/ }; do
        case "$part" in
        links | away | hpa | streams) ;;
        *) die "test.sh: the soak has no part '$part'." "WHAT is a list of: links, away, hpa, streams." ;;
        esac
    done
}

prepare_clusters() {
    require_root
    "$ROOT/scripts/packages.sh" all
    raise_inotify
    KUBE_BIN_DIR=$("$ROOT/scripts/kubernetes.sh")
    "$ROOT/scripts/images.sh" >/dev/null
    export KUBE_BIN_DIR MARTLET_TOOLS="$CACHE/tools"
    other_release
}

# KUBE_OTHER_BIN_DIR given: the folder of a second release, for an origin and remotes of different ones.
other_release() {
    [ -n "${KUBE_OTHER_BIN_DIR:-}" ] || return 0
    require_kubernetes KUBE_OTHER_BIN_DIR "test with one release" kube-apiserver kube-controller-manager kube-scheduler kubectl
    # In full, because the testbed's programs run in folders of their own.
    KUBE_OTHER_BIN_DIR=$(cd "$KUBE_OTHER_BIN_DIR" && pwd)
    export KUBE_OTHER_BIN_DIR
}

build_tests() {
    "$ROOT/scripts/packages.sh" build
    require_disk "$ROOT" 3000 "the build"
    say "Building martlet and its tests (usually 4 to 8 minutes the first time on 2 cores)"
    progress "$CACHE/log/build-tests.log" "build" \
        swift build --build-tests --explicit-target-dependency-import-check error ||
        die "the tests did not build." "The whole output is in $CACHE/log/build-tests.log."
}

case "$what" in
all)
    prepare_clusters
    build_tests
    run_fast
    run_e2e
    ;;
fast)
    build_tests
    run_fast
    ;;
e2e)
    prepare_clusters
    build_tests
    run_e2e
    ;;
soak)
    soak_parts
    prepare_clusters
    build_tests
    for part in ${parts//,/ }; do "soak_$part"; done
    ;;
tsan)
    "$ROOT/scripts/packages.sh" build
    say "Building and running the fast suites under the thread sanitizer (usually 10 to 15 minutes)"
    swift test --sanitize=thread --scratch-path "$ROOT/.build/tsan" --skip EndToEndTests --no-parallel ||
        die "the thread sanitizer, or a test under it, found something; it is named above."
    ;;
*) die "test.sh: unknown suite '$what'" "Use: all, fast, e2e, soak or tsan." ;;
esac
