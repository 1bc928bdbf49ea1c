#!/usr/bin/env bash
# Removes what a crashed run of the testbed left on the machine, then the build's output. The cache stays.
. "$(dirname "$0")/lib.sh"

LEFT=${TMPDIR:-/tmp}/martlet-testbed
testbed=""
for configuration in release debug; do
    [ -x "$ROOT/.build/$configuration/martlet-testbed" ] && testbed="$ROOT/.build/$configuration/martlet-testbed" && break
done
if [ -n "$testbed" ]; then
    "$testbed" clean || die "not everything that was left could be removed; it is named above."
elif [ -n "$(ls -A "$LEFT" 2>/dev/null)" ]; then
    die "runs of the testbed have left things on this machine ($LEFT), and what removes them is not built." \
        "Run 'make build', then 'make clean' again."
fi
rm -rf "$ROOT/.build"
say "Clean. The cache of Kubernetes and packages stays in $CACHE; remove it by hand if you like."
